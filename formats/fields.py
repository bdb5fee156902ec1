"""Form fields that read what people write and show it back as it was typed.

Each is an ordinary text input with a fitting keyboard; what cannot be read is refused with the reader's sentence.
"""

from collections.abc import Mapping
from datetime import date, time
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from formats.clock import read_clock, read_minutes, write_clock
from formats.days import read_day, write_day
from formats.identifiers import read_business_id, read_iban, write_iban
from formats.money import read_money
from formats.numbers import read_decimal, read_percent, write_decimal
from formats.people import MOST_CHARACTERS, NamedPerson, PastedPerson, read_people, write_people
from formats.unreadable import Unreadable


class ReadField(forms.Field):
    """A text input whose text is read by `read` and whose value is written by `write`; empty is None."""

    widget: type[forms.Widget] = forms.TextInput
    attrs: ClassVar[Mapping[str, str]] = {}
    hint: object = ""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("help_text", self.hint)
        super().__init__(**kwargs)

    def read(self, text: object) -> Any:
        raise NotImplementedError

    def write(self, value: Any) -> str:
        return str(value)

    def to_python(self, value: Any) -> Any:
        if value in self.empty_values or (isinstance(value, str) and not value.strip()):
            return None
        try:
            return self.read(value)
        except Unreadable as error:
            raise ValidationError(str(error), code=error.code) from None

    def prepare_value(self, value: Any) -> Any:
        return value if value is None or isinstance(value, str) else self.write(value)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {"autocomplete": "off", **super().widget_attrs(widget), **self.attrs}


def plain_lines(text: str) -> str:
    """Return `text` with one kind of line end, whatever browser it came from, and without NULs."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")


class Prose(forms.CharField):
    """A text of several lines. The end of a line counts as one character, as in the field where it was typed.

    How long it may be is said by a sentence: the page does not cut off what is pasted.
    """

    widget = forms.Textarea

    def to_python(self, value: Any) -> str:
        return plain_lines(super().to_python(value) or "")

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {}


class DayField(ReadField):
    """A date: `13.1.2027`. `first` and `last` bound it."""

    attrs: ClassVar[Mapping[str, str]] = {"inputmode": "decimal", "maxlength": "40"}
    hint = _("For example 13.1.2027")

    def __init__(self, *, first: date | None = None, last: date | None = None, **kwargs: Any) -> None:
        self.first, self.last = first, last
        super().__init__(**kwargs)

    def read(self, text: object) -> date:
        day = read_day(text)
        if self.first is not None and day < self.first:
            raise Unreadable(_("The earliest possible day is %(day)s."), code="early", day=write_day(self.first))
        if self.last is not None and day > self.last:
            raise Unreadable(_("The last possible day is %(day)s."), code="late", day=write_day(self.last))
        return day

    def write(self, value: date) -> str:
        return write_day(value)


class ClockField(ReadField):
    """A time of day: `9`, `9.00`, `09:00`."""

    attrs: ClassVar[Mapping[str, str]] = {"inputmode": "decimal", "maxlength": "20"}
    hint = _("For example 9.00")

    def read(self, text: object) -> time:
        return read_clock(text)

    def write(self, value: time) -> str:
        return write_clock(value, bare=True)


class MinutesField(ReadField):
    """A length in minutes: `90`, `1,5 h`, `2 x 45 min`; the value is a whole number of minutes."""

    attrs: ClassVar[Mapping[str, str]] = {"maxlength": "30"}
    hint = _("In minutes or hours, for example 90 or 1,5 h")

    def __init__(self, *, most: int = 24 * 60, **kwargs: Any) -> None:
        self.most = most
        super().__init__(**kwargs)

    def read(self, text: object) -> int:
        return read_minutes(text, most=self.most)


class DecimalField(ReadField):
    """A number with decimal comma or dot, within `least` and `most`, at most `places` decimals."""

    attrs: ClassVar[Mapping[str, str]] = {"inputmode": "decimal", "maxlength": "30"}

    def __init__(
        self, *, least: Decimal | int = 0, most: Decimal | int = 1_000_000, places: int = 2, **kwargs: Any
    ) -> None:
        self.least, self.most, self.places = least, most, places
        super().__init__(**kwargs)

    def read(self, text: object) -> Decimal:
        return read_decimal(text, least=self.least, most=self.most, places=self.places)

    def write(self, value: Decimal | float) -> str:
        return write_decimal(value)


class PercentField(DecimalField):
    """A percentage 0–100: `25,5` or `25,5 %`."""

    hint = _("For example 25,5 %")

    def read(self, text: object) -> Decimal:
        return read_percent(text)


class MoneyField(ReadField):
    """Euros with two decimals: `110`, `1 234,50 €`; never negative."""

    attrs: ClassVar[Mapping[str, str]] = {"inputmode": "decimal", "maxlength": "30"}
    hint = _("In euros, for example 110,00")

    def __init__(self, *, most: Decimal = Decimal("9999999.99"), **kwargs: Any) -> None:
        self.most = most
        super().__init__(**kwargs)

    def read(self, text: object) -> Decimal:
        return read_money(text, most=self.most)

    def write(self, value: Decimal | int) -> str:
        return write_decimal(value, places=2)


class _IdentifierField(ReadField):
    """An identifier kept as text: empty is "", and a kept value is shown as it is written."""

    def to_python(self, value: Any) -> str:
        return super().to_python(value) or ""


class BusinessIdField(_IdentifierField):
    """A Y-tunnus with its check digit; the value is `1234567-1`, empty ""."""

    attrs: ClassVar[Mapping[str, str]] = {"maxlength": "14"}
    hint = _("For example 1234567-1")

    def read(self, text: object) -> str:
        return read_business_id(text)


class IbanField(_IdentifierField):
    """An IBAN; the value has no spaces, empty is ""."""

    attrs: ClassVar[Mapping[str, str]] = {"maxlength": "45", "autocapitalize": "characters", "spellcheck": "false"}
    hint = _("For example FI21 1234 5600 0007 85")

    def read(self, text: object) -> str:
        return read_iban(text)

    def prepare_value(self, value: Any) -> Any:
        try:
            return write_iban(read_iban(value))
        except Unreadable:
            return value


class PeopleField(ReadField):
    """People pasted one a line; the value is a list of PastedPerson, and every bad line is an error of its own."""

    widget = forms.Textarea
    attrs: ClassVar[Mapping[str, str]] = {"rows": "8", "spellcheck": "false", "maxlength": str(MOST_CHARACTERS)}
    hint = _(
        "One person a line, with or without an address: Maija Meikäläinen <maija@example.fi>, "
        "Meikäläinen Maija; maija@example.fi, or straight from a spreadsheet. At most 200 lines."
    )

    def to_python(self, value: Any) -> list[PastedPerson]:
        return super().to_python(value) or []

    def read(self, text: object) -> list[PastedPerson]:
        pasted = read_people(text)
        if pasted.bad:
            raise ValidationError(
                [
                    ValidationError(
                        _("Line %(line)d, “%(text)s”: %(why)s"),
                        code="line",
                        params={"line": bad.line, "text": bad.text, "why": bad.why},
                    )
                    for bad in pasted.bad
                ]
            )
        return pasted.people

    def write(self, value: list[NamedPerson]) -> str:
        return write_people(value)


def check_length(text: str, most: int, field: str = "") -> None:
    """Raise ValidationError, of `field` where it has one, when `text` has more than `most` characters."""
    if len(text) > most:
        sentence = ngettext(
            "The text has at most %(most)d character.", "The text has at most %(most)d characters.", most
        ) % {"most": most}
        raise ValidationError({field: sentence} if field else sentence)
