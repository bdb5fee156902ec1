"""Writing on a board, and taking away what stands there."""

from datetime import datetime
from typing import Final
from uuid import uuid4

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from audit import trail
from engagements.models import Engagement, State
from formats.fields import check_length
from sessions.models import BoardEntry
from vault.content import Content

TABLE: Final = "supervision_boardentry"
MOST: Final = 1000


def may_be_written_on(engagement: Engagement) -> bool:
    """Return whether the board of `engagement` is open: while the process is under way."""
    return engagement.state in (State.ACTIVE, State.PAUSED)


@transaction.atomic
def put_up(engagement: Engagement, text: str, *, theme: str = "", by: User, now: datetime) -> BoardEntry:
    """Put `text` on the board. Raises ValidationError when it is empty or too long, or the process not under way."""
    checked(text)
    if not may_be_written_on(engagement):
        raise ValidationError(_("The board is written on while the process is under way."))
    entry = BoardEntry(pk=uuid4(), engagement=engagement, author=by, theme=theme, created_at=now)
    entry.text = Content([engagement.pk]).seal_text(engagement.pk, text.strip(), TABLE, entry.pk, now=now)
    entry.save(force_insert=True)
    trail.record(engagement.pk, "board.written", actor=by, obj=entry)
    return entry


@transaction.atomic
def reword(entry: BoardEntry, text: str, *, theme: str = "", by: User, now: datetime) -> None:
    """Change the words of one's own entry. Raises ValidationError as `put_up`, and when it is another's or gone."""
    checked(text)
    owner = entry.engagement_id
    sealed = Content([owner]).seal_text(owner, text.strip(), TABLE, entry.pk, now=now)
    own = BoardEntry.objects.filter(pk=entry.pk, author=by, removed_at=None)
    if not own.update(text=sealed, theme=theme, changed_at=now):
        raise ValidationError(_("Somebody else was first: the entry is gone."))
    trail.record(owner, "board.changed", actor=by, obj=entry)


@transaction.atomic
def take_down(entry: BoardEntry, *, by: User, now: datetime) -> None:
    """Take an entry away: its words go, that it was there and who took it away stands in the trail."""
    there = BoardEntry.objects.filter(pk=entry.pk, removed_at=None)
    if there.update(text=b"", removed_at=now, removed_by=by):
        trail.record(entry.engagement_id, "board.removed", actor=by, obj=entry, data={"author": str(entry.author_id)})


def checked(text: str) -> None:
    if not text.strip():
        raise ValidationError(_("Write what was learnt."))
    check_length(text, MOST)


def text_of(entry: BoardEntry, content: Content) -> str | None:
    """Return the words of an entry, or None when it cannot be opened."""
    return content.read_text(entry.engagement_id, entry.text, TABLE, entry.pk)
