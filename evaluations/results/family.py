"""What of one question may be shown in each of the rounds that asked it, in the order in which they closed.

What was shown once stays as it was: a round is looked at beside those that closed before it, never beside later ones.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeVar
from uuid import UUID

from django.db import connection

from evaluations import suppression
from evaluations.models import Mode, Round
from evaluations.scoring import reliable_change
from evaluations.suppression import Band, Change, Counts, Overlap, Pair, Shown

#: Answers of many, of which tables are made. In a shared round everybody has agreed that the group sees them all.
TABLED: Final = (Mode.ANONYMOUS, Mode.CODED, Mode.SHARED)


class Crowds:
    """How many people have answered exactly the same rounds: sizes, never who."""

    def __init__(self, sizes: Iterable[tuple[Sequence[UUID], int]] = ()) -> None:
        self.sizes = [(frozenset(answered), people) for answered, people in sizes]
        self.known: dict[tuple[UUID, ...], list[Overlap] | None] = {}

    def differences(self, rounds: Sequence[UUID]) -> list[Overlap] | None:
        """Return how the last of `rounds` lies to each one before it (`suppression.derived`).

        None when they come from too many sets of people to reckon with: then nothing is shown.
        """
        asked = tuple(rounds)
        if asked not in self.known:
            # Made-up people, as many as there are in each crowd: more than sizes is not needed.
            people = [(answered, (number, each)) for number, (answered, size) in enumerate(self.sizes)
                      for each in range(size)]  # fmt: skip
            sets = [frozenset(one for answered, one in people if pk in answered) for pk in asked]
            try:
                self.known[asked] = suppression.derived(sets)
            except ValueError:
                self.known[asked] = None
        return self.known[asked]


def crowds_of(rounds: Sequence[Round]) -> Crowds:
    """Return the crowds of those of `rounds` that are shown as tables; one query."""
    tabled = [each.pk for each in rounds if each.mode in TABLED]
    if not tabled:
        return Crowds()
    with connection.cursor() as cursor:
        cursor.execute("SELECT answered, people FROM sec.crowd_sizes(%s::uuid[])", [tabled])
        return Crowds(cursor.fetchall())


#: A round and the answers in it to one question: a step, or None for who left it out.
Answered = tuple[Round, Sequence[int | None]]


def published(asked: Sequence[Answered], crowds: Crowds, steps: Sequence[int]) -> dict[UUID, Shown | None]:
    """Return what may be shown of an ordered question in each round that asked it; None: it is withheld.

    `asked` are rounds that are shown, in the order in which they closed.
    """

    def show(round_: Round, answers: Sequence[int | None], earlier: Earlier, overlaps: Overlaps) -> Shown | None:
        if round_.mode == Mode.SHARED:
            return whole(answers, steps)
        if overlaps is None:
            return None
        return suppression.publish(
            answers, threshold=round_.threshold, steps=steps, earlier=earlier, differences=overlaps
        )

    return one_after_another(asked, crowds, show)


def options_of(
    asked: Sequence[tuple[Round, Sequence[str | None]]], crowds: Crowds, options: Sequence[str]
) -> dict[UUID, tuple[dict[str, int], int] | None]:
    """Return how often each option was chosen that is told apart, and how often another one; None: it is withheld.

    `asked` are rounds that are shown, in the order in which they closed.
    """

    def show(
        round_: Round, answers: Sequence[str | None], earlier: Earlier, overlaps: Overlaps
    ) -> tuple[dict[str, int], int] | None:
        if round_.mode == Mode.SHARED:
            counts = Counter(answers)
            return {option: counts[option] for option in options}, 0
        if overlaps is None:
            return None
        found = suppression.publish_choice(
            answers, threshold=round_.threshold, options=options, earlier=earlier, differences=overlaps
        )
        return (dict(found[1]), found[2]) if found else None

    return one_after_another(asked, crowds, show)


Earlier = Sequence[Counts | None]
Overlaps = Sequence[Overlap] | None
Value = TypeVar("Value")
Found = TypeVar("Found")


def one_after_another(
    asked: Sequence[tuple[Round, Sequence[Value | None]]],
    crowds: Crowds,
    show: Callable[[Round, Sequence[Value | None], Earlier, Overlaps], Found | None],
) -> dict[UUID, Found | None]:
    """Return what `show` shows of each round beside those before it, whose tables it is given: None where withheld."""
    found: dict[UUID, Found | None] = {}
    earlier: list[tuple[UUID, Counts | None]] = []
    for round_, answers in asked:
        overlaps = crowds.differences([*(pk for pk, _counts in earlier), round_.pk])
        found[round_.pk] = show(round_, answers, [counts for _pk, counts in earlier], overlaps)
        earlier.append((round_.pk, Counter(answers) if found[round_.pk] else None))
    return found


def whole(answers: Sequence[int | None], steps: Sequence[int]) -> Shown | None:
    """Return the distribution as it is, where everybody agreed to show it; None when nobody chose a step."""
    said = sorted(answer for answer in answers if answer is not None)
    if not said:
        return None
    counts = Counter(said)
    low, median, high = suppression.quartiles(said)
    return Shown(len(said), median, low, high, [Band(step, step, counts[step]) for step in steps])


def changed(
    pairs: Sequence[Pair], before: Round, after: Round, *, alone: int, reliability: float | None
) -> Change | None:
    """Return what may be shown of how people changed from one round to the other, or None: it is withheld.

    Where the scale has a known reliability it is the reliable changes, in place of the plain ones. `alone` is how many
    answered only one of the rounds.
    """
    threshold = max(before.threshold, after.threshold)
    if reliability is not None:
        return reliable_change(pairs, reliability=reliability, threshold=threshold, alone=alone)
    return suppression.publish_change(pairs, threshold=threshold, alone=alone)
