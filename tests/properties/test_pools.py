"""Attacks on figures over many processes: whatever is reckoned with them, no person and no single process comes out."""

from fractions import Fraction
from itertools import combinations
from uuid import UUID, uuid4

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from evaluations.effects.pool import Crowd, Effect, Given, Process, Share, Wanted, counts, effects
from evaluations.questions import Kind, Question
from evaluations.suppression import FEWEST_PROCESSES, Cell, enough, may_be_told_apart

QUESTION = Question("climate", Kind.AGREE, {"en": "Climate"})
LEADS = [UUID(int=number) for number in range(3)]

cells = st.dictionaries(
    st.tuples(st.sampled_from("abc"), st.integers(2024, 2026)),
    st.tuples(st.integers(1, 4), st.sampled_from(LEADS)),
    min_size=1,
    max_size=8,
)


def follows(wanted: list[Fraction], published: list[list[Fraction]]) -> bool:
    """Whether `wanted` is a sum of `published` lines, each times something: it then adds nothing to their rank."""
    return rank(published) == rank([*published, wanted])


def rank(lines: list[list[Fraction]]) -> int:
    left, found = [list(line) for line in lines], 0
    for column in range(len(left[0])):
        pivot = next((line for line in left[found:] if line[column]), None)
        if pivot is None:
            continue
        left.remove(pivot)
        left.insert(found, pivot)
        found += 1
        for line in left[found:]:
            factor = line[column] / pivot[column]
            line[:] = [value - factor * other for value, other in zip(line, pivot, strict=True)]
    return found


@settings(max_examples=300, deadline=None)
@given(cells)
def test_no_sum_that_is_too_small_follows_from_the_published_ones(
    sizes: dict[tuple[str, int], tuple[int, UUID]],
) -> None:
    """Also for one who knows all that one lead's processes show: their part is taken out of every figure."""
    every = [(Cell(row, column, 6 * size, size), lead) for (row, column), (size, lead) in sizes.items()]
    views = [[cell for cell, _lead in every], *([cell for cell, led in every if led != lead] for lead in LEADS)]
    found = may_be_told_apart(views, 5)
    assume(found)
    assert found
    for view in views:
        sums = [
            list(view),
            *([cell for cell in view if cell.row == row] for row in found[0]),
            *([cell for cell in view if cell.column == column] for column in found[1]),
        ]
        published = [[Fraction(cell in told) for cell in view] for told in sums]
        for size in range(1, len(view) + 1):
            for union in combinations(view, size):
                if sum(cell.processes for cell in union) < FEWEST_PROCESSES:
                    assert not follows([Fraction(cell in union) for cell in view], published), union


def apart(*cells: Cell) -> tuple[set[object], set[object]] | None:
    found = may_be_told_apart([list(cells)], 5)
    return (set(found[0]), set(found[1])) if found else None


def test_what_may_be_told_apart_is_told_apart() -> None:
    """Being too careful would show nothing. Of what would leave too little over, the smallest is left out."""
    even = [Cell(row, column, 18, 3) for row in "ab" for column in (1, 2)]
    assert apart(*even) == ({"a", "b"}, {1, 2})
    assert apart(*even, Cell("c", 1, 12, 2)) == ({"b"}, {1, 2})
    assert apart(*even, Cell("a", 3, 6, 1)) == ({"a", "b"}, {2})
    assert apart(Cell("a", 1, 12, 2)) is None
    assert not enough([Cell("a", 1, 4, 4)], 5)


answer = st.sampled_from([None, 1, 1, 2, 2, 3, 3, 4, 5])
people = st.lists(st.tuples(answer, answer), min_size=3, max_size=7)


@st.composite
def crowds(draw: st.DrawFn) -> list[Crowd]:
    """Crowds as they may be: of one process or several, some of which the reader knows."""
    found = []
    leads = draw(st.sampled_from([LEADS[:1], LEADS[:2], LEADS]))
    for _one in range(draw(st.integers(3, 6))):
        crowd = Crowd(draw(st.sampled_from(leads)), draw(st.sampled_from(["group", "pair"])), 2026, 5, None)
        for _two in range(draw(st.integers(1, 3))):
            process = Process(draw(st.booleans()))
            process.asked = {late: {QUESTION.key: QUESTION} for late in (False, True)}
            for before, after in draw(people):
                code = uuid4().bytes
                for late, value in ((False, before), (True, after)):
                    process.given[late].append(Given(code, {} if value is None else {QUESTION.key: value}))
            crowd.processes.append(process)
        found.append(crowd)
    return found


def figures(found: list[Crowd], *, all_own: bool) -> list[list[Effect]]:
    """All that one can see: all of it, and each form and year."""
    ways = [Wanted(5, all_own=all_own), Wanted(5, "group", all_own=all_own), Wanted(5, "pair", all_own=all_own),
            Wanted(5, year=2026, all_own=all_own)]  # fmt: skip
    return [effects(found, wanted) for wanted in ways]


@settings(max_examples=200, deadline=None)
@given(crowds(), st.booleans(), st.data())
def test_everybody_can_be_exchanged_with_somebody_who_answered_otherwise(
    found: list[Crowd], all_own: bool, data: st.DataObject
) -> None:
    """Every figure stays as it was; so it tells neither an outsider nor one of the crowd which of the two it was."""
    seen = figures(found, all_own=all_own)
    if not seen[0]:
        return
    for crowd in found:
        share = Share(crowd, crowd.processes)
        if not counts(share, QUESTION):
            continue
        some = share.unknown or share.processes
        places = [(process, number) for process in some for number in range(len(process.given[True]))]
        insider = data.draw(st.sampled_from(places))
        others = [place for place in places if place[0] is not insider[0] or place[1] != insider[1]]
        one = others[0]
        other = next(place for place in others if answer_at(place) != answer_at(one))
        exchange(one, other)
        assert figures(found, all_own=all_own) == seen
        exchange(one, other)


def answer_at(place: tuple[Process, int]) -> object:
    return place[0].given[True][place[1]].figures.get(QUESTION.key)


def exchange(one: tuple[Process, int], other: tuple[Process, int]) -> None:
    for late in (False, True):
        first, second = one[0].given[late], other[0].given[late]
        first[one[1]], second[other[1]] = second[other[1]], first[one[1]]


@settings(max_examples=100, deadline=None)
@given(crowds())
def test_what_is_shown_is_of_enough_people_and_processes(found: list[Crowd]) -> None:
    for shown in figures(found, all_own=False):
        for one in shown:
            assert one.processes >= FEWEST_PROCESSES
            assert min(one.before.n, one.after.n) >= 5
            assert all(band.count >= 2 for each in (one.before, one.after) for band in each.bands)
