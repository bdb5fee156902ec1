"""The text of a report: sections of facts and of Markdown, its one canonical form, and what changed between two.

What is approved is the SHA-256 of the canonical form, in which kind, days and language stand too: whoever changes a
letter or a figure has another text.
"""

import difflib
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Self

from engagements.models import Told
from formats.markdown import paragraphs_of
from reports.models import Report, Revision
from vault.content import Content

TABLE: Final = Revision._meta.db_table
#: The longest free text of a section, and the most rows of facts in one.
MOST: Final = 20_000
MOST_ROWS: Final = 200
#: In which order sections stand.
ORDER: Final = [
    Told.DATES, Told.MINUTES, Told.COUNTS, Told.NAMES, Told.GOALS, Told.THEMES, Told.AGGREGATES, Told.TEXT,
]  # fmt: skip


@dataclass(frozen=True)
class Section:
    """One section: `rows` are facts in words (what, how much), `text` is Markdown."""

    what: str
    rows: tuple[tuple[str, str], ...] = ()
    text: str = ""

    @property
    def label(self) -> str:
        return str(Told(self.what).label)

    @property
    def paragraphs(self) -> list[str]:
        return paragraphs_of(self.text)

    @property
    def empty(self) -> bool:
        return not self.rows and not self.text.strip()


@dataclass(frozen=True)
class Body:
    """All sections of one wording, in their order."""

    sections: tuple[Section, ...]

    @classmethod
    def of(cls, sections: Iterable[Section]) -> Self:
        return cls(tuple(sorted(sections, key=lambda each: ORDER.index(Told(each.what)))))

    def section(self, what: str) -> Section | None:
        return next((each for each in self.sections if each.what == what), None)

    def having(self, changed: Section) -> Self:
        """Return it with another section in the place of the one of the same name."""
        return replace(self, sections=tuple(changed if each.what == changed.what else each for each in self.sections))

    @property
    def names(self) -> list[str]:
        return [each.what for each in self.sections]

    @property
    def figures(self) -> bool:
        """Whether figures of evaluations stand in it."""
        return any(each.what == Told.AGGREGATES and each.rows for each in self.sections)


def canonical(report: Report, body: Body) -> str:
    """Return the one form of a text of which the hash is taken: sorted JSON without spaces."""
    whole: dict[str, Any] = {
        "kind": report.kind,
        "since": report.since.isoformat(),
        "until": report.until.isoformat(),
        "language": report.language,
        "corrects": str(report.corrects_id or ""),
        "sections": [{"what": each.what, "rows": each.rows, "text": each.text} for each in body.sections],
    }
    return json.dumps(whole, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest(report: Report, body: Body) -> str:
    return hashlib.sha256(canonical(report, body).encode()).hexdigest()


def thaw(text: str) -> Body:
    sections = json.loads(text)["sections"]
    return Body(
        tuple(Section(each["what"], tuple((row[0], row[1]) for row in each["rows"]), each["text"]) for each in sections)
    )


def body_of(revision: Revision, content: Content) -> Body | None:
    """Return what a wording says; None when it cannot be opened."""
    text = content.read_text(revision.report.engagement_id, revision.sealed, TABLE, revision.pk)
    return thaw(text) if text else None


# --- what changed ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Piece:
    """A stretch of a text: how it stands to the one before ("same", "gone", "new")."""

    how: str
    text: str


@dataclass(frozen=True)
class Changed:
    """What changed in one section."""

    what: str
    pieces: Sequence[Piece]

    @property
    def label(self) -> str:
        return str(Told(self.what).label)


def lines_of(section: Section | None) -> list[str]:
    if section is None:
        return []
    return [f"{label}: {value}" if value else label for label, value in section.rows] + section.paragraphs


def changes(before: Body, after: Body) -> list[Changed]:
    """Return the sections that differ, each with its paragraphs and rows: those that stayed, went and came."""
    found = []
    for what in ORDER:
        old, new = lines_of(before.section(what)), lines_of(after.section(what))
        if old == new:
            continue
        pieces: list[Piece] = []
        for step, i, j, k, m in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
            if step == "equal":
                pieces += [Piece("same", line) for line in old[i:j]]
            else:
                pieces += [Piece("gone", line) for line in old[i:j]] + [Piece("new", line) for line in new[k:m]]
        found.append(Changed(what, pieces))
    return found
