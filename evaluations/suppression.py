"""What of many answers may be shown, so that none of them can be told (promise 4). Every output goes through here.

**The rule.** Nobody's answer can be told when everybody hides in a *crowd*: at least `threshold` people who stand in
exactly the same published tables, and among whom every published question was answered in more than one way, by two at
least each. Proof: exchange two people of a crowd who answered differently. Every table stays as it is, and both now
have another answer; so no reckoning with the tables tells which it was. It also holds against one of the crowd, who
knows one answer: among the others there are still two who differ.

Hence, in this order:

- A round is shown when at least `threshold` have answered, and when with it, no few stand apart: `crowds_are_large`.
  This follows from who answered alone. A member who joined or left makes a crowd of one, and the later round is
  withheld: its difference to the earlier one would be that member's answer.
- A question of it is shown when its answers, left-outs among them, are no unanimous or nearly unanimous ones, and
  fall into bands of two at least (`publish`): a step that one or nobody chose is told only together with its neighbour.
  So must be what follows for a crowd of its own from the difference of two rounds (`derived`).
- What is withheld is withheld as a whole, with one sentence whatever the reason, and without a number.

Figures that are pooled over many processes are sums over crowds of their own: see `evaluations.effects`.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, combinations
from typing import Final, TypeVar

Person = TypeVar("Person", bound=Hashable)

#: No practice shows results of fewer (promise 4).
FEWEST: Final = 5
#: How many at least stand in what is told apart.
FEWEST_IN_A_BAND: Final = 2
#: From more crowds than these not every difference can be reckoned in time: then nothing is shown.
MOST_CROWDS: Final = 10

#: How often each step of a scale was chosen; None: left out, or cannot say.
Counts = Mapping[int | None, int]


@dataclass(frozen=True)
class Band:
    """One or several steps next to each other, from `first` to `last`, and how many chose one of them."""

    first: int
    last: int
    count: int


@dataclass(frozen=True)
class Shown:
    """What may be shown of one question: of `n` answers the median, between which two values the middle half lies, and
    how they are distributed; `mean` is given to one decimal."""

    n: int
    median: float
    low: float
    high: float
    mean: float
    bands: Sequence[Band]


def threshold_of(wanted: int) -> int:
    """Return from how many answers on a practice shows results: what it wants, and five at least."""
    return max(wanted, FEWEST)


# --- who answered ---------------------------------------------------------------------------------------------------


def crowds(rounds: Sequence[frozenset[Person]]) -> dict[tuple[bool, ...], set[Person]]:
    """Return the people by which of `rounds` they answered: those who answered exactly the same stand together."""
    found: dict[tuple[bool, ...], set[Person]] = {}
    for person in chain.from_iterable(rounds):
        found.setdefault(tuple(person in each for each in rounds), set()).add(person)
    return found


def crowds_are_large(earlier: Sequence[frozenset[Person]], answered: frozenset[Person], threshold: int) -> bool:
    """Whether a round that `answered` may be shown beside `earlier` ones of the same questions, which are shown."""
    together = crowds([*earlier, answered])
    return (
        len(answered) >= threshold_of(threshold)
        and len(together) <= MOST_CROWDS
        and all(len(crowd) >= threshold_of(threshold) for crowd in together.values())
    )


def derived(rounds: Sequence[frozenset[Person]]) -> list[list[Fraction]]:
    """Return how the tables of some crowds follow from those of `rounds`: for each a factor a round.

    Only crowds, and crowds taken together, that are no round themselves. Raises ValueError for more than MOST_CROWDS.
    """
    patterns = list(crowds(rounds))
    if len(patterns) > MOST_CROWDS:
        raise ValueError("There are too many crowds.")
    found = []
    for size in range(1, len(patterns) + 1):
        for union in combinations(range(len(patterns)), size):
            wanted = [Fraction(number in union) for number in range(len(patterns))]
            factors = solved([[Fraction(pattern[each]) for pattern in patterns] for each in range(len(rounds))], wanted)
            if factors and sum(map(bool, factors)) > 1:
                found.append(factors)
    return found


def solved(rows: Sequence[Sequence[Fraction]], wanted: Sequence[Fraction]) -> list[Fraction] | None:
    """Return factors with which the sum of `rows` is `wanted`, or None when there are none."""
    # One equation a column: elimination, with what is wanted as its last entry.
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
            if other != line and left[other][column]:
                factor = left[other][column]
                left[other] = [a - factor * b for a, b in zip(left[other], left[line], strict=True)]
        pivots.append(column)
        line += 1
    if any(equation[-1] for equation in left[line:]):
        return None
    factors = [Fraction(0)] * len(rows)
    for number, column in enumerate(pivots):
        factors[column] = left[number][-1]
    return factors


# --- what they answered ---------------------------------------------------------------------------------------------


def publish(
    answers: Sequence[int | None],
    *,
    threshold: int,
    steps: Sequence[int],
    earlier: Sequence[Counts] = (),
    differences: Sequence[Sequence[Fraction]] = (),
) -> Shown | None:
    """Return what may be shown of the answers to one question of an ordered scale, or None: it is withheld.

    `answers` has one entry for everybody who answered the round, None for who left this question out. `earlier` are
    the full counts of the same question in the rounds that are shown, and `differences` what `derived` says of those
    rounds and this one, in that order. Raises ValueError for an answer that is no step.
    """
    if any(answer is not None and answer not in steps for answer in answers):
        raise ValueError("An answer is not one of the steps.")
    counts: Counts = Counter(answers)
    said = sorted(answer for answer in answers if answer is not None)
    if len(said) < threshold_of(threshold) or nearly_unanimous(counts):
        return None
    if any(tells(factors, [*earlier, counts]) for factors in differences):
        return None
    bands = banded(counts, steps)
    if len(bands) < 2:
        return None
    low, median, high = quartiles(said)
    return Shown(len(said), median, low, high, round(sum(said) / len(said), 1), bands)


def nearly_unanimous(counts: Counts) -> bool:
    """Whether all answered alike, or all but one: that one then knows what all the others answered."""
    return sum(counts.values()) - max(counts.values(), default=0) < FEWEST_IN_A_BAND


def tells(factors: Sequence[Fraction], tables: Sequence[Counts]) -> bool:
    """Whether the table that follows from `tables` with `factors` would tell what people answered."""
    values = {value for table in tables for value in table}
    table = {
        value: sum((factor * each.get(value, 0) for factor, each in zip(factors, tables, strict=True)), Fraction(0))
        for value in values
    }
    if any(count < 0 for count in table.values()):
        return False  # people have changed their answers meanwhile: nothing follows
    return sum(table.values()) - max(table.values(), default=Fraction(0)) < FEWEST_IN_A_BAND


def banded(counts: Counts, steps: Sequence[int]) -> list[Band]:
    """Return the distribution in bands of neighbouring steps that at least two chose; one band when there is no other.

    A step that nobody or one chose is told only together with a neighbour, which is so no longer told apart either.
    """
    bands: list[Band] = []
    for step in steps:
        count = counts.get(step, 0)
        if bands and bands[-1].count < FEWEST_IN_A_BAND:
            bands[-1] = Band(bands[-1].first, step, bands[-1].count + count)
        else:
            bands.append(Band(step, step, count))
    if len(bands) > 1 and bands[-1].count < FEWEST_IN_A_BAND:
        last = bands.pop()
        bands[-1] = Band(bands[-1].first, last.last, bands[-1].count + last.count)
    return bands


def quartiles(said: Sequence[int]) -> tuple[float, float, float]:
    """Return lower quartile, median and upper quartile of sorted values: medians of the halves, as Tukey's hinges."""
    half = (len(said) + 1) // 2
    return middle(said[:half]), middle(said), middle(said[-half:])


def middle(said: Sequence[int]) -> float:
    size = len(said)
    return (said[(size - 1) // 2] + said[size // 2]) / 2


def publish_choice(
    answers: Sequence[str | None], *, threshold: int, options: Sequence[str]
) -> tuple[int, Mapping[str, int], int] | None:
    """Return of a choice how many answered, how often each option that may be told apart was chosen, and how often
    another one; None when it is withheld.

    Options chosen by nobody or one are told together; when they are too few even so, with the next rarest.
    """
    counts = Counter(answers)
    said = [answer for answer in answers if answer is not None]
    if len(said) < threshold_of(threshold) or nearly_unanimous({None: counts[None], **by_number(counts, options)}):
        return None
    rarest = sorted(options, key=lambda option: (counts[option], options.index(option)))
    others = [option for option in rarest if counts[option] < FEWEST_IN_A_BAND]
    if others and (len(others) < 2 or sum(counts[option] for option in others) < FEWEST_IN_A_BAND):
        others = rarest[: len(others) + 1]
    apart = {option: counts[option] for option in options if option not in others}
    rest = sum(counts[option] for option in others)
    if len(apart) + bool(others) < 2:
        return None
    return len(said), apart, rest


def by_number(counts: Mapping[str | None, int], options: Sequence[str]) -> dict[int | None, int]:
    return {number: counts.get(option, 0) for number, option in enumerate(options)}


# --- before and after -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Change:
    """How `n` people changed from one round to another, in steps: the median, the middle half, and how many went down,
    stayed and went up."""

    n: int
    median: float
    low: float
    high: float
    lower: int
    same: int
    higher: int


def publish_change(pairs: Sequence[tuple[int | None, int | None]], *, threshold: int) -> Change | None:
    """Return what may be shown of the changes of people who answered both rounds, or None: it is withheld.

    Shown are three groups when each has two at least or nobody… and at least two groups have somebody: see `publish`.
    """
    changes = sorted(after - before for before, after in pairs if before is not None and after is not None)
    left_out = len(pairs) - len(changes)
    if len(changes) < threshold_of(threshold) or nearly_unanimous({None: left_out, **Counter(changes)}):
        return None
    groups = [sum(map(test, changes)) for test in DIRECTIONS]
    if any(0 < count < FEWEST_IN_A_BAND for count in groups) or sum(map(bool, groups)) < 2:
        return None
    low, median, high = quartiles(changes)
    return Change(len(changes), median, low, high, *groups)


DIRECTIONS: Final[tuple[Callable[[int], bool], ...]] = (
    lambda change: change < 0,
    lambda change: change == 0,
    lambda change: change > 0,
)


# --- over many processes --------------------------------------------------------------------------------------------
#
# What is told of many processes are sums over whole crowds that are safe each (`crowd_counts`). So nobody can be told
# in them, whichever sums are compared: within a crowd the proof above holds. What follows beyond it keeps also one
# *process* from being told: a figure is of three at least, and so is what is left of it without another figure.

#: Of how many processes a figure over several is at least.
FEWEST_PROCESSES: Final = 3


@dataclass(frozen=True)
class Cell:
    """A crowd as sums see it: by what it may be told apart, and how many people and processes are in it."""

    row: Hashable
    column: Hashable
    people: int
    processes: int


def crowd_counts(
    before: Sequence[int | None], after: Sequence[int | None], *, threshold: int, same_people: bool
) -> bool:
    """Whether the answers of a crowd to one question, before and after, may be part of a sum.

    Where not exactly the same people have answered both times, neither may what is left of one without the other tell.
    """
    tables = [Counter(before), Counter(after)]
    for table in tables:
        if sum(table.values()) - table[None] < threshold_of(threshold) or nearly_unanimous(table):
            return False
    one, other = Fraction(1), Fraction(-1)
    return same_people or not (tells([one, other], tables) or tells([other, one], tables))


def change_counts(pairs: Sequence[tuple[int | None, int | None]], *, threshold: int) -> bool:
    """Whether the changes of the people of a crowd may be part of a sum."""
    changes = [after - before for before, after in pairs if before is not None and after is not None]
    left_out = len(pairs) - len(changes)
    return len(changes) >= threshold_of(threshold) and not nearly_unanimous({None: left_out, **Counter(changes)})


def enough(cells: Sequence[Cell], threshold: int) -> bool:
    """Whether a sum over `cells` may be told, or be left over: nothing at all, or people and processes enough."""
    people, processes = sum(cell.people for cell in cells), sum(cell.processes for cell in cells)
    return not cells or (people >= threshold_of(threshold) and processes >= FEWEST_PROCESSES)


def may_be_told_apart(
    views: Sequence[Sequence[Cell]], threshold: int
) -> tuple[frozenset[Hashable], frozenset[Hashable]] | None:
    """Return the rows and the columns whose sums may be told beside the sum over all; None: not even that one.

    The first of `views` is what is told; each other one is what of it somebody does not know already who knows the
    rest. Rows and columns are told alone, never a row of a column.
    """
    views = [merged(view) for view in views]
    told = views[0]
    if not told or not all(enough(view, threshold) for view in views):
        return None
    rows = shown_alone({("row", cell.row) for cell in told}, views, threshold)
    columns = shown_alone({("column", cell.column) for cell in told}, views, threshold)
    both = shown_alone(rows | columns, views, threshold)
    return frozenset(value for way, value in both if way == "row"), frozenset(
        value for way, value in both if way != "row"
    )


def shown_alone(
    wanted: set[tuple[str, Hashable]], views: Sequence[Sequence[Cell]], threshold: int
) -> set[tuple[str, Hashable]]:
    """Return which of `wanted`, rows and columns, may be told beside each other: the smallest are left out first."""
    told = views[0]
    sums = {each: [cell for cell in told if each in (("row", cell.row), ("column", cell.column))] for each in wanted}
    kept = {each for each in wanted if enough(sums[each], threshold)}
    while not all(nothing_follows(view, kept, threshold) for view in views):
        size = {each: sum(cell.processes for cell in sums[each]) for each in kept}
        kept.discard(min(kept, key=lambda each: (size[each], each[0], str(each[1]))))
    return kept


def merged(cells: Sequence[Cell]) -> list[Cell]:
    """Return one cell for all that stand in the same row and column: nothing tells them apart."""
    found: dict[tuple[Hashable, Hashable], tuple[int, int]] = {}
    for cell in cells:
        people, processes = found.get((cell.row, cell.column), (0, 0))
        found[cell.row, cell.column] = (people + cell.people, processes + cell.processes)
    return [Cell(*place, *numbers) for place, numbers in found.items()]


def nothing_follows(cells: Sequence[Cell], told: set[tuple[str, Hashable]], threshold: int) -> bool:
    """Whether no sum that is too small follows from the sums over all and over each row and column that is `told`.

    What follows from sums of rows and of columns are unions of: cells of some rows, without the columns that lie within
    these rows altogether. (With potentials on rows and columns whose differences are 0 or 1 on every cell, a union is a
    cut.) Rows that are not told count as one, since the sum over all less the others is theirs; and so do columns.
    """
    rest = object()
    labelled = [
        (
            cell.row if ("row", cell.row) in told else rest,
            cell.column if ("column", cell.column) in told else rest,
            cell,
        )
        for cell in cells
    ]
    by_row: dict[Hashable, set[Hashable]] = {}
    for row, column, _cell in labelled:
        by_row.setdefault(column, set()).add(row)
    if not all(enough([cell for _row, one, cell in labelled if one == column], threshold) for column in by_row):
        return False
    every = list({row for row, _column, _cell in labelled})
    for size in range(1, len(every) + 1):
        for some in map(set, combinations(every, size)):
            left = [cell for row, column, cell in labelled if row in some and not by_row[column] <= some]
            if not enough(left, threshold):
                return False
    return True
