"""Where a text goes that an editor sends: into a new note, over the text it was written upon, or to a note apart."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext

from accounts.models import User
from engagements.models import Engagement
from sessions.models import Note, Session
from sessions.notes import actions
from sessions.notes.forms import NoteForm
from sessions.notes.written import Written
from sessions.saving import saved_at


@dataclass(frozen=True)
class Desk:
    """Who writes, when, and of what. `done`: its author saves it by hand."""

    engagement: Engagement
    session: Session | None
    by: User
    now: datetime
    done: bool


@dataclass(frozen=True)
class Saved:
    """What came of it."""

    note: Note

    def as_told(self, now: datetime) -> dict[str, Any]:
        """Return what the page needs to go on: which text its next saving stands upon, and where."""
        return {
            "state": "saved",
            "note": str(self.note.pk),
            "rev": self.note.rev,
            "autosave": reverse("notes:autosave", args=[self.note.pk]),
            "edit": reverse("notes:edit", args=[self.note.pk]),
            "said": saved_at(now),
        }


def put(form: NoteForm, desk: Desk) -> Saved:
    """Write the note that the form names, or save it when it is there.

    Raises Conflict, Locked, NoVault, and Note.DoesNotExist when the note is another's.
    """
    pk, rev = form.cleaned_data["note"], form.cleaned_data["rev"]
    return Saved(written_at(pk, rev, form, form.written, desk))


def put_both(form: NoteForm, standing: Written, desk: Desk) -> Saved:
    """Put the form's text below `standing`, if that is still the text that was shown beside it. Raises as `put`."""
    pk, seen = form.cleaned_data["note"], form.cleaned_data["seen"] or 0
    return Saved(written_at(pk, seen, form, merge(standing, form.written), desk))


def put_apart(form: NoteForm, desk: Desk) -> Saved:
    """Keep the text as a note of its own; asked again by the same page, it is the same note."""
    return Saved(written_at(form.own_place, 0, form, form.written, desk))


def written_at(pk: UUID, rev: int, form: NoteForm, written: Written, desk: Desk) -> Note:
    how: dict[str, Any] = {"by": desk.by, "now": desk.now, "page": form.page, "done": desk.done}
    note = Note.objects.changed_by(desk.by).filter(pk=pk).first()
    if note is not None:
        return actions.save(note, written, rev=rev, **how)
    return actions.write(desk.engagement, desk.session, written.text, title=written.title, pk=pk, **how)


def merge(standing: Written, own: Written) -> Written:
    """Return both texts, one below the other; the title that stands, or one's own where there is none."""
    return Written(standing.title or own.title, f"{standing.text}\n\n---\n\n{own.text}")


def no_key() -> str:
    return gettext("Your notes have no key yet: make one first, then save.")
