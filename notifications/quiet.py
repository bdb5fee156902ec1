"""Quiet hours: nobody's telephone rings for us between 20 and 8 in Helsinki, or in the hours that they have chosen.

What falls there goes five minutes before. All functions take and give aware moments; they reckon in UTC, since Python
subtracts two moments of one time zone by their clock faces, which is wrong across daylight saving.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final

from formats.clock import HELSINKI


@dataclass(frozen=True)
class Quiet:
    """From which full hour of the evening to which of the morning it is quiet."""

    evening: int = 20
    morning: int = 8

    @property
    def begins(self) -> time:
        return time(self.evening)

    @property
    def last_call(self) -> time:
        return time(self.evening - 1, 55)

    @property
    def ends(self) -> time:
        return time(self.morning)


USUAL: Final = Quiet()
#: Which hours there are to choose from, and what the choices allow at the widest.
EVENINGS: Final = range(17, 24)
MORNINGS: Final = range(5, 11)
WIDEST: Final = Quiet(EVENINGS[0], MORNINGS[-1])


def is_quiet(moment: datetime, quiet: Quiet = USUAL) -> bool:
    clock = moment.astimezone(HELSINKI).time()
    return clock >= quiet.begins or clock < quiet.ends


def _at(moment: datetime, clock: time, *, days: int = 0) -> datetime:
    """Return `clock` on the day of `moment` in Helsinki, or `days` later."""
    day = moment.astimezone(HELSINKI).date() + timedelta(days=days)
    return datetime.combine(day, clock, tzinfo=HELSINKI).astimezone(UTC)


def next_morning(moment: datetime, quiet: Quiet = USUAL) -> datetime:
    """Return the first end of the quiet hours (8.00) at or after `moment`."""
    morning = _at(moment, quiet.ends)
    return morning if moment <= morning else _at(moment, quiet.ends, days=1)


def before_quiet(moment: datetime, quiet: Quiet = USUAL) -> datetime:
    """Return `moment`, or the 19.55 before it when it falls between 19.55 and 8."""
    clock = moment.astimezone(HELSINKI).time()
    if clock < quiet.ends:
        return _at(moment, quiet.last_call, days=-1)
    if clock > quiet.last_call:
        return _at(moment, quiet.last_call)
    return moment.astimezone(UTC)


def after_quiet(moment: datetime, before: datetime | None, quiet: Quiet = USUAL) -> datetime:
    """Return `moment`, or the next 8.00 when it is quiet; but `moment` when 8.00 would not be before `before`."""
    if not is_quiet(moment, quiet):
        return moment.astimezone(UTC)
    morning = next_morning(moment, quiet)
    return moment.astimezone(UTC) if before is not None and morning >= before else morning


def when_to_send(starts_at: datetime, hours: int, now: datetime, quiet: Quiet = USUAL) -> datetime | None:
    """Return when to remind of what starts at `starts_at`, `hours` hours before; None when it has started.

    Booked too late for that: at once, or at 8.00 when it is quiet and that is still before the start.
    """
    if now >= starts_at:
        return None
    wanted = before_quiet(starts_at.astimezone(UTC) - timedelta(hours=hours), quiet)
    return wanted if wanted >= now else after_quiet(now, starts_at, quiet)


def granted_until(now: datetime, quiet: Quiet = USUAL) -> datetime:
    """Return the last moment that is served now: what somebody wants to be told by then is told now.

    `when_to_send(s, h, now)` is `now`, or 8.00 at night, exactly when `s - h <= granted_until(now)`.
    """
    clock = now.astimezone(HELSINKI).time()
    if quiet.ends <= clock < quiet.last_call:
        return now.astimezone(UTC)
    return next_morning(now, quiet) - timedelta(microseconds=1)
