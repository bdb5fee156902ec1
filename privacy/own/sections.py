"""What a person is shown of themselves: sections of rows of facts. Page, file and print are made of the same ones."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any, Final
from uuid import UUID

from django.utils.dateparse import parse_date, parse_datetime
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from accounts.models import Person, User
from formats.clock import write_moment
from formats.days import write_day
from privacy.own.asked import OwnContent, opened, rows_of
from privacy.policy.kinds import Kind
from vault.content import Content

#: So many rows of a section stand on the page; the files have them all.
SHOWN: Final = 20

Value = str | int | bool | date | datetime | None
#: Key, label and value of facts.
Fields = Sequence[tuple[str, str | Promise, Value | Promise]]


@dataclass(frozen=True)
class Fact:
    """One thing that is held: `key` is its name in the file, `label` its name in words."""

    key: str
    label: str
    value: Value

    @property
    def text(self) -> str:
        if isinstance(self.value, bool):
            return _("yes") if self.value else _("no")
        if isinstance(self.value, datetime):
            return write_moment(self.value)
        if isinstance(self.value, date):
            return write_day(self.value)
        return "" if self.value is None else str(self.value)

    @property
    def machine(self) -> str | int | bool | None:
        return self.value.isoformat() if isinstance(self.value, date) else self.value


@dataclass(frozen=True)
class Row:
    """Something that is held on the person, with a title in words; facts that say nothing are left out."""

    title: str
    facts: Sequence[Fact] = ()


def row(title: str | Promise, *facts: tuple[str, str | Promise, Value | Promise]) -> Row:
    made = [Fact(key, str(label), plain(value)) for key, label, value in facts]
    return Row(str(title), [fact for fact in made if fact.value not in ("", None)])


def day(value: str | None) -> date | None:
    """Return a day of `Subject.more`, which the database writes as a text."""
    return parse_date(value) if value else None


def moment(value: str | None) -> datetime | None:
    return parse_datetime(value) if value else None


def plain(value: Any) -> Value:
    """Return a value as it is told: texts that are translated late are told in the language of now."""
    return str(value) if isinstance(value, Promise) else value


@dataclass(frozen=True)
class Section:
    """One sort of data: its rows, what it is for, on which ground, how long it is kept and who sees it.

    `note` says what is not in it, and why; `change_url` is where they change it themselves, if they can.
    """

    key: str
    title: str
    rows: Sequence[Row]
    purpose: str
    basis: str
    period: Kind
    seen_by: str
    note: str = ""
    change_url: str = ""

    @property
    def kept(self) -> str:
        return str(self.period.goes)

    @property
    def shown(self) -> Sequence[Row]:
        return self.rows[:SHOWN]

    @property
    def more(self) -> int:
        return max(0, len(self.rows) - SHOWN)


@dataclass
class Subject:
    """Whose data it is: an account, and how practices know its owner."""

    user: User
    persons: Sequence[Person]

    @property
    def ids(self) -> list[UUID]:
        return [person.pk for person in self.persons]

    @cached_property
    def more(self) -> dict[str, list[dict[str, Any]]]:
        """What `sec.own_more` answers, by what it is; asked once for all sections."""
        found: dict[str, list[dict[str, Any]]] = {}
        for each in rows_of("own_more"):
            found.setdefault(each["what"], []).append(each | {"said": json.loads(each["said"])})
        return found

    def words(self, each: Mapping[str, Any]) -> str:
        """Return the sealed words of a row, or why they open no more."""
        if not each["sealed"]:
            return ""
        words = opened(self.content, each)
        return (
            _("It cannot be opened any more: its key was destroyed when its time was over.") if words is None else words
        )

    @cached_property
    def content(self) -> Content:
        """What opens their own texts; asked once for all sections."""
        return OwnContent()


#: Says what one room holds on somebody. The person themselves asks: policies and functions give them their own alone.
Collector = Callable[[Subject], Iterable[Section]]


def contract_basis() -> str:
    return _("carrying out the contract of the supervision (GDPR 6(1)(b) and (f))")


def legal_basis() -> str:
    return _("a legal duty (GDPR 6(1)(c))")


def interest_basis() -> str:
    return _("a legitimate interest: security, and evidence of what was done (GDPR 6(1)(f))")


def consent_basis() -> str:
    return _("your consent, which you can take back (GDPR 6(1)(a))")
