"""What a clause is made of, and small words for making it."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from django.utils import translation
from django.utils.translation import gettext as _

from engagements.models import Contract, Form
from engagements.terms import ContractTerms, Party


@dataclass(frozen=True)
class Text:
    """One paragraph."""

    kind: ClassVar[str] = "text"
    text: str


@dataclass(frozen=True)
class Points:
    """A list of short sentences."""

    kind: ClassVar[str] = "points"
    items: tuple[str, ...]


@dataclass(frozen=True)
class Facts:
    """Rows of a term and what is agreed of it; a value may have several lines."""

    kind: ClassVar[str] = "facts"
    rows: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True)
class Table:
    """Columns with headings; the first cell of a row names it."""

    kind: ClassVar[str] = "table"
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @property
    def named_rows(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """Rows as (name, [(heading, cell), …]), for a table that stacks where it is narrow."""
        return [(row[0], list(zip(self.headings[1:], row[1:], strict=True))) for row in self.rows]


@dataclass(frozen=True)
class Signatures:
    """Places to sign: (who, in what part)."""

    kind: ClassVar[str] = "signatures"
    places: tuple[tuple[str, str], ...]


Block = Text | Points | Facts | Table | Signatures


@dataclass(frozen=True)
class Clause:
    """One numbered clause. `key` names it in every language."""

    number: int
    key: str
    heading: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Standing:
    """What has become of the terms: their contract's state, when and how they were agreed, and whether that is over."""

    state: str = Contract.State.DRAFT
    agreed_on: date | None = None
    agreed_how: str = ""
    superseded: bool = False


@dataclass(frozen=True)
class ContractText:
    """A whole contract ready to be shown, on a page or on paper. `digest` is the hash of its terms."""

    language: str
    version: int
    title: str
    subtitle: str
    standing: str
    draft: bool
    author: str
    digest: str
    clauses: tuple[Clause, ...]

    @property
    def short_digest(self) -> str:
        """The first 16 digits in fours: enough to compare by eye."""
        return " ".join(self.digest[start : start + 4] for start in range(0, 16, 4))

    @property
    def long_digest(self) -> str:
        return " ".join(self.digest[start : start + 8] for start in range(0, 64, 8))

    @property
    def name(self) -> str:
        """Title of the document: what it is, for whom, which version. No supervisee's name stands in it."""
        with translation.override(self.language):
            return _("%(title)s, %(subtitle)s, version %(version)d") % {
                "title": self.title,
                "subtitle": self.subtitle,
                "version": self.version,
            }


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def lines_of(*texts: str) -> tuple[str, ...]:
    """Return the texts that say something, each once."""
    return tuple(dict.fromkeys(text for text in texts if text.strip()))


def paragraphs(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def stopped(text: str) -> str:
    """Return the text with a full stop, unless it ends in one."""
    text = text.strip()
    return text if text.endswith((".", "!", "?")) else f"{text}."


def named(party: Party) -> str:
    return f"{party.name}, {party.title}" if party.title else party.name


def many(terms: ContractTerms) -> int:
    """Return 1 for individual supervision and 2 otherwise: the number in which sentences speak of the supervisees."""
    return 1 if terms.form == Form.INDIVIDUAL else 2
