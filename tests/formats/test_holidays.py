"""Public holidays: the moving feasts of Finland, in three languages."""

from datetime import date

import pytest

from formats.holidays import holiday_on, holidays_between


@pytest.mark.parametrize(
    ("day", "finnish", "swedish", "english"),
    [
        (date(2027, 5, 6), "Helatorstai", "Kristi himmelsfärdsdag", "Ascension Day"),
        (date(2027, 6, 25), "Juhannusaatto", "Midsommarafton", "Midsummer Eve"),
        (date(2026, 12, 6), "Itsenäisyyspäivä", "Självständighetsdagen", "Independence Day"),
        (date(2028, 4, 14), "Pitkäperjantai", "Långfredagen", "Good Friday"),
    ],
)
def test_a_holiday_has_its_name_in_each_language(day: date, finnish: str, swedish: str, english: str) -> None:
    assert [holiday_on(day, language=each) for each in ("fi", "sv", "en")] == [finnish, swedish, english]


def test_other_days_have_none() -> None:
    assert holiday_on(date(2027, 5, 7)) == ""


def test_holidays_come_in_order_over_the_turn_of_a_year() -> None:
    found = holidays_between(date(2026, 12, 24), date(2027, 1, 6), language="fi")
    assert list(found.values()) == ["Jouluaatto", "Joulupäivä", "Tapaninpäivä", "Uudenvuodenpäivä", "Loppiainen"]
    assert list(found) == sorted(found)
