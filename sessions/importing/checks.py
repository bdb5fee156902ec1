"""How the rows of a file fit together and with what is already here. Writes nothing."""

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from formats import Unreadable
from formats.clock import write_moment
from formats.money import Price, write_money
from formats.numbers import write_percent
from formats.people import NamedPerson
from formats.unreadable import folded
from sessions.importing.findings import Finding, Placed, Weight, found
from sessions.importing.known import Booked, Known, KnownProcess, someone_busy
from sessions.importing.rows import BadRow, PersonRow, ProcessRow, Read, SessionRow, code_key, read_sheet
from sessions.importing.sheets import WORK, Book, Kind
from sessions.models.session import TAKING_TIME

#: A process of which nothing says how long its sessions are.
USUAL_MINUTES = 90

Target = ProcessRow | KnownProcess


@dataclass(frozen=True)
class NewSession:
    """A session to book, its end and mode decided."""

    row: SessionRow
    ends_at: datetime
    mode: str


@dataclass
class Tally:
    """How many rows of a kind there are and what becomes of them."""

    read: int = 0
    new: int = 0
    known: int = 0
    errors: int = 0
    depends: int = 0
    duplicates: int = 0


@dataclass
class Plan:
    """What an import would make, by the key of the process's code, and everything there is to say."""

    processes: dict[str, ProcessRow] = field(default_factory=dict)
    people: list[PersonRow] = field(default_factory=list)
    sessions: list[NewSession] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    tallies: dict[Kind, Tally] = field(default_factory=lambda: {kind: Tally() for kind in WORK})

    @property
    def has_errors(self) -> bool:
        return any(finding.weight is Weight.ERROR for finding in self.findings)


def plan_of(book: Book, known: Known) -> Plan:
    """Return what importing `book` would make beside `known`, with every error of every row."""
    read = Read()
    for sheet in book.sheets:
        read_sheet(sheet, read)
    plan = Plan(findings=read.findings)
    for kind, rows in ((Kind.PROCESSES, read.processes), (Kind.PEOPLE, read.people), (Kind.SESSIONS, read.sessions)):
        plan.tallies[kind].read = len(rows)
    for kind, _bad in read.bad:
        plan.tallies[kind].read += 1
        plan.tallies[kind].errors += 1
    targets = _take_processes(read, known, plan)
    bad = {code_key(row.code): row for kind, row in reversed(read.bad) if kind is Kind.PROCESSES and row.code}
    lookup = _Lookup(targets, {key: row for key, row in bad.items() if key not in plan.processes}, plan)
    _take_people([(row, target) for row in read.people if (target := lookup.target(row, Kind.PEOPLE))], known, plan)
    _take_sessions(
        [(row, target) for row in read.sessions if (target := lookup.target(row, Kind.SESSIONS))], known, plan
    )
    order = [sheet.title for sheet in book.sheets]
    plan.findings.sort(key=lambda finding: (order.index(finding.sheet), finding.row))
    return plan


def _take_processes(read: Read, known: Known, plan: Plan) -> dict[str, Target]:
    tally = plan.tallies[Kind.PROCESSES]
    seen: dict[str, ProcessRow] = {}
    for row in read.processes:
        key = code_key(row.code)
        if key in seen:
            _say_twice(row, seen[key], same=row == seen[key], tally=tally, plan=plan)
            continue
        seen[key] = row
        if key in known.processes:
            tally.known += 1
        else:
            tally.new += 1
            plan.processes[key] = row
            plan.findings += _about_price(row, known)
    return {**seen, **known.processes}


def _about_price(row: ProcessRow, known: Known) -> list[Finding]:
    """A price that says another VAT than the practice's, or holds it, is taken without it, and that is said."""
    said: list[Finding] = []
    price = row.price
    if price is not None and price.vat_rate not in (None, known.vat_rate):
        other = Unreadable(
            _("The price says VAT %(said)s; by the practice's standing the contract takes %(rate)s."),
            code="vat_rate",
            said=write_percent(price.vat_rate or 0),
            rate=write_percent(known.vat_rate),
        )
        said.append(found(Weight.WARNING, row, other))
    if price is not None and price.vat_included:
        net = Unreadable(
            _("The price holds VAT; without it %(price)s."),
            code="vat_included",
            price=write_money(net_price(price, known)),
        )
        said.append(found(Weight.WARNING, row, net))
    return said


def net_price(price: Price, known: Known) -> Decimal:
    """Return the price without VAT, in euros."""
    if not price.vat_included:
        return price.amount
    rate = known.vat_rate if price.vat_rate is None else price.vat_rate
    return (price.amount / (1 + rate / 100)).quantize(Decimal("0.01"), ROUND_HALF_UP)


def _say_twice(row: ProcessRow, first: ProcessRow, *, same: bool, tally: Tally, plan: Plan) -> None:
    if same:
        why = Unreadable(_("The same process as on row %(row)d."), code="twice", row=first.number)
        plan.findings.append(found(Weight.DUPLICATE, row, why, other=first.number))
        tally.duplicates += 1
    else:
        why = Unreadable(
            _("The process %(process)s is already on row %(row)d, with other contents."),
            code="code_twice",
            process=row.code,
            row=first.number,
        )
        plan.findings.append(found(Weight.ERROR, row, why, other=first.number))
        tally.errors += 1


class _Lookup:
    """Finds the process of a row, or says why the row cannot come in."""

    def __init__(self, targets: dict[str, Target], bad: dict[str, BadRow], plan: Plan) -> None:
        self.targets, self.bad, self.plan = targets, bad, plan

    def target(self, row: PersonRow | SessionRow, kind: Kind) -> Target | None:
        key = code_key(row.code)
        if key in self.bad:
            bad = self.bad[key]
            why = Unreadable(
                _("Depends on row %(row)d of %(sheet)s, which is in error."),
                code="depends",
                row=bad.number,
                sheet=bad.sheet,
            )
            self.plan.findings.append(found(Weight.DEPENDS, row, why, other=bad.number))
            self.plan.tallies[kind].depends += 1
            return None
        if key not in self.targets:
            why = Unreadable(_("There is no process %(process)s."), code="unknown_process", process=row.code)
            self.plan.findings.append(found(Weight.ERROR, row, why))
            self.plan.tallies[kind].errors += 1
            return None
        return self.targets[key]


# --- people ---------------------------------------------------------------------------------------------------------


def _names(person: NamedPerson) -> frozenset[str]:
    """The words of a name in any order, to tell whether two spellings mean one person."""
    return frozenset(folded(f"{person.given_name} {person.family_name}").replace("-", " ").split())


@dataclass
class _Fellows:
    """Who is in a process: the same address is the same person, and so is the same name when either has none."""

    by_email: dict[str, int] = field(default_factory=dict)
    by_name: dict[frozenset[str], int] = field(default_factory=dict)
    by_name_alone: dict[frozenset[str], int] = field(default_factory=dict)

    def find(self, person: NamedPerson) -> int | None:
        """Return the row of the same person."""
        if not person.email:
            return self.by_name.get(_names(person))
        return self.by_email.get(person.email, self.by_name_alone.get(_names(person)))

    def add(self, person: NamedPerson, row: int = 0) -> None:
        names = _names(person)
        self.by_name.setdefault(names, row)
        if person.email:
            self.by_email.setdefault(person.email, row)
        else:
            self.by_name_alone.setdefault(names, row)


def _take_people(rows: list[tuple[PersonRow, Target]], known: Known, plan: Plan) -> None:
    tally = plan.tallies[Kind.PEOPLE]
    taken: dict[str, _Fellows] = {}
    here: dict[str, _Fellows] = {}
    owner: dict[str, PersonRow] = {}
    for key, process in known.processes.items():
        here[key] = _Fellows()
        for person in process.people:
            here[key].add(person)
    for row, _target in rows:
        key = code_key(row.code)
        fellows = taken.setdefault(key, _Fellows())
        first = fellows.find(row.person)
        if first is not None:
            why = Unreadable(
                _("The same person in the same process as on row %(row)d: taken once."), code="twice", row=first
            )
            plan.findings.append(found(Weight.DUPLICATE, row, why, other=first))
            tally.duplicates += 1
            continue
        wrong = _foreign_address(row, owner, known)
        if wrong is not None:
            plan.findings.append(wrong)
            tally.errors += 1
            continue
        fellows.add(row.person, row.number)
        owner.setdefault(row.person.email, row)
        if key in here and here[key].find(row.person) is not None:
            tally.known += 1
        else:
            tally.new += 1
            plan.people.append(row)


def _foreign_address(row: PersonRow, owner: dict[str, PersonRow], known: Known) -> Finding | None:
    """Return what is wrong when the row's address is somebody else's: nobody may get another's mail."""
    email = row.person.email
    if not email:
        return None
    first = owner.get(email)
    if first is not None and _names(first.person) != _names(row.person):
        why = Unreadable(
            _("The address is that of another person on row %(row)d."), code="address_taken", row=first.number
        )
        return found(Weight.ERROR, row, why, other=first.number)
    here = known.persons.get(email)
    if here is not None and _names(NamedPerson(here.given_name, here.family_name)) != _names(row.person):
        why = Unreadable(_("The address is already that of %(name)s."), code="address_taken", name=here.name)
        return found(Weight.ERROR, row, why)
    return None


# --- sessions -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, order=True)
class _Stretch:
    starts_at: datetime
    ends_at: datetime
    session: UUID | None = field(default=None, compare=False)
    row: int | None = field(default=None, compare=False)
    title: str = field(default="", compare=False)


class _Diary:
    """The supervisor's taken time. Stretches in it never overlap one another, so that neighbours tell."""

    def __init__(self, booked: Iterable[Booked]) -> None:
        self.stretches = sorted(
            _Stretch(each.starts_at, each.ends_at, each.session, None, each.title) for each in booked
        )

    def clash(self, starts_at: datetime, ends_at: datetime) -> _Stretch | None:
        at = bisect_left(self.stretches, _Stretch(starts_at, starts_at))
        for stretch in self.stretches[max(at - 1, 0) : at + 1]:
            if stretch.starts_at < ends_at and starts_at < stretch.ends_at:
                return stretch
        return None

    def add(self, stretch: _Stretch) -> None:
        insort(self.stretches, stretch)


def _take_sessions(rows: list[tuple[SessionRow, Target]], known: Known, plan: Plan) -> None:
    tally = plan.tallies[Kind.SESSIONS]
    left = {key: Counter(process.starts) for key, process in known.processes.items()}
    at = {(each.engagement, each.starts_at): each.session for each in known.booked}
    row_of: dict[UUID, int] = {}
    diary = _Diary(known.booked)
    new: list[tuple[SessionRow, Target]] = []
    for row, target in rows:
        starts = left.get(code_key(row.code), Counter())
        if isinstance(target, KnownProcess) and starts[row.starts_at] > 0:
            starts[row.starts_at] -= 1
            tally.known += 1
            session = at.get((target.engagement.pk, row.starts_at))
            if session is not None:
                row_of.setdefault(session, row.number)
        else:
            new.append((row, target))
    for row, target in new:
        ends_at = row.starts_at + timedelta(minutes=row.minutes or target.minutes or USUAL_MINUTES)
        if row.state in TAKING_TIME:
            wrong = _taken(row, ends_at, target, diary, known, row_of)
            if wrong is not None:
                plan.findings.append(wrong)
                tally.errors += 1
                continue
            diary.add(_Stretch(row.starts_at, ends_at, None, row.number))
        tally.new += 1
        plan.sessions.append(NewSession(row, ends_at, row.mode or target.mode or "in_person"))


def _taken(
    row: SessionRow, ends_at: datetime, target: Target, diary: _Diary, known: Known, row_of: dict[UUID, int]
) -> Finding | None:
    """Return what is wrong when the time of a session is somebody's already."""
    clash = diary.clash(row.starts_at, ends_at)
    if clash is not None:
        return _overlap(row, clash, row_of)
    if (
        isinstance(target, KnownProcess)
        and target.engagement.pk in known.led_with_others
        and someone_busy(target.engagement.pk, row.starts_at, ends_at)
    ):
        busy = Unreadable(_("A supervisor who leads this process with you is taken then."), code="overlap")
        return found(Weight.ERROR, row, busy)
    return None


def _overlap(row: Placed, clash: _Stretch, row_of: dict[UUID, int]) -> Finding:
    number = clash.row if clash.session is None else row_of.get(clash.session)
    if number is not None:
        why = Unreadable(_("Overlaps the session on row %(row)d."), code="overlap", row=number)
    else:
        why = Unreadable(
            _("Overlaps a session already booked: %(moment)s, %(title)s."),
            code="overlap",
            moment=write_moment(clash.starts_at),
            title=clash.title,
        )
    return found(Weight.ERROR, row, why, other=number)
