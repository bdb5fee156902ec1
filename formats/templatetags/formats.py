"""Filters that write values in the active language and in Helsinki time; None is written as nothing."""

from datetime import date, datetime, time
from decimal import Decimal

from django import template
from django.utils.safestring import SafeString

from formats import clock as _clock
from formats import days as _days
from formats import identifiers as _identifiers
from formats import markdown as _markdown
from formats import money as _money
from formats import numbers as _numbers
from formats import references as _references

register = template.Library()


def _day_of(value: date | datetime) -> date:
    return value.astimezone(_clock.HELSINKI).date() if isinstance(value, datetime) else value


@register.filter
def day(value: date | datetime | None) -> str:
    """`13.1.2027`."""
    return "" if value is None else _days.write_day(_day_of(value))


@register.filter
def day_long(value: date | datetime | None) -> str:
    """`keskiviikko 13. tammikuuta 2027`."""
    return "" if value is None else _days.write_day_long(_day_of(value))


@register.filter
def day_short(value: date | datetime | None) -> str:
    """`ke 13.1.2027`."""
    return "" if value is None else _days.write_day_short(_day_of(value))


@register.filter
def day_until(value: date | datetime | None, last: date | datetime | None) -> str:
    """`{{ starts_on|day_until:ends_on }}` → `13.–15.1.2027`; an open end `13.1.2027–`."""
    if value is None:
        return ""
    if last is None:
        return f"{_days.write_day(_day_of(value))}–"
    return _days.write_days(_day_of(value), _day_of(last))


@register.filter
def month(value: date | datetime | None) -> str:
    """`tammikuu 2027`."""
    return "" if value is None else _days.write_month(_day_of(value))


@register.filter
def week(value: date | datetime | None) -> str:
    """`vk 2`."""
    return "" if value is None else _days.write_week(_day_of(value))


@register.filter
def clock(value: time | datetime | None) -> str:
    """`klo 9.00`."""
    return "" if value is None else _clock.write_clock(value)


@register.filter
def clock_bare(value: time | datetime | None) -> str:
    """`9.00`."""
    return "" if value is None else _clock.write_clock(value, bare=True)


@register.filter
def clock_until(value: datetime | None, end: datetime) -> str:
    """`{{ starts_at|clock_until:ends_at }}` → `klo 9.00–10.30`."""
    return "" if value is None else f"{_clock.write_clock(value)}–{_clock.write_clock(end, bare=True)}"


@register.filter
def moment(value: datetime | None) -> str:
    """`ke 13.1.2027 klo 9.00`."""
    return "" if value is None else _clock.write_moment(value)


@register.filter
def until(value: datetime | None, end: datetime) -> str:
    """`{{ starts_at|until:ends_at }}` → `ke 13.1.2027 klo 9.00–10.30`."""
    return "" if value is None else _clock.write_span(value, end)


@register.filter
def machine(value: date | datetime | None) -> str:
    """ISO 8601 in Helsinki time, for `<time datetime>`."""
    if value is None:
        return ""
    return (value.astimezone(_clock.HELSINKI) if isinstance(value, datetime) else value).isoformat()


@register.filter
def minutes(value: int | None) -> str:
    """`90 min`."""
    return "" if value is None else _clock.write_minutes(value)


@register.filter
def hours(value: int | None) -> str:
    """Minutes written as hours: `1,5 h`."""
    return "" if value is None else _clock.write_hours(value)


@register.filter
def money(value: Decimal | int | None) -> str:
    """`1 234,50 €`."""
    return "" if value is None else _money.write_money(value)


@register.filter
def decimal(value: Decimal | float | None) -> str:
    """`1 234,5`."""
    return "" if value is None else _numbers.write_decimal(value)


@register.filter
def percent(value: Decimal | float | None) -> str:
    """`25,5 %`."""
    return "" if value is None else _numbers.write_percent(value)


@register.filter
def file_size(value: int | None) -> str:
    """`1,2 Mt`."""
    return "" if value is None else _numbers.write_file_size(value)


@register.filter
def iban(value: str | None) -> str:
    """`FI21 1234 5600 0007 85`."""
    return _identifiers.write_iban(value or "")


@register.filter
def reference(value: str | None) -> str:
    """`12 34561`."""
    return _references.write_reference(value or "")


@register.filter
def markdown(value: str | None) -> SafeString:
    """Clean HTML of a text that people wrote in Markdown."""
    return _markdown.as_html(value or "")
