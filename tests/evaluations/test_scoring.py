"""What follows from answers: check values of the sources, and that nothing follows from what is withheld."""

from collections.abc import Sequence
from decimal import Decimal

import pytest

from evaluations.scoring import RELIABLE, Moved, attainment, moved, reliable_change, reliable_change_index
from evaluations.suppression import Band, Pair, Shown, publish

LEVELS = range(-2, 3)


def goal(*levels: int | None) -> Shown | None:
    return publish(levels, threshold=5, steps=LEVELS)


BETTER, WORST = goal(0, 1, 1, 1, 0, 1), goal(-2, -2, -2, -2, -1, -1)


@pytest.mark.parametrize(
    ("goals", "t"),
    [
        ([(BETTER, 1)], "60.00"),
        ([(BETTER, 1)] * 3, "63.69"),
        ([(BETTER, 2), (BETTER, 1)], "62.05"),
        ([(WORST, 1)] * 3, "22.61"),
    ],
)
def test_the_check_values_of_goal_attainment_come_out(goals: Sequence[tuple[Shown | None, int]], t: str) -> None:
    assert attainment(goals) == Decimal(t)


def test_a_goal_that_lies_between_two_levels_counts_with_the_middle() -> None:
    between = goal(0, 0, 0, 1, 1, 1)
    assert between
    assert between.median == 0.5
    assert attainment([(between, 1)]) == Decimal("55.00")


def test_a_goal_that_is_withheld_does_not_count() -> None:
    alike = goal(2, 2, 2, 2, 2)
    assert alike is None
    assert attainment([(BETTER, 1), (alike, 3)]) == Decimal("60.00")
    assert attainment([(alike, 1)]) is None
    assert attainment([]) is None


def test_before_and_after_are_medians_with_their_numbers() -> None:
    before = publish([2, 2, 3, 3, 3], threshold=5, steps=range(1, 6))
    after = publish([3, 4, 4, 4, 3, 5], threshold=5, steps=range(1, 6))
    assert moved(before, after) == Moved(3, 5, 4, 6)
    assert Moved(3, 5, 4, 6).by == 1
    assert moved(before, None) is None
    assert moved(None, after) is None


@pytest.mark.parametrize(
    ("before", "after", "deviation", "reliability", "index"),
    [
        (3, 5, 1, 0.8, 3.16228),  # 2 / (√2 · √0.2) = 2 / 0.632456
        (10, 8, 2, 0.75, -1.41421),  # −2 / (2 · √2 · 0.5)
        (10, 13, 2, 0.75, 2.12132),
        (4, 4, 1.5, 0.9, 0),
        (47.5, 32.5, 7.5, 0.8, -3.16228),  # −15 / (7.5 · 0.632456)
    ],
)
def test_the_index_of_a_change_is_reckoned_by_hand(
    before: float, after: float, deviation: float, reliability: float, index: float
) -> None:
    found = reliable_change_index(before, after, deviation=deviation, reliability=reliability)
    assert found == pytest.approx(index, abs=1e-5)
    assert (abs(found) > RELIABLE) == (abs(index) > 1.96)


@pytest.mark.parametrize(("deviation", "reliability"), [(0, 0.8), (-1, 0.8), (1, 0), (1, 1), (1, 1.2)])
def test_what_is_out_of_bounds_is_refused(deviation: float, reliability: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        reliable_change_index(1, 2, deviation=deviation, reliability=reliability)


#: Before with a deviation of √(20 / 7) = 1.690: an error of 1.069 steps, of which 1.96 are more than two steps.
PAIRS: list[Pair] = [(1, 4), (1, 5), (2, 4), (2, 5), (4, 4), (4, 5), (5, 5), (5, 4)]


def test_who_changed_by_more_than_the_scale_errs_is_counted() -> None:
    found = reliable_change(PAIRS, reliability=0.8, threshold=5, alone=0)
    assert found
    assert found.n == 8
    assert found.bands == [Band(-1, 0, 5), Band(1, 1, 3)]


def test_without_a_known_reliability_nothing_is_called_reliable() -> None:
    assert reliable_change(PAIRS, reliability=None, threshold=5, alone=0) is None


def test_a_scale_that_errs_by_more_than_it_is_long_finds_nothing() -> None:
    assert reliable_change(PAIRS, reliability=0.01, threshold=5, alone=0) is None


def test_what_is_withheld_of_changes_is_withheld_of_reliable_ones() -> None:
    assert reliable_change(PAIRS, reliability=0.8, threshold=9, alone=0) is None
    assert reliable_change(PAIRS, reliability=0.8, threshold=5, alone=1) is None
    assert reliable_change([(3, 5)] * 8, reliability=0.8, threshold=5, alone=0) is None
