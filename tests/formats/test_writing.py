"""Writing in three languages, and that what is written is read back."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.template import Context, Template
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from formats import clock, days
from formats.agreements import Rhythm, read_notice, read_rhythm, write_notice, write_rhythm
from formats.identifiers import write_iban
from formats.money import read_money, write_money
from formats.numbers import read_decimal, read_percent, write_decimal, write_file_size, write_percent

LANGUAGES = st.sampled_from(["fi", "sv", "en"])
DAY = date(2027, 1, 13)
START = datetime(2027, 1, 13, 7, 0, tzinfo=UTC)
END = START + timedelta(minutes=90)


@pytest.mark.parametrize(
    ("write", "finnish", "swedish", "english"),
    [
        (lambda lang: days.write_day(DAY, language=lang), "13.1.2027", "13.1.2027", "13 Jan 2027"),
        (
            lambda lang: days.write_day_long(DAY, language=lang),
            "keskiviikko 13. tammikuuta 2027",
            "onsdag 13 januari 2027",
            "Wednesday 13 January 2027",
        ),
        (lambda lang: days.write_day_month(DAY, language=lang), "13.1.", "13.1", "13 Jan"),
        (lambda lang: days.write_day_short(DAY, language=lang), "ke 13.1.2027", "ons 13.1.2027", "Wed 13 Jan 2027"),
        (lambda lang: days.write_week(DAY, language=lang), "vk 2", "v. 2", "week 2"),
        (lambda lang: days.write_month(DAY, language=lang), "tammikuu 2027", "januari 2027", "January 2027"),
        (lambda lang: clock.write_clock(time(9), language=lang), "klo 9.00", "kl. 9.00", "9:00"),
        (
            lambda lang: clock.write_span(START, END, language=lang),
            "ke 13.1.2027 klo 9.00–10.30",
            "ons 13.1.2027 kl. 9.00–10.30",
            "Wed 13 Jan 2027 9:00–10:30",
        ),
        (
            lambda lang: write_money(Decimal("1234.5"), language=lang),
            "1\u00a0234,50\u00a0€",
            "1\u00a0234,50\u00a0€",
            "€1,234.50",
        ),
        (lambda lang: write_percent(Decimal("25.50"), language=lang), "25,5\u00a0%", "25,5\u00a0%", "25.5%"),
        (lambda lang: clock.write_hours(90, language=lang), "1,5 h", "1,5 h", "1.5 h"),
        (
            lambda lang: write_rhythm(Rhythm(3, "weeks"), language=lang),
            "3 viikon välein",
            "med 3 veckors mellanrum",
            "every 3 weeks",
        ),
        (lambda lang: write_notice(168, language=lang), "1 viikko", "1 vecka", "1 week"),
        (
            lambda lang: clock.write_weekly_time(clock.WeeklyTime(3, time(13, 30)), language=lang),
            "to klo 13.30",
            "tors kl. 13.30",
            "Thu 13:30",
        ),
    ],
)
def test_each_language_writes_in_its_own_way(
    write: Callable[[str], str], finnish: str, swedish: str, english: str
) -> None:
    assert (write("fi"), write("sv"), write("en")) == (finnish, swedish, english)


@pytest.mark.parametrize(
    ("first", "last", "finnish", "english"),
    [
        (DAY, DAY, "13.1.2027", "13 Jan 2027"),
        (DAY, date(2027, 1, 15), "13.–15.1.2027", "13–15 Jan 2027"),
        (DAY, date(2027, 2, 3), "13.1.–3.2.2027", "13 Jan–3 Feb 2027"),
        (date(2026, 12, 28), date(2027, 1, 3), "28.12.2026–3.1.2027", "28 Dec 2026–3 Jan 2027"),
    ],
)
def test_a_range_of_days_is_written_shortly(first: date, last: date, finnish: str, english: str) -> None:
    assert days.write_days(first, last, language="fi") == finnish
    assert days.write_days(first, last, language="en") == english


def test_a_span_over_midnight_says_both_days() -> None:
    late = datetime(2027, 1, 13, 21, 0, tzinfo=UTC)

    assert clock.write_span(late, late + timedelta(hours=2), language="fi") == (
        "ke 13.1.2027 klo 23.00 – to 14.1.2027 klo 1.00"
    )


def test_a_naive_moment_is_never_written() -> None:
    with pytest.raises(ValueError, match="naive"):
        clock.write_moment(START.replace(tzinfo=None))


some_days = st.dates(date(1900, 1, 1), date(2100, 12, 31))
whole_minutes = st.times().map(lambda each: each.replace(second=0, microsecond=0))


@given(some_days, LANGUAGES)
def test_a_day_written_is_read_back(day: date, language: str) -> None:
    for write in (days.write_day, days.write_day_long, days.write_day_short):
        assert days.read_day(write(day, language=language)) == day


@given(whole_minutes, LANGUAGES)
def test_a_time_written_is_read_back(each: time, language: str) -> None:
    assert clock.read_clock(clock.write_clock(each, language=language)) == each
    assert clock.read_clock(clock.write_clock(each, language=language, bare=True)) == each


@given(st.dates(date(1950, 1, 2), date(2099, 12, 30)), st.times(timezones=st.just(UTC)), LANGUAGES)
def test_a_moment_written_is_read_back_save_for_the_hour_that_comes_twice(day: date, utc: time, language: str) -> None:
    moment = datetime.combine(day, utc).replace(second=0, microsecond=0)
    local = moment.astimezone(clock.HELSINKI)

    read = clock.read_moment(clock.write_moment(moment, language=language))

    assert read == (local.replace(fold=0) if local.fold else moment)


@given(st.integers(1, 1440), LANGUAGES)
def test_a_length_written_is_read_back(minutes: int, language: str) -> None:
    assert clock.read_minutes(clock.write_minutes(minutes)) == minutes
    assert clock.read_minutes(clock.write_hours(minutes, language=language)) == minutes


@given(st.integers(0, 999_999_999).map(lambda cents: Decimal(cents) / 100), LANGUAGES)
def test_numbers_written_are_read_back(number: Decimal, language: str) -> None:
    assert read_money(write_money(number, language=language)) == number
    assert read_decimal(write_decimal(number, language=language), most=10_000_000) == number


@given(st.integers(0, 10_000).map(lambda hundredths: Decimal(hundredths) / 100), LANGUAGES)
def test_a_percentage_written_is_read_back(rate: Decimal, language: str) -> None:
    assert read_percent(write_percent(rate, language=language)) == rate


rhythms = st.just(Rhythm(None, "agreed")) | st.builds(Rhythm, st.integers(1, 12), st.sampled_from(["weeks", "months"]))


@given(rhythms, st.integers(1, 720), LANGUAGES)
def test_agreements_written_are_read_back(rhythm: Rhythm, hours: int, language: str) -> None:
    assert read_rhythm(write_rhythm(rhythm, language=language)) == rhythm
    assert read_notice(write_notice(hours, language=language)) == hours


weekly_times = st.builds(
    clock.WeeklyTime, st.none() | st.integers(0, 6), whole_minutes.filter(lambda each: each < time(20))
)


@given(weekly_times, st.booleans(), LANGUAGES)
def test_a_regular_time_written_is_read_back(weekly: clock.WeeklyTime, ends: bool, language: str) -> None:
    weekly = clock.WeeklyTime(weekly.weekday, weekly.start, time(21) if ends else None)

    assert clock.read_weekly_time(clock.write_weekly_time(weekly, language=language)) == weekly


@given(st.integers(0, 6), LANGUAGES, st.booleans())
def test_a_weekday_written_is_read_back(weekday: int, language: str, short: bool) -> None:
    assert days.read_weekday(days.write_weekday(weekday, language=language, short=short)) == weekday


def rendered(source: str, language: str = "fi", **values: object) -> str:
    with translation.override(language):
        return Template("{% load formats %}" + source).render(Context(values))


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{{ at|day }}", "13.1.2027"),
        ("{{ at|day_long }}", "keskiviikko 13. tammikuuta 2027"),
        ("{{ at|day_short }}", "ke 13.1.2027"),
        ("{{ at|day_until:at }}", "13.1.2027"),
        ("{{ at|day_until:nothing }}", "13.1.2027–"),
        ("{{ at|month }}", "tammikuu 2027"),
        ("{{ at|week }}", "vk 2"),
        ("{{ at|clock }}", "klo 9.00"),
        ("{{ at|clock_bare }}", "9.00"),
        ("{{ at|clock_until:end }}", "klo 9.00–10.30"),
        ("{{ at|moment }}", "ke 13.1.2027 klo 9.00"),
        ("{{ at|until:end }}", "ke 13.1.2027 klo 9.00–10.30"),
        ("{{ at|machine }}", "2027-01-13T09:00:00+02:00"),
        ("{{ ninety|minutes }}", "90 min"),
        ("{{ ninety|hours }}", "1,5 h"),
        ("{{ euros|money }}", "1\u00a0234,50\u00a0€"),
        ("{{ euros|decimal }}", "1\u00a0234,5"),
        ("{{ ninety|percent }}", "90\u00a0%"),
        ("{{ account|iban }}", "FI21 1234 5600 0007 85"),
    ],
)
def test_a_filter_writes_in_the_active_language_and_helsinki_time(source: str, text: str) -> None:
    values: dict[str, Any] = {
        "at": START,
        "end": END,
        "ninety": 90,
        "euros": Decimal("1234.5"),
        "account": "FI2112345600000785",
    }

    assert rendered(source, **values, nothing=None) == text


def test_a_filter_follows_the_active_language() -> None:
    assert rendered("{{ at|moment }}", "en", at=START) == "Wed 13 Jan 2027 9:00"
    assert rendered("{{ at|moment }}", "sv", at=START) == "ons 13.1.2027 kl. 9.00"


@pytest.mark.parametrize(
    "name",
    ["day", "day_long", "day_short", "month", "week", "clock", "clock_bare", "moment", "machine", "minutes", "hours",
     "money", "decimal", "percent", "iban"],
)  # fmt: skip
def test_a_filter_writes_nothing_for_nothing(name: str) -> None:
    assert rendered(f"{{{{ nothing|{name} }}}}", nothing=None) == ""


def test_an_iban_is_written_in_fours() -> None:
    assert write_iban("FI2112345600000785") == "FI21 1234 5600 0007 85"


@pytest.mark.parametrize(
    ("size", "fi", "sv", "en"),
    [
        (0, "1\u00a0kt", "1\u00a0kB", "1\u00a0kB"),
        (340_400, "340\u00a0kt", "340\u00a0kB", "340\u00a0kB"),
        (999_999, "1000\u00a0kt", "1000\u00a0kB", "1000\u00a0kB"),
        (1_240_000, "1,2\u00a0Mt", "1,2\u00a0MB", "1.2\u00a0MB"),
        (10_000_000, "10\u00a0Mt", "10\u00a0MB", "10\u00a0MB"),
    ],
)
def test_the_size_of_a_file(size: int, fi: str, sv: str, en: str) -> None:
    assert [write_file_size(size, language=language) for language in ("fi", "sv", "en")] == [fi, sv, en]
