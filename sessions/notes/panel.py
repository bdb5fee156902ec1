"""What the page of a session shows of private notes: the asker's own, and the way to write another."""

from typing import Any

from accounts.models import User
from sessions.models import Note, Session
from sessions.notes.written import rows_of
from vault.keys import Opened


def of_session(user: User, session: Session, vault: Opened | None = None) -> dict[str, Any]:
    """Return the notes of `session` that `user` wrote and those shared with them; titles while `vault` is open."""
    notes = Note.objects.readable_by(user).filter(session=session).order_by("created_at", "pk")
    return {
        "rows": rows_of(notes.prefetch_related("author"), user, vault),
        "open": vault is not None,
        "can_write": Session.objects.led_by(user).filter(pk=session.pk).exists(),
    }
