"""What is done with a note by its author: written, saved, locked, amended, restored, destroyed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import F, Max, Q

from accounts.models import User
from audit import trail
from engagements.models import Engagement
from sessions.models import Note, NoteVersion, Session
from sessions.models.note import NoteQuerySet
from sessions.notes.written import Written, seal
from vault import keys, texts
from vault.blobs import BLOCK, Unopenable
from vault.models import TextKeyWrap

#: A pause after which one sits down to a note anew: what stood before it can be looked at later.
PAUSE: Final = timedelta(minutes=30)
#: How long one sitting lasts at most: of each one entry stands in the evidence.
SITTING: Final = timedelta(hours=1)
MOST_VERSIONS: Final = 50
Why = NoteVersion.Why


@dataclass(frozen=True)
class Page:
    """Which page of a browser writes, and which of its savings this is. A page saves one at a time, in this order."""

    writer: UUID
    turn: int


class Conflict(Exception):
    """Somebody, or one's own other page, has written since: `standing` is the note as it stands."""

    def __init__(self, standing: Note) -> None:
        super().__init__(str(standing.pk))
        self.standing = standing


class Locked(Exception):
    """The note changes only by amending."""


@transaction.atomic
def write(
    engagement: Engagement,
    session: Session | None,
    text: str,
    *,
    by: User,
    now: datetime,
    title: str = "",
    pk: UUID | None = None,
    page: Page | None = None,
    done: bool = True,
) -> Note:
    """Write a new note of `engagement`, with no vault open. `pk` is the id that its page has chosen for it.

    Raises NoVault when its author has none, Conflict when a note of theirs has this id already, and Note.DoesNotExist
    when another's has.
    """
    pk = pk or uuid4()
    days = engagement.practice.notes_lock_days
    note = Note(
        pk=pk, engagement=engagement, session=session, author=by, created_at=now, updated_at=now, begun_at=now,
        milestone=done, locks_at=now + timedelta(days=days) if days else None, **written_by(page),
    )  # fmt: skip
    note.sealed = seal(Written(title, text), pk, engagement, by, [], now)
    Note.objects.bulk_create([note], ignore_conflicts=True)
    made = Note.objects.filter(pk=pk).first()
    if made is None:
        raise Note.DoesNotExist
    if bytes(made.sealed) != bytes(note.sealed):
        texts.forget([note.sealed])
        raise Conflict(made)
    trail.record(engagement.pk, "note.written", actor=by, obj=made)
    return made


def written_by(page: Page | None) -> dict[str, Any]:
    return {"writer": page.writer if page else None, "turn": page.turn if page else 0}


@transaction.atomic
def save(
    note: Note, written: Written, *, rev: int, by: User, now: datetime, page: Page | None = None, done: bool = False
) -> Note:
    """Put `written` in the place of text number `rev`; `done` says that its author saves it, not the page by itself.

    Raises Locked, and Conflict when another text stands there: nothing is overwritten then. A page that has not heard
    of its own last saving, since the answer got lost, is not another.
    """
    standing = held_fast(note)
    if standing.is_locked(now):
        raise Locked
    own_page = Q(writer=page.writer, turn__lt=page.turn) if page else Q(pk__in=[])
    fits = Note.objects.filter(Q(rev=rev) | own_page, pk=note.pk)
    paused = now - standing.updated_at > PAUSE
    anew = paused or now - standing.begun_at > SITTING
    keeps = standing.milestone or paused or shrinks(standing, written)
    readers = readers_of(standing)
    values = {"milestone": done, "begun_at": now if anew else standing.begun_at, **written_by(page)}
    kept_as = Why.MILESTONE if keeps else ""
    replace(standing, fits, written, readers, by=by, now=now, kept_as=kept_as, **values)
    if anew:
        trail.record(standing.engagement_id, "note.changed", actor=by, obj=standing)
    standing.refresh_from_db()
    return standing


def shrinks(standing: Note, written: Written) -> bool:
    """Whether a text is less than half of what stood there: selected and overwritten by mistake, it can be put back."""
    return written.is_empty or len(written.text.encode()) < len(standing.sealed) // 2 - BLOCK


def held_fast(note: Note) -> Note:
    """Return the row of `note`, locked until the transaction ends: two pages take turns."""
    rows = Note.objects.select_for_update(no_key=True, of=("self",)).select_related("engagement")
    return rows.get(pk=note.pk)


def replace(
    standing: Note,
    fits: NoteQuerySet,
    written: Written,
    readers: Iterable[UUID],
    *,
    by: User,
    now: datetime,
    kept_as: str = "",
    **values: Any,
) -> None:
    """Put `written` into the row that `fits`, compared and set in one step; keep what stood there, or destroy its key.

    Raises Conflict when the row does not fit.
    """
    if not fits.exists():
        raise Conflict(standing)
    if kept_as:
        keep(standing, kept_as)
    sealed = seal(written, standing.pk, standing.engagement, by, readers, now)
    if not fits.update(sealed=sealed, rev=F("rev") + 1, updated_at=now, **values):
        raise Conflict(standing)
    if not kept_as:
        texts.forget([bytes(standing.sealed)])
    drop_old_versions(standing)


def readers_of(note: Note) -> list[UUID]:
    """Return with whom the author shares the text that stands, those to whose key something can be sealed."""
    wraps = TextKeyWrap.objects.filter(text_key=note.text_key, by=note.author_id).exclude(reader=note.author_id)
    return [reader for reader in wraps.values_list("reader", flat=True) if has_a_key(reader)]


def has_a_key(reader: UUID) -> bool:
    key = keys.key_to_seal_for(reader)
    try:
        return key is not None and bool(keys.public_of(key))
    except Unopenable:
        return False


# --- earlier texts --------------------------------------------------------------------------------------------------


def keep(note: Note, why: str) -> None:
    """Keep the text that stands as an earlier one. It is its author's alone, whoever reads the note."""
    TextKeyWrap.objects.filter(text_key=note.text_key, by=note.author_id).exclude(reader=note.author_id).delete()
    last = note.versions.aggregate(last=Max("number"))["last"] or 0
    NoteVersion.objects.create(note=note, number=last + 1, sealed=note.sealed, at=note.updated_at, why=why)


def drop_old_versions(note: Note) -> None:
    """Let the oldest milestones go when there are too many; what a locked note keeps is not counted away."""
    milestones = note.versions.filter(why=Why.MILESTONE).order_by("-number")
    old = list(milestones[MOST_VERSIONS:])
    if old:
        NoteVersion.objects.filter(pk__in=[one.pk for one in old]).delete()
        texts.forget([bytes(one.sealed) for one in old])


@transaction.atomic
def restore(note: Note, earlier: Written, *, by: User, now: datetime) -> None:
    """Put an earlier text in the place of the one that stands, which is kept. Raises Locked."""
    standing = held_fast(note)
    if standing.is_locked(now):
        raise Locked
    fits, readers = Note.objects.filter(pk=note.pk), readers_of(standing)
    values = {"milestone": True, "begun_at": now, **written_by(None)}
    replace(standing, fits, earlier, readers, by=by, now=now, kept_as=Why.MILESTONE, **values)
    trail.record(standing.engagement_id, "note.restored", actor=by, obj=standing)


# --- locking --------------------------------------------------------------------------------------------------------


@transaction.atomic
def lock(note: Note, *, by: User, now: datetime) -> None:
    """Lock the note: from now on it changes only by amending. Locking twice changes nothing."""
    if Note.objects.filter(Q(locks_at=None) | Q(locks_at__gt=now), pk=note.pk).update(locks_at=now):
        trail.record(note.engagement_id, "note.locked", actor=by, obj=note)


@transaction.atomic
def amend(note: Note, written: Written, *, rev: int, by: User, now: datetime) -> Note:
    """Put `written` in the place of a locked text, which stays with the note. Raises Conflict."""
    standing = held_fast(note)
    kept_as = Why.AMENDED if standing.versions.exclude(why=Why.MILESTONE).exists() else Why.LOCKED
    fits, readers = Note.objects.filter(pk=note.pk, rev=rev), readers_of(standing)
    replace(standing, fits, written, readers, by=by, now=now, kept_as=kept_as, **written_by(None))
    trail.record(standing.engagement_id, "note.amended", actor=by, obj=standing)
    standing.refresh_from_db()
    return standing


@transaction.atomic
def destroy(note: Note, *, by: User, now: datetime) -> None:
    """Destroy the note with everything kept of it: first the keys, so that no copy of the rows opens either."""
    texts.erase([bytes(note.sealed)], by.pk, now=now)
    trail.record(note.engagement_id, "note.deleted", actor=by, obj=note)
    Note.objects.filter(pk=note.pk).delete()
