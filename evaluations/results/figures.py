"""Changes that are larger than a scale errs.

RCI = (after − before) / (SD_before · √2 · √(1 − r)), reliable when |RCI| > 1.96; r is the reliability of the scale,
known only where it has been published for it. Source: Jacobson & Truax 1991, Clinical significance, Journal of
Consulting and Clinical Psychology 59, 12–19.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import stdev
from typing import Final

from evaluations import suppression
from evaluations.suppression import FEWEST_IN_A_BAND, Change

RELIABLE: Final = 1.96


@dataclass(frozen=True)
class Reliable:
    """How many went down, stayed within what the scale errs, and went up."""

    lower: int
    same: int
    higher: int


def reliable_changes(
    pairs: Sequence[tuple[int | None, int | None]], reliability: float, change: Change, threshold: int
) -> Reliable | None:
    """Return how many of the people of `pairs` (before, after) changed reliably, or None: it is withheld.

    `change` is what is told of the same pairs: beside it nobody may stand alone who changed, but not reliably.
    """
    both = [(before, after) for before, after in pairs if before is not None and after is not None]
    error = stdev([before for before, _after in both]) * sqrt(2) * sqrt(1 - reliability) if len(both) > 1 else 0.0
    if not error:
        return None
    sides = [direction((after - before) / error) for before, after in both]
    told = suppression.publish_change([(0, side) for side in sides], threshold=threshold)
    if told is None:
        return None
    between = (change.lower - told.lower, change.higher - told.higher)
    if any(0 < count < FEWEST_IN_A_BAND for count in between):
        return None
    return Reliable(told.lower, told.same, told.higher)


def direction(index: float) -> int:
    return 0 if abs(index) <= RELIABLE else 1 if index > 0 else -1
