"""The points of the contract, and their days."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from evaluations.rounds.points import Frame, Point, points, to_plan

START = date(2026, 1, 12)
TODAY = date(2026, 3, 2)
FRAME = Frame(
    baseline=True, interim="none", final=True, single=False, starts_on=START, ends_on=date(2026, 6, 30), agreed=8,
    sessions=[],
)  # fmt: skip


def days(found: Sequence[Point]) -> list[tuple[str, date | None]]:
    return [(point.key, point.due_on) for point in found]


def of(today: date = TODAY, **values: Any) -> list[tuple[str, date | None]]:
    return days(points(replace(FRAME, **values), today))


def test_baseline_stands_at_the_beginning_and_final_at_the_end() -> None:
    assert of() == [("baseline", START), ("final", date(2026, 6, 30))]
    assert of(baseline=False, final=False) == []


def test_the_midpoint_is_the_middle_one_of_the_agreed_sessions_once_it_is_known() -> None:
    sessions = [date(2026, 1, 12), date(2026, 2, 2), date(2026, 3, 9), date(2026, 4, 27)]
    assert of(interim="midpoint", sessions=sessions)[1] == ("interim-1", date(2026, 4, 27))
    assert of(interim="midpoint", sessions=sessions[:3])[1] == ("interim-1", date(2026, 4, 6))
    assert of(interim="midpoint", ends_on=None, agreed=None)[1] == ("interim-1", None)


def test_half_yearly_goes_on_to_the_end_but_not_close_to_it() -> None:
    long: dict[str, Any] = {"interim": "half_yearly", "ends_on": date(2027, 12, 31), "agreed": None}
    assert of(**long)[1:-1] == [
        ("interim-1", date(2026, 7, 12)), ("interim-2", date(2027, 1, 12)), ("interim-3", date(2027, 7, 12)),
    ]  # fmt: skip
    assert [key for key, _day in of(interim="half_yearly")] == ["baseline", "final"]


def test_without_an_end_half_yearly_goes_up_to_the_next_one() -> None:
    endless: dict[str, Any] = {"interim": "half_yearly", "ends_on": None, "agreed": None}
    assert [key for key, _day in of(**endless)] == ["baseline", "interim-1", "final"]
    later = of(date(2027, 2, 1), **endless)
    assert later[1:-1] == [
        ("interim-1", date(2026, 7, 12)), ("interim-2", date(2027, 1, 12)), ("interim-3", date(2027, 7, 12)),
    ]  # fmt: skip
    assert later[-1] == ("final", None)


def test_half_yearly_is_offered_where_the_contract_names_none() -> None:
    found = points(replace(FRAME, ends_on=None, agreed=None), TODAY)
    assert [(point.key, point.named) for point in found] == [
        ("baseline", True), ("interim-1", False), ("final", True),
    ]  # fmt: skip


def test_from_the_end_of_august_half_a_year_is_the_end_of_february() -> None:
    found = of(interim="half_yearly", starts_on=date(2026, 8, 31), ends_on=None, agreed=None)
    assert found[1] == ("interim-1", date(2027, 2, 28))


def test_a_single_session_has_no_interim_evaluation() -> None:
    meeting = date(2026, 3, 9)
    one: dict[str, Any] = {"single": True, "starts_on": None, "ends_on": None, "agreed": 1, "sessions": [meeting]}
    for interim in ("none", "midpoint", "half_yearly"):
        assert of(interim=interim, **one) == [("baseline", meeting), ("final", meeting)]


def test_the_last_agreed_session_is_the_end_where_no_day_is() -> None:
    sessions = [date(2026, 1, number) for number in range(12, 20)]
    assert of(ends_on=None, sessions=sessions)[-1] == ("final", date(2026, 1, 19))
    assert of(ends_on=None, sessions=sessions[:7])[-1] == ("final", None)


def test_before_it_begins_no_day_can_be_said() -> None:
    assert of(interim="half_yearly", starts_on=None, ends_on=None) == [("baseline", None), ("final", None)]


def test_what_was_not_asked_in_its_time_is_not_asked_once_the_next_is_due() -> None:
    found = points(replace(FRAME, interim="half_yearly", ends_on=date(2028, 1, 31), agreed=None), TODAY)

    def left(today: date, *taken: str) -> list[str]:
        return [point.key for point in to_plan(found, taken, today)]

    assert left(START) == ["baseline", "interim-1", "interim-2", "interim-3", "final"]
    assert left(date(2026, 7, 12)) == ["interim-1", "interim-2", "interim-3", "final"]
    assert left(date(2027, 2, 1), "interim-2") == ["interim-3", "final"]
    assert left(date(2028, 2, 1)) == ["final"]
    assert left(date(2028, 2, 1), "final") == []


@pytest.mark.parametrize("today", [START, date(2026, 6, 30), date(2026, 12, 1)])
def test_a_process_that_has_ended_has_its_final_evaluation_still(today: date) -> None:
    assert of(today)[-1] == ("final", date(2026, 6, 30))
