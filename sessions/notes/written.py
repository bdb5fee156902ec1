"""What stands in a note: a title and a text in Markdown, sealed as one piece."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from accounts.models import User
from engagements.models import Engagement
from formats.fields import check_length
from sessions.models import Note
from vault import texts
from vault.blobs import Unopenable
from vault.keys import Opened
from vault.models import TextKeyWrap

#: Letters in a text, and in a title.
MOST: Final = 60_000
MOST_TITLE: Final = 120
#: Letters of a first line that stands for a title.
SHOWN: Final = 80
#: Marks of Markdown inside a line.
MARKS: Final = re.compile(r"\*+|__|~~|`")


@dataclass(frozen=True)
class Written:
    title: str
    text: str

    @property
    def heading(self) -> str:
        """The title, or the first line that says something without its marks of Markdown."""
        lines = (MARKS.sub("", line.strip().lstrip("#>*-+ ")).strip("_ ") for line in self.text.splitlines())
        found = self.title or next((line for line in lines if line), "")
        return found if len(found) <= SHOWN else f"{found[: SHOWN - 1].rstrip()}…"

    @property
    def is_empty(self) -> bool:
        return not self.title.strip() and not self.text.strip()


def seal(
    written: Written, note_id: UUID, engagement: Engagement, author: User, readers: Iterable[UUID], now: datetime
) -> bytes:
    """Return `written` sealed for its author and for `readers`. Raises NoVault; ValidationError when too long."""
    check_length(written.title, MOST_TITLE, "title")
    check_length(written.text, MOST, "text")
    content = json.dumps({"title": written.title, "text": written.text}, ensure_ascii=False)
    return texts.seal(
        content, place(note_id), engagement=engagement.pk, author=author.pk, readers=readers, now=now
    )  # fmt: skip


def unseal(sealed: bytes, note_id: UUID, vault: Opened, wrap: TextKeyWrap | None = None) -> Written:
    """Return what stands in a note or one of its versions. Raises Unopenable."""
    try:
        return Written(**json.loads(texts.unseal(sealed, place(note_id), vault, wrap)))
    except (ValueError, TypeError):
        raise Unopenable("sealed by something else") from None


def place(note_id: UUID) -> list[str]:
    return ["note", str(note_id)]


@dataclass(frozen=True)
class Row:
    """A note in a list. `written` is None while the vault is locked, of somebody else's note, and when `broken`."""

    note: Note
    own: bool
    shared: bool
    written: Written | None = None
    broken: bool = False


def rows_of(notes: Iterable[Note], user: User, vault: Opened | None) -> list[Row]:
    """Return the notes as a list shows them to `user`: their own opened while the vault is; others' only named.

    Two queries, whatever their number.
    """
    found = list(notes)
    keys = [note.text_key for note in found if note.author_id == user.pk]
    shared = set(
        TextKeyWrap.objects.filter(text_key__in=keys, by=user.pk)
        .exclude(reader=user.pk)
        .values_list("text_key", flat=True)
    )
    wraps = wraps_for(keys, vault) if vault else {}
    return [row_of(note, user, vault, wraps, note.text_key in shared) for note in found]


def wraps_for(keys: Iterable[UUID], vault: Opened) -> dict[UUID, TextKeyWrap]:
    wraps = TextKeyWrap.objects.filter(text_key__in=list(keys), reader=vault.user).select_related("text_key")
    return {wrap.text_key_id: wrap for wrap in wraps}


def row_of(note: Note, user: User, vault: Opened | None, wraps: dict[UUID, TextKeyWrap], shared: bool) -> Row:
    own = note.author_id == user.pk
    if vault is None or not own:
        return Row(note, own, shared)
    wrap = wraps.get(note.text_key)
    try:
        if wrap is None:
            raise Unopenable("no key is there")
        return Row(note, own, shared, unseal(bytes(note.sealed), note.pk, vault, wrap))
    except Unopenable:
        return Row(note, own, shared, broken=True)
