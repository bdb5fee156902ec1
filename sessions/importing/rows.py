"""Cells read into typed rows. What cannot be read is a finding, and the row then none."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from django.utils.translation import gettext_lazy as _

from formats import Unreadable
from formats.agreements import (
    Focus,
    Form,
    Mode,
    Rhythm,
    SessionState,
    read_focus,
    read_form,
    read_mode,
    read_notice,
    read_rhythm,
    read_session_state,
)
from formats.clock import WeeklyTime, moment_at, read_clock, read_minutes, read_weekly_time
from formats.days import read_day
from formats.identifiers import read_business_id
from formats.money import Price, read_price
from formats.numbers import read_whole
from formats.people import LINE_MANAGER, NamedPerson, checked_name, prevailing_order, read_email, read_name
from formats.unreadable import clean, folded
from sessions.importing.findings import Finding, Weight, found
from sessions.importing.sheets import Kind, Row, Sheet, column_name

LONGEST_SESSION_MINUTES = 600
MOST_SESSIONS = 500
T = TypeVar("T")


class Standing(StrEnum):
    """How far the contract of a process has come, as the list says; UNSAID when it says nothing."""

    UNSAID = ""
    DRAFT = "draft"
    OFFERED = "offered"
    SIGNED = "signed"
    PAUSED = "paused"
    ENDED = "ended"


_STANDINGS = {
    Standing.DRAFT: "luonnos|suunnitteilla|kesken|utkast|draft",
    Standing.OFFERED: (
        "odottaa tilaajaa|odottaa|tarjottu|tarjous lahetetty|lahetetty|sopimus lahetetty|odottaa allekirjoitusta"
        "|vantar pa bestallaren|erbjuden|offererad|waiting for client|waiting|offered|sent"
    ),
    Standing.SIGNED: (
        "sopimus allekirjoitettu|allekirjoitettu|sovittu|kaynnissa|voimassa|aktiivinen"
        "|avtalet undertecknat|undertecknad|undertecknat|pagar|aktiv|contract signed|signed|agreed|active|running"
    ),
    Standing.PAUSED: "tauolla|keskeytetty|keskeytyksissa|pausad|paus|paused|on hold",
    Standing.ENDED: "paattynyt|paatetty|valmis|loppunut|avslutad|avslutat|ended|completed|closed|done",
}
_STANDING_OF = {phrase: standing for standing, phrases in _STANDINGS.items() for phrase in phrases.split("|")}


@dataclass(frozen=True)
class ProcessRow:
    """A row of Prosessit. Empty cells are None or ""; notice in hours, minutes per session."""

    sheet: str = field(compare=False)
    number: int = field(compare=False)
    code: str
    title: str
    client: str
    business_id: str
    form: Form
    focus: Focus
    starts_on: date | None
    count: int | None
    rhythm: Rhythm | None
    weekly: WeeklyTime | None
    minutes: int | None
    mode: Mode | None
    price: Price | None
    notice: int | None
    standing: Standing


@dataclass(frozen=True)
class PersonRow:
    """A row of Ohjattavat."""

    sheet: str
    number: int
    code: str
    person: NamedPerson


@dataclass(frozen=True)
class SessionRow:
    """A row of Tapaamiset; `minutes` and `mode` None where the process decides."""

    sheet: str
    number: int
    code: str
    starts_at: datetime
    minutes: int | None
    mode: Mode | None
    place: str
    state: SessionState


@dataclass(frozen=True)
class BadRow:
    """A row in error; `code` of its process when that much could be read."""

    sheet: str
    number: int
    code: str


@dataclass
class Read:
    """All rows of a book, those in error, and the findings so far."""

    processes: list[ProcessRow] = field(default_factory=list)
    people: list[PersonRow] = field(default_factory=list)
    sessions: list[SessionRow] = field(default_factory=list)
    bad: list[tuple[Kind, BadRow]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


class RowReader:
    """Reads the cells of one row and keeps what is wrong with them."""

    def __init__(self, sheet: Sheet, row: Row) -> None:
        self.sheet, self.number = sheet.title, row.number
        self.kind, self.row = sheet.kind, row
        self.errors: list[Finding] = []

    def has(self, column: str) -> bool:
        value = self.row[column]
        return bool(value.strip()) if isinstance(value, str) else value is not None

    def needed(self, column: str, read: Callable[[object], T]) -> T | None:
        """Return what `read` makes of a cell; an empty or unreadable one is an error and None."""
        if not self.has(column):
            self.wrong(column, Unreadable(_("nothing is written."), code="missing"))
            return None
        try:
            return read(self.row[column])
        except Unreadable as error:
            self.wrong(column, error)
            return None

    def optional(self, column: str, read: Callable[[object], T]) -> T | None:
        return self.needed(column, read) if self.has(column) else None

    def wrong(self, column: str, error: Unreadable) -> None:
        said = Unreadable(
            _("%(column)s: %(why)s"), code=error.code, column=column_name(self.kind, column), why=str(error)
        )
        self.errors.append(found(Weight.ERROR, self, said, column=column))


def read_sheet(sheet: Sheet, into: Read) -> None:
    """Read every row of a sheet into `into`."""
    if sheet.missing:
        lacking = Unreadable(
            _("The sheet has no column %(columns)s."), code="no_column", columns=", ".join(sheet.missing)
        )
        into.findings.append(Finding(Weight.ERROR, sheet.title, sheet.heading_row, str(lacking), lacking.code))
        return
    for number in sheet.captions:
        notice = Unreadable(_("Only one cell is filled: taken for a heading and skipped."), code="caption")
        into.findings.append(Finding(Weight.NOTICE, sheet.title, number, str(notice), notice.code))
    family_first = _family_first(sheet)
    for row in sheet.rows:
        cells = RowReader(sheet, row)
        code = cells.needed("code", read_code)
        if sheet.kind is Kind.PROCESSES:
            process = _process(cells, code or "")
            into.processes += [process] if process and not cells.errors else []
        elif sheet.kind is Kind.PEOPLE:
            person = _person(cells, code or "", family_first)
            if person and not cells.errors:
                into.people.append(person)
                into.findings += _about_person(cells, person)
        else:
            session = _session(cells, code or "")
            if session and not cells.errors:
                into.sessions.append(session)
                into.findings += _about_session(cells)
        if cells.errors:
            into.bad.append((sheet.kind, BadRow(sheet.title, row.number, code or "")))
            into.findings += cells.errors


def read_code(value: object) -> str:
    """Return the code of a process as written, at most 40 characters; numbers of a spreadsheet as digits."""
    return text_of(40)(value)


def code_key(code: str) -> str:
    """Return what makes two codes the same: `TO-01` and `to - 01`."""
    return code.casefold().replace(" ", "")


def text_of(longest: int) -> Callable[[object], str]:
    def read(value: object) -> str:
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        return clean(str(value) if isinstance(value, int) and not isinstance(value, bool) else value, longest=longest)

    return read


def whole_of(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _read_standing(value: object) -> Standing:
    standing = _STANDING_OF.get(folded(clean(value, longest=60)).rstrip("."))
    if standing is None:
        raise Unreadable(
            _("“%(text)s” does not say how far the contract is."), code="standing", text=clean(value, longest=60)
        )
    return standing


def _contract_minutes(value: object) -> int:
    minutes = read_minutes(value, most=LONGEST_SESSION_MINUTES)
    if minutes < 10:
        raise Unreadable(_("A session lasts from 10 to 600 minutes."), code="length")
    return minutes


def _bounded_price(value: object) -> Price:
    price = read_price(value)
    if price.amount > Decimal(999_999):
        raise Unreadable(_("The price is larger than a contract takes."), code="too_large")
    return price


def _process(cells: RowReader, code: str) -> ProcessRow | None:
    form = cells.needed("form", read_form)
    client = cells.optional("client", text_of(160)) or ""
    business_id = cells.optional("business_id", lambda value: read_business_id(whole_of(value))) or ""
    if business_id and not cells.has("client"):
        cells.wrong("client", Unreadable(_("nothing is written."), code="missing"))
    row = ProcessRow(
        cells.sheet,
        cells.number,
        code,
        cells.optional("title", text_of(120)) or "",
        client,
        business_id,
        form or "individual",
        cells.optional("focus", read_focus) or "general",
        cells.optional("starts_on", read_day),
        cells.optional("count", lambda value: read_whole(value, least=1, most=MOST_SESSIONS)),
        cells.optional("rhythm", read_rhythm),
        cells.optional("weekly", read_weekly_time),
        cells.optional("minutes", _contract_minutes),
        cells.optional("mode", read_mode),
        cells.optional("price", _bounded_price),
        cells.optional("notice", read_notice),
        cells.optional("status", _read_standing) or Standing.UNSAID,
    )
    return row if form else None


def _family_first(sheet: Sheet) -> bool:
    """Lists of supervisees begin with the family name, unless most addresses of the sheet tell otherwise."""
    names_and_emails: list[tuple[str, str]] = []
    for row in sheet.rows:
        name, email = row["name"], row["email"]
        if isinstance(name, str) and isinstance(email, str):
            names_and_emails.append((" ".join(name.split()), email.strip()))
    return prevailing_order(names_and_emails, family_first=True)


def _person(cells: RowReader, code: str, family_first: bool) -> PersonRow | None:
    email = cells.optional("email", read_email) or ""
    if cells.has("family_name") or not cells.has("name"):
        family, given = cells.needed("family_name", checked_name), cells.needed("given_name", checked_name)
        name = (given, family) if given and family else None
    else:
        name = cells.needed("name", lambda value: read_name(value, family_first=family_first, email=email))
    if name is None:
        return None
    note = cells.row["note"]
    leads = isinstance(note, str) and bool(set(folded(note).replace(",", " ").split()) & LINE_MANAGER)
    return PersonRow(cells.sheet, cells.number, code, NamedPerson(*name, email, leads))


def _about_person(cells: RowReader, person: PersonRow) -> list[Finding]:
    said: list[Finding] = []
    if not person.person.email:
        said.append(
            found(Weight.WARNING, cells, Unreadable(_("No e-mail address: imported without one."), code="no_email"))
        )
    if cells.has("note") and folded(str(cells.row["note"])).strip(" .") not in LINE_MANAGER:
        said.append(
            found(Weight.NOTICE, cells, Unreadable(_("The note beside the name is not imported."), code="note"))
        )
    return said


def _session(cells: RowReader, code: str) -> SessionRow | None:
    day = cells.needed("day", read_day)
    clock = cells.needed("clock", read_clock)
    starts_at = None
    if day and clock is not None:
        try:
            starts_at = moment_at(day, clock)
        except Unreadable as error:
            cells.wrong("clock", error)
    minutes = cells.optional("minutes", lambda value: read_minutes(value, most=LONGEST_SESSION_MINUTES))
    mode = cells.optional("mode", read_mode)
    place = cells.optional("place", text_of(160)) or ""
    state = cells.optional("state", read_session_state) or "planned"
    return SessionRow(cells.sheet, cells.number, code, starts_at, minutes, mode, place, state) if starts_at else None


def _about_session(cells: RowReader) -> list[Finding]:
    if not cells.has("note"):
        return []
    kept_out = Unreadable(_("The note is not imported: notes belong where only their author opens them."), code="note")
    return [found(Weight.NOTICE, cells, kept_out)]
