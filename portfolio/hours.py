"""How much somebody has done for their own growth: the log and the sessions they attended, by kind, year and unit.

Sessions of supervision of supervision (ToTo) are drawn from their processes each time and are kept nowhere else.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import Count, Sum
from django.db.models.functions import ExtractYear
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.models import User
from formats.clock import HELSINKI, minutes_between
from formats.csv_files import Value, write_csv
from formats.days import write_day
from formats.numbers import write_decimal
from portfolio.models import Kind, LogEntry, Unit

#: In half a year own supervision is counted; the database reckons with the same days.
HALF_YEAR: Final = 182


@dataclass(frozen=True)
class Met:
    """A held session of supervision of supervision that its owner attended."""

    session: UUID
    day: date
    minutes: int
    supervisor: str


def own_toto() -> list[Met]:
    """Return the sessions that the person asking attended as a supervisee in ToTo, the latest first. One query."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT session, begins, finishes, supervisor FROM sec.own_toto() ORDER BY begins DESC, session")
        rows: list[tuple[UUID, datetime, datetime, str]] = cursor.fetchall()
    return [
        Met(session, begins.astimezone(HELSINKI).date(), minutes_between(begins, finishes), supervisor)
        for session, begins, finishes, supervisor in rows
    ]


@dataclass(frozen=True)
class Tally:
    """What of one kind, in one year, was counted in one unit."""

    year: int
    kind: Kind
    unit: Unit
    times: int
    minutes: int

    @property
    def amount(self) -> Decimal:
        """How many hours of its own unit."""
        return (Decimal(self.minutes) / self.unit).quantize(Decimal("0.01"))

    @property
    def words(self) -> str:
        return amount_words(self.minutes, self.unit)


def amount_words(minutes: int, unit: int) -> str:
    """Return minutes as hours of their unit, which is always said: `1,5 × 60 min`."""
    return f"{write_decimal((Decimal(minutes) / unit).quantize(Decimal('0.01')))} × {unit} min"


@dataclass(frozen=True)
class Bar:
    """One kind in one year (or in all), in minutes for its length and in its units for its words."""

    kind: Kind
    times: int
    minutes: int
    words: str

    @property
    def label(self) -> str:
        return str(self.kind.label)


@dataclass(frozen=True)
class Hours:
    """All sums, the latest year first, with a line for each kind of each year and of all years."""

    sums: Sequence[Tally]

    @property
    def years(self) -> list[tuple[int, list[Bar]]]:
        found = sorted({each.year for each in self.sums}, reverse=True)
        return [(year, list(bars(each for each in self.sums if each.year == year))) for year in found]

    @property
    def totals(self) -> list[Bar]:
        return list(bars(self.sums))

    @property
    def most(self) -> int:
        """The longest line of a single year, in minutes."""
        return max((bar.minutes for _year, found in self.years for bar in found), default=1)


def bars(sums: Iterable[Tally]) -> Iterator[Bar]:
    by_kind: dict[Kind, list[Tally]] = defaultdict(list)
    for each in sums:
        by_kind[each.kind].append(each)
    for kind in Kind:
        if found := by_kind.get(kind):
            units: dict[int, int] = defaultdict(int)
            for each in found:
                units[each.unit] += each.minutes
            words = " + ".join(amount_words(units[unit], unit) for unit in Unit if units.get(unit))
            yield Bar(kind, sum(each.times for each in found), sum(units.values()), words)


def hours_of(user: User, met: Sequence[Met]) -> Hours:
    """Return the sums of somebody's log and of `met`. One query."""
    found: dict[tuple[int, Kind, Unit], list[int]] = defaultdict(lambda: [0, 0])
    logged = (
        LogEntry.objects.owned_by(user).order_by().annotate(year=ExtractYear("day")).values("year", "kind", "unit")
        .annotate(times=Count("pk"), total=Sum("minutes"))
    )  # fmt: skip
    for row in logged:
        found[row["year"], Kind(row["kind"]), Unit(row["unit"])] = [row["times"], row["total"]]
    for each in met:
        line = found[each.day.year, Kind.TOTO, Unit.HOUR]
        line[0] += 1
        line[1] += each.minutes
    order = list(Kind)
    keys = sorted(found, key=lambda key: (-key[0], order.index(key[1]), -key[2]))
    return Hours([Tally(*key, *found[key]) for key in keys])


def sums_csv(hours: Hours) -> bytes:
    """Return the sums as a CSV file: a row for each kind, year and unit."""
    heading = [
        _("Year"), _("Kind"), pgettext("count", "Times"), _("Minutes"), _("Minutes in an hour"),
        _("Hours of that unit"),
    ]  # fmt: skip
    return write_csv([heading, *map(sum_row, hours.sums)])


def sum_row(each: Tally) -> Sequence[Value]:
    return [each.year, str(each.kind.label), each.times, each.minutes, int(each.unit), each.amount]


def entries_csv(user: User, met: Sequence[Met]) -> bytes:
    """Return every entry and every session as a CSV file, the latest first; notes stay where they are."""
    heading = [
        _("Day"), _("Kind"), _("Branch"), _("Title"), _("With whom, or who arranged it"), _("Minutes"),
        _("Minutes in an hour"), _("Hours of that unit"), _("Where from"),
    ]  # fmt: skip
    return write_csv([heading, *[row for _key, row in sorted(entry_rows(user, met), key=lambda pair: pair[0])]])


def entry_rows(user: User, met: Sequence[Met]) -> Iterator[tuple[int, Sequence[Value]]]:
    for entry in LogEntry.objects.owned_by(user).defer("note"):
        yield (
            -entry.day.toordinal(),
            [
                write_day(entry.day), str(entry.get_kind_display()), str(entry.get_branch_display()), entry.title,
                entry.whom, entry.minutes, entry.unit, entry.amount, _("log"),
            ],
        )  # fmt: skip
    for each in met:
        amount = (Decimal(each.minutes) / Unit.HOUR).quantize(Decimal("0.01"))
        yield (
            -each.day.toordinal(),
            [
                write_day(each.day), str(Kind.TOTO.label), "", _("Session"), each.supervisor, each.minutes,
                int(Unit.HOUR), amount, _("process"),
            ],
        )  # fmt: skip
