"""Readers: what people write is understood, nonsense is refused with a sentence."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formats import Unreadable
from formats.agreements import (
    read_focus,
    read_form,
    read_mode,
    read_notice,
    read_rhythm,
    read_session_state,
)
from formats.clock import WeeklyTime, moment_at, read_clock, read_minutes, read_moment, read_weekly_time
from formats.days import read_day, read_weekday
from formats.identifiers import read_business_id, read_iban
from formats.money import Price, PriceUnit, read_money, read_price
from formats.numbers import read_decimal, read_percent, read_whole
from formats.people import checked_name, read_email, read_name, read_people, read_person

READERS: list[Callable[[Any], object]] = [
    read_day, read_weekday, read_clock, read_moment, read_minutes, read_weekly_time, read_money, read_price,
    read_decimal, read_whole, read_percent, read_rhythm, read_notice, read_form, read_focus, read_mode,
    read_session_state, read_business_id, read_iban, read_person, read_people, read_email, checked_name,
]  # fmt: skip
SESSION, HOUR, TRAINING_HOUR = PriceUnit.SESSION, PriceUnit.HOUR, PriceUnit.TRAINING_HOUR


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("13.1.2027", date(2027, 1, 13)),
        ("13.01.2027", date(2027, 1, 13)),
        (" 13. 1. 2027 ", date(2027, 1, 13)),
        ("1.10.26", date(2026, 10, 1)),
        ("13,1,2027", date(2027, 1, 13)),
        ("13/1/2027", date(2027, 1, 13)),
        ("2027-01-13", date(2027, 1, 13)),
        ("2027-01-13 00:00:00", date(2027, 1, 13)),
        ("to 1.10.2026", date(2026, 10, 1)),
        ("Torstaina 1.10.2026", date(2026, 10, 1)),
        ("13. tammikuuta 2027", date(2027, 1, 13)),
        ("13 tammi 2027", date(2027, 1, 13)),
        ("onsdag 13 januari 2027", date(2027, 1, 13)),
        ("Wed, 13 Jan 2027", date(2027, 1, 13)),
        ("29.2.2028", date(2028, 2, 29)),
        (date(2027, 1, 13), date(2027, 1, 13)),
        (datetime.fromisoformat("2027-01-13T09:30"), date(2027, 1, 13)),
        (46296, date(2026, 10, 1)),
    ],
)
def test_a_day_is_read_as_people_write_it(written: object, meant: date) -> None:
    assert read_day(written) == meant


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("31.2.2026", "no_such_day"),
        ("29.2.2027", "no_such_day"),
        ("0.1.2027", "no_such_day"),
        ("1.13.2027", "no_such_day"),
        ("ke 1.10.2026", "weekday"),
        ("1.1.1026", "year"),
        ("1.1.9999", "year"),
        ("1.1.", "day"),
        ("tammikuu", "day"),
        ("xx 1.10.2026", "day"),
        ("1.10.2026 asti", "day"),
        ("١٣.١.٢٠٢٧", "day"),
        ("13.1.2027\0", "invisible"),
        ("13.1.2027\u202e", "invisible"),
        ("", "empty"),
        ("1" * 10_000, "too_long"),
        (12, "day"),
        (True, "kind"),
        (float("nan"), "day"),
        (None, "kind"),
    ],
)
def test_what_is_not_a_day_is_refused(written: object, code: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read_day(written)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("9", time(9)),
        ("9.00", time(9)),
        ("09:00", time(9)),
        ("9,30", time(9, 30)),
        ("klo 9.00", time(9)),
        ("Klo. 13.30", time(13, 30)),
        ("kl. 9.00", time(9)),
        ("13.30", time(13, 30)),
        ("1330", time(13, 30)),
        ("09:00:00", time(9)),
        ("1:30 pm", time(13, 30)),
        ("12 a.m.", time(0)),
        ("0.00", time(0)),
        (time(8, 15), time(8, 15)),
        (datetime.fromisoformat("1899-12-30T08:15"), time(8, 15)),
        (0.5625, time(13, 30)),
        (13.3, time(13, 30)),
        (8.15, time(8, 15)),
        (9, time(9)),
    ],
)
def test_a_time_is_read_as_people_write_it(written: object, meant: time) -> None:
    assert read_clock(written) == meant


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("25.00", "no_such_time"),
        ("24.00", "no_such_time"),
        ("9.60", "no_such_time"),
        ("13:30 pm", "no_such_time"),
        ("9.5", "time"),
        ("930", "time"),
        ("-9", "time"),
        ("yhdeksältä", "time"),
        ("９.00", "time"),
        (9.999, "time"),
        (0.3333, "time"),
        (13.75, "no_such_time"),
        (-1, "time"),
        (float("inf"), "time"),
        (True, "kind"),
    ],
)
def test_what_is_not_a_time_is_refused(written: object, code: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read_clock(written)
    assert refused.value.code == code


@pytest.mark.parametrize(
    "written", ["13.1.2027 klo 9.00", "13.1.2027 9", "ke 13.1.2027 klo 9.00", "2027-01-13T09:00", "13.1.27, 9.00"]
)
def test_a_moment_is_read_in_helsinki(written: str) -> None:
    assert read_moment(written).isoformat() == "2027-01-13T09:00:00+02:00"


def test_a_moment_in_summer_has_summer_time() -> None:
    assert read_moment("1.7.2027 klo 9.00").isoformat() == "2027-07-01T09:00:00+03:00"


def test_an_hour_that_the_clocks_skip_is_refused() -> None:
    with pytest.raises(Unreadable, match=r"3\.30"):
        moment_at(date(2027, 3, 28), time(3, 30))


def test_an_hour_that_comes_twice_is_the_first() -> None:
    assert moment_at(date(2027, 10, 31), time(3, 30)).utcoffset() == timedelta(hours=3)


@pytest.mark.parametrize(
    ("written", "minutes"),
    [
        ("90", 90), ("90 min", 90), ("90min.", 90), ("90 minuuttia", 90), ("1,5 h", 90), ("1.5 h", 90), ("1.50 h", 90),
        ("1 h 30 min", 90), ("1h30", 90), ("1 tunti 30 minuuttia", 90), ("1:30", 90), ("2 x 45 min", 90),
        ("2 × 45", 90), ("1,5 tuntia", 90), ("1 timme", 60), ("2 timmar", 120), ("90 minuter", 90), ("1,3 h", 78),
        (90, 90), (90.0, 90), (time(1, 30), 90), (timedelta(minutes=90), 90),
    ],
)  # fmt: skip
def test_a_length_is_read_in_minutes(written: object, minutes: int) -> None:
    assert read_minutes(written) == minutes


@pytest.mark.parametrize(
    "written", ["0", "1441", "1.30 h", "1,333 h", "-90", "90 €", "1 h 75 min", "pitkä", 90.5, True]
)
def test_what_is_not_a_length_is_refused(written: object) -> None:
    with pytest.raises(Unreadable):
        read_minutes(written)


@pytest.mark.parametrize(
    ("written", "euros"),
    [
        ("1 234,50 €", "1234.50"), ("1\u00a0234,50\u00a0€", "1234.50"), ("1234.50", "1234.50"), ("110", "110.00"),
        ("1.234,50 €", "1234.50"), ("1,234.50", "1234.50"), ("€1,234.50", "1234.50"), ("110,- €", "110.00"),
        ("110 eur", "110.00"), ("EUR 110,5", "110.50"), ("95 euroa", "95.00"), (110, "110.00"), (110.5, "110.50"),
        ("0", "0.00"),
    ],
)  # fmt: skip
def test_money_is_read_in_euros(written: object, euros: str) -> None:
    assert read_money(written) == Decimal(euros)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("-5 €", "negative"), (-5, "negative"), ("1,234", "decimals"), ("1.234", "decimals"), ("110 $", "money"),
        ("110 SEK", "money"), ("1 23 €", "money"), ("10 000 000,00", "too_large"), ("noin 100 €", "money"),
        ("€ 5 €5", "money"), (float("nan"), "money"), ("1e5", "money"), ("٥ €", "money"),
    ],
)  # fmt: skip
def test_what_is_not_money_is_refused(written: object, code: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read_money(written)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("written", "price"),
    [
        ("110,00 € / krt + alv 25,5 %", Price(Decimal("110.00"), SESSION, Decimal("25.50"))),
        ("95 €/h", Price(Decimal("95.00"), HOUR)),
        ("95 e", None),
        ("80 € / 45 min sis. alv 25,5 %", Price(Decimal("80.00"), TRAINING_HOUR, Decimal("25.50"), vat_included=True)),
        (
            "€1,234.50 / session incl. VAT 25.5%",
            Price(Decimal("1234.50"), SESSION, Decimal("25.50"), vat_included=True),
        ),
        ("100 €/h (alv 0 %)", Price(Decimal("100.00"), HOUR, Decimal("0.00"))),
        ("120 €/tunti, veroton", Price(Decimal("120.00"), HOUR, Decimal("0.00"))),
        ("110,00 € per gång + moms 25,5 %", Price(Decimal("110.00"), SESSION, Decimal("25.50"))),
        ("110 + alv", Price(Decimal("110.00"))),
        ("110", Price(Decimal("110.00"))),
        (110, Price(Decimal("110.00"))),
        ("110 € / päivä", None),
        ("110 € / krt + alv 125 %", None),
        ("-110 € / krt", None),
    ],
)
def test_a_price_says_amount_unit_and_vat_or_is_refused(written: object, price: Price | None) -> None:
    if price is None:
        with pytest.raises(Unreadable):
            read_price(written)
    else:
        assert read_price(written) == price


@pytest.mark.parametrize(
    ("written", "number"), [("1 234,5", "1234.5"), ("0,25", "0.25"), ("1.234,5", "1234.5"), ("1,234.5", "1234.5")]
)
def test_comma_and_dot_both_mark_decimals(written: str, number: str) -> None:
    assert read_decimal(written) == Decimal(number)


def test_a_number_outside_its_bounds_is_refused_in_words() -> None:
    with pytest.raises(Unreadable, match="5"):
        read_decimal("5,5", most=5)
    with pytest.raises(Unreadable, match="2"):
        read_decimal("1,5", least=2)
    with pytest.raises(Unreadable):
        read_whole("1,5")


@pytest.mark.parametrize(("written", "rate"), [("25,5 %", "25.5"), ("25.5%", "25.5"), ("0", "0"), (14, "14")])
def test_a_percentage_is_read(written: object, rate: str) -> None:
    assert read_percent(written) == Decimal(rate)


@pytest.mark.parametrize(
    ("written", "every", "unit"),
    [
        ("3 vko välein", 3, "weeks"), ("3 viikon välein", 3, "weeks"), ("joka 2. viikko", 2, "weeks"),
        ("4 vk", 4, "weeks"), ("n. 3 vk välein", 3, "weeks"), ("Joka toinen viikko", 2, "weeks"),
        ("kolmen viikon välein", 3, "weeks"), ("viikoittain", 1, "weeks"), ("2 krt/kk", 2, "weeks"),
        ("2 krt / kk", 2, "weeks"), ("1 krt/kk", 1, "months"), ("kerran kuussa", 1, "months"),
        ("2 kk välein", 2, "months"), ("joka toinen kuukausi", 2, "months"), ("var tredje vecka", 3, "weeks"),
        ("varannan vecka", 2, "weeks"), ("med 3 veckors mellanrum", 3, "weeks"), ("en gång i månaden", 1, "months"),
        ("every 3 weeks", 3, "weeks"), ("every other week", 2, "weeks"), ("monthly", 1, "months"),
        ("tarpeen mukaan", None, "agreed"),
    ],
)  # fmt: skip
def test_a_rhythm_is_read_in_three_languages(written: str, every: int | None, unit: str) -> None:
    rhythm = read_rhythm(written)
    assert (rhythm.every, rhythm.unit) == (every, unit)


@pytest.mark.parametrize("written", ["0 vk", "27 vk", "13 kk välein", "3-4 vko välein", "3 krt/kk", "usein", "viikko"])
def test_what_is_not_a_rhythm_is_refused(written: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read_rhythm(written)
    assert refused.value.code == "rhythm"


@pytest.mark.parametrize(
    ("written", "weekly"),
    [
        ("to klo 13.30", WeeklyTime(3, time(13, 30))),
        ("Torstaisin 13.30", WeeklyTime(3, time(13, 30))),
        ("to 13.30–15.00", WeeklyTime(3, time(13, 30), time(15))),
        ("on Mondays 9:00", WeeklyTime(0, time(9))),
        ("mi 9", None),
        ("ke klo 15-13", None),
        ("13.30", WeeklyTime(None, time(13, 30))),
        (time(13, 30), WeeklyTime(None, time(13, 30))),
    ],
)
def test_a_regular_time_says_weekday_and_clock_or_is_refused(written: object, weekly: WeeklyTime | None) -> None:
    if weekly is None:
        with pytest.raises(Unreadable):
            read_weekly_time(written)
    else:
        assert read_weekly_time(written) == weekly


@pytest.mark.parametrize(
    ("written", "hours"),
    [("48 h", 48), ("24h", 24), ("1 vk", 168), ("1 viikko ennen", 168), ("kaksi viikkoa", 336), ("2 pv", 48),
     ("3 vrk", 72), ("2 dygn", 48), ("1 week", 168), (48, 48)],
)  # fmt: skip
def test_a_notice_is_read_in_hours(written: object, hours: int) -> None:
    assert read_notice(written) == hours


@pytest.mark.parametrize("written", ["2 arkipäivää", "2 kk", "48", "0 h", "5 vk", "heti", True])
def test_a_notice_that_is_not_clear_is_refused(written: object) -> None:
    with pytest.raises(Unreadable):
        read_notice(written)


@pytest.mark.parametrize(
    ("reader", "written", "meant"),
    [
        (read_form, "Yksilötyönohjaus", "individual"), (read_form, "ryhmä", "group"), (read_form, "PARI", "pair"),
        (read_form, "yhteisö", "community"), (read_form, "grupphandledning", "group"),
        (read_focus, "kriisi", "crisis"), (read_focus, "johdon työnohjaus", "leadership"), (read_focus, "ToTo", "toto"),
        (read_focus, "tilannetyönohjaus", "situational"),
        (read_mode, "etä", "remote"), (read_mode, "lähi", "in_person"), (read_mode, "hybridi", "hybrid"),
        (read_mode, "monipaikkainen", "mixed"),
        (read_session_state, "pidetty", "held"), (read_session_state, "sovittu", "planned"),
        (read_session_state, "peruttu", "cancelled"), (read_session_state, "Peruttu  myöhään", "cancelled_late"),
        (read_session_state, "ei saapunut", "no_show"),
    ],
)  # fmt: skip
def test_words_of_the_field_are_read(reader: Callable[[object], str], written: str, meant: str) -> None:
    assert reader(written) == meant


@pytest.mark.parametrize("reader", [read_form, read_focus, read_mode, read_session_state])
def test_an_unknown_word_is_refused_and_named(reader: Callable[[object], str]) -> None:
    with pytest.raises(Unreadable, match="jotain"):
        reader("jotain")


def test_a_business_id_is_read_in_its_forms() -> None:
    assert {read_business_id(text) for text in ("9900001-8", "99000018", "FI99000018", " 9900001 - 8")} == {"9900001-8"}


@pytest.mark.parametrize(
    ("written", "code"),
    [("9900001-0", "check_digit"), ("990001-8", "business_id"), ("９900001-8", "business_id"), ("", "empty")],
)
def test_a_wrong_business_id_says_what_is_wrong(written: str, code: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read_business_id(written)
    assert refused.value.code == code


@given(st.integers(0, 9_999_999))
def test_of_ten_check_digits_at_most_one_is_right(number: int) -> None:
    right = 0
    for digit in range(10):
        try:
            read_business_id(f"{number:07}-{digit}")
        except Unreadable:
            continue
        right += 1
    remainder = sum(int(a) * b for a, b in zip(f"{number:07}", (7, 9, 10, 5, 8, 4, 2), strict=True)) % 11
    assert right == (0 if remainder == 1 else 1)


def test_an_iban_is_checked() -> None:
    assert read_iban("fi21 1234 5600 0007 85") == "FI2112345600000785"
    for wrong in ("FI21 1234 5600 0007 86", "FI21", "XX2112345600000785"):
        with pytest.raises(Unreadable):
            read_iban(wrong)


def refusal(reader: Callable[[Any], object], value: object) -> str | None:
    """Return the sentence with which `reader` refuses `value`, None when it reads it; other errors pass."""
    try:
        reader(value)
    except Unreadable as refused:
        return str(refused)
    return None


@pytest.mark.parametrize("reader", READERS)
@given(text=st.text(max_size=60) | st.text(alphabet="0123456789.,:-/ €%hvkoalmin<>@;\t\0", max_size=40))
def test_a_reader_never_fails_otherwise_than_by_saying_so(reader: Callable[[Any], object], text: str) -> None:
    assert refusal(reader, text) != ""


@pytest.mark.parametrize("reader", READERS)
@given(
    value=st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.decimals()
    | st.binary(max_size=5)
    | st.datetimes()
    | st.dates()
    | st.times()
    | st.timedeltas()
)
def test_a_cell_of_any_kind_is_read_or_refused(reader: Callable[[Any], object], value: object) -> None:
    assert refusal(reader, value) != ""


@given(st.text(max_size=80), st.booleans(), st.emails() | st.just(""))
def test_a_name_is_read_or_refused(text: str, family_first: bool, email: str) -> None:
    def reader(value: object) -> None:
        given_name, family_name = read_name(value, family_first=family_first, email=email)
        assert given_name
        assert family_name

    assert refusal(reader, text) != ""
