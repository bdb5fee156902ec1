"""Rows of times and of sessions, and what is known of each."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import cached_property
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from engagements.forms.rows import Row, rows_of
from engagements.models import Engagement
from formats import Unreadable
from formats.clock import moment_at, write_moment
from formats.days import write_day_short, write_week, write_weekday
from formats.fields import ClockField, DayField
from sessions import actions
from sessions.marks import Mark, marks_of
from sessions.models import Session
from sessions.series.actions import (
    RowsRefused,
    Span,
    refusals,
)
from sessions.series.rule import MOST

ROWS: Final = "rows"


class TimeRow(Row):
    """A day and a clock, which may be left out. What is known of the time stands beside it after `Times.judge`."""

    key = "day"
    day = DayField(label=_("Day"), required=False)
    clock = ClockField(label=_("Starts at"), required=False)
    skip = forms.BooleanField(label=_("Leave out"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.marks: list[Mark] = []
        self.session: Session | None = None
        for name in ("day", "clock"):
            self.fields[name].help_text = ""
            self.fields[name].widget.attrs["aria-describedby"] = self.said_id

    @property
    def said_id(self) -> str:
        return f"id_{self.prefix}-said"

    def full_clean(self) -> None:
        """Of a row that is left out, nothing can be wrong."""
        super().full_clean()
        if self.is_bound and self.cleaned_data.get("skip"):
            self.errors.clear()

    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        day, clock = cleaned.get("day"), cleaned.get("clock")
        if day and clock:
            try:
                cleaned["starts_at"] = moment_at(day, clock)
            except Unreadable as error:
                self.add_error("clock", ValidationError(str(error), code=error.code))
        elif (day or clock) and not self.errors:
            self.add_error("clock" if day else "day", _("Write a time.") if day else _("Write a day."))
        return cleaned

    @property
    def counts(self) -> bool:
        """Whether a session is to be at the row's time: it is read, and neither blank nor left out."""
        return not self.cleaned_data.get("skip") and "starts_at" in self.cleaned_data

    @property
    def heading(self) -> str:
        """The time as it is understood: `ke 13.1.2027 klo 9.00`, or the day alone."""
        cleaned = getattr(self, "cleaned_data", {})  # the blank row that stands ready has none
        if "starts_at" in cleaned:
            return write_moment(cleaned["starts_at"])
        return write_day_short(cleaned["day"]) if cleaned.get("day") else ""

    @property
    def weekday(self) -> str:
        """Weekday and week of the day as it is understood: `ke, vk 2`."""
        day = getattr(self, "cleaned_data", {}).get("day")
        return f"{write_weekday(day.weekday(), short=True)}, {write_week(day)}" if day else ""

    @property
    def sentences(self) -> list[str]:
        return [str(sentence) for errors in self.errors.values() for sentence in errors]


class SessionRow(Row):
    """One planned session as it was seen. `session` is set by `Several`."""

    key = "pk"
    pk = forms.UUIDField(widget=forms.HiddenInput)
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    skip = forms.BooleanField(label=_("Leave as it is"), required=False)
    session: Session

    @property
    def sentences(self) -> list[str]:
        return [str(sentence) for errors in self.errors.values() for sentence in errors]

    @property
    def seen(self) -> dict[str, Any]:
        return {"session": self.session.pk, "version": self.cleaned_data["version"]}


class MoveRow(TimeRow):
    key = "pk"
    pk = forms.UUIDField(widget=forms.HiddenInput)
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    skip = forms.BooleanField(label=_("Leave as it is"), required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not cleaned.get("day") and not cleaned.get("clock") and not self.errors:
            self.add_error("day", _("Write a day and a time, or leave the session as it is."))
        return cleaned


class CancelRow(SessionRow):
    late = forms.BooleanField(label=_("Counts as cancelled late"), required=False)

    consequence: actions.Cancelling


def sent_rows(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return `rows` as a page would send them, so that what is first shown is read as what is sent."""
    data = {f"{ROWS}-{place}-{name}": value for place, row in enumerate(rows) for name, value in row.items()}
    return data | {f"{ROWS}-TOTAL_FORMS": str(len(rows)), f"{ROWS}-INITIAL_FORMS": "0"}


def with_one_more(data: Any) -> Any:
    """Return what was sent, with a blank row more."""
    more = data.copy()
    number = data.get(f"{ROWS}-TOTAL_FORMS", "")
    more[f"{ROWS}-TOTAL_FORMS"] = str(min(int(number) + 1, MOST)) if number.isdigit() and len(number) < 4 else "1"
    return more


TimeRows = rows_of(TimeRow, most=MOST)
MoveRows = rows_of(MoveRow, most=MOST)
SessionRows = rows_of(SessionRow, most=MOST)
CancelRows = rows_of(CancelRow, most=MOST)


class Times:
    """Rows of times, and what is known of each: its marks, and as errors what forbids it."""

    rows: Any
    engagement: Engagement
    user: User
    now: datetime

    @cached_property
    def kept(self) -> list[Any]:
        return [row for row in self.rows if row.counts]

    def judge(self, minutes: Callable[[Any], int], *, mode: str, place: str) -> None:
        """Put beside each time what is known of it, and as an error what forbids it. A constant number of queries."""
        self.rows.is_valid()
        spans: list[Span] = [
            (row.cleaned_data["starts_at"], actions.end_of(row.cleaned_data["starts_at"], minutes(row)))
            for row in self.kept
        ]
        leaving = [row.session.pk for row in self.kept if row.session]
        against = refusals(self.engagement, spans, by=self.user, now=self.now, ignoring=leaving)
        marks = marks_of(
            spans, supervisor=self.user, mode=mode, place=place, ignoring=leaving, engagement=self.engagement.pk
        )
        for row, (starts_at, _ends_at), sentences, known in zip(self.kept, spans, against, marks, strict=True):
            past = [Mark("past", gettext("This time is past"))] if starts_at <= self.now else []
            row.marks = [*past, *known]
            if sentences:
                row.add_error("clock", sentences)

    def refused(self, error: ValidationError) -> list[str]:
        """Put the sentences of a refusal beside their rows; return those that belong to none."""
        if not isinstance(error, RowsRefused):
            return list(error.messages)
        for place, sentences in error.rows.items():
            self.kept[place].add_error("clock", list(sentences))
        return []

    @property
    def errors(self) -> list[tuple[str, str, str]]:
        """Every error of a row: the id of its field, the time it stands at, the sentence."""
        return [
            (row[name].id_for_label, row.heading or gettext("Row %(number)d") % {"number": number}, str(sentence))
            for number, row in enumerate(self.rows, 1)
            for name, sentences in row.errors.items()
            for sentence in sentences
        ]

    @property
    def wrong(self) -> int:
        return sum(1 for row in self.rows if row.errors)

    @property
    def summary(self) -> str:
        """How many times there are, and what is to be known of them."""
        number, wrong = len(self.kept), self.wrong
        marked = sum(1 for row in self.kept if row.marks)
        parts = [ngettext("%(number)d date", "%(number)d dates", number) % {"number": number}]
        if wrong:
            parts.append(gettext("not possible: %(number)d") % {"number": wrong})
        if marked:
            parts.append(gettext("to notice: %(number)d") % {"number": marked})
        return ", ".join(parts)
