"""Quiet hours: nobody's telephone rings for us between 20 and 8 in Helsinki.

What falls there goes at 19.55 before. All functions take and give aware moments; they reckon in UTC, since Python
subtracts two moments of one time zone by their clock faces, which is wrong across daylight saving.
"""

from datetime import UTC, datetime, time, timedelta

from formats.clock import HELSINKI

EVENING = time(20)
LAST_CALL = time(19, 55)
MORNING = time(8)


def is_quiet(moment: datetime) -> bool:
    clock = moment.astimezone(HELSINKI).time()
    return clock >= EVENING or clock < MORNING


def _at(moment: datetime, clock: time, *, days: int = 0) -> datetime:
    """Return `clock` on the day of `moment` in Helsinki, or `days` later."""
    day = moment.astimezone(HELSINKI).date() + timedelta(days=days)
    return datetime.combine(day, clock, tzinfo=HELSINKI).astimezone(UTC)


def next_morning(moment: datetime) -> datetime:
    """Return the first 8.00 at or after `moment`."""
    morning = _at(moment, MORNING)
    return morning if moment <= morning else _at(moment, MORNING, days=1)


def before_quiet(moment: datetime) -> datetime:
    """Return `moment`, or the 19.55 before it when it falls between 19.55 and 8."""
    clock = moment.astimezone(HELSINKI).time()
    if clock < MORNING:
        return _at(moment, LAST_CALL, days=-1)
    if clock > LAST_CALL:
        return _at(moment, LAST_CALL)
    return moment.astimezone(UTC)


def after_quiet(moment: datetime, before: datetime | None) -> datetime:
    """Return `moment`, or the next 8.00 when it is quiet; but `moment` when 8.00 would not be before `before`."""
    if not is_quiet(moment):
        return moment.astimezone(UTC)
    morning = next_morning(moment)
    return moment.astimezone(UTC) if before is not None and morning >= before else morning


def when_to_send(starts_at: datetime, hours: int, now: datetime) -> datetime | None:
    """Return when to remind of what starts at `starts_at`, `hours` hours before; None when it has started.

    Booked too late for that: at once, or at 8.00 when it is quiet and that is still before the start.
    """
    if now >= starts_at:
        return None
    wanted = before_quiet(starts_at.astimezone(UTC) - timedelta(hours=hours))
    return wanted if wanted >= now else after_quiet(now, starts_at)


def granted_until(now: datetime) -> datetime:
    """Return the last moment that is served now: what somebody wants to be told by then is told now.

    `when_to_send(s, h, now)` is `now`, or 8.00 at night, exactly when `s - h <= granted_until(now)`.
    """
    clock = now.astimezone(HELSINKI).time()
    if MORNING <= clock < LAST_CALL:
        return now.astimezone(UTC)
    return next_morning(now) - timedelta(microseconds=1)
