"""When people are told: never at night, never too late, also when the clocks change."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from formats.clock import HELSINKI
from notifications.quiet import (
    EVENINGS,
    MORNINGS,
    WIDEST,
    Quiet,
    after_quiet,
    before_quiet,
    granted_until,
    is_quiet,
    when_to_send,
)

DST_DAYS = [datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC), datetime(2027, 3, 28, tzinfo=UTC)]
NIGHT = timedelta(hours=12, minutes=5)
anywhen = st.integers(0, 2 * 365 * 24 * 60).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
near_a_clock_change = st.builds(
    lambda day, minutes: day + timedelta(minutes=minutes), st.sampled_from(DST_DAYS), st.integers(-3000, 4500)
)
moments = st.one_of(anywhen, near_a_clock_change)
hours_before = st.integers(1, 168)
nights = st.builds(Quiet, st.sampled_from(EVENINGS), st.sampled_from(MORNINGS))


def at(text: str) -> datetime:
    return datetime.strptime(text, "%d.%m.%Y %H.%M").replace(tzinfo=HELSINKI)


def local(moment: datetime) -> str:
    return f"{moment.astimezone(HELSINKI):%d.%m. %H.%M}"


@pytest.mark.parametrize(
    ("starts", "hours", "now", "sent"),
    [
        ("25.11.2026 09.00", 24, "20.11.2026 12.00", "24.11. 09.00"),
        ("25.11.2026 08.00", 24, "20.11.2026 12.00", "24.11. 08.00"),
        ("25.11.2026 07.30", 24, "20.11.2026 12.00", "23.11. 19.55"),
        ("25.11.2026 19.55", 24, "20.11.2026 12.00", "24.11. 19.55"),
        ("25.11.2026 19.58", 24, "20.11.2026 12.00", "24.11. 19.55"),
        ("25.11.2026 21.00", 24, "20.11.2026 12.00", "24.11. 19.55"),
        ("25.11.2026 08.30", 1, "20.11.2026 12.00", "24.11. 19.55"),
        # Booked late: at once, or at 8.00, or at once all the same when 8.00 is too late.
        ("25.11.2026 09.00", 24, "24.11.2026 15.00", "24.11. 15.00"),
        ("25.11.2026 09.00", 24, "24.11.2026 22.00", "25.11. 08.00"),
        ("25.11.2026 07.30", 24, "24.11.2026 22.00", "24.11. 22.00"),
        ("25.11.2026 08.00", 24, "25.11.2026 01.00", "25.11. 01.00"),
        # 24 hours are 24 hours, whatever the clocks do.
        ("29.03.2026 08.30", 24, "20.03.2026 12.00", "27.03. 19.55"),
        ("29.03.2026 12.00", 24, "20.03.2026 12.00", "28.03. 11.00"),
        ("25.10.2026 12.00", 24, "20.10.2026 12.00", "24.10. 13.00"),
    ],
)
def test_a_reminder_leaves_at(starts: str, hours: int, now: str, sent: str) -> None:
    moment = when_to_send(at(starts), hours, at(now))
    assert moment is not None
    assert local(moment) == sent


def test_what_has_started_is_not_reminded_of() -> None:
    assert when_to_send(at("25.11.2026 09.00"), 24, at("25.11.2026 09.00")) is None


@given(starts_at=moments, hours=hours_before, lead=st.integers(1, 20000))
def test_a_reminder_never_comes_after_the_start_or_in_the_past(starts_at: datetime, hours: int, lead: int) -> None:
    now = starts_at - timedelta(minutes=lead)
    sent = when_to_send(starts_at, hours, now)
    assert sent is not None
    assert now <= sent < starts_at


@given(starts_at=moments, hours=hours_before, lead=st.integers(1, 20000))
@example(starts_at=at("29.03.2026 08.30"), hours=24, lead=12 * 60)
@example(starts_at=at("25.10.2026 08.30"), hours=1, lead=25 * 60)
def test_nobody_is_woken_unless_the_session_would_pass(starts_at: datetime, hours: int, lead: int) -> None:
    now = starts_at - timedelta(minutes=lead)
    sent = when_to_send(starts_at, hours, now)
    assert sent is not None
    if is_quiet(sent):
        assert sent == now
        morning = datetime.combine(now.astimezone(HELSINKI), time(8), tzinfo=HELSINKI)
        morning += timedelta(days=1 if morning <= now.astimezone(HELSINKI) else 0)
        assert starts_at <= morning


@given(starts_at=moments, hours=hours_before)
def test_a_reminder_planned_in_time_is_early_by_no_more_than_a_night(starts_at: datetime, hours: int) -> None:
    sent = when_to_send(starts_at, hours, starts_at - timedelta(days=30))
    assert sent is not None
    early = (starts_at - timedelta(hours=hours)) - sent
    assert timedelta(0) <= early <= NIGHT + timedelta(hours=1)


@given(starts_at=moments, hours=hours_before, lead=st.integers(1, 20000), quiet=nights)
def test_the_planner_grants_exactly_what_is_due(starts_at: datetime, hours: int, lead: int, quiet: Quiet) -> None:
    now = starts_at - timedelta(minutes=lead)
    sent = when_to_send(starts_at, hours, now, quiet)
    granted = starts_at - timedelta(hours=hours) <= granted_until(now, quiet)
    assert granted == (sent == after_quiet(now, starts_at, quiet) and sent is not None and before_quiet(
        starts_at - timedelta(hours=hours), quiet) <= now)  # fmt: skip


@given(moment=moments, quiet=nights)
def test_what_is_put_before_the_night_is_not_in_it(moment: datetime, quiet: Quiet) -> None:
    earlier = before_quiet(moment, quiet)
    assert earlier <= moment
    assert not is_quiet(earlier, quiet)


@given(moment=moments, wait=st.integers(-600, 3000), quiet=nights)
def test_what_waits_for_the_morning_still_comes_before_it_is_needed(moment: datetime, wait: int, quiet: Quiet) -> None:
    needed = moment + timedelta(minutes=wait)
    sent = after_quiet(moment, needed, quiet)
    assert sent >= moment
    assert sent == moment or (sent < needed and not is_quiet(sent, quiet))


@given(moment=moments, quiet=nights)
def test_nobodys_choice_is_granted_more_than_the_widest(moment: datetime, quiet: Quiet) -> None:
    assert granted_until(moment, quiet) <= granted_until(moment, WIDEST)
