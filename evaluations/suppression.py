"""What of many answers may be shown, so that none of them can be told (promise 4). Every output goes through here.

**The rule.** Nobody's answer can be told when everybody hides in a *crowd*: at least `threshold` people who stand in
exactly the same published tables, and who answered every published question in more than one way, so that whichever
answer one takes away, there are two who gave another. Proof: exchange two people of a crowd who answered differently,
with all that they said in every round. Every figure stays as it is, and both now have another answer; so no reckoning
tells which it was. It also holds against one of the crowd, who knows one answer: among the others two still differ.

Figures may therefore be exact, as far as they follow from how often what was said, by whomever: the median, the middle
half, the changes. The tables are coarser, for what is known beside them, or guessed. `docs/suppression.md` tells it in
plain words; `tests/properties/test_suppression.py` attacks it. In this order:

- A round is shown when at least `threshold` have answered, and when beside the rounds shown before, nobody stands in a
  small crowd (`crowds_are_large`). This follows from who answered alone. Somebody who joined or left would be a crowd
  of one: the difference of two rounds would be their answer.
- A question of it is shown when at least `threshold` have said something, and when what they said falls into two parts
  at least, of two people at least each. A step that one or nobody chose is told only together with its neighbour.
- When other people have answered an earlier round, it is shown only when neither the tables' difference nor what they
  have in common tells what a crowd answered (`tells`).
- How people changed is told when all this holds for what they said before, for what they said after, for the changes,
  and for those who answered only one of the rounds (`publish_change`).
- What is withheld is withheld as a whole, with one sentence whatever the reason, and without a number.

To leave a question out, or not to be able to say, is no answer: nobody can hide behind it.
"""

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, combinations
from typing import Any, Final, TypeVar

Person = TypeVar("Person", bound=Hashable)

#: No practice shows results of fewer (promise 4).
FEWEST: Final = 5
#: How many at least stand in what is told apart.
FEWEST_IN_A_BAND: Final = 2
#: From how many different sets of people the rounds that are shown beside each other may come. For two everything
#: that follows from them is known (`tells`); nobody can say that of more.
MOST_SETS: Final = 2

#: How often each answer was given: a step or an option; None: left out, or cannot say.
Counts = Mapping[Any, int]
#: How many people answered both of two rounds; None: exactly the same people did.
Overlap = int | None


@dataclass(frozen=True)
class Band:
    """One or several steps next to each other, from `first` to `last`, and how many chose one of them."""

    first: int
    last: int
    count: int


@dataclass(frozen=True)
class Shown:
    """What may be shown of one question: of `n` answers the median, between which two values the middle half lies, and
    how they are distributed.

    There is no mean: of a small group it tells the sum, and with it whom the bands hide.
    """

    n: int
    median: float
    low: float
    high: float
    bands: Sequence[Band]


def threshold_of(wanted: int) -> int:
    """Return from how many answers on a practice shows results: what it wants, and five at least."""
    return max(wanted, FEWEST)


# --- who answered ---------------------------------------------------------------------------------------------------


def crowds(rounds: Sequence[frozenset[Person]]) -> dict[tuple[bool, ...], set[Person]]:
    """Return the people by which of `rounds` they answered: those who answered exactly the same stand together."""
    found: dict[tuple[bool, ...], set[Person]] = {}
    for person in set(chain.from_iterable(rounds)):
        found.setdefault(tuple(person in each for each in rounds), set()).add(person)
    return found


def crowds_are_large(earlier: Sequence[frozenset[Person]], answered: frozenset[Person], threshold: int) -> bool:
    """Whether a round that `answered` may be shown beside `earlier` ones of the same questions, which are shown.

    `threshold` is the largest of all these rounds: whoever answered under it counts on it.
    """
    sets = {*earlier, answered}
    return (
        len(answered) >= threshold_of(threshold)
        and len(sets) <= MOST_SETS
        and all(len(crowd) >= threshold_of(threshold) for crowd in crowds(list(sets)).values())
    )


def derived(rounds: Sequence[frozenset[Person]]) -> list[Overlap]:
    """Return how the last of `rounds` lies to each one before it: how many people answered both, for `publish`.

    Raises ValueError when they come from more than MOST_SETS sets of people: then nothing may be shown.
    """
    if len(set(rounds)) > MOST_SETS:
        raise ValueError("There are too many different sets of people.")
    return [None if each == rounds[-1] else len(each & rounds[-1]) for each in rounds[:-1]]


# --- what they answered ---------------------------------------------------------------------------------------------


def publish(
    answers: Sequence[int | None],
    *,
    threshold: int,
    steps: Sequence[int],
    earlier: Sequence[Counts | None] = (),
    differences: Sequence[Overlap] = (),
) -> Shown | None:
    """Return what may be shown of the answers to one question of an ordered scale, or None: it is withheld.

    `answers` has one entry for everybody who answered the round, None for who left this question out. `earlier` are
    the full counts of the same question in the rounds that are shown and closed before, None where the question is
    withheld there, and `differences` what `derived` says of those rounds and this one. Raises ValueError for an answer
    that is no step.
    """
    counts = counted(answers, steps)
    said = sorted(answer for answer in answers if answer is not None)
    bands = banded(counts, steps)
    if len(said) < threshold_of(threshold) or len(bands) < 2 or tells_beside(earlier, counts, differences):
        return None
    low, median, high = quartiles(said)
    return Shown(len(said), median, low, high, bands)


def publish_choice(
    answers: Sequence[str | None],
    *,
    threshold: int,
    options: Sequence[str],
    earlier: Sequence[Counts | None] = (),
    differences: Sequence[Overlap] = (),
) -> tuple[int, Mapping[str, int], int] | None:
    """Return of a choice how many answered, how often each option that may be told apart was chosen, and how often
    another one; None when it is withheld. See `publish`.

    Options that nobody or one chose are told together. When they are chosen by fewer than two even so, or all by one,
    all that are the next rarest are with them: so each of them may be any of them.
    """
    counts = counted(answers, options)
    said = sum(counts[option] for option in options)
    others = [option for option in options if counts[option] < FEWEST_IN_A_BAND]
    chosen = [counts[option] for option in others]
    if others and (sum(chosen) < FEWEST_IN_A_BAND or min(chosen) > 0):
        next_rarest = min((counts[option] for option in options if option not in others), default=1)
        others = [option for option in options if counts[option] <= next_rarest]
    apart = {option: counts[option] for option in options if option not in others}
    parts = len(apart) + bool(others)
    if said < threshold_of(threshold) or parts < 2 or tells_beside(earlier, counts, differences):
        return None
    return said, apart, said - sum(apart.values())


def counted(answers: Sequence[Any], possible: Sequence[Any]) -> Counter[Any]:
    """Return how often what was said. Raises ValueError for what is not possible."""
    counts = Counter(answers)
    if not set(counts) <= {None, *possible}:
        raise ValueError("An answer is not one of the steps.")
    return counts


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


# --- what follows from two tables -----------------------------------------------------------------------------------


def tells_beside(earlier: Sequence[Counts | None], counts: Counts, overlaps: Sequence[Overlap]) -> bool:
    """Whether a table with `counts` tells what people answered beside any of `earlier` ones.

    That one of these is withheld (None) says that its people answered much alike. Another table with some of them in it
    could say what. Raises ValueError when there are not as many overlaps.
    """
    return any(
        bool(both) if table is None else tells(table, counts, both)
        for table, both in zip(earlier, overlaps, strict=True)
    )


def tells(earlier: Counts, later: Counts, both: Overlap) -> bool:
    """Whether two tables tell what people answered of whom `both` stand in both, when they answered alike both times.

    What these can have answered is what the tables have in common; `free` of it belongs to others. What the tables do
    not have in common was answered by those who stand in one alone, together with the free part. Hence in common there
    must be more than one answer; and unless two are free, so must there be in what is left of each table, by one more
    for everybody who (`free` < 0) cannot have answered alike.

    Where some have left and nobody has come, to withhold the later table says that those who left, or who stayed,
    answered much alike. The earlier one must leave open which way, else it is withheld whatever is in it.
    """
    if not both:
        return False  # the same people, who hide in each other; or none in both: nothing follows
    first, second = Counter(earlier), Counter(later)
    if second.total() == both and possible_of_all(first, first.total() - both) < 2:
        return True
    common = first & second
    free = common.total() - both
    lefts = [table - common for table in (first, second) if table.total() > both]
    needed = FEWEST_IN_A_BAND - min(free, 0)
    return nearly_unanimous(common) or (free < 2 and any(nearly_unanimous(left, needed) for left in lefts))


def possible_of_all(counts: Counts, people: int) -> int:
    """Return how many answers there are that `people` of those counted may all have given."""
    return sum(answer is not None and count >= people for answer, count in counts.items())


def nearly_unanimous(counts: Counts, needed: int = FEWEST_IN_A_BAND) -> bool:
    """Whether fewer than `needed` have said anything else than most: with one, that one knows what all others said."""
    said = [count for answer, count in counts.items() if answer is not None]
    return sum(said) - max(said, default=0) < needed


# --- before and after -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Change:
    """How `n` people changed from one round to another, in steps: the median, the middle half, and how many went down
    (−1), stayed (0) and went up (1), in bands of neighbours as `banded` makes them."""

    n: int
    median: float
    low: float
    high: float
    bands: Sequence[Band]


#: Before and after of somebody who answered both rounds; None: left out.
Pair = tuple[int | None, int | None]
DIRECTIONS: Final = (-1, 0, 1)


def publish_change(pairs: Sequence[Pair], *, threshold: int, alone: int, least: int = 1) -> Change | None:
    """Return what may be shown of how people changed between two rounds in which the question is shown, or None.

    `alone` says how many answered only one of the rounds: when anybody did, nothing is shown, since theirs could be
    reckoned. Who changed by fewer than `least` steps has stayed.

    Whether it is withheld follows from the two tables, however the answers are paired: so to withhold it tells nothing.
    """
    before, after = Counter(one for one, _other in pairs), Counter(other for _one, other in pairs)
    enough = len(pairs) - before[None] - after[None] >= threshold_of(threshold)
    mixed = not nearly_unanimous(before) and not nearly_unanimous(after)
    if alone or not enough or not mixed or not falls_in_two(before, after, least):
        return None
    changes = sorted(after - before for before, after in pairs if before is not None and after is not None)
    directions = Counter((change >= least) - (change <= -least) for change in changes)
    low, median, high = quartiles(changes)
    return Change(len(changes), median, low, high, banded(directions, DIRECTIONS))


def falls_in_two(before: Counts, after: Counts, least: int) -> bool:
    """Whether two people at least have gone up by `least` steps and two have not, or the same down, whoever is who."""
    said = [{value: count for value, count in table.items() if value is not None} for table in (before, after)]
    turned = [{-value: count for value, count in table.items()} for table in said]
    return any(
        min(fewest_up(one, other, least), fewest_not_up(one, other, least)) - before.get(None, 0) >= FEWEST_IN_A_BAND
        for one, other in (said, turned)
    )


def fewest_up(before: Counts, after: Counts, least: int) -> int:
    """Return how many at least have gone up by `least`: more are so high now than were near enough before."""
    return max(between(after, value, None) - between(before, value - least + 1, None) for value in after)


def fewest_not_up(before: Counts, after: Counts, least: int) -> int:
    """Return how many at least have not: more are so low now than were low enough before."""
    return max(between(after, None, value) - between(before, None, value - least) for value in after)


def between(counts: Counts, first: int | None, last: int | None) -> int:
    """Return how many said something from `first` to `last`; None: without end."""
    return sum(
        count
        for value, count in counts.items()
        if (first is None or value >= first) and (last is None or value <= last)
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


def crowd_counts(before: Sequence[int | None], after: Sequence[int | None], *, threshold: int, both: Overlap) -> bool:
    """Whether the answers of a crowd to one question, before and after, may be part of a sum; `both`: see `tells`."""
    first, second = Counter(before), Counter(after)
    for table in (first, second):
        if table.total() - table[None] < threshold_of(threshold) or nearly_unanimous(table):
            return False
    return not tells(first, second, both)


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
