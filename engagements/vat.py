"""The standard rate of VAT by day (AVL 1501/1993 § 84). A rate that changes applies to what is done from its day on."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Final

#: From which day which rate holds, per cent, the newest first.
STANDARD_RATES: Final[Sequence[tuple[date, Decimal]]] = (
    (date(2024, 9, 1), Decimal("25.50")),
    (date(2013, 1, 1), Decimal("24.00")),
)
#: What is written into a contract today.
STANDARD_RATE: Final = STANDARD_RATES[0][1]


def standard_rate(day: date) -> Decimal:
    """Return the standard rate on `day`, per cent; of days before the table its first."""
    return next((rate for since, rate in STANDARD_RATES if since <= day), STANDARD_RATES[-1][1])
