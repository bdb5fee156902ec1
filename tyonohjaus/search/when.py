"""Times as people type them into a search: `25.11.`, `marraskuussa`, `week 48`, `huomenna`, `2026`."""

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import date, timedelta
from typing import Final

from formats.unreadable import folded

_FINNISH: Final = (
    "tammi",
    "helmi",
    "maalis",
    "huhti",
    "touko",
    "kesa",
    "heina",
    "elo",
    "syys",
    "loka",
    "marras",
    "joulu",
)
_OTHERS: Final = (
    ("januari", "january"), ("februari", "february"), ("mars", "march"), ("april",), ("maj", "may"), ("juni", "june"),
    ("juli", "july"), ("augusti", "august"), ("september",), ("oktober", "october"), ("november",),
    ("december",),
)  # fmt: skip
_RELATIVE: Final[Mapping[str, int]] = {
    "tanaan": 0, "idag": 0, "today": 0, "huomenna": 1, "imorgon": 1, "tomorrow": 1, "eilen": -1, "igar": -1,
    "yesterday": -1,
}  # fmt: skip
_WEEK: Final = {"viikko", "viikolla", "vko", "vk", "vecka", "v", "week"}
_DAY: Final = re.compile(r"(\d{1,2})\.(\d{1,2})\.?(\d{4})?")

#: The first and the last day.
Span = tuple[date, date]


def span_of(words: Sequence[str], today: date) -> tuple[Span | None, list[str]]:
    """Return the time that `words` name, if one, and the words that name none.

    A day or month without a year is the one nearest to `today`.
    """
    rest = list(words)
    for number, word in enumerate(words):
        following = words[number + 1] if number + 1 < len(words) else ""
        for read in (_week, _month, _day, _year):
            if found := read(folded(word), following, today):
                span, used = found
                del rest[number : number + used]
                return span, rest
    return None, rest


def _week(word: str, following: str, today: date) -> tuple[Span, int] | None:
    if word not in _WEEK or not re.fullmatch(r"\d{1,2}", following):
        return None
    monday = _nearest(lambda year: date.fromisocalendar(year, int(following), 1), today)
    return ((monday, monday + timedelta(days=6)), 2) if monday else None


def _month(word: str, following: str, today: date) -> tuple[Span, int] | None:
    month = next((number for number in range(1, 13) if _names(word, number)), 0)
    if not month:
        return None
    dated = re.fullmatch(r"(?:19|20)\d\d", following)
    first = date(int(following), month, 1) if dated else _nearest(lambda year: date(year, month, 1), today)
    after = (first.replace(day=28) + timedelta(days=4)).replace(day=1) if first else None
    return ((first, after - timedelta(days=1)), 2 if dated else 1) if first and after else None


def _names(word: str, month: int) -> bool:
    return word.startswith(f"{_FINNISH[month - 1]}ku") or word in _OTHERS[month - 1]


def _day(word: str, _following: str, today: date) -> tuple[Span, int] | None:
    if word in _RELATIVE:
        day = today + timedelta(days=_RELATIVE[word])
        return (day, day), 1
    if not (match := _DAY.fullmatch(word)):
        return None
    number, month, year = match.groups()
    found = _nearest(lambda each: date(each, int(month), int(number)), today, int(year) if year else None)
    return ((found, found), 1) if found else None


def _year(word: str, _following: str, _today: date) -> tuple[Span, int] | None:
    return ((date(int(word), 1, 1), date(int(word), 12, 31)), 1) if re.fullmatch(r"20\d\d", word) else None


def _nearest(made: Callable[[int], date], today: date, year: int | None = None) -> date | None:
    found = []
    for each in (year,) if year else (today.year, today.year + 1, today.year - 1):
        with suppress(ValueError):
            found.append(made(each))
    return min(found, key=lambda day: abs(day - today), default=None)
