"""What is kept of a case: a title, a text and a question, sealed as one piece for its author alone."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from accounts.models import User
from formats.fields import check_length
from portfolio.models import Case
from vault import blobs, texts
from vault.blobs import Unopenable
from vault.keys import Opened
from vault.models import TextKeyWrap

#: Letters of a case as it may be typed; what is put in the place of names may make it a little longer.
MOST: Final = 20_000
MOST_TITLE: Final = 120
MOST_QUESTION: Final = 1000
LONGER: Final = 3 * 400


@dataclass(frozen=True)
class Written:
    title: str
    text: str
    question: str


@dataclass(frozen=True)
class Row:
    """A case in a list. `written` is None while the vault is locked, and when it is `broken`."""

    case: Case
    written: Written | None = None
    broken: bool = False


def seal(written: Written, pk: UUID, author: User, now: datetime) -> bytes:
    """Return a case sealed for its author; nothing has to be unlocked for it. Raises NoVault, ValidationError.

    It is of no process: its key has its author's id in the place of one.
    """
    check_length(written.title, MOST_TITLE + LONGER, "title")
    check_length(written.text, MOST + MOST, "text")
    check_length(written.question, MOST_QUESTION + LONGER, "question")
    content = json.dumps(vars(written), ensure_ascii=False)
    return texts.seal(content, place(pk), engagement=author.pk, author=author.pk, now=now)


def unseal(case: Case, vault: Opened, wrap: TextKeyWrap | None = None) -> Written:
    """Return what stands in a case. Raises Unopenable."""
    try:
        return Written(**json.loads(texts.unseal(bytes(case.sealed), place(case.pk), vault, wrap)))
    except (ValueError, TypeError):
        raise Unopenable("sealed by something else") from None


def place(pk: UUID) -> list[str]:
    return ["case", str(pk)]


def rows_of(cases: Iterable[Case], vault: Opened | None) -> list[Row]:
    """Return the cases as a list shows them: opened while the vault is. One query, whatever their number."""
    found = list(cases)
    if vault is None:
        return [Row(case) for case in found]
    wraps = texts.wraps_of([bytes(case.sealed) for case in found], vault)
    return [row_of(case, vault, wraps.get(blobs.key_id(bytes(case.sealed)))) for case in found]


def row_of(case: Case, vault: Opened, wrap: TextKeyWrap | None) -> Row:
    try:
        if wrap is None:
            raise Unopenable("no key is there")
        return Row(case, unseal(case, vault, wrap))
    except Unopenable:
        return Row(case, broken=True)
