"""What changes from one version to the next: clause by clause, line by line, and in a changed line word by word."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Final

from engagements.models import Contract
from engagements.wording import words_as_agreed
from engagements.wording.blocks import Block, Clause, Facts, Points, Table, Text

#: Beyond so many comparisons of words a line is shown as taken away and put in anew.
MOST_COMPARED: Final = 250_000
#: How much of two sentences must be common for them to be shown as one that was changed.
ALIKE: Final = 0.4


class Kind(StrEnum):
    SAME = "same"
    CHANGED = "changed"
    NEW = "new"
    GONE = "gone"


@dataclass(frozen=True)
class Piece:
    """A stretch of words: the same before and after, new, or gone."""

    kind: Kind
    text: str

    @property
    def words(self) -> str:
        """The text without the spaces behind it, which a mark does not reach over."""
        return self.text.rstrip()

    @property
    def space(self) -> str:
        return self.text[len(self.words) :]


@dataclass(frozen=True)
class Line:
    """One paragraph, point, fact or row. `label` is the term that a fact is of, or an empty text."""

    kind: Kind
    label: str
    pieces: tuple[Piece, ...]

    @property
    def before(self) -> str:
        return "".join(piece.text for piece in self.pieces if piece.kind != Kind.NEW)

    @property
    def after(self) -> str:
        return "".join(piece.text for piece in self.pieces if piece.kind != Kind.GONE)


@dataclass(frozen=True)
class Change:
    """What becomes of one clause, under the heading that it has afterwards (or had, when it is gone)."""

    kind: Kind
    key: str
    heading: str
    lines: tuple[Line, ...]

    @property
    def changed_lines(self) -> list[Line]:
        return [line for line in self.lines if line.kind != Kind.SAME]


def changes_in(contract: Contract) -> list[Change]:
    """Return what `contract` changes of the version before it, clause by clause; nothing for the first version.

    One query; a reader who may not see the version before is shown nothing of it.
    """
    if not contract.amends:
        return []
    version = contract.version - 1
    before = Contract.objects.agreed().filter(engagement=contract.engagement_id, version=version).first()
    return changes(words_as_agreed(before), words_as_agreed(contract)) if before else []


def unchanged(changes: Iterable[Change]) -> list[str]:
    """Return the headings of the clauses that stay as they are."""
    return [change.heading for change in changes if change.kind == Kind.SAME]


def changes(before: Sequence[Clause], after: Sequence[Clause]) -> list[Change]:
    """Return every clause of both texts in the order of the later one; what is gone stands where it was."""
    found = []
    for kind, old, new in _aligned([clause.key for clause in before], [clause.key for clause in after]):
        clause = before[old] if kind == Kind.GONE else after[new]
        lines = tuple(_lines(before[old] if kind != Kind.NEW else None, after[new] if kind != Kind.GONE else None))
        if kind == Kind.SAME and any(line.kind != Kind.SAME for line in lines):
            kind = Kind.CHANGED
        found.append(Change(kind, clause.key, clause.heading, lines))
    return found


def _aligned(before: Sequence[object], after: Sequence[object]) -> Iterator[tuple[Kind, int, int]]:
    """Yield what is the same, gone or new in two sequences, by their places; an unused place is -1."""
    for verb, i1, i2, j1, j2 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if verb == "equal":
            yield from ((Kind.SAME, i, j) for i, j in zip(range(i1, i2), range(j1, j2), strict=True))
        else:
            yield from ((Kind.GONE, i, -1) for i in range(i1, i2))
            yield from ((Kind.NEW, -1, j) for j in range(j1, j2))


# --- lines ----------------------------------------------------------------------------------------------------------


def flat(clause: Clause | None) -> list[tuple[str, str]]:
    """Return the lines of a clause as (label, text)."""
    return [line for block in clause.blocks for line in _of_block(block)] if clause else []


def _of_block(block: Block) -> Iterator[tuple[str, str]]:
    match block:
        case Text(text):
            yield "", text
        case Points(items):
            yield from (("", item) for item in items)
        case Facts(rows):
            yield from ((term, "; ".join(values)) for term, values in rows)
        case Table(_headings, rows):
            yield from (("", " · ".join(row)) for row in rows)


def _lines(before: Clause | None, after: Clause | None) -> Iterator[Line]:
    """Yield the lines of both: what stayed, and between it what was changed, taken away or put in."""
    old, new = flat(before), flat(after)
    gone: list[tuple[str, str]] = []
    fresh: list[tuple[str, str]] = []
    for kind, i, j in _aligned(old, new):
        if kind == Kind.SAME:
            yield from _paired(gone, fresh)
            gone, fresh = [], []
            yield _whole(Kind.SAME, new[j])
        elif kind == Kind.GONE:
            gone.append(old[i])
        else:
            fresh.append(new[j])
    yield from _paired(gone, fresh)


def _paired(gone: list[tuple[str, str]], fresh: list[tuple[str, str]]) -> Iterator[Line]:
    """Yield lines of the same term, and sentences that have much in common, as changed; the others as gone and new."""
    i = j = 0
    for old, new in _partners(gone, fresh):
        yield from (_whole(Kind.GONE, line) for line in gone[i:old])
        yield from (_whole(Kind.NEW, line) for line in fresh[j:new])
        yield Line(Kind.CHANGED, fresh[new][0], tuple(pieces(gone[old][1], fresh[new][1])))
        i, j = old + 1, new + 1
    yield from (_whole(Kind.GONE, line) for line in gone[i:])
    yield from (_whole(Kind.NEW, line) for line in fresh[j:])


def _partners(gone: list[tuple[str, str]], fresh: list[tuple[str, str]]) -> Iterator[tuple[int, int]]:
    first = 0
    for new, line in enumerate(fresh):
        old = next((i for i in range(first, len(gone)) if _alike(gone[i], line)), None)
        if old is not None:
            yield old, new
            first = old + 1


def _alike(old: tuple[str, str], new: tuple[str, str]) -> bool:
    if old[0] or new[0]:
        return old[0] == new[0]
    words = words_of(old[1]), words_of(new[1])
    if not _comparable(*words):
        return False
    return SequenceMatcher(None, *words, autojunk=False).ratio() >= ALIKE


def _whole(kind: Kind, line: tuple[str, str]) -> Line:
    return Line(kind, line[0], (Piece(kind, line[1]),))


# --- words ----------------------------------------------------------------------------------------------------------


def words_of(text: str) -> list[str]:
    """Return the words of `text`, each with the spaces behind it; joined they are the text."""
    return re.findall(r"\S+\s*|\s+", text)


def pieces(before: str, after: str) -> Iterator[Piece]:
    """Yield the stretches of words that make `before` of what is not new, and `after` of what is not gone."""
    old, new = words_of(before), words_of(after)
    if not _comparable(old, new):
        yield from (piece for piece in (Piece(Kind.GONE, before), Piece(Kind.NEW, after)) if piece.text)
        return
    for verb, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if verb == "equal":
            yield Piece(Kind.SAME, "".join(old[i1:i2]))
            continue
        if i1 < i2:
            yield Piece(Kind.GONE, "".join(old[i1:i2]))
        if j1 < j2:
            yield Piece(Kind.NEW, "".join(new[j1:j2]))


def _comparable(old: Sequence[str], new: Sequence[str]) -> bool:
    return len(old) * len(new) <= MOST_COMPARED
