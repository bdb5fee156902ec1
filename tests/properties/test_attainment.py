"""T of goal attainment: the check values of its source, and what holds for every set of goals."""

from decimal import Decimal
from math import sqrt

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engagements.attainment import t_score

LEVEL = st.integers(-2, 2)
PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # others work on this machine too
SCORES = st.lists(st.tuples(LEVEL, st.integers(1, 3)), min_size=1, max_size=20)


@pytest.mark.parametrize(
    ("scores", "t"),
    [
        ([(1, 1)], "60.00"),
        ([(1, 1), (1, 1), (1, 1)], "63.69"),
        ([(1, 2), (1, 1)], "62.05"),
        ([(-2, 1), (-2, 1), (-2, 1)], "22.61"),
        ([(0, 3), (0, 1)], "50.00"),
    ],
)
def test_the_check_values_come_out(scores: list[tuple[int, int]], t: str) -> None:
    assert t_score(scores) == Decimal(t)


def test_without_a_scored_goal_there_is_no_figure() -> None:
    assert t_score([]) is None


@pytest.mark.parametrize("score", [(3, 1), (-3, 1), (0, 0)])
def test_what_is_out_of_bounds_is_refused(score: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="between"):
        t_score([score])


@PATIENT
@given(SCORES)
def test_t_lies_within_the_bounds_of_all_best_and_all_worst(scores: list[tuple[int, int]]) -> None:
    t = t_score(scores)
    assert t is not None
    widest = Decimal(str(20 / sqrt(0.30))) + Decimal("0.01")  # the limit for ever more goals
    assert 50 - widest <= t <= 50 + widest


@PATIENT
@given(SCORES, st.randoms())
def test_the_order_of_goals_tells_nothing(scores: list[tuple[int, int]], random: object) -> None:
    shuffled = list(scores)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert t_score(shuffled) == t_score(scores)


@PATIENT
@given(SCORES)
def test_turned_round_the_levels_give_the_same_distance_on_the_other_side(scores: list[tuple[int, int]]) -> None:
    t, mirrored = t_score(scores), t_score([(-level, weight) for level, weight in scores])
    assert t is not None
    assert mirrored is not None
    assert abs(t + mirrored - 100) <= Decimal("0.01")


@PATIENT
@given(SCORES, st.integers(0, 19))
def test_a_goal_that_gets_on_never_lowers_the_figure(scores: list[tuple[int, int]], which: int) -> None:
    which %= len(scores)
    level, weight = scores[which]
    better = [*scores[:which], (min(level + 1, 2), weight), *scores[which + 1 :]]
    before, after = t_score(scores), t_score(better)
    assert before is not None
    assert after is not None
    assert after >= before
