"""How far goals were attained, in one figure; the words of the levels always stand before it.

T = 50 + 10·Σwᵢxᵢ / √((1−ρ)·Σwᵢ² + ρ·(Σwᵢ)²), xᵢ the level of a goal (−2 … +2), wᵢ its weight, ρ = 0.30 the
correlation expected between goals. Source: Kiresuk & Sherman 1968, Goal attainment scaling, Community Mental Health
Journal 4, 443–453. It says how these goals went, for these people; no person is set beside another with it.
"""

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from math import sqrt
from typing import Final

CORRELATION: Final = 0.30


def t_score(scores: Iterable[tuple[float, int]]) -> Decimal | None:
    """Return T, two decimals, of (level −2 … +2, weight ≥ 1) pairs, one a goal; 50 is as expected. None without any.

    A level may lie between two, as the median of several people’s does. Raises ValueError for a level or weight outside
    its bounds.
    """
    pairs = sorted(scores)  # so that the order in which they are given does not show in the last digit
    if not pairs:
        return None
    if any(not -2 <= level <= 2 or weight < 1 for level, weight in pairs):
        raise ValueError("A level is between −2 and 2, a weight at least 1.")
    weighted = sum(level * weight for level, weight in pairs)
    squares, whole = sum(weight**2 for _, weight in pairs), sum(weight for _, weight in pairs)
    t = 50 + 10 * weighted / sqrt((1 - CORRELATION) * squares + CORRELATION * whole**2)
    return Decimal(repr(t)).quantize(Decimal("0.01"), ROUND_HALF_UP)
