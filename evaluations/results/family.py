"""What of one question may be shown in each of the rounds that asked it, in the order in which they closed.

What was shown once stays as it was: a round is looked at beside those that closed before it, never beside later ones.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Final
from uuid import UUID

from django.db import connection

from evaluations import suppression
from evaluations.models import Mode, Round
from evaluations.suppression import Band, Change, Counts, Shown

#: Answers of many, of which tables are made. In a shared round everybody has agreed that the group sees them all.
TABLED: Final = (Mode.ANONYMOUS, Mode.CODED, Mode.SHARED)


class Crowds:
    """How many people have answered exactly the same rounds: sizes, never who."""

    def __init__(self, sizes: Iterable[tuple[Sequence[UUID], int]] = ()) -> None:
        self.sizes = [(frozenset(answered), people) for answered, people in sizes]
        self.known: dict[tuple[UUID, ...], list[list[Fraction]] | None] = {}

    def differences(self, rounds: Sequence[UUID]) -> list[list[Fraction]] | None:
        """Return how tables of some crowds follow from those of `rounds` (`suppression.derived`).

        None when there are too many crowds to reckon with: then nothing is shown.
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
    found: dict[UUID, Shown | None] = {}
    earlier: list[tuple[UUID, Counts]] = []
    for round_, answers in asked:
        if round_.mode == Mode.SHARED:
            shown = whole(answers, steps)
        else:
            differences = crowds.differences([*(pk for pk, _counts in earlier), round_.pk])
            shown = None if differences is None else suppression.publish(
                answers, threshold=round_.threshold, steps=steps, earlier=[counts for _pk, counts in earlier],
                differences=differences,
            )  # fmt: skip
        found[round_.pk] = shown
        if shown:
            earlier.append((round_.pk, Counter(answers)))
    return found


def whole(answers: Sequence[int | None], steps: Sequence[int]) -> Shown | None:
    """Return the distribution as it is, where everybody agreed to show it; None when nobody chose a step."""
    said = sorted(answer for answer in answers if answer is not None)
    if not said:
        return None
    counts = Counter(said)
    low, median, high = suppression.quartiles(said)
    bands = [Band(step, step, counts[step]) for step in steps]
    return Shown(len(said), median, low, high, round(sum(said) / len(said), 1), bands)


def options_of(
    round_: Round, answers: Sequence[str | None], options: Sequence[str]
) -> tuple[dict[str, int], int] | None:
    """Return how often each option was chosen that is told apart, and how often another one; None: it is withheld."""
    if round_.mode == Mode.SHARED:
        counts = Counter(answers)
        return {option: counts[option] for option in options}, 0
    found = suppression.publish_choice(answers, threshold=round_.threshold, options=options)
    return (dict(found[1]), found[2]) if found else None


def changed(pairs: Sequence[tuple[int | None, int | None]], before: Round, after: Round) -> Change | None:
    """Return what may be shown of how people changed from one round to the other, or None: it is withheld."""
    return suppression.publish_change(pairs, threshold=max(before.threshold, after.threshold))
