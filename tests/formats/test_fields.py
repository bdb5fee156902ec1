"""Form fields: they take what people write, show it back on an error and name what is wrong."""

from datetime import date, time
from decimal import Decimal

import pytest
from django import forms
from django.utils import translation

from formats.fields import (
    BusinessIdField,
    ClockField,
    DayField,
    DecimalField,
    IbanField,
    MinutesField,
    MoneyField,
    PeopleField,
    PercentField,
)
from formats.people import PastedPerson


class Everything(forms.Form):
    day = DayField(first=date(2026, 1, 1), last=date(2030, 12, 31))
    clock = ClockField()
    minutes = MinutesField(most=600)
    price = MoneyField()
    weight = DecimalField(least=1, most=5, places=1)
    rate = PercentField()
    people = PeopleField()
    business_id = BusinessIdField()
    iban = IbanField()


class Optional(forms.Form):
    day = DayField(required=False)
    price = MoneyField(required=False)
    people = PeopleField(required=False)
    business_id = BusinessIdField(required=False)


RIGHT = {
    "day": "13.1.2027",
    "clock": "klo 9",
    "minutes": "1,5 h",
    "price": "1 234,5 €",
    "weight": "2,5",
    "rate": "25,5 %",
    "people": "Virtanen Anna;anna@x.fi",
    "business_id": "99000018",
    "iban": "fi21 1234 5600 0007 85",
}


def test_what_people_write_is_understood() -> None:
    form = Everything(RIGHT)

    assert form.is_valid(), form.errors
    assert form.cleaned_data == {
        "day": date(2027, 1, 13),
        "clock": time(9),
        "minutes": 90,
        "price": Decimal("1234.50"),
        "weight": Decimal("2.5"),
        "rate": Decimal("25.50"),
        "people": [PastedPerson("Anna", "Virtanen", "anna@x.fi", line=1)],
        "business_id": "9900001-8",
        "iban": "FI2112345600000785",
    }


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("day", "31.2.2027"), ("day", "13.1.2025"), ("day", "13.1.2031"), ("clock", "25.00"), ("minutes", "11 h"),
        ("price", "-5"), ("weight", "5,5"), ("rate", "101 %"), ("people", "Madonna"), ("business_id", "9900001-0"),
        ("iban", "FI21 1234 5600 0007 86"), ("day", "13.1.2027\0"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_and_shown_as_it_was_typed(name: str, wrong: str) -> None:
    form = Everything({**RIGHT, name: wrong})

    assert set(form.errors) == {name}
    assert form[name].value() == wrong


@pytest.mark.parametrize("name", list(RIGHT))
def test_a_field_that_is_asked_for_cannot_stay_empty(name: str) -> None:
    assert set(Everything({**RIGHT, name: "  "}).errors) == {name}


def test_an_optional_field_may_stay_empty() -> None:
    form = Optional({"day": "", "price": " ", "people": "", "business_id": ""})

    assert form.is_valid()
    assert form.cleaned_data == {"day": None, "price": None, "people": [], "business_id": ""}


def test_values_are_shown_as_people_write_them() -> None:
    with translation.override("fi"):
        form = Everything(
            initial={
                "day": date(2027, 1, 13),
                "clock": time(9),
                "minutes": 90,
                "price": Decimal("1234.5"),
                "weight": Decimal("2.50"),
                "iban": "FI2112345600000785",
                "people": [PastedPerson("Anna", "Virtanen", "anna@x.fi")],
            }
        )
        shown = {name: form[name].value() for name in form.initial}

    assert shown == {
        "day": "13.1.2027",
        "clock": "9.00",
        "minutes": "90",
        "price": "1\u00a0234,50",
        "weight": "2,5",
        "iban": "FI21 1234 5600 0007 85",
        "people": "Virtanen; Anna; anna@x.fi",
    }


def test_what_was_shown_and_sent_back_has_not_changed() -> None:
    initial = {"day": date(2027, 1, 13), "clock": time(9), "minutes": 90, "price": Decimal("1234.5")}
    unbound = Everything(initial=initial)
    sent = {name: unbound[name].value() for name in initial}

    form = Everything(sent, initial=initial)

    assert not set(form.changed_data) & set(initial)


def test_every_bad_line_is_an_error_of_its_own() -> None:
    form = Everything({**RIGHT, "people": "Virtanen Anna\nMadonna\nAalto Liisa;liisa@"})

    assert len(form.errors["people"]) == 2
    assert "2" in form.errors["people"][0]
    assert "Madonna" in form.errors["people"][0]
    assert "3" in form.errors["people"][1]


def test_the_inputs_are_plain_text_with_a_fitting_keyboard() -> None:
    form = Everything()

    assert 'type="text"' in str(form["day"])
    assert 'inputmode="decimal"' in str(form["price"])
    assert "<textarea" in str(form["people"])
    assert form["day"].help_text
