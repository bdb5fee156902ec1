"""What follows from answers: how far goals were reached, and how answers changed from one round to another.

Everything here comes from what may be shown, or goes through `evaluations.suppression` itself. It describes a group; no
person is set beside another, and that something came after supervision does not say that it came from it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import floor, sqrt
from statistics import stdev
from typing import Final

from engagements.attainment import t_score
from evaluations.suppression import Change, Pair, Shown, publish_change

#: A change whose index is larger than this is larger than the scale errs, in 95 of 100 cases.
RELIABLE: Final = 1.96


def attainment(goals: Iterable[tuple[Shown | None, int]]) -> Decimal | None:
    """Return the GAS T-score of (what is shown of a goal's levels, its weight) pairs; None when no goal is shown.

    Each goal counts with the median of the levels that were answered; one that is withheld does not count, since T
    would tell it. Source: see `engagements.attainment`. That one figure stands for several people is our own use.
    """
    return t_score((shown.median, weight) for shown, weight in goals if shown)


@dataclass(frozen=True)
class Moved:
    """How a question stood before and after, whoever answered: medians in steps, and of how many answers each."""

    before: float
    before_n: int
    after: float
    after_n: int

    @property
    def by(self) -> float:
        return self.after - self.before


def moved(before: Shown | None, after: Shown | None) -> Moved | None:
    """Return how a question stood in two rounds; None unless it is shown in both."""
    return Moved(before.median, before.n, after.median, after.n) if before and after else None


def reliable_change_index(before: float, after: float, *, deviation: float, reliability: float) -> float:
    """Return RCI = (after − before) / (SD_before · √2 · √(1 − r)): a change, in errors of the difference.

    `deviation` is the standard deviation of the answers before (> 0), `reliability` that of the scale (0 < r < 1).
    Source: Jacobson & Truax 1991, Clinical significance, Journal of Consulting and Clinical Psychology 59, 12–19.
    Raises ValueError for what is out of bounds.
    """
    if deviation <= 0 or not 0 < reliability < 1:
        raise ValueError("A deviation is above 0, a reliability between 0 and 1.")
    return (after - before) / (deviation * sqrt(2) * sqrt(1 - reliability))


def reliable_change(pairs: Sequence[Pair], *, reliability: float | None, threshold: int, alone: int) -> Change | None:
    """Return how many went reliably down, stayed within what the scale errs, and went reliably up; None: withheld, or
    the scale has no known reliability.

    To be shown instead of the plain changes of the same pairs, not beside them: the difference would tell how many
    changed a little. `pairs` and `alone` as `publish_change` takes them. The deviation is that of all answers before,
    of a sample.
    """
    before = [one for one, _other in pairs if one is not None]
    if reliability is None or len(set(before)) < 2:
        return None
    one_step = reliable_change_index(0, 1, deviation=stdev(before), reliability=reliability)
    return publish_change(pairs, threshold=threshold, alone=alone, least=floor(RELIABLE / one_step) + 1)
