"""When somebody is taken elsewhere, day by day: blocks without a title, that only they see."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta

from django.utils.translation import gettext

from accounts.models import User
from formats.clock import HELSINKI, moment_at, write_clock
from sessions.busy.reading import merged
from sessions.busy.taken import taken_in
from sessions.calendar.items import DAY_MINUTES, minutes_of


@dataclass(frozen=True)
class Elsewhere:
    """A stretch of one day, in minutes by the clock on the wall."""

    clock: str
    begins: int
    ends: int


def elsewhere_between(user: User, first: date, last: date) -> Mapping[date, Sequence[Elsewhere]]:
    """Return by day when `user` is taken elsewhere from `first` to `last`. One query."""
    window = (moment_at(first, time()), moment_at(last + timedelta(days=1), time()))
    days: dict[date, list[Elsewhere]] = {}
    for starts_at, ends_at in merged((one.starts_at, one.ends_at) for one in taken_in(user, [window])):
        start = max(starts_at, window[0]).astimezone(HELSINKI)
        end = min(ends_at, window[1]).astimezone(HELSINKI)
        day = start.date()
        while day < end.date() or (day == end.date() and end.time() > time()):
            begins = minutes_of(start) if day == start.date() else 0
            ends = minutes_of(end) if day == end.date() else DAY_MINUTES
            days.setdefault(day, []).append(block(begins, max(begins, ends)))
            day += timedelta(days=1)
    return days


def block(begins: int, ends: int) -> Elsewhere:
    if (begins, ends) == (0, DAY_MINUTES):
        return Elsewhere(gettext("all day"), begins, ends)
    clocks = (write_clock(time(*divmod(minutes % DAY_MINUTES, 60)), bare=True) for minutes in (begins, ends))
    return Elsewhere("–".join(clocks), begins, ends)
