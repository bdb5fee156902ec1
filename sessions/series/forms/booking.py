"""A series to be booked: its rule, and its dates, each of which can be changed or left out."""

from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from engagements.forms.how import whole
from engagements.models import Contract, Engagement
from engagements.models.terms import Rhythm, Weekday
from engagements.progress import Progress
from formats.clock import HELSINKI, write_clock
from formats.days import write_day
from formats.fields import ClockField, DayField, MinutesField
from sessions.forms import PlaceForm, next_time
from sessions.models import Session
from sessions.series.actions import (
    book_series,
)
from sessions.series.forms.rows import ROWS, TimeRows, Times, sent_rows
from sessions.series.rule import MOST, Rule


class RuleForm(forms.Form):
    """Every how many weeks or months, on which weekday, when and how many times; the contract's answers are preset."""

    use_required_attribute = False

    every = whole(_("Every how many"), 1, 26, required=True)
    unit = forms.ChoiceField(
        label=_("Weeks or months"), choices=[(Rhythm.WEEKS, _("weeks")), (Rhythm.MONTHS, _("months"))]
    )
    weekday = forms.TypedChoiceField(label=_("Weekday"), coerce=int, choices=[("", "–"), *Weekday.choices])
    clock = ClockField(label=_("Starts at"))
    minutes = MinutesField(label=_("Length"), most=600, help_text=_("For example 90 or 1,5 h"))
    count = whole(_("How many sessions"), 1, MOST, required=True)
    starting = DayField(
        label=_("Starting from"), help_text=_("The first one is on this day or on the weekday that follows it.")
    )

    def __init__(
        self, data: Any = None, *, engagement: Engagement, terms: Contract | None, progress: Progress, now: datetime
    ) -> None:
        today = now.astimezone(HELSINKI).date()
        super().__init__(data, initial=preset(engagement, terms, progress, now) if terms else {})
        self.initial.setdefault("starting", max(today + timedelta(days=1), engagement.starts_on or today))
        for name in ("clock", "minutes", "starting", "weekday", "unit"):
            self.fields[name].widget.attrs["data-width"] = "s"

    def clean_minutes(self) -> int:
        minutes: int = self.cleaned_data["minutes"]
        if minutes < 10:
            raise ValidationError(_("A session lasts from 10 to 600 minutes."))
        return minutes

    def rule(self) -> Rule:
        return Rule(**self.cleaned_data)


def preset(engagement: Engagement, terms: Contract, progress: Progress, now: datetime) -> dict[str, Any]:
    """Return what the contract and the sessions so far say of the rhythm; what is left of the agreed number."""
    next_one = next_time(engagement, terms, now=now)
    day: date | None = next_one.get("day")
    rhythmical = terms.rhythm in (Rhythm.WEEKS, Rhythm.MONTHS)
    answers = {
        "every": terms.rhythm_every if rhythmical else None,
        "unit": terms.rhythm if rhythmical else Rhythm.WEEKS,
        "weekday": terms.weekday or (day.isoweekday() if day else None),
        "clock": next_one["clock"],
        "minutes": terms.minutes,
        "count": min(progress.left, MOST) if progress.left else None,
        "starting": day,
    }
    return {name: answer for name, answer in answers.items() if answer is not None}


class Dates(Times):
    """The dates of a series to be booked, as the rule gives them and as they were edited, and where they are held."""

    def __init__(
        self, data: Any, *, engagement: Engagement, rule: Rule, terms: Contract | None, user: User, now: datetime
    ) -> None:
        self.engagement, self.rule, self.user, self.now = engagement, rule, user, now
        draft = Session(engagement=engagement, starts_at=now)
        if terms is not None:
            draft.mode, draft.place, draft.link = terms.mode, terms.place, terms.link
        self.where = PlaceForm(data, session=draft, user=user, now=now)
        clock = write_clock(rule.clock, bare=True)
        by_rule = sent_rows([{"day": write_day(day), "clock": clock} for day in rule.days()])
        self.rows = TimeRows(by_rule if data is None else data, prefix=ROWS)
        self.others: list[str] = []
        # What is not said properly yet is taken to be as the contract has it.
        met = self.where.cleaned_data if self.where.is_bound and not self.where.errors else {}
        mode, place = met.get("mode", draft.mode), met.get("place", draft.place)
        self.judge(lambda _row: rule.minutes, mode=mode, place=place)

    def done(self) -> list[Session] | None:
        """Book them when everything is in order; else say what is not."""
        if not self.where.is_valid() or not self.rows.is_valid():
            self.others = list(self.rows.non_form_errors())
            return None
        times = [row.cleaned_data["starts_at"] for row in self.kept]
        try:
            return book_series(self.engagement, self.rule, times, **self.where.where(), by=self.user, now=self.now)
        except ValidationError as error:
            self.others = self.refused(error)
            return None
