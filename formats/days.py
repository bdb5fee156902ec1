"""Calendar days: `13.1.2027`, their weekdays, ranges and week numbers."""

import math
import re
from datetime import date, datetime, timedelta

from django.utils.translation import gettext_lazy as _

from formats.languages import Language, language_of
from formats.unreadable import Unreadable, clean, folded

FIRST_YEAR, LAST_YEAR = 1900, 2100

_WEEKDAYS: dict[Language, tuple[str, ...]] = {
    "fi": ("maanantai", "tiistai", "keskiviikko", "torstai", "perjantai", "lauantai", "sunnuntai"),
    "sv": ("måndag", "tisdag", "onsdag", "torsdag", "fredag", "lördag", "söndag"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
_SHORT_WEEKDAYS: dict[Language, tuple[str, ...]] = {
    "fi": ("ma", "ti", "ke", "to", "pe", "la", "su"),
    "sv": ("mån", "tis", "ons", "tors", "fre", "lör", "sön"),
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}
_MONTHS: dict[Language, tuple[str, ...]] = {
    "fi": (
        "tammikuuta", "helmikuuta", "maaliskuuta", "huhtikuuta", "toukokuuta", "kesäkuuta",
        "heinäkuuta", "elokuuta", "syyskuuta", "lokakuuta", "marraskuuta", "joulukuuta",
    ),
    "sv": (
        "januari", "februari", "mars", "april", "maj", "juni",
        "juli", "augusti", "september", "oktober", "november", "december",
    ),
    "en": (
        "January", "February", "March", "April", "May", "June",
        "July", "August", "September", "October", "November", "December",
    ),
}  # fmt: skip


def _weekday_words() -> dict[str, int]:
    words: dict[str, int] = {}
    for number in range(7):
        finnish, swedish, english = (folded(_WEEKDAYS[language][number]) for language in ("fi", "sv", "en"))
        spoken = [finnish, finnish + "na", finnish + "sin", swedish, swedish + "ar", "pa " + swedish, english]
        spoken += [
            english + "s",
            "on " + english,
            f"on {english}s",
            *(folded(_SHORT_WEEKDAYS[each][number]) for each in _SHORT_WEEKDAYS),
        ]
        words.update(dict.fromkeys(spoken, number))
    words |= {"keskiviikkoisin": 2, "tues": 1, "thur": 3, "thurs": 3, "tor": 3}
    return words


def _month_words() -> dict[str, int]:
    words: dict[str, int] = {}
    for number in range(12):
        finnish = folded(_MONTHS["fi"][number])
        swedish, english = folded(_MONTHS["sv"][number]), folded(_MONTHS["en"][number])
        spoken = (finnish, finnish.removesuffix("ta"), finnish.removesuffix("kuuta"))
        words.update(dict.fromkeys((*spoken, swedish, swedish[:3], english, english[:3]), number + 1))
    return words | {"sept": 9}


WEEKDAY_OF = _weekday_words()
_MONTH_OF = _month_words()
_NUMERIC = re.compile(r"([0-9]{1,2}) ?[.,/] ?([0-9]{1,2}) ?[.,/] ?([0-9]{4}|[0-9]{2})\.?")
_ISO = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:[t ]00:00(?::00(?:\.0+)?)?)?")
_NAMED = re.compile(r"([0-9]{1,2})(?:\.|st|nd|rd|th)? ?(?:den |of )?([a-z]+)\.?,? ([0-9]{4})")
_LEADING_WEEKDAY = re.compile(r"(?P<weekday>(?:pa |on )?[a-z]+)\.?,? (?P<rest>.*)")
_EXCEL_EPOCH = date(1899, 12, 30)


def read_day(value: object) -> date:
    """Return the day of `13.1.2027`, `13.01.27` (20yy), `to 1.10.2026`, `13. tammikuuta 2027`, `2027-01-13`.

    Days and moments of a spreadsheet pass through, and so do its serial numbers of the years 1927–2119. Slashes are
    read day first.
    Raises Unreadable for days that do not exist, a weekday that is not that day's, and years outside 1900–2100.
    """
    if isinstance(value, datetime):
        return _in_bounds(value.date())
    if isinstance(value, date):
        return _in_bounds(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        if math.isfinite(value) and 10_000 <= value < 80_000 and value == int(value):
            return _in_bounds(_EXCEL_EPOCH + timedelta(days=int(value)))
        raise _not_a_day()
    text = folded(clean(value, longest=60))
    weekday = None
    match = _LEADING_WEEKDAY.fullmatch(text)
    if match is not None:
        weekday = WEEKDAY_OF.get(match["weekday"])
        if weekday is None:
            raise _not_a_day()
        text = match["rest"]
    day = _in_bounds(_spelled(text))
    if weekday not in (None, day.weekday()):
        raise Unreadable(
            _("%(day)s is a %(weekday)s."),
            code="weekday",
            day=write_day(day),
            weekday=_WEEKDAYS[language_of()][day.weekday()],
        )
    return day


def _spelled(text: str) -> date:
    if match := _NUMERIC.fullmatch(text):
        number, month, year = (int(part) for part in match.groups())
        if len(match[3]) == 2:
            year += 2000
    elif match := _ISO.fullmatch(text):
        year, month, number = (int(part) for part in match.groups())
    elif (match := _NAMED.fullmatch(text)) and match[2] in _MONTH_OF:
        number, month, year = int(match[1]), _MONTH_OF[match[2]], int(match[3])
    else:
        raise _not_a_day()
    try:
        return date(year, month, number)
    except ValueError:
        raise Unreadable(_("There is no day %(day)s."), code="no_such_day", day=f"{number}.{month}.{year}") from None


def _not_a_day() -> Unreadable:
    return Unreadable(_("This is not a date. Write it like 13.1.2027."), code="day")


def _in_bounds(day: date) -> date:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise Unreadable(
            _("The year must be between %(first)d and %(last)d."), code="year", first=FIRST_YEAR, last=LAST_YEAR
        )
    return day


def read_weekday(value: object) -> int:
    """Return 0 (Monday) … 6 (Sunday) for `to`, `torstai`, `torstaisin`, `tors`, `Thursday`; raises Unreadable."""
    weekday = WEEKDAY_OF.get(folded(clean(value, longest=30)).rstrip("."))
    if weekday is None:
        raise Unreadable(_("This is not a day of the week."), code="weekday_name")
    return weekday


def write_day(day: date, *, language: str | None = None) -> str:
    """Write a day: `13.1.2027` (fi, sv) or `13 Jan 2027` (en)."""
    if language_of(language) == "en":
        return f"{day.day} {_MONTHS['en'][day.month - 1][:3]} {day.year:04}"
    return f"{day.day}.{day.month}.{day.year:04}"


def write_day_long(day: date, *, language: str | None = None) -> str:
    """Write a day in words: `keskiviikko 13. tammikuuta 2027`, `onsdag 13 januari 2027`, `Wednesday 13 …`."""
    chosen = language_of(language)
    dot = "." if chosen == "fi" else ""
    return f"{_WEEKDAYS[chosen][day.weekday()]} {day.day}{dot} {_MONTHS[chosen][day.month - 1]} {day.year:04}"


def write_day_short(day: date, *, language: str | None = None) -> str:
    """Write a day with its weekday: `ke 13.1.2027`, `ons 13.1.2027`, `Wed 13 Jan 2027`."""
    return f"{_SHORT_WEEKDAYS[language_of(language)][day.weekday()]} {write_day(day, language=language)}"


def write_day_month(day: date, *, language: str | None = None) -> str:
    """Write a day without its year, where the year stands beside it: `13.1.`, `13.1`, `13 Jan`."""
    chosen = language_of(language)
    if chosen == "en":
        return f"{day.day} {_MONTHS['en'][day.month - 1][:3]}"
    return f"{day.day}.{day.month}{'.' if chosen == 'fi' else ''}"


def write_weekday(weekday: int, *, language: str | None = None, short: bool = False) -> str:
    """Write 0 (Monday) … 6 (Sunday) in words, `torstai` or short `to`."""
    return (_SHORT_WEEKDAYS if short else _WEEKDAYS)[language_of(language)][weekday]


def write_month(day: date, *, language: str | None = None) -> str:
    """Write the month of a day as a heading: `tammikuu 2027`, `januari 2027`, `January 2027`."""
    chosen = language_of(language)
    return f"{_MONTHS[chosen][day.month - 1].removesuffix('ta')} {day.year:04}"


def write_days(first: date, last: date, *, language: str | None = None) -> str:
    """Write a range shortly: `13.–15.1.2027`, `28.1.–3.2.2027`, `13–15 Jan 2027`; one day is written once."""
    end = write_day(last, language=language)
    if first == last:
        return end
    if first.year != last.year:
        return f"{write_day(first, language=language)}–{end}"
    if language_of(language) == "en":
        month = "" if first.month == last.month else f" {_MONTHS['en'][first.month - 1][:3]}"
        return f"{first.day}{month}–{end}"
    month = "" if first.month == last.month else f"{first.month}."
    return f"{first.day}.{month}–{end}"


def write_week(day: date, *, language: str | None = None) -> str:
    """Write the ISO 8601 week of a day: `vk 2`, `v. 2`, `week 2`."""
    words: dict[Language, str] = {"fi": "vk", "sv": "v.", "en": "week"}
    return f"{words[language_of(language)]} {day.isocalendar().week}"
