"""Offering times, and answering to them."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from engagements.forms.how import whole
from engagements.models import Contract, Engagement, Form, Participation
from formats.clock import HELSINKI, write_clock, write_span
from formats.days import write_day
from formats.fields import DayField, MinutesField
from sessions.forms import PlaceForm, by_field
from sessions.models import Offer, OfferedTime, Session, TimeAnswer
from sessions.offers import actions
from sessions.offers.suggest import Part, suggestions
from sessions.series.forms.rows import ROWS, TimeRows, Times, sent_rows

#: What is proposed: from three days ahead, for three weeks; answered within a week.
SOONEST: Final = timedelta(days=3)
WEEKS: Final = 3
TIME_TO_ANSWER: Final = timedelta(days=7)
USUAL_MINUTES: Final = 90


class SuggestForm(forms.Form):
    """Where times are looked for."""

    starting = DayField(label=_("Starting from"))
    weeks = whole(_("For how many weeks"), 1, 6, required=True)
    part = forms.ChoiceField(label=_("Time of the day"), choices=Part)

    def __init__(self, data: Any = None, *, now: datetime) -> None:
        today = now.astimezone(HELSINKI).date()
        super().__init__(data, initial={"starting": today + SOONEST, "weeks": WEEKS, "part": Part.ANY})
        for name in ("starting", "part"):
            self.fields[name].widget.attrs["data-width"] = "s"

    def asked(self) -> dict[str, Any]:
        if self.is_bound and self.is_valid():
            return dict(self.cleaned_data)
        return dict(self.initial)


class PlanForm(forms.Form):
    kind = forms.ChoiceField(label=_("Who decides"), choices=Offer.Kind, widget=forms.RadioSelect)
    minutes = MinutesField(label=_("Length"), most=600, help_text=_("For example 90 or 1,5 h"))
    answer_by = DayField(label=_("Last day to answer"))

    def __init__(self, data: Any = None, *, engagement: Engagement, terms: Contract | None, now: datetime) -> None:
        alone = engagement.form == Form.INDIVIDUAL
        initial = {
            "kind": Offer.Kind.FIRST if alone else Offer.Kind.POLL,
            "minutes": (terms and terms.minutes) or USUAL_MINUTES,
            "answer_by": now.astimezone(HELSINKI).date() + TIME_TO_ANSWER,
        }
        super().__init__(data, initial=initial)
        for name in ("minutes", "answer_by"):
            self.fields[name].widget.attrs["data-width"] = "s"

    def clean_minutes(self) -> int:
        minutes: int = self.cleaned_data["minutes"]
        if minutes < 10:
            raise ValidationError(_("A session lasts from 10 to 600 minutes."))
        return minutes


class Offered(Times):
    """Times to be offered, as they are proposed and as they were edited, with where one would meet and until when one
    may answer.
    """

    def __init__(
        self, data: Any, *, engagement: Engagement, terms: Contract | None, where_to_look: SuggestForm, user: User,
        now: datetime,
    ) -> None:  # fmt: skip
        self.engagement, self.user, self.now = engagement, user, now
        draft = Session(engagement=engagement, starts_at=now)
        if terms is not None:
            draft.mode, draft.place, draft.link = terms.mode, terms.place, terms.link
        self.plan = PlanForm(data, engagement=engagement, terms=terms, now=now)
        self.where = PlaceForm(data, session=draft, user=user, now=now)
        minutes = self.minutes()
        met = self.where.cleaned_data if self.where.is_bound and not self.where.errors else {}
        mode, place = met.get("mode", draft.mode), met.get("place", draft.place)
        if data is None:
            proposed = suggestions(
                engagement, minutes=minutes, mode=mode, place=place, by=user, now=now, **where_to_look.asked()
            )
            data = sent_rows([written(each) for each in proposed])
        self.rows = TimeRows(data, prefix=ROWS)
        self.others: list[str] = []
        self.judge(lambda _row: minutes, mode=mode, place=place)

    def minutes(self) -> int:
        if self.plan.is_bound and not self.plan.errors:
            return int(self.plan.cleaned_data["minutes"])
        return int(self.plan.initial["minutes"])

    def done(self) -> Offer | None:
        """Offer them when everything is in order; else say what is not."""
        valid = [self.plan.is_valid(), self.where.is_valid(), self.rows.is_valid()]
        if not all(valid):
            self.others = list(self.rows.non_form_errors())
            return None
        times = [row.cleaned_data["starts_at"] for row in self.kept]
        said: dict[str, Any] = {**self.plan.cleaned_data, **self.where.where()}
        try:
            return actions.offer(self.engagement, times=times, **said, by=self.user, now=self.now)
        except ValidationError as error:
            if hasattr(error, "error_dict"):
                for name, errors in by_field(error).items():
                    self.plan.add_error(name, errors)
            else:
                self.others = self.refused(error)
            return None


def written(moment: datetime) -> dict[str, str]:
    local = moment.astimezone(HELSINKI)
    return {"day": write_day(date(local.year, local.month, local.day)), "clock": write_clock(local, bare=True)}


class AnswerForm(forms.Form):
    """What fits one supervisee, of each time that is left; `said` is what they said before."""

    def __init__(
        self, data: Any = None, *, offer: Offer, times: Sequence[OfferedTime], of: Participation, user: User,
        recorded: bool, now: datetime,
    ) -> None:  # fmt: skip
        self.offer, self.of, self.user, self.recorded, self.now = offer, of, user, recorded, now
        said = TimeAnswer.objects.filter(time__in=times, participation=of).values_list("time", "answer")
        super().__init__(data, initial={name_of(time): answer for time, answer in said})
        self.times = {name_of(time.pk): time for time in times}
        for name, time in self.times.items():
            self.fields[name] = forms.ChoiceField(
                label=label_of(time), choices=TimeAnswer.Fits,
                widget=forms.RadioSelect(attrs={"data-inline": ""}),
                error_messages={"required": _("Say whether this time fits.")},
            )  # fmt: skip

    def done(self) -> bool:
        """Keep the answers when everything is in order; else say what is not."""
        if not self.is_valid():
            return False
        answers = {self.times[name].pk: said for name, said in self.cleaned_data.items()}
        try:
            actions.answer(self.offer, answers, of=self.of, by=self.user, recorded=self.recorded, now=self.now)
        except ValidationError as error:
            self.add_error(None, error)
            return False
        return True


class PickForm(forms.Form):
    """One of the times that are left."""

    time = forms.ChoiceField(
        label=_("Which time do you take?"), widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose one of the times."),
            "invalid_choice": _("That time was taken just now. Choose another one."),
        },
    )  # fmt: skip

    def __init__(self, data: Any = None, *, times: Collection[OfferedTime], user: User, now: datetime) -> None:
        self.times, self.user, self.now = {str(time.pk): time for time in times}, user, now
        super().__init__(data)
        self.fields["time"].choices = [(pk, label_of(time)) for pk, time in self.times.items()]  # type: ignore[attr-defined]

    def done(self) -> Session | None:
        if not self.is_valid():
            return None
        try:
            return actions.pick(self.times[self.cleaned_data["time"]], by=self.user, now=self.now)
        except ValidationError as error:
            self.add_error("time", list(error.messages))
            return None


def name_of(time: UUID) -> str:
    return f"time-{time}"


def label_of(time: OfferedTime) -> str:
    return write_span(time.starts_at, time.ends_at)
