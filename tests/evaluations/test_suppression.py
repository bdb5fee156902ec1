"""What of many answers may be shown, told by examples. That it holds is attacked in `tests/properties`."""

from collections import Counter
from collections.abc import Sequence

import pytest

from evaluations.suppression import (
    Band,
    Change,
    Shown,
    crowds,
    crowds_are_large,
    derived,
    publish,
    publish_change,
    publish_choice,
    tells,
    threshold_of,
)

AGREE = range(1, 6)


def people(first: int, last: int) -> frozenset[int]:
    return frozenset(range(first, last + 1))


def shown(*answers: int | None, threshold: int = 5) -> Shown | None:
    return publish(answers, threshold=threshold, steps=AGREE)


# --- how many -------------------------------------------------------------------------------------------------------


def test_a_practice_may_raise_the_threshold_and_never_lower_it() -> None:
    assert [threshold_of(wanted) for wanted in (0, 4, 5, 6, 12)] == [5, 5, 5, 6, 12]
    assert shown(1, 1, 2, 2, 3, 3, threshold=7) is None
    assert shown(1, 1, 2, 2, threshold=1) is None
    assert not crowds_are_large([people(1, 7)], people(1, 13), 7)
    assert crowds_are_large([people(1, 7)], people(1, 14), 7)


def test_who_left_a_question_out_is_not_counted() -> None:
    assert shown(1, 1, 2, 2, None) is None
    found = shown(1, 1, 2, 2, 2, None)
    assert found
    assert found.n == 5


# --- one question of one round --------------------------------------------------------------------------------------


def test_a_distribution_is_shown_with_its_middle() -> None:
    found = shown(2, 2, 3, 3, 4, 4, 4, 5, 5, 1, 1)
    assert found == Shown(11, 3, 2, 4, [Band(step, step, count) for step, count in enumerate([2, 2, 2, 3, 2], start=1)])


def test_a_step_that_nobody_or_one_chose_stands_with_its_neighbour() -> None:
    found = shown(1, 4, 4, 4, 5, 5)
    assert found
    assert found.bands == [Band(1, 4, 4), Band(5, 5, 2)]


def test_what_is_left_at_the_end_stands_with_its_neighbour() -> None:
    found = shown(1, 1, 1, 2, 2, 3)
    assert found
    assert found.bands == [Band(1, 1, 3), Band(2, 5, 3)]


@pytest.mark.parametrize(
    "answers",
    [
        (3, 3, 3, 3, 3, 3),  # alike
        (3, 3, 3, 3, 3, 5),  # all but one: that one would know what the others said
        (3, 3, 3, 3, 3, None, None, None),  # whoever said something said the same
        (3, 3, 3, 3, 2, 4),  # no two parts of two
    ],
)
def test_answers_that_are_much_alike_are_withheld(answers: Sequence[int | None]) -> None:
    assert shown(*answers) is None


def test_there_is_no_mean() -> None:
    found = shown(1, 4, 4, 4, 5, 5)
    assert not hasattr(found, "mean")


def test_levels_of_goals_are_steps_too() -> None:
    found = publish([-2, -1, -1, 0, 0, 1], threshold=5, steps=range(-2, 3))
    assert found
    assert (found.median, found.bands) == (-0.5, [Band(-2, -1, 3), Band(0, 2, 3)])


def test_an_answer_that_is_no_step_is_an_error() -> None:
    with pytest.raises(ValueError, match="steps"):
        shown(1, 2, 3, 4, 6)
    with pytest.raises(ValueError, match="steps"):
        publish_choice(["a", "a", "a", "b", "z"], threshold=5, options="ab")


# --- a choice -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "chosen", "found"),
    [
        ("ab", "aaabb", (5, {"a": 3, "b": 2}, 0)),
        ("abcde", "aaaabbcd", (8, {"a": 4, "b": 2}, 2)),  # c, d or e: one of them nobody, and nobody knows which
        ("abcd", "aaaabbcd", (8, {"a": 4}, 4)),  # c and d each one: b, the next rarest, is with them
        ("abcd", "aaaabbb", (7, {"a": 4}, 3)),  # c and d nobody: so is b
        ("abcd", "aaabbbc", None),  # a and b are the next rarest both: nothing is left to tell apart
        ("abcde", "abcde", None),
        ("ab", "aaaaa", None),
        ("ab", "aaaab", None),
    ],
)
def test_rare_options_are_told_together(options: str, chosen: str, found: object) -> None:
    assert publish_choice(list(chosen), threshold=5, options=options) == found


# --- rounds beside each other ---------------------------------------------------------------------------------------


def test_people_stand_in_crowds_by_what_they_answered() -> None:
    assert crowds([people(1, 6), people(4, 9)]) == {
        (True, False): {1, 2, 3}, (True, True): {4, 5, 6}, (False, True): {7, 8, 9},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("earlier", "answered", "large"),
    [
        ([], people(1, 5), True),
        ([], people(1, 4), False),
        ([people(1, 6)], people(1, 6), True),
        ([people(1, 6)], people(1, 7), False),  # one joined
        ([people(1, 6)], people(1, 5), False),  # one left
        ([people(1, 6)], people(2, 7), False),  # one for another
        ([people(1, 6)], people(1, 11), True),  # five joined
        ([people(1, 10)], people(6, 15), True),  # five for five others
        ([people(1, 6)], people(7, 12), True),  # others
        ([people(1, 6), people(1, 11)], people(1, 6), True),
        ([people(1, 6), people(1, 11)], people(1, 16), False),  # a third set: nobody can say what follows
    ],
)
def test_a_round_is_shown_when_nobody_stands_in_a_small_crowd(
    earlier: Sequence[frozenset[int]], answered: frozenset[int], large: bool
) -> None:
    assert crowds_are_large(earlier, answered, 5) is large


def test_how_rounds_lie_to_the_last_one() -> None:
    assert derived([]) == derived([people(1, 5)]) == []
    assert derived([people(1, 6), people(1, 11), people(1, 6)]) == [None, 6]
    with pytest.raises(ValueError, match="too many"):
        derived([people(1, 5), people(1, 10), people(1, 15)])


def beside(
    before: Sequence[int | None], after: Sequence[int | None], both: int | None, *, withheld: bool = False
) -> Shown | None:
    earlier = [None if withheld else Counter(before)]
    return publish(after, threshold=5, steps=AGREE, earlier=earlier, differences=[both])


SIX = [1, 2, 2, 4, 4, 5]


def test_those_who_joined_must_differ_among_themselves() -> None:
    assert beside(SIX, [*SIX, 3, 3, 3, 3, 3], 6) is None
    assert beside(SIX, [*SIX, 3, 3, 3, 3, 4], 6) is None
    assert beside(SIX, [*SIX, 3, 3, 3, 4, 4], 6)


def test_those_who_left_must_differ_among_themselves() -> None:
    six = [1, 2, 2, 5, 5, 5]
    assert beside([*six, 2, 2, 2, 2, 2], six, 6) is None
    assert beside([*six, 2, 2, 2, 5, 5], six, 6)


def test_that_it_is_withheld_when_some_have_left_must_leave_open_what_they_said() -> None:
    """Only 3 can have been the answer of all five who left: a table of the others that is withheld would tell it."""
    assert beside([*SIX, 3, 3, 3, 3, 3], SIX, 6) is None
    assert beside([*SIX, 3, 3, 3, 2, 2], SIX, 6) is None


def test_those_who_stayed_must_not_be_told_by_what_two_rounds_have_in_common() -> None:
    """Ten said 3 both times; who came only once, never did. No sum of the two tables tells it."""
    stayed = [3] * 10
    assert beside([*stayed, 1, 1, 2, 2, 1], [*stayed, 5, 5, 4, 4, 5], 10) is None
    assert beside([*stayed, 1, 1, 2, 2, 3], [*stayed, 1, 1, 2, 2, 3], 10)


def test_that_one_has_changed_their_mind_does_not_hide_the_others() -> None:
    assert beside(SIX, [2, 2, 2, 4, 4, 5, 3, 3, 3, 3, 3], 6) is None


def test_what_was_withheld_is_withheld_with_others_too() -> None:
    """It says that these answered alike; with five more the table says how."""
    alike = [3] * 6
    assert beside(alike, [*alike, 1, 1, 2, 2, 5], 6, withheld=True) is None
    assert beside(alike, SIX, None, withheld=True)


def test_others_altogether_are_no_difference() -> None:
    assert not tells({3: 6}, {1: 3, 2: 3}, 0)


def test_a_choice_is_looked_at_beside_other_rounds_too() -> None:
    before = "aabbcc"
    for joined, told in (("aaaaa", False), ("aaabb", True)):
        found = publish_choice(
            [*before, *joined], threshold=5, options="abc", earlier=[Counter(before)], differences=[6]
        )
        assert bool(found) is told


def test_every_earlier_round_needs_to_be_known() -> None:
    with pytest.raises(ValueError, match="zip"):
        publish(SIX, threshold=5, steps=AGREE, earlier=[Counter(SIX)])


# --- before and after -----------------------------------------------------------------------------------------------

PAIRS = [(1, 3), (1, 4), (2, 4), (5, 5), (5, 4), (3, 4)]


def test_changes_are_told_in_directions_that_two_at_least_took() -> None:
    found = publish_change(PAIRS, threshold=5, alone=0)
    assert found == Change(6, 1.5, 0, 2, [Band(-1, 0, 2), Band(1, 1, 4)])


def test_whether_changes_are_withheld_follows_from_the_tables_alone() -> None:
    """All may have gone up by one: whoever did, to withhold it must not tell."""
    before, up = [1, 1, 2, 2, 3, 3], [2, 2, 3, 3, 4, 4]
    for after in (up, up[::-1], [3, 2, 4, 2, 4, 3]):
        assert publish_change(list(zip(before, after, strict=True)), threshold=5, alone=0) is None


def test_of_some_of_those_who_answered_no_changes_are_told() -> None:
    assert publish_change(PAIRS, threshold=5, alone=1) is None


@pytest.mark.parametrize("pair", [(None, 3), (3, None)])
def test_too_few_pairs_are_withheld(pair: tuple[int | None, int | None]) -> None:
    assert publish_change([*PAIRS[:5], pair], threshold=6, alone=0) is None
    assert publish_change(PAIRS, threshold=7, alone=0) is None


@pytest.mark.parametrize("pairs", [[(3, 1), (3, 1), (3, 5), (3, 5), (3, 3)], [(1, 3), (1, 3), (5, 3), (5, 3), (3, 3)]])
def test_where_all_said_the_same_once_changes_would_tell_the_rest(pairs: Sequence[tuple[int, int]]) -> None:
    assert publish_change(pairs, threshold=5, alone=0) is None
