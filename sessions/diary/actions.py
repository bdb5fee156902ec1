"""Writing a diary, which nobody but its author ever opens."""

from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import F

from accounts.models import User
from audit import trail
from sessions.models import DiaryEntry
from vault.blobs import Unopenable
from vault.content import Content

TABLE: Final = "supervision_diaryentry"
MOST: Final = 20_000


class WrittenElsewhere(Exception):
    """The entry was written on meanwhile, in another window or on another device. `entry` is what stands there."""

    def __init__(self, entry: DiaryEntry) -> None:
        super().__init__(str(entry.pk))
        self.entry = entry


@transaction.atomic
def write(pk: UUID, text: str, rev: int, *, engagement: UUID | None = None, by: User, now: datetime) -> DiaryEntry:
    """Write `text` as the entry `pk`: a new one for `rev` 0, otherwise over what was read as `rev`.

    Raises WrittenElsewhere when another window was first with another text, and DiaryEntry.DoesNotExist when the entry
    is gone or was never theirs.
    """
    sealed = Content([by.pk]).seal_text(by.pk, text, TABLE, pk, now=now)
    if rev == 0:
        entry = DiaryEntry(pk=pk, author=by, engagement=engagement, text=sealed, created_at=now, updated_at=now)
        DiaryEntry.objects.bulk_create([entry], ignore_conflicts=True)
        kept = DiaryEntry.objects.written_by(by).get(pk=pk)
        if bytes(kept.text) == sealed:
            trail.record(stream(by), "diary.begun", actor=by)
            return kept
    else:
        mine = DiaryEntry.objects.written_by(by).filter(pk=pk)
        if mine.filter(rev=rev).update(text=sealed, rev=F("rev") + 1, engagement=engagement, updated_at=now):
            return mine.get()
        kept = mine.get()
    if text_of(kept) == text:  # the same words, sent twice
        return kept
    raise WrittenElsewhere(kept)


@transaction.atomic
def throw_away(entry: DiaryEntry, *, by: User) -> None:
    """Delete an entry for good."""
    entry.delete()
    trail.record(stream(by), "diary.deleted", actor=by)


def stream(user: User) -> str:
    return f"diary {user.pk}"


def text_of(entry: DiaryEntry, content: Content | None = None) -> str | None:
    """Return the words of an entry, or None when it cannot be opened. `content` holds its author's keys, if at hand."""
    try:
        return (content or Content([entry.author_id])).unseal_text(entry.author_id, bytes(entry.text), TABLE, entry.pk)
    except Unopenable:
        return None
