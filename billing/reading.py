"""The billing basis as it stands: what is open, computed from sessions and contracts, and what was invoiced, kept.

What a client is told comes by the same way; the database answers them by the clause (`sec.told`) alone.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from decimal import Decimal
from functools import cached_property
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from dateutil.relativedelta import relativedelta
from django.db import connection
from django.db.models import Q

from accounts.models import User
from billing.models import Basis, Line, Unit
from billing.pricing import REST, Charge, Item, Priced, VatSum, items_of, sums_of
from engagements.models import Contract, Engagement
from formats.clock import HELSINKI

#: How far back what is open is looked for, unless one month is asked for.
MONTHS: Final = 12
A_MONTH: Final = relativedelta(months=1)


@dataclass(frozen=True, order=True)
class Key:
    """Whose invoice it is: of one supervisor of one practice to one payer, for one month (its first day)."""

    month: date
    practice: UUID
    lead: UUID
    payer: UUID


@dataclass(frozen=True)
class Party:
    """What an invoice says of both sides. `organisation` is False of a private payer, `name` empty of one unnamed."""

    practice: str
    lead: str
    name: str
    organisation: bool
    business_id: str
    invoicing_address: str
    einvoice_address: str
    einvoice_operator: str
    invoicing_reference: str


@dataclass(frozen=True)
class Part:
    """The lines of one process in a statement: rows of `Line`, or what would become such."""

    engagement: Engagement
    lines: Sequence[Line]

    @property
    def net(self) -> Decimal:
        return sum((line.net for line in self.lines), Decimal(0))

    @property
    def orders(self) -> Sequence[str]:
        return list(dict.fromkeys(line.order_reference for line in self.lines if line.order_reference))

    @property
    def frameworks(self) -> Sequence[str]:
        return list(dict.fromkeys(line.framework_reference for line in self.lines if line.framework_reference))


@dataclass(frozen=True)
class Statement:
    """The basis of one invoice. `basis` is None while it is open."""

    key: Key
    party: Party
    parts: Sequence[Part]
    basis: Basis | None = None

    @cached_property
    def lines(self) -> list[Line]:
        return [line for part in self.parts for line in part.lines]

    @cached_property
    def sums(self) -> list[VatSum]:
        return sums_of(self.lines)

    @property
    def net(self) -> Decimal:
        return sum((each.net for each in self.sums), Decimal(0))

    @property
    def vat(self) -> Decimal:
        return sum((each.vat for each in self.sums), Decimal(0))

    @property
    def gross(self) -> Decimal:
        return self.net + self.vat

    @cached_property
    def seen(self) -> str:
        """Return what names these very lines, so that nobody marks others than they have looked at."""
        rows = (
            f"{line.engagement_id} {line.session_id} {line.kind} {line.corrects} {line.net} {line.vat_class}"
            f" {line.vat_rate} {line.at.isoformat()} {line.quantity} {line.price} {line.percent} {line.order_reference}"
            for line in self.lines
        )
        return sha256("\n".join(rows).encode()).hexdigest()


# --- what is asked of the database ----------------------------------------------------------------------------------


def month_of(moment: datetime) -> date:
    return moment.astimezone(HELSINKI).date().replace(day=1)


def begins(month: date) -> datetime:
    """Return the moment in Helsinki at which a month, named by its first day, begins."""
    return datetime.combine(month, time(0), tzinfo=HELSINKI)


def charged(
    since: date, before: date, now: datetime, *, inside: bool, engagements: Sequence[UUID] | None = None
) -> list[tuple[Charge, Key]]:
    """Return what is charged in [since, before), each with the statement it belongs to. One query (`sec.charged`).

    inside: of processes that the asker leads or administers; else what a client is told. With them comes what came to
    light after the invoice of its month, whichever that was.
    """
    asked = list(engagements) if engagements is not None else None
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT * FROM sec.charged(%s, %s, %s, true, %s) c WHERE c.inside = %s",
            [asked, begins(since), begins(before), now, inside],
        )
        rows = cursor.fetchall()
    found = []
    for *values, practice, lead, payer, _inside in rows:
        charge = Charge(*values)
        found.append((charge, Key(charge.day.replace(day=1), practice, lead, payer)))
    return found


class Terms:
    """The prices of several processes on any day. One query."""

    def __init__(self, engagements: Iterable[UUID], today: date) -> None:
        self.today = today
        self.versions: dict[UUID, list[Contract]] = defaultdict(list)
        self.read: dict[UUID, Priced] = {}
        frozen = Contract.objects.filter(engagement__in=set(engagements), terms__isnull=False)
        read = ("engagement", "version", "state", "terms", "valid_from", "agreed_on")
        for each in frozen.exclude(state=Contract.State.DRAFT).only(*read).order_by("-version"):
            self.versions[each.engagement_id].append(each)

    def on(self, engagement: UUID, day: date) -> Priced | None:
        """Return the prices in force on `day`, else those people go by today, else None (see `sessions.fees`)."""
        versions = self.versions[engagement]
        found = self.in_force(versions, day) or self.in_force(versions, self.today)
        found = found or next((each for each in versions if each.state == Contract.State.OFFERED), None)
        if found is None:
            return None
        if found.pk not in self.read:
            self.read[found.pk] = Priced.of(found.terms or {})
        return self.read[found.pk]

    @staticmethod
    def in_force(versions: Iterable[Contract], day: date) -> Contract | None:
        agreed = (each for each in versions if each.state == Contract.State.AGREED and each.begins)
        return next((each for each in agreed if each.begins and each.begins <= day), None)


def parties(engagements: Iterable[UUID], now: datetime) -> Mapping[tuple[UUID, UUID, UUID], Party]:
    """Return what invoices say of practice, supervisor and payer of `engagements`. One query."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM sec.billing_parties(%s, %s)", [list(set(engagements)), now])
        return {(practice, lead, payer): Party(*said) for practice, lead, payer, *said in cursor.fetchall()}


# --- what was invoiced ----------------------------------------------------------------------------------------------


class Inside:
    """What was invoiced, for those who lead or administer."""

    inside = True

    def __init__(self, user: User) -> None:
        self.user = user

    def bases(self) -> Sequence[Basis]:
        return list(Basis.objects.known_to(self.user))

    def lines(self, charges: Iterable[Charge]) -> Sequence[Line]:
        """Return the lines that were invoiced of `charges`, in the order in which they were."""
        charges = list(charges)
        sessions = [each.session for each in charges if each.session]
        closed = [each.engagement for each in charges if not each.session]
        found = Line.objects.filter(Q(session__in=sessions) | Q(session=None, engagement__in=closed))
        return list(found.order_by("basis__number", "position"))


class Told:
    """What was invoiced, for a client: what the clause tells of it, by the days on which it was done."""

    inside = False

    def __init__(self, now: datetime) -> None:
        self.now = now

    def bases(self) -> Sequence[Basis]:
        return list(Basis.objects.raw("SELECT * FROM sec.told_bases(%s)", [self.now]))

    def lines(self, charges: Iterable[Charge]) -> Sequence[Line]:
        return self.every_line()

    def every_line(self) -> Sequence[Line]:
        found = Line.objects.raw("SELECT * FROM sec.told_lines(%s)", [self.now])
        return sorted(found, key=lambda line: (line.basis_id, line.position))


def kept(basis: Basis, lines: Iterable[Line]) -> Statement:
    """Return what was invoiced, as it was, with those of its `lines` that the asker is to see."""
    lines = list(lines)
    processes = Engagement.objects.in_bulk({line.engagement_id for line in lines})
    return Statement(key_of(basis), Party(**basis.facts), parts_of(lines, processes), basis)


def key_of(basis: Basis) -> Key:
    return Key(basis.month, basis.practice_id, basis.lead_id, basis.payer)


# --- what is open ---------------------------------------------------------------------------------------------------


def open_statements(
    source: Inside | Told,
    now: datetime,
    *,
    since: date,
    before: date,
    engagements: Sequence[UUID] | None = None,
) -> list[Statement]:
    """Return what is charged and not invoiced yet, by month, supervisor and payer; the latest month first.

    What came to light after its month was invoiced stands in the month that is running, or in the next one that is not
    invoiced yet: as a line of its own, or as the difference to what was invoiced.
    """
    found = charged(since, before, now, inside=source.inside, engagements=engagements)
    months = frozenset(key_of(basis) for basis in source.bases())
    terms = Terms({charge.engagement for charge, _key in found}, now.astimezone(HELSINKI).date())
    had: dict[Any, list[Line]] = defaultdict(list)
    for line in source.lines(charge for charge, _key in found):
        had[line.session_id or line.engagement_id].append(line)
    grouped: dict[Key, list[Line]] = defaultdict(list)
    for charge, key in found:
        due = list(items_of(charge, terms.on(charge.engagement, charge.day)))
        for item in differences(charge, due, had[charge.session or charge.engagement]):
            grouped[month_open(key, months, now)].append(row_of(item))
    named = parties((line.engagement_id for lines in grouped.values() for line in lines), now)
    processes = Engagement.objects.in_bulk({line.engagement_id for lines in grouped.values() for line in lines})
    return [
        Statement(key, named[key.practice, key.lead, key.payer], parts_of(lines, processes))
        for key, lines in sorted(grouped.items(), key=lambda entry: (-entry[0].month.toordinal(), entry[0]))
    ]


def month_open(key: Key, months: frozenset[Key], now: datetime) -> Key:
    """Return the statement in which a charge of `key` stands: its own month, or the first one open from now on."""
    if key not in months:
        return key
    month = max(month_of(now), key.month)
    while replace(key, month=month) in months:
        month += A_MONTH
    return replace(key, month=month)


def differences(charge: Charge, due: Sequence[Item], had: Sequence[Line]) -> list[Item]:
    """Return the lines that make what was invoiced of a charge into what is due: all of it, nothing, or corrections.

    They are compared by what they charge and under which VAT: what was invoiced keeps the rate that it had.
    """
    if not had:
        return list(due)
    found = []
    before: dict[tuple[str, str, Decimal], list[Line]] = defaultdict(list)
    for line in had:
        before[line.kind, line.vat_class, line.vat_rate].append(line)
    wanted = {(item.kind, item.vat_class, item.vat_rate): item for item in due}
    for key, item in wanted.items():
        lines = before.get(key)
        if lines is None:
            # The first line of its kind is the line itself; under another VAT it corrects what was under the first.
            found.append(replace(item, corrects=any(kind == item.kind for kind, *_vat in before)))
        elif difference := item.net - sum(line.net for line in lines):
            found.append(correction(charge, lines[-1], difference))
    for key, lines in before.items():
        if key not in wanted and (remains := sum(line.net for line in lines)):
            found.append(correction(charge, lines[-1], -remains))
    return found


def correction(charge: Charge, line: Line, net: Decimal) -> Item:
    return Item(
        charge, line.kind, Decimal(1), Unit.ONCE, net, 100, net, line.vat_class, line.vat_rate, line.vat_reason,
        line.order_reference, line.framework_reference, corrects=True,
    )  # fmt: skip


def row_of(item: Item) -> Line:
    """Return an item as the row that it becomes when it is invoiced."""
    charge = item.charge
    return Line(
        engagement_id=charge.engagement, session_id=charge.session, kind=item.kind, corrects=item.corrects,
        at=charge.starts_at, minutes=charge.minutes, percent=item.percent, quantity=item.quantity, unit=item.unit,
        price=item.price, net=item.net, vat_class=item.vat_class, vat_rate=item.vat_rate, vat_reason=item.vat_reason,
        order_reference=item.order_reference, framework_reference=item.framework_reference,
    )  # fmt: skip


def parts_of(lines: Iterable[Line], processes: Mapping[UUID, Engagement]) -> list[Part]:
    """Return lines by process, as they come; within one by day, what is done before what remains."""
    grouped: dict[UUID, list[Line]] = defaultdict(list)
    for line in lines:
        grouped[line.engagement_id].append(line)
    return [
        Part(processes[pk], sorted(rows, key=lambda line: (line.position or 0, line.at, line.kind == REST)))
        for pk, rows in grouped.items()
        if pk in processes
    ]


def statement(source: Inside | Told, key: Key, now: datetime) -> Statement | None:
    """Return the open statement of `key`, or None when nothing is open in it."""
    found = open_statements(source, now, since=key.month, before=key.month + A_MONTH)
    return next((each for each in found if each.key == key), None)


def all_open(source: Inside | Told, now: datetime, engagements: Sequence[UUID] | None = None) -> list[Statement]:
    """Return the open statements of the last twelve months, and of what is charged already of days to come."""
    month = month_of(now)
    since, before = month - MONTHS * A_MONTH, month + 3 * MONTHS * A_MONTH
    return open_statements(source, now, since=since, before=before, engagements=engagements)
