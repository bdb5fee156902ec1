"""Attacks on what is shown of many answers (promise 4), as somebody would lead them who knows the rules.

The attacker knows who answered which round, what was shown of it and what was withheld, and how the rules work. They go
through all the *worlds*, the ways in which people can have answered, and keep those in which they would have seen
exactly this. Whoever gave the same answer in all of these is told. They may be one of the respondents, and know their
own answers. They may assume that nobody changed their mind between rounds, or all but one; or nothing of the kind.

Weakened rules must fall to the same attacks: else the attack is too weak, or the rule does nothing.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import combinations, combinations_with_replacement, product
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evaluations import suppression
from evaluations.suppression import Band, Counts, Overlap, Pair, nearly_unanimous

PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # others work on this machine too
THREE = (1, 2, 3)

#: What one person answered, round by round; what somebody said in rounds that they did not answer counts nowhere.
Vector = tuple[int | None, ...]
#: The people who answered exactly the same rounds, in no order.
Crowd = tuple[Vector, ...]
World = tuple[Crowd, ...]
#: Which crowds answered a round, by their number.
Rounds = Sequence[frozenset[int]]


# --- what is seen ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """Crowds of these sizes, and which of them answered each round; `changes`: of the first two, in pairs, as well."""

    sizes: Sequence[int]
    rounds: Rounds
    steps: Sequence[int] = THREE
    threshold: int = 5
    changes: bool = False
    choice: bool = False

    def people(self, round_: frozenset[int]) -> frozenset[tuple[int, int]]:
        return frozenset((crowd, each) for crowd in round_ for each in range(self.sizes[crowd]))

    def shown_rounds(self) -> list[int]:
        """The rounds that are shown at all; it follows from who answered."""
        shown: list[int] = []
        for number, round_ in enumerate(self.rounds):
            earlier = [self.people(self.rounds[each]) for each in shown]
            if suppression.crowds_are_large(earlier, self.people(round_), self.threshold):
                shown.append(number)
        return shown


def seen_of(case: Case) -> Callable[[World], tuple[object, ...]]:
    """Return what there is to see of a world, withheld tables among it, in a form that can be compared."""
    shown = case.shown_rounds()
    people = {number: case.people(case.rounds[number]) for number in shown}

    @cache
    def table(
        numbers: tuple[int, ...],
        tables: tuple[tuple[int | None, ...] | None, ...],
        number: int,
        answers: tuple[int | None, ...],
    ) -> tuple[object, ...] | None:
        try:
            overlaps = suppression.derived([people[each] for each in (*numbers, number)])
        except ValueError:
            return None
        earlier = [None if each is None else Counter(each) for each in tables]
        if case.choice:
            return seen_choice(answers, case, earlier, overlaps)
        found = suppression.publish(
            answers, threshold=case.threshold, steps=case.steps, earlier=earlier, differences=overlaps
        )
        return (found.n, found.median, found.low, found.high, tuple(found.bands)) if found else None

    def seen(world: World) -> tuple[object, ...]:
        found: list[object] = []
        tables: list[tuple[int | None, ...] | None] = []
        for number in shown:
            answers = said(world, case.rounds[number], number)
            one = table(tuple(shown[: len(tables)]), tuple(tables), number, answers)
            found.append(one)
            tables.append(answers if one else None)
        if case.changes and len(tables) > 1 and None not in tables[:2]:
            both, alone = case.rounds[0] & case.rounds[1], case.rounds[0] ^ case.rounds[1]
            pairs = [(vector[0], vector[1]) for crowd in both for vector in world[crowd]]
            found.append(
                seen_change(tuple(sorted(pairs, key=repr)), case.threshold, sum(case.sizes[each] for each in alone))
            )
        return tuple(found)

    return seen


def seen_choice(
    answers: Sequence[int | None], case: Case, earlier: Sequence[Counts | None], overlaps: Sequence[Overlap]
) -> tuple[object, ...] | None:
    """The steps as options of a choice, in no order."""
    found = suppression.publish_choice(
        [None if each is None else str(each) for each in answers], threshold=case.threshold,
        options=list(map(str, case.steps)), differences=overlaps,
        earlier=[each and {value and str(value): count for value, count in each.items()} for each in earlier],
    )  # fmt: skip
    return (found[0], tuple(found[1].items()), found[2]) if found else None


def seen_change(pairs: tuple[tuple[int | None, int | None], ...], threshold: int, alone: int) -> object:
    change = suppression.publish_change(pairs, threshold=threshold, alone=alone)
    return (change.n, change.median, change.low, change.high, tuple(change.bands)) if change else None


def said(world: World, round_: Iterable[int], number: int) -> tuple[int | None, ...]:
    return tuple(sorted((vector[number] for crowd in round_ for vector in world[crowd]), key=repr))


# --- who is told ----------------------------------------------------------------------------------------------------


def told(case: Case, worlds: Iterable[World], *, only_new: Iterable[World] = ()) -> str:
    """Return of whom an answer is told to an outsider or to one of the respondents; "" when of nobody.

    What could also be seen of `only_new` is left to another attack.
    """
    seen = seen_of(case)
    known = {seen(world) for world in only_new}
    views: dict[object, list[World]] = defaultdict(list)
    for world in worlds:
        views[seen(world)].append(world)
    return told_in(case, [same for view, same in views.items() if view not in known])


def told_in(case: Case, views: Iterable[Sequence[World]]) -> str:
    """Return of whom an answer is told by one of `views`, the worlds each of which looks the same."""
    for same in views:
        insiders = {(number, vector) for world in same for number, crowd in enumerate(world) for vector in crowd}
        for insider in (None, *sorted(insiders, key=repr)):
            if found := told_to(case, insider, same):
                return found
    return ""


def told_to(case: Case, insider: tuple[int, Vector] | None, worlds: Sequence[World]) -> str:
    open_ = {(crowd, number): set[int]() for number, round_ in enumerate(case.rounds) for crowd in round_}
    if case.changes:
        open_ |= {(crowd, -1): set() for crowd in case.rounds[0] & case.rounds[1]}
    if insider and case.sizes[insider[0]] == 1:
        open_ = {place: values for place, values in open_.items() if place[0] != insider[0]}
    for world in worlds:
        if insider and insider[1] not in world[insider[0]]:
            continue
        for (crowd, number), values in list(open_.items()):
            others = list(world[crowd])
            if insider and insider[0] == crowd:
                others.remove(insider[1])
            # Who can only have said one thing, or nothing at all, is told what they said.
            values |= {value for vector in others if (value := secret(vector, number)) is not None}
            if len(values) > 1:
                del open_[crowd, number]
        if not open_:
            return ""
    place = next(iter(open_))
    return f"crowd {place[0]} in round {place[1]} to {insider or 'an outsider'}: {open_[place]} as in {worlds[0]}"


def secret(vector: Vector, number: int) -> int | None:
    """What somebody said in a round; −1: by how much they changed from the first to the second."""
    if number >= 0:
        return vector[number]
    before, after = vector[:2]
    return None if before is None or after is None else after - before


# --- the worlds there are -------------------------------------------------------------------------------------------


def stable(case: Case, *, left_out: bool = False) -> Iterator[World]:
    """All worlds in which everybody answers alike every time."""
    values: list[int | None] = [*case.steps, *([None] if left_out else [])]
    every = [(value,) * len(case.rounds) for value in values]
    return product(*(list(combinations_with_replacement(every, size)) for size in case.sizes))


def but_one(case: Case) -> Iterator[World]:
    """All worlds in which one of those who answered every round answers otherwise in the last."""
    for world in stable(case):
        for number, crowd in enumerate(world):
            if all(number in round_ for round_ in case.rounds):
                for place, value in product(range(len(crowd)), case.steps):
                    moved = (*crowd[:place], (*crowd[place][:-1], value), *crowd[place + 1 :])
                    yield (*world[:number], moved, *world[number + 1 :])


def free(case: Case, *, left_out: bool = False) -> Iterator[World]:
    """All worlds, whoever answers what in which round."""
    values: list[int | None] = [*case.steps, *([None] if left_out else [])]
    crowds = []
    for number, size in enumerate(case.sizes):
        own = [values if number in round_ else [None] for round_ in case.rounds]
        crowds.append(list(combinations_with_replacement(list(product(*own)), size)))
    return product(*crowds)


# --- small groups, all of them --------------------------------------------------------------------------------------


def memberships(start: int, rounds: int, most: int = 2) -> Iterator[Case]:
    """Every way in which up to `most` leave, and up to `most` join, from round to round."""

    def further(sets: list[frozenset[int]], newest: int) -> Iterator[list[frozenset[int]]]:
        if len(sets) == rounds:
            yield sets
            return
        for left, joined in product(range(most + 1), repeat=2):
            # Those who are the longest in it leave, or those who came last: both make other crowds.
            people = sorted(sets[-1])
            for stay in {tuple(people[left:]), tuple(people[: len(people) - left])}:
                new = frozenset({*stay, *range(newest, newest + joined)})
                yield from further([*sets, new], newest + joined)

    for sets in further([frozenset(range(start))], start):
        found = suppression.crowds(sets)
        patterns = list(found)
        yield Case(
            [len(found[pattern]) for pattern in patterns],
            [frozenset(n for n, pattern in enumerate(patterns) if pattern[number]) for number in range(rounds)],
        )


def unlike(cases: Iterable[Case]) -> list[Case]:
    """The cases that differ in what is shown: of rounds that are not, nobody sees anything."""
    found = {}
    for case in cases:
        shown = case.shown_rounds()
        kept = sorted({crowd for number in shown for crowd in case.rounds[number]})
        rounds = [frozenset(map(kept.index, case.rounds[number])) for number in shown]
        if shown:
            key = (tuple(case.sizes[crowd] for crowd in kept), tuple(rounds))
            found[key] = Case(*key, case.steps)
    return list(found.values())


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_of_fewer_than_five_nothing_is_shown(size: int) -> None:
    for values in combinations_with_replacement((*THREE, None), size):
        assert suppression.publish(values, threshold=1, steps=THREE) is None
        words = [None if value is None else "abc"[value - 1] for value in values]
        assert suppression.publish_choice(words, threshold=1, options="abc") is None
    both: list[Pair] = [(before, after) for before in THREE for after in THREE]
    for pairs in combinations_with_replacement(both, size):
        assert suppression.publish_change(pairs, threshold=1, alone=0) is None
    assert not suppression.crowds_are_large([], frozenset(range(size)), 1)


@pytest.mark.parametrize("size", [5, 6])
def test_one_round_tells_nobody(size: int) -> None:
    case = Case([size], [frozenset({0})])
    assert told(case, stable(case, left_out=True)) == ""


@pytest.mark.parametrize("size", [5, 6])
@pytest.mark.parametrize("rounds", [2, 3])
def test_rounds_between_which_people_come_and_go_tell_nobody(size: int, rounds: int) -> None:
    cases = unlike(memberships(size, rounds))
    assert cases
    for case in cases:
        assert told(case, stable(case, left_out=True)) == ""


def test_answers_that_change_freely_tell_nobody() -> None:
    case = Case([5], [frozenset({0})] * 2)
    assert told(case, free(case)) == ""


A, B, C = 0, 1, 2
BESIDE = {
    "joined": [{A}, {A, B}],
    "left": [{A, B}, {A}],
    "joined and left again": [{A}, {A, B}, {A}],
    "left and came back": [{A, B}, {A}, {A, B}],
    "one after the other": [{A}, {B}],
}


@pytest.mark.parametrize("which", BESIDE)
@pytest.mark.parametrize("sizes", [(5, 5), (5, 7), (7, 6)])
def test_a_crowd_that_joins_or_leaves_is_not_told(which: str, sizes: Sequence[int]) -> None:
    case = Case(sizes, [frozenset(each) for each in BESIDE[which]])
    assert case.shown_rounds() == list(range(len(case.rounds)))
    assert told(case, stable(case)) == ""


@pytest.mark.deep
@pytest.mark.parametrize("which", BESIDE)
def test_a_crowd_that_joins_or_leaves_is_not_told_by_what_it_leaves_out(which: str) -> None:
    case = Case((5, 5), [frozenset(each) for each in BESIDE[which]])
    assert told(case, stable(case, left_out=True)) == ""


@pytest.mark.parametrize("sizes", [(5, 5, 5), (7, 5, 5), (5, 7, 5), (8, 5, 6)])
def test_two_rounds_that_overlap_tell_nobody(sizes: Sequence[int]) -> None:
    case = Case(sizes, [frozenset({A, B}), frozenset({A, C})], steps=(1, 2))
    assert case.shown_rounds() == [0, 1]
    assert told(case, stable(case)) == ""


@pytest.mark.deep
@pytest.mark.parametrize("rounds", [[{A, B}, {A, C}], [{A, B}, {A, C}, {A, B}]])
def test_two_rounds_that_overlap_tell_nobody_on_a_longer_scale(rounds: Sequence[set[int]]) -> None:
    case = Case((5, 5, 5), [frozenset(each) for each in rounds])
    assert told(case, stable(case)) == ""
    leaving_out = Case((5, 5, 5), [frozenset(each) for each in rounds], steps=(1, 2))
    assert told(leaving_out, stable(leaving_out, left_out=True)) == ""


@pytest.mark.parametrize("which", ["joined", "left"])
def test_where_one_has_changed_their_mind_nobody_is_told_either(which: str) -> None:
    case = Case((5, 5), [frozenset(each) for each in BESIDE[which]])
    assert told(case, but_one(case), only_new=stable(case)) == ""


@pytest.mark.deep
@pytest.mark.parametrize("which", BESIDE)
def test_crowds_of_no_other_size_are_told_either(which: str) -> None:
    rounds = [frozenset(each) for each in BESIDE[which]]
    for sizes in product(range(5, 10), range(5, 9)):
        cases = [Case(sizes, rounds, (1, 2)), Case(sizes, rounds), Case(sizes, rounds, choice=True)]
        assert [told(case, stable(case)) for case in cases] == [""] * 3
    for case in [Case((5, 5), rounds, steps=(1, 2, 3, 4)), Case((7, 6), rounds, threshold=6)]:
        assert told(case, stable(case)) == ""


@pytest.mark.deep
def test_overlapping_crowds_of_no_other_size_are_told_either() -> None:
    for sizes in product(range(5, 10), range(5, 9), range(5, 9)):
        for rounds in [{A, B}, {A, C}], [{A, B}, {A, C}, {A, B}]:
            case = Case(sizes, [frozenset(each) for each in rounds], (1, 2))
            assert told(case, stable(case)) == ""
    for sizes in [(6, 5, 5), (5, 6, 5), (7, 5, 5)]:
        case = Case(sizes, [frozenset({A, B}), frozenset({A, C})])
        assert told(case, stable(case)) == ""


@pytest.mark.deep
@pytest.mark.parametrize(("sizes", "steps"), [((5, 5, 5), THREE), ((7, 5, 6), (1, 2)), ((5, 6, 5), (1, 2))])
def test_where_one_has_changed_their_mind_overlapping_rounds_tell_nobody(
    sizes: Sequence[int], steps: Sequence[int]
) -> None:
    case = Case(sizes, [frozenset({A, B}), frozenset({A, C})], steps)
    assert told(case, but_one(case), only_new=stable(case)) == ""


# --- before and after, with both tables -----------------------------------------------------------------------------


def test_changes_beside_both_tables_tell_nobody() -> None:
    case = Case([5], [frozenset({0})] * 2, changes=True)
    assert told(case, free(case)) == ""


@pytest.mark.deep
def test_changes_beside_both_tables_tell_nobody_in_more_ways() -> None:
    for case, left_out in [
        (Case([6], [frozenset({0})] * 2, changes=True), False),
        (Case([6], [frozenset({0})] * 2, steps=(1, 2), changes=True), True),
        (Case([5], [frozenset({0})] * 2, changes=True), True),
    ]:
        assert told(case, free(case, left_out=left_out)) == ""


@pytest.mark.parametrize("which", ["joined", "left"])
def test_changes_of_those_who_stayed_tell_nobody_else(which: str) -> None:
    case = Case((5, 5), [frozenset(each) for each in BESIDE[which]], changes=True)
    assert told(case, free(case)) == ""


SAID = st.one_of(st.sampled_from(THREE), st.integers(0, 10), st.none())


@PATIENT
@given(st.lists(st.tuples(SAID, SAID), min_size=5, max_size=12), st.integers(1, 4), st.randoms())
def test_whoever_is_paired_with_whom_changes_are_shown_or_not(pairs: list[Pair], least: int, random: Random) -> None:
    before, after = [one for one, _ in pairs], [other for _, other in pairs]
    first = suppression.publish_change(pairs, threshold=5, alone=0, least=least)
    random.shuffle(after)
    again = suppression.publish_change(list(zip(before, after, strict=True)), threshold=5, alone=0, least=least)
    assert (first is None) == (again is None)
    for found in (first, again):
        assert found is None or (len(found.bands) > 1 and all(band.count > 1 for band in found.bands))


# --- what stands apart in a table -----------------------------------------------------------------------------------


def apart(tables: Iterable[tuple[Any, Counts]], options: Sequence[Any]) -> str:
    """Return of which step or option somebody who sees a table can say that nobody, or only one, chose it."""
    views: dict[Any, list[Counts]] = defaultdict(list)
    for table, counts in tables:
        views[table].append(counts)
    for table, same in views.items():
        for option in options:
            found = {counts.get(option, 0) for counts in same}
            if len(found) == 1 and found < {0, 1} | found and max(found) < 2:
                return f"{option}: {found} in {table}"
    return ""


def ordered_tables(size: int, steps: Sequence[int]) -> Iterator[tuple[tuple[Band, ...], Counts]]:
    for values in combinations_with_replacement(steps, size):
        if found := suppression.publish(values, threshold=5, steps=steps):
            yield tuple(found.bands), Counter(values)


def choice_tables(size: int, options: str) -> Iterator[tuple[Any, Counts]]:
    for values in combinations_with_replacement(options, size):
        if found := suppression.publish_choice(values, threshold=5, options=options):
            yield (found[0], tuple(found[1].items()), found[2]), Counter(values)


@pytest.mark.parametrize("size", [5, 6, 7, 9])
def test_no_table_tells_that_nobody_or_one_chose_a_step(size: int) -> None:
    assert apart(ordered_tables(size, range(1, 6)), range(1, 6)) == ""
    assert apart(ordered_tables(size, range(-2, 3)), range(-2, 3)) == ""


@pytest.mark.parametrize("size", [5, 6, 7, 9])
@pytest.mark.parametrize("options", ["ab", "abc", "abcd", "abcde"])
def test_no_table_tells_that_nobody_or_one_chose_an_option(size: int, options: str) -> None:
    assert apart(choice_tables(size, options), options) == ""


@pytest.mark.parametrize("size", [5, 6])
@pytest.mark.parametrize("options", [2, 3, 4])
def test_a_choice_tells_nobody(size: int, options: int) -> None:
    case = Case([size], [frozenset({A})], range(1, options + 1), choice=True)
    assert told(case, stable(case, left_out=True)) == ""


@pytest.mark.parametrize("which", BESIDE)
def test_a_choice_does_not_tell_a_crowd_that_joins_or_leaves(which: str) -> None:
    case = Case((5, 5), [frozenset(each) for each in BESIDE[which]], choice=True)
    assert told(case, stable(case)) == ""


# --- larger groups, by reckoning ------------------------------------------------------------------------------------


def solved(rows: Sequence[Sequence[Fraction]], wanted: Sequence[Fraction]) -> list[Fraction] | None:
    """Return factors with which the sum of `rows` is `wanted`, or None when there are none."""
    left = [[row[column] for row in rows] + [wanted[column]] for column in range(len(wanted))]
    pivots: list[int] = []
    line = 0
    for column in range(len(rows)):
        pivot = next((each for each in range(line, len(left)) if left[each][column]), None)
        if pivot is None:
            continue
        left[line], left[pivot] = left[pivot], left[line]
        left[line] = [value / left[line][column] for value in left[line]]
        for other in range(len(left)):
            if other != line and (factor := left[other][column]):
                left[other] = [a - factor * b for a, b in zip(left[other], left[line], strict=True)]
        pivots.append(column)
        line += 1
    if any(equation[-1] for equation in left[line:]):
        return None
    factors = [Fraction(0)] * len(rows)
    for number, column in enumerate(pivots):
        factors[column] = left[number][-1]
    return factors


def reckoned(rounds: Sequence[frozenset[int]], tables: Sequence[Counts]) -> str:
    """Return what sums and differences of tables tell: the answers of few, or one answer of all; "" when nothing."""
    found = suppression.crowds(rounds)
    patterns = list(found)
    rows = [[Fraction(pattern[number]) for pattern in patterns] for number in range(len(rounds))]
    for size in range(1, len(patterns) + 1):
        for union in combinations(range(len(patterns)), size):
            factors = solved(rows, [Fraction(number in union) for number in range(len(patterns))])
            if factors is None:
                continue
            people = set().union(*(found[patterns[number]] for number in union))
            if len(people) < 5:
                return f"{people} stand apart"
            table = {
                value: sum((f * each.get(value, 0) for f, each in zip(factors, tables, strict=True)), Fraction(0))
                for value in {value for each in tables for value in each}
            }
            said = [count for value, count in table.items() if value is not None]
            if sum(said) - max(said, default=Fraction(0)) < 2:
                return f"{people} answered alike"
    return ""


@dataclass(frozen=True)
class Family:
    """People who answered rounds of the same question, and what each said in it."""

    rounds: Sequence[frozenset[int]]
    answers: Sequence[Mapping[int, int | None]]
    steps: Sequence[int]

    def released(self) -> list[tuple[frozenset[int], Counts]]:
        """The rounds of which the question is shown, as pages do it: one after the other."""
        rounds: list[frozenset[int]] = []
        earlier: list[Counts | None] = []
        found: list[tuple[frozenset[int], Counts]] = []
        for people, given_ in zip(self.rounds, self.answers, strict=True):
            if not suppression.crowds_are_large(rounds, people, 5):
                continue
            rounds.append(people)
            values = [given_[each] for each in sorted(people)]
            overlaps = suppression.derived(rounds)
            shown = suppression.publish(values, threshold=5, steps=self.steps, earlier=earlier, differences=overlaps)
            earlier.append(Counter(values) if shown else None)
            if shown:
                found.append((people, Counter(values)))
        return found


@st.composite
def families(draw: st.DrawFn, most: int = 12, rounds: int = 5, change: bool = True) -> Family:
    size = draw(st.integers(5, most))
    steps = draw(st.sampled_from([range(1, 4), range(1, 6), range(11), range(-2, 3)]))
    split = draw(st.sampled_from([0, 4, 5, size - 5]))
    value = st.one_of(st.sampled_from(list(steps)[:2]), st.sampled_from(list(steps)), st.none())
    own = draw(st.lists(value, min_size=size, max_size=size))
    sets, answers = [], []
    for _ in range(draw(st.integers(1, rounds))):
        # Whole parts stay away, and now and then somebody of a part.
        away = draw(st.sets(st.booleans(), max_size=1))
        missing = draw(st.one_of(st.just(set[int]()), st.sets(st.integers(0, size - 1), max_size=2)))
        people = frozenset(each for each in range(size) if (each < split) not in away) - missing
        if change and draw(st.booleans()):
            own = list(own)
            own[draw(st.integers(0, size - 1))] = draw(value)
        sets.append(people)
        answers.append(dict(enumerate(own)))
    return Family(sets, answers, steps)


@PATIENT
@given(families())
def test_sums_and_differences_of_rounds_tell_nobody(family: Family) -> None:
    found = family.released()
    assert reckoned([people for people, _ in found], [counts for _, counts in found]) == ""


@PATIENT
@given(families(most=12), st.sets(st.integers(0, 4)), st.sets(st.integers(0, 4)))
def test_what_lead_and_co_supervisor_see_between_them_tells_nobody(
    family: Family, lead: set[int], co: set[int]
) -> None:
    """Each sees the same rounds the same way: together, exported or from one year to another, they see no more."""
    found = family.released()
    between = [each for number, each in enumerate(found) if number in lead | co]
    assert reckoned([people for people, _ in between], [counts for _, counts in between]) == ""


def bounded(one: Counts, other: Counts, only_one: int, both: int, only_other: int) -> str:
    """Return which crowd of two overlapping rounds must have answered alike, all or all but one; "" when none."""
    common = {value: min(one.get(value, 0), other.get(value, 0)) for value in {*one, *other}}
    for value in common:
        rest = sum(common.values()) - common[value]
        least, most = max(0, both - rest), min(both, common[value])
        if both and least >= both - 1:
            return f"both: {value}"
        if only_one and one.get(value, 0) - most >= only_one - 1:
            return f"the first: {value}"
        if only_other and other.get(value, 0) - most >= only_other - 1:
            return f"the other: {value}"
    return ""


@settings(PATIENT, max_examples=40)
@given(st.integers(0, 2**32), st.integers(5, 200), st.integers(0, 60), st.integers(0, 60), st.integers(1, 11))
def test_two_rounds_of_hundreds_tell_no_crowd(seed: int, both: int, first: int, second: int, wide: int) -> None:
    random, steps = Random(seed), range(11)
    sizes = [both, first if first > 4 else 0, second if second > 4 else 0]
    kept = [[random.choices(steps[:: random.randint(1, wide)], k=size)] for size in sizes]
    stayed, left, joined = (each[0] for each in kept)
    before, after = stayed + left, stayed + joined
    rounds = [frozenset(range(len(before))), frozenset([*range(both), *range(1000, 1000 + len(joined))])]
    if suppression.publish(before, threshold=5, steps=steps) and suppression.publish(
        after, threshold=5, steps=steps, earlier=[Counter(before)], differences=suppression.derived(rounds)
    ):
        assert bounded(Counter(before), Counter(after), len(left), both, len(joined)) == ""


def test_five_hundred_respondents_are_shown_round_after_round() -> None:
    random, steps = Random(5), range(11)
    everybody = frozenset(range(500))
    found = Family([everybody] * 4, [{each: random.choice(steps) for each in everybody} for _ in range(4)], steps)
    assert len(found.released()) == 4
    fewer = frozenset(range(40, 500)) | frozenset(range(500, 530))
    again = {each: random.choice(steps) for each in fewer}
    other = Family([everybody, fewer], [found.answers[0], again], steps)
    assert [people for people, _ in other.released()] == [everybody, fewer]


# --- over many processes --------------------------------------------------------------------------------------------


POOLS = [
    [(0, 1), (0,)],  # the pool, and a process in it that somebody leads
    [(0,), (1,), (0, 1)],  # two supervisors and their practice
    [(0,), (0, 1)],  # one year and the next
]


def told_by_sums(views: Sequence[Sequence[int]], *, whole: bool = True) -> str:
    """Return who is told by sums over several crowds; `whole`: of those alone whose own answers differ enough."""

    @cache
    def summed(world: World) -> object:
        tables = [[vector[0] for vector in crowd] for crowd in world]
        counted = [each for each in tables if not whole or not nearly_unanimous(Counter(each))]
        found = suppression.publish([value for each in counted for value in each], threshold=5, steps=THREE)
        return (found.n, found.median, found.low, found.high, tuple(found.bands)) if found else None

    case = Case((5, 5), [frozenset({0, 1})])
    seen: dict[object, list[World]] = defaultdict(list)
    for world in stable(case):
        seen[tuple(summed(tuple(world[number] for number in view)) for view in views)].append(world)
    return told_in(case, seen.values())


@pytest.mark.parametrize("views", POOLS)
def test_sums_over_whole_crowds_tell_nobody(views: Sequence[Sequence[int]]) -> None:
    assert told_by_sums(views) == ""


@pytest.mark.parametrize("views", POOLS)
def test_a_crowd_that_answered_alike_may_not_be_in_a_sum(views: Sequence[Sequence[int]]) -> None:
    assert told_by_sums(views, whole=False) != ""


# --- rules that are too weak ----------------------------------------------------------------------------------------


def whole_steps(counts: Counts, steps: Sequence[int]) -> list[Band]:
    return [Band(step, step, counts.get(step, 0)) for step in steps]


def joined(counts: Counts, steps: Sequence[int], small: Callable[[int], bool], last: bool = True) -> list[Band]:
    """Bands as they are made, but with another notion of what is too small, or the last one left as it is."""
    bands: list[Band] = []
    for step in steps:
        count = counts.get(step, 0)
        if bands and small(bands[-1].count):
            bands[-1] = Band(bands[-1].first, step, bands[-1].count + count)
        else:
            bands.append(Band(step, step, count))
    if last and len(bands) > 1 and small(bands[-1].count):
        end = bands.pop()
        bands[-1] = Band(bands[-1].first, end.last, bands[-1].count + end.count)
    return bands


def singles_only(values: Sequence[Any], *, threshold: int, options: Sequence[str], **_: Any) -> Any:
    """A choice whose small options are told together, and nothing else with them."""
    counts = Counter(values)
    kept = {option: counts[option] for option in options if counts[option] > 1}
    return (len(values), kept, len(values) - sum(kept.values())) if len(values) >= threshold and kept else None


def by_place(values: Sequence[Any], *, threshold: int, options: Sequence[str], **_: Any) -> Any:
    """A choice whose small options take the next rarest with them, of several the first."""
    counts = Counter(values)
    rarest = sorted(options, key=lambda option: (counts[option], options.index(option)))
    others = [option for option in rarest if counts[option] < 2]
    if others and (len(others) < 2 or sum(counts[option] for option in others) < 2):
        others = rarest[: len(others) + 1]
    kept = {option: counts[option] for option in options if option not in others}
    return (len(values), kept, len(values) - sum(kept.values())) if len(kept) + bool(others) > 1 else None


def found_by_rounds() -> str:
    """The first breach that the attacks on small groups find."""
    for case in [*unlike(memberships(5, 2, most=1)), *unlike(memberships(6, 2, most=1))]:
        if found := told(case, stable(case)):
            return found
    return ""


def found_by_crowds() -> str:
    for sizes, rounds, steps in [
        ((5, 5), [{A}, {A, B}], THREE), ((7, 6), [{A, B}, {A}], THREE), ((5, 5, 5), [{A, B}, {A, C}], (1, 2)),
    ]:  # fmt: skip
        case = Case(sizes, [frozenset(each) for each in rounds], steps)
        if found := told(case, stable(case)):
            return found
    case = Case((5, 5), [frozenset({A}), frozenset({A, B})])
    return told(case, but_one(case), only_new=stable(case))


def found_by_reckoning() -> str:
    everybody, some = frozenset(range(9)), frozenset(range(5))
    given_: dict[int, int | None] = {each: each % 3 + 1 for each in everybody}
    found = Family([some, everybody], [given_, given_], THREE).released()
    return reckoned([people for people, _ in found], [counts for _, counts in found])


def found_in_three() -> str:
    case = Case((5, 5, 5), [frozenset({A, B}), frozenset({A, C}), frozenset({B, C})], steps=(1, 2))
    return told(case, stable(case))


def found_by_changes() -> str:
    for sizes, rounds in [((5,), [{A}, {A}]), ((5, 5), [{A}, {A, B}])]:
        case = Case(sizes, [frozenset(each) for each in rounds], changes=True)
        if found := told(case, free(case)):
            return found
    return ""


def found_in_tables() -> str:
    return apart(ordered_tables(6, range(1, 6)), range(1, 6))


def found_in_choices() -> str:
    return apart(choice_tables(5, "abc"), "abc") or apart(choice_tables(6, "abc"), "abc")


def found_in_few() -> str:
    shown = [size for size in range(1, 5) for values in combinations_with_replacement(THREE, size)
             if suppression.publish(values, threshold=1, steps=THREE)]  # fmt: skip
    return f"of {shown[0]}" if shown else ""


ATTACKS = [
    found_by_rounds, found_by_crowds, found_by_reckoning, found_in_three, found_by_changes, found_in_tables,
    found_in_choices, found_in_few,
]  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS)
def test_the_rules_as_they_are_hold(attack: Callable[[], str]) -> None:
    assert attack() == ""


def size_alone(earlier: Sequence[frozenset[Any]], answered: frozenset[Any], threshold: int) -> bool:
    return len(answered) >= threshold


def crowds_of_four(earlier: Sequence[frozenset[Any]], answered: frozenset[Any], threshold: int) -> bool:
    return len(answered) > 4 and all(len(crowd) > 3 for crowd in suppression.crowds([*earlier, answered]).values())


def forgetting(earlier: Sequence[Counts | None], counts: Counts, overlaps: Sequence[int | None]) -> bool:
    """What was withheld before is not thought of."""
    return any(table and suppression.tells(table, counts, both) for table, both in zip(earlier, overlaps, strict=True))


def differing(one: Counts, other: Counts, both: int | None) -> bool:
    """Only the difference of a table and one that holds it altogether is looked at."""
    left = Counter(other) - Counter(one)
    return bool(both) and sum(one.values()) == both and nearly_unanimous(left)


def steady(one: Counts, other: Counts, both: int | None) -> bool:
    """Nothing is thought to follow as soon as anybody has changed."""
    tells = TELLS(one, other, both)
    return tells and bool(both) and (Counter(one) & Counter(other)).total() >= (both or 0)


def by_what_they_are(pairs: Sequence[tuple[Any, Any]], *, threshold: int, alone: int, least: int = 1) -> Any:
    """Changes are withheld when they are much alike."""
    changes = sorted(after - before for before, after in pairs)
    bands = BANDED(Counter(sign(change) for change in changes), (-1, 0, 1))
    return suppression.Change(len(pairs), *middles(changes), bands) if len(bands) > 1 and not alone else None


def whoever_is_alone(pairs: Sequence[tuple[Any, Any]], *, threshold: int, alone: int, least: int = 1) -> Any:
    return PUBLISH_CHANGE(pairs, threshold=threshold, alone=0, least=least)


def sign(change: int) -> int:
    return (change > 0) - (change < 0)


def middles(changes: Sequence[int]) -> tuple[float, float, float]:
    low, median, high = suppression.quartiles(changes)
    return median, low, high


TELLS, NEARLY, BANDED = suppression.tells, suppression.nearly_unanimous, suppression.banded
PUBLISH_CHANGE = suppression.publish_change


def one_at_most(counts: Counts, steps: Sequence[int]) -> list[Band]:
    return joined(counts, steps, lambda count: count < 1)


WEAKER: dict[str, tuple[dict[str, Any], Callable[[], str]]] = {
    "a threshold of four": ({"FEWEST": 4}, found_in_few),
    "no crowds": ({"crowds_are_large": size_alone}, found_by_reckoning),
    "crowds of four": ({"crowds_are_large": crowds_of_four}, found_by_reckoning),
    "three sets of people": ({"MOST_SETS": 3}, found_in_three),
    "nearly unanimous answers": ({"banded": whole_steps}, found_by_rounds),
    "nearly unanimous answers in a part": ({"banded": one_at_most}, found_by_rounds),
    "nearly unanimous crowds": ({"nearly_unanimous": lambda counts, needed=2: NEARLY(counts, 1)}, found_by_crowds),
    "singles": ({"banded": one_at_most}, found_in_tables),
    "zero cells": ({"banded": lambda counts, steps: joined(counts, steps, lambda n: n == 1)}, found_in_tables),
    "what is left at the end": ({"banded": lambda counts, steps: joined(counts, steps, lambda n: n < 2, last=False)},
                                found_in_tables),
    "no complementary option": ({"publish_choice": singles_only}, found_in_choices),
    "a complementary option by its place": ({"publish_choice": by_place}, found_in_choices),
    "no differences": ({"tells": lambda *_: False}, found_by_crowds),
    "differences alone": ({"tells": differing}, found_by_crowds),
    "nobody changes their mind": ({"tells": steady}, found_by_crowds),
    "those who left are told by silence": ({"possible_of_all": lambda *_: 2}, found_by_crowds),
    "what was withheld is forgotten": ({"tells_beside": forgetting}, found_by_crowds),
    "changes withheld by what they are": ({"publish_change": by_what_they_are}, found_by_changes),
    "changes of some who answered": ({"publish_change": whoever_is_alone}, found_by_changes),
}  # fmt: skip


@pytest.mark.parametrize("weaker", WEAKER)
def test_a_weaker_rule_is_found_out(weaker: str, monkeypatch: pytest.MonkeyPatch) -> None:
    changes, attack = WEAKER[weaker]
    for name, value in changes.items():
        monkeypatch.setattr(suppression, name, value)
    assert attack() != ""
