"""Decimals, whole numbers and percentages: `1 234,5`, `25,5 %`."""

import re
from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import gettext_lazy as _

from formats.languages import language_of
from formats.unreadable import Unreadable, clean

NBSP = "\u00a0"
_PLAIN = re.compile(r"[0-9]+(?:[.,][0-9]+)?")
_GROUPED = (
    re.compile(r"[0-9]{1,3}(?: [0-9]{3})+(?:[.,][0-9]+)?"),
    re.compile(r"[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]+"),
    re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+\.[0-9]+"),
)


def read_decimal(
    value: object,
    *,
    least: Decimal | int = 0,
    most: Decimal | int = 1_000_000,
    places: int = 2,
) -> Decimal:
    """Return the number that a text such as `1 234,5` or `1234.5` means; numbers of a spreadsheet pass through.

    Comma and dot both mark decimals; a space, or the other mark in full groups of three, parts thousands.
    Raises Unreadable for anything else, for more than `places` decimals and outside `least`…`most`.
    """
    if isinstance(value, bool):
        raise Unreadable(_("This is not a number."), code="number")
    if isinstance(value, int | Decimal):
        number = Decimal(value)
    elif isinstance(value, float):
        number = Decimal(repr(value))
    else:
        number = _spelled(clean(value, longest=40))
    if not number.is_finite():
        raise Unreadable(_("This is not a number."), code="number")
    if number > most:
        raise Unreadable(_("The number is larger than %(most)s."), code="too_large", most=write_decimal(Decimal(most)))
    if number < least:
        raise Unreadable(
            _("The number is smaller than %(least)s."), code="too_small", least=write_decimal(Decimal(least))
        )
    rounded = number.quantize(Decimal(1).scaleb(-places))
    if rounded != number:
        raise Unreadable(_("The number has more than %(places)d decimals."), code="decimals", places=places)
    return rounded


def _spelled(text: str) -> Decimal:
    sign = 1
    if text.startswith("-"):
        sign, text = -1, text[1:].lstrip()
    if _PLAIN.fullmatch(text):
        return sign * Decimal(text.replace(",", "."))
    for pattern in _GROUPED:
        if pattern.fullmatch(text):
            whole, mark, rest = text.rpartition("," if text.rfind(",") > text.rfind(".") else ".")
            if not mark:
                whole, rest = text, "0"
            return sign * Decimal(re.sub(r"[ .,]", "", whole) + "." + rest)
    raise Unreadable(_("This is not a number. Write it like 1234,5."), code="number")


def read_whole(value: object, *, least: int = 0, most: int = 1_000_000) -> int:
    """Return a whole number, as in `12` or `12 kpl`-less spreadsheets' `12.0`; raises Unreadable otherwise."""
    number = read_decimal(value, least=least, most=most, places=9)
    if number != number.to_integral_value():
        raise Unreadable(_("Write a whole number."), code="whole")
    return int(number)


def read_percent(value: object) -> Decimal:
    """Return the percentage of `25,5 %` or `25.5` as Decimal("25.50"), 0–100; raises Unreadable otherwise."""
    if isinstance(value, str):
        value = re.sub(
            r" ?(%|prosenttia|pros\.?|procent|per ?cent)$", "", clean(value, longest=40), flags=re.IGNORECASE
        )
    return read_decimal(value, most=100, places=2)


def write_decimal(value: Decimal | float, *, places: int | None = None, language: str | None = None) -> str:
    """Write a number: `1 234,5` (fi, sv; no-break space), `1,234.5` or `1234` (en); `places` keeps zeros."""
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if places is not None:
        number = number.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    text = f"{number:,f}"
    if places is None and "." in text:
        text = text.rstrip("0").rstrip(".")
    if language_of(language) == "en":
        # "6,237" alone would read as six and a bit: a whole number has no comma.
        return text if "." in text else text.replace(",", "")
    return text.replace(",", NBSP).replace(".", ",")


def write_percent(value: Decimal | float, *, language: str | None = None) -> str:
    """Write a percentage: `25,5 %` (fi, sv; no-break space) or `25.5%` (en)."""
    space = "" if language_of(language) == "en" else NBSP
    return f"{write_decimal(value, language=language)}{space}%"


def write_file_size(size: int, *, language: str | None = None) -> str:
    """Write how large a file of `size` bytes is: `1,2 Mt` (fi), `340 kB`; never less than 1 kB."""
    unit = "t" if language_of(language) == "fi" else "B"
    if size < 1_000_000:
        return f"{max(1, round(size / 1000))}{NBSP}k{unit}"
    return f"{write_decimal(round(size / 1_000_000, 1), language=language)}{NBSP}M{unit}"
