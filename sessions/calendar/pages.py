"""The three ways to see a calendar."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from dateutil.relativedelta import relativedelta
from django.db.models import Count, Window
from django.db.models.functions import RowNumber, TruncDate
from django.utils.translation import gettext

from accounts.models import User
from formats.clock import HELSINKI, write_clock
from formats.days import write_day_short, write_days, write_month, write_week, write_weekday
from sessions.calendar.days import FIRST_DAY, LAST_DAY, Day, calendar_url, days_with, each_day
from sessions.calendar.elsewhere import elsewhere_between
from sessions.calendar.grid import Column, column, hours_shown
from sessions.calendar.items import in_calendar, items_of, midnight, within
from sessions.working_time import Working, working_of

PER_PAGE: Final = 30
PER_CELL: Final = 3
#: Nobody meets so often in a week; it bounds what a page can cost.
MOST_IN_A_WEEK: Final = 400
#: A place in a list by time: it begins after, or ends before, this session.
Cursor = tuple[datetime, UUID]


@dataclass(frozen=True)
class Week:
    """Monday to Sunday. `opens` is the hour at the top of its grid, `hours` are all of them in writing.

    In lines, the week that runs begins today; `earlier_url` leads to what was before, if anything was.
    """

    title: str
    number: str
    columns: Sequence[Column]
    opens: int
    hours: Sequence[str]
    working: Working
    elsewhere: bool
    earlier_url: str
    previous: str
    next: str


@dataclass(frozen=True)
class MonthRow:
    number: str
    label: str
    url: str
    days: Sequence[Day]


@dataclass(frozen=True)
class Month:
    """Whole weeks; days of the months around have another `number` than the month itself."""

    title: str
    number: int
    weekdays: Sequence[tuple[str, str]]
    weeks: Sequence[MonthRow]
    elsewhere: bool
    previous: str
    next: str


@dataclass(frozen=True)
class Agenda:
    """Days that have sessions, and the cursors of the pages before and after: empty where there are none."""

    title: str
    days: Sequence[Day]
    elsewhere: bool
    earlier: str
    later: str


def week_of(user: User, day: date, *, now: datetime, cancelled: bool = True) -> Week:
    """Return the ISO week of `day`. 4 queries."""
    first = day - timedelta(days=day.weekday())
    last = first + timedelta(days=6)
    sessions = within(in_calendar(user, now=now, cancelled=cancelled), first, last)
    items = items_of(sessions[:MOST_IN_A_WEEK])
    working = working_of(user)
    hours = hours_shown(items, working)
    elsewhere = elsewhere_between(user, first, last)
    days = days_with(items, each_day(first, last), day_at(now), elsewhere=elsewhere)
    were = first <= day_at(now) <= last and any(each.past and each.items for each in days)
    return Week(
        title=write_days(first, last),
        number=number_of_week(first),
        columns=[column(each, hours, working, now) for each in days],
        opens=hours[0],
        hours=[write_clock(time(hour), bare=True) for hour in range(*hours)],
        working=working,
        elsewhere=bool(elsewhere),
        earlier_url=calendar_url("agenda", first) if were else "",
        previous=step_to("week", day - timedelta(days=7), over=first - timedelta(days=1)),
        next=step_to("week", day + timedelta(days=7), over=last + timedelta(days=1)),
    )


def month_of(user: User, day: date, *, now: datetime, cancelled: bool = True) -> Month:
    """Return the month of `day` in whole weeks; of each day its first sessions and how many there are. 2 queries."""
    first = day.replace(day=1)
    last = first + relativedelta(months=1, days=-1)
    shown = each_day(first - timedelta(days=first.weekday()), last + timedelta(days=6 - last.weekday()))
    a_day: Any = {"partition_by": [TruncDate("starts_at", tzinfo=HELSINKI)]}
    sessions = within(in_calendar(user, now=now, cancelled=cancelled), shown[0], shown[-1]).annotate(
        nth=Window(RowNumber(), order_by=["starts_at", "pk"], **a_day), of_day=Window(Count("pk"), **a_day)
    )
    rows: list[Any] = list(sessions.filter(nth__lte=PER_CELL))
    counts = {row.starts_at.astimezone(HELSINKI).date(): row.of_day for row in rows}
    elsewhere = elsewhere_between(user, shown[0], shown[-1])
    days = days_with(items_of(rows), shown, day_at(now), elsewhere=elsewhere, counts=counts)
    return Month(
        title=write_month(first),
        number=first.month,
        weekdays=[(write_weekday(number, short=True), write_weekday(number)) for number in range(7)],
        weeks=[month_row(days[start : start + 7]) for start in range(0, len(days), 7)],
        elsewhere=bool(elsewhere),
        previous=step_to("month", day - relativedelta(months=1), over=first - timedelta(days=1)),
        next=step_to("month", day + relativedelta(months=1), over=last + timedelta(days=1)),
    )


def month_row(days: Sequence[Day]) -> MonthRow:
    monday = days[0].day
    return MonthRow(write_week(monday), number_of_week(monday), calendar_url("week", monday), days)


def agenda_from(
    user: User,
    day: date,
    *,
    now: datetime,
    cancelled: bool = True,
    after: Cursor | None = None,
    before: Cursor | None = None,
) -> Agenda:
    """Return a page of sessions from `day` on, or the page after or before a cursor. 3 queries."""
    mine = in_calendar(user, now=now, cancelled=cancelled)
    begins = after or (midnight(day), UUID(int=0))
    if before:
        found = list(mine.before(*before).order_by("-starts_at", "-pk")[: PER_PAGE + 1])
        rows = found[:PER_PAGE][::-1]
        earlier, later = len(found) > PER_PAGE, True
    else:
        found = list(mine.after(*begins).order_by("starts_at", "pk")[: PER_PAGE + 1])
        rows = found[:PER_PAGE]
        earlier, later = mine.before(*begins).exists(), len(found) > PER_PAGE
    items = items_of(rows)
    ends: list[Cursor] = [(row.starts_at, row.pk) for row in rows] or [before or begins]
    first = items[0].day if items and (after or before) else day
    listed = sorted({item.day for item in items})
    elsewhere = elsewhere_between(user, listed[0], listed[-1]) if listed else {}
    days = days_with(items, listed, day_at(now), elsewhere=elsewhere)
    return Agenda(
        title=gettext("From %(day)s") % {"day": write_day_short(first)},
        days=days,
        elsewhere=any(each.elsewhere for each in days),
        earlier=written(ends[0]) if earlier else "",
        later=written(ends[-1]) if later else "",
    )


def written(cursor: Cursor) -> str:
    at, pk = cursor
    return f"{at.astimezone(UTC).isoformat()}~{pk}"


def number_of_week(day: date) -> str:
    return gettext("Week %(number)d") % {"number": day.isocalendar().week}


def day_at(now: datetime) -> date:
    return now.astimezone(HELSINKI).date()


def step_to(view: str, day: date, *, over: date) -> str:
    """Return the address of the page with `day`; nothing when `over`, the first day out of sight, is not to be had."""
    return calendar_url(view, day) if FIRST_DAY <= over <= LAST_DAY else ""
