"""Planning a round and changing it."""

from datetime import date, datetime
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from engagements.forms.verbs import VerbForm
from engagements.models import Engagement
from evaluations.confidence import sentence
from evaluations.models import Round, RoundState
from evaluations.questionnaires.actions import choices_for
from evaluations.rounds import actions, usual
from evaluations.rounds.points import Point
from formats.fields import DayField
from sessions.models import Session

SHORT: Final = {"data-width": "s"}


class RoundForm(VerbForm):
    """Which questions, in which confidence, from when until when. What there is no choice of is not asked."""

    questionnaire = forms.ChoiceField(label=_("Questions"))
    mode = forms.ChoiceField(label=_("Confidence"), widget=forms.RadioSelect)
    opens_on = DayField(
        label=_("Opens on"),
        required=False,
        widget=forms.TextInput(attrs=SHORT),
        help_text=_("In the morning everybody is sent a link. Empty: you open it yourself."),
    )
    closes_on = DayField(
        label=_("Last day"),
        widget=forms.TextInput(attrs=SHORT),
        help_text=_("It closes after this day, or when all have answered."),
    )

    def offer(self, engagement: Engagement, kind: str, *, keep: str = "") -> None:
        """Offer the modes and questionnaires there are; `keep` names the one that stays unless another is chosen."""
        threshold = usual.threshold_in(engagement)
        modes = usual.modes_for(engagement, kind)
        choices = [(choice.value, choice.label) for choice in choices_for(engagement.practice, kind)]
        self.one_mode = modes[0] if len(modes) == 1 else None
        if self.one_mode:
            self.confidence = sentence(self.one_mode, kind, threshold, to_respondent=False)
            del self.fields["mode"]
        else:
            said = [(mode.value, sentence(mode, kind, threshold, to_respondent=False)) for mode in modes]
            self.fields["mode"].choices = said  # type: ignore[attr-defined]
        self.fields["questionnaire"].choices = [("", keep), *choices] if keep else choices  # type: ignore[attr-defined]
        self.fields["questionnaire"].required = not keep

    def chosen_mode(self) -> str:
        return self.one_mode or str(self.cleaned_data["mode"])

    def refuse(self, error: ValidationError) -> None:
        """Say it beside its field, where the verb names one that is asked here."""
        if hasattr(error, "error_dict"):
            for name, errors in error.error_dict.items():
                self.add_error(name if name in self.fields else None, ValidationError(errors))
        else:
            super().refuse(error)


class PlanForm(RoundForm):
    def __init__(
        self, data: QueryDict | None = None, *, engagement: Engagement, kind: str, point: Point | None,
        session: Session | None, by: User, now: datetime,
    ) -> None:  # fmt: skip
        self.engagement, self.kind, self.point, self.session = engagement, kind, point, session
        self.by, self.now = by, now
        people = engagement.participations.current().count()
        opens_on, closes_on = usual.default_days(point, usual.local_day(now))
        initial = {"mode": usual.default_mode(engagement, kind, people)}
        super().__init__(data, initial={**initial, "opens_on": opens_on, "closes_on": closes_on})
        self.offer(engagement, kind)

    def act(self) -> None:
        values = self.cleaned_data
        self.round = actions.plan(
            self.engagement, kind=self.kind, questionnaire=values["questionnaire"], mode=self.chosen_mode(),
            opens_on=values["opens_on"], closes_on=values["closes_on"], point=self.point.key if self.point else "",
            session=self.session, by=self.by, now=self.now,
        )  # fmt: skip


class ChangeForm(RoundForm):
    """Of an open round only the last day and, while nobody has answered, the confidence."""

    def __init__(self, data: QueryDict | None = None, *, round_: Round, by: User, now: datetime) -> None:
        self.round, self.by, self.now = round_, by, now
        days: dict[str, date | None] = {"opens_on": round_.opens_on, "closes_on": round_.closes_on}
        super().__init__(data, initial={"mode": round_.mode, **days})
        self.offer(round_.engagement, round_.kind, keep=gettext("As they are"))
        if round_.state == RoundState.OPEN:
            del self.fields["questionnaire"], self.fields["opens_on"]

    def act(self) -> None:
        values: dict[str, Any] = self.cleaned_data
        actions.change(
            self.round, mode=self.chosen_mode(), closes_on=values["closes_on"], opens_on=values.get("opens_on"),
            questionnaire=values.get("questionnaire", ""), by=self.by, now=self.now,
        )  # fmt: skip
