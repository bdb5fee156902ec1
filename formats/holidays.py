"""Finnish public holidays and the eves that are kept like them, by name in three languages."""

from datetime import date
from functools import lru_cache
from typing import Final

from holidays import country_holidays

from formats.languages import Language, language_of

_LANGUAGES: Final[dict[Language, str]] = {"fi": "fi", "sv": "sv_FI", "en": "en_US"}


@lru_cache(maxsize=64)
def _names_of(year: int, language: Language) -> dict[date, str]:
    """Return the holidays of one year: the church's and the state's days, May Day, Midsummer and Christmas Eve."""
    return dict(country_holidays("FI", years=year, language=_LANGUAGES[language]))


def holiday_on(day: date, *, language: str | None = None) -> str:
    """Return the name of the public holiday on `day`: `Helatorstai`, `Kristi himmelsfärdsdag`; empty on other days."""
    return _names_of(day.year, language_of(language)).get(day, "")


def holidays_between(first: date, last: date, *, language: str | None = None) -> dict[date, str]:
    """Return the public holidays from `first` to `last`, both included, by day in order."""
    chosen = language_of(language)
    years = (_names_of(year, chosen) for year in range(first.year, last.year + 1))
    found = {day: name for names in years for day, name in names.items() if first <= day <= last}
    return dict(sorted(found.items()))
