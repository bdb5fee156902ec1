"""What becomes of every row of a spreadsheet, before anything is written: new, here already, or in error and why."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from accounts.models import Practice, User
from formats.days import write_day
from formats.workbooks import write_workbook
from sessions.importing.checks import Plan, Tally, plan_of
from sessions.importing.findings import Finding, Weight
from sessions.importing.known import Known, known_of
from sessions.importing.sheets import WORK, Book, Kind, Row, Sheet, column_name
from transfer.importing.clients import Clients, Here, here, plan_clients
from transfer.models import ImportBatch

KINDS: Final = {ImportBatch.Kind.WORK: WORK, ImportBatch.Kind.CLIENTS: (Kind.CLIENTS,)}
NAMES: Final = {
    Kind.PROCESSES: pgettext_lazy("import", "Processes"),
    Kind.PEOPLE: pgettext_lazy("import", "Supervisees"),
    Kind.SESSIONS: pgettext_lazy("import", "Sessions"),
    Kind.CLIENTS: gettext_lazy("Clients"),
}


class Fate(StrEnum):
    """What becomes of a row."""

    NEW = "new"
    KNOWN = "known"
    ERROR = "error"
    DEPENDS = "depends"
    DUPLICATE = "duplicate"


FATES: Final = {
    Fate.NEW: pgettext_lazy("import", "New"),
    Fate.KNOWN: pgettext_lazy("import", "Here already"),
    Fate.ERROR: pgettext_lazy("import", "In error"),
    Fate.DEPENDS: pgettext_lazy("import", "Depending"),
    Fate.DUPLICATE: pgettext_lazy("import", "Duplicates"),
}
#: What does not come in, and can be corrected.
LEFT_OUT: Final = {Fate.ERROR, Fate.DEPENDS}
_OF_WEIGHT: Final = {Weight.ERROR: Fate.ERROR, Weight.DEPENDS: Fate.DEPENDS, Weight.DUPLICATE: Fate.DUPLICATE}


@dataclass(frozen=True)
class Cell:
    """A cell as it is shown, and whether what is wrong is wrong with it."""

    text: str
    wrong: bool


@dataclass(frozen=True)
class Line:
    """A row with what becomes of it, and everything that is said of it."""

    sheet: str
    number: int
    fate: Fate
    cells: Sequence[Cell]
    said: Sequence[str]

    @property
    def label(self) -> str:
        return str(FATES[self.fate])


@dataclass(frozen=True)
class Seen:
    """A sheet of which every row is looked at. `said`: what concerns it as a whole."""

    title: str
    kind: Kind
    headings: Sequence[str]
    lines: Sequence[Line]
    said: Sequence[str]

    @property
    def name(self) -> str:
        return str(NAMES[self.kind])

    def of(self, fates: Iterable[Fate]) -> list[Line]:
        wanted = set(fates)
        return [line for line in self.lines if line.fate in wanted]


@dataclass
class Look:
    """A whole book looked at: its sheets, how many rows of each kind there are, and the plan by which it comes in."""

    sheets: list[Seen]
    tallies: dict[Kind, Tally]
    unknown: Sequence[str]
    work: tuple[Plan, Known] | None = None
    clients: tuple[Clients, Here] | None = None
    findings: list[Finding] = field(default_factory=list)

    @property
    def new(self) -> int:
        return sum(tally.new for tally in self.tallies.values())

    @property
    def left_out(self) -> int:
        return sum(tally.errors + tally.depends for tally in self.tallies.values())

    @property
    def counts(self) -> dict[str, dict[str, int]]:
        """How many rows of each kind there are and what becomes of them, for keeping."""
        return {str(kind): dict(vars(tally)) for kind, tally in self.tallies.items() if tally.read}

    @property
    def seen(self) -> str:
        """A mark of everything that is said here: who goes on says that they have seen this and nothing else."""
        fates = [(sheet.title, line.number, line.fate) for sheet in self.sheets for line in sheet.lines]
        return hashlib.sha256(json.dumps(fates).encode()).hexdigest()[:32]


def look(book: Book, kind: str, practice: Practice, user: User) -> Look:
    """Look through every row of a book beside what is here, as `user`, who asks. Writes nothing.

    Raises BrokenFile when there are more rows than are taken in at once.
    """
    if kind == ImportBatch.Kind.CLIENTS:
        known = here(practice)
        plan = plan_clients(book, known)
        new = {(row.sheet, row.number) for row in plan.new}
        tallies = {Kind.CLIENTS: plan.tally}
        return Look(
            seen(book, plan.findings, new), tallies, book.unknown, clients=(plan, known), findings=plan.findings
        )
    at_work = known_of(user, practice)
    work = plan_of(book, at_work)
    new = {(row.sheet, row.number) for row in work.processes.values()}
    new |= {(row.sheet, row.number) for row in work.people}
    new |= {(each.row.sheet, each.row.number) for each in work.sessions}
    return Look(
        seen(book, work.findings, new), work.tallies, book.unknown, work=(work, at_work), findings=work.findings
    )


def seen(book: Book, findings: Iterable[Finding], new: set[tuple[str, int]]) -> list[Seen]:
    said: dict[tuple[str, int], list[Finding]] = defaultdict(list)
    for finding in findings:
        said[finding.sheet, finding.row].append(finding)
    return [
        Seen(
            sheet.title,
            sheet.kind,
            [column_name(sheet.kind, column) for column in columns_of(sheet)],
            [line_of(sheet, row, said[sheet.title, row.number], new) for row in sheet.rows],
            [finding.why for finding in said[sheet.title, sheet.heading_row]],
        )
        for sheet in book.sheets
    ]


def columns_of(sheet: Sheet) -> list[str]:
    """Return our names of the columns that any of its rows fills, in the order in which we know them."""
    filled = {name for row in sheet.rows for name in row.cells}
    return [name for name in sheet_columns(sheet.kind) if name in filled]


def sheet_columns(kind: Kind) -> list[str]:
    from sessions.importing.sheets import COLUMNS

    return list(COLUMNS[kind])


def line_of(sheet: Sheet, row: Row, said: Sequence[Finding], new: set[tuple[str, int]]) -> Line:
    fate = next((_OF_WEIGHT[each.weight] for each in said if each.weight in _OF_WEIGHT), None)
    if fate is None and sheet.missing:
        fate = Fate.ERROR
    if fate is None:
        fate = Fate.NEW if (sheet.title, row.number) in new else Fate.KNOWN
    wrong = {each.column for each in said if each.weight is Weight.ERROR}
    cells = [Cell(shown(row[column]), column in wrong) for column in columns_of(sheet)]
    return Line(sheet.title, row.number, fate, cells, [each.why for each in said])


def shown(value: object) -> str:
    """Return a cell as a person reads it, cut where it is long."""
    if isinstance(value, datetime):
        text = write_day(value.date()) if value.time() == time() else f"{write_day(value.date())} {value:%H.%M}"
    elif isinstance(value, date):
        text = write_day(value)
    elif isinstance(value, time):
        text = f"{value:%H.%M}"
    elif isinstance(value, float):
        text = f"{value:g}".replace(".", ",")
    else:
        text = "" if value is None else str(value)
    return text if len(text) <= 80 else f"{text[:79]}…"


def left_out(found: Look) -> bytes:
    """Return a workbook of the rows that do not come in, under our headings, each with the reasons beside it."""
    sheets: dict[str, list[list[Any]]] = {}
    for number, sheet in enumerate(found.sheets, start=1):
        lines = sheet.of(LEFT_OUT)
        if lines:
            title = f"{sheet.title[:24] or sheet.name} {number}" if sheet.title in sheets else sheet.title or sheet.name
            sheets[title] = [[*sheet.headings, pgettext("import", "Row"), pgettext("import", "Why")], *rows_of(lines)]
    return write_workbook(sheets or {_("Nothing"): [[_("Every row comes in.")]]})


def rows_of(lines: Iterable[Line]) -> Iterator[list[Any]]:
    for line in lines:
        yield [*(cell.text for cell in line.cells), line.number, " ".join(line.said)]
