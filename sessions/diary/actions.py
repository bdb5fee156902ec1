"""Writing a diary, which nobody but its author ever opens."""

from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from accounts.models import User
from audit import trail
from formats.fields import check_length
from sessions.models import DiaryEntry
from sessions.saving import Conflict, put
from vault.content import Content

TABLE: Final = "supervision_diaryentry"
MOST: Final = 20_000


@transaction.atomic
def write(pk: UUID, text: str, rev: int, *, engagement: UUID | None = None, by: User, now: datetime) -> DiaryEntry:
    """Write `text` as the entry `pk`: a new one for `rev` 0, otherwise over what was read as `rev`.

    Raises Conflict when another window was first with another text, and DiaryEntry.DoesNotExist when the entry is gone
    or was never theirs; ValidationError for a text that is too long.
    """
    check_length(text, MOST, "text")
    mine = DiaryEntry.objects.written_by(by).filter(pk=pk)
    entry = mine.get() if rev else DiaryEntry(pk=pk, author=by, created_at=now)
    sealed = Content([by.pk]).seal_text(by.pk, text, TABLE, pk, now=now)
    if put(entry, rev, text=sealed, engagement=engagement, updated_at=now):
        if rev == 0:
            trail.record(stream(by), "diary.begun", actor=by)
        return entry
    kept = mine.get()
    standing = text_of(kept)
    if standing == text:  # the same words, sent twice
        return kept
    raise Conflict(kept, standing)


@transaction.atomic
def throw_away(entry: DiaryEntry, *, by: User) -> None:
    """Delete an entry for good."""
    entry.delete()
    trail.record(stream(by), "diary.deleted", actor=by)


def stream(user: User) -> str:
    return f"diary {user.pk}"


def text_of(entry: DiaryEntry, content: Content | None = None) -> str | None:
    """Return the words of an entry, or None when it cannot be opened. `content` holds its author's keys, if at hand."""
    content = content or Content([entry.author_id])
    return content.read_text(entry.author_id, entry.text, TABLE, entry.pk)
