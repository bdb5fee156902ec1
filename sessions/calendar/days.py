"""Days of a calendar with what is in them, and the addresses of days."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext, ngettext

from formats.days import write_day_month, write_day_short, write_weekday
from formats.holidays import holidays_between
from sessions.calendar.elsewhere import Elsewhere
from sessions.calendar.items import Item

#: The days that can be asked for. A week or month at the edge is shown whole.
FIRST_DAY: Final = date(2000, 1, 1)
LAST_DAY: Final = date(2100, 12, 31)


@dataclass(frozen=True)
class Day:
    """A day, its sessions, and when one is taken elsewhere.

    `label` says the day whole, `weekday` and `short` share it between two lines.
    `more` counts the sessions that are not among `items`; `count` says in words how many there are in all.
    """

    day: date
    label: str
    weekday: str
    short: str
    holiday: str
    count: str
    items: Sequence[Item]
    more: int
    today: bool
    past: bool
    agenda_url: str
    book_url: str
    elsewhere: Sequence[Elsewhere] = ()

    @property
    def weekend(self) -> bool:
        return self.day.weekday() > 4


def days_with(
    items: Iterable[Item],
    days: Sequence[date],
    today: date,
    *,
    elsewhere: Mapping[date, Sequence[Elsewhere]],
    counts: Mapping[date, int] | None = None,
) -> list[Day]:
    """Return `days`, which are in order, with their holidays, `items` and what is taken `elsewhere`; `counts` where a
    day has more items than those.
    """
    if not days:
        return []
    of_day: dict[date, list[Item]] = {day: [] for day in days}
    for item in items:
        of_day[item.day].append(item)
    holidays = holidays_between(days[0], days[-1])
    book = reverse("sessions:book_any")
    made = (
        day_with(mine, day, today, holidays.get(day, ""), len(mine) if counts is None else counts.get(day, 0), book)
        for day, mine in of_day.items()
    )
    return [replace(day, elsewhere=elsewhere.get(day.day, ())) for day in made]


def day_with(items: Sequence[Item], day: date, today: date, holiday: str, count: int, book: str) -> Day:
    said = ngettext("%(count)d session", "%(count)d sessions", count) % {"count": count}
    return Day(
        day=day,
        label=write_day_short(day),
        weekday=write_weekday(day.weekday(), short=True),
        short=write_day_month(day),
        holiday=holiday,
        count=said if count else gettext("no sessions"),
        items=items,
        more=count - len(items),
        today=day == today,
        past=day < today,
        agenda_url=calendar_url("agenda", day),
        book_url=f"{book}?{urlencode({'day': day.isoformat()})}",
    )


def each_day(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def calendar_url(view: str, day: date) -> str:
    """Return the address of the week, month or agenda of `day`, or of the nearest day that can be asked for."""
    asked = min(max(day, FIRST_DAY), LAST_DAY)
    return f"{reverse('calendar:calendar')}?{urlencode({'view': view, 'day': asked.isoformat()})}"
