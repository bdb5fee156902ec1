"""The five levels of a goal, and after the start who agreed on them and why they change."""

from datetime import datetime
from typing import Any, Final

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from engagements.actions.levels import COLUMNS, describe_levels
from engagements.forms.verbs import VerbForm
from engagements.goals import may_still_be_written
from engagements.models import LEVELS, Goal, GoalLevels
from engagements.models.levels import signed
from formats.clock import HELSINKI
from formats.fields import DayField

HOWS: Final = [(how.value, how.label) for how in (GoalLevels.How.SESSION, GoalLevels.How.OTHERWISE)]


class LevelsForm(VerbForm):
    def __init__(self, data: QueryDict | None = None, *, goal: Goal, user: User, now: datetime) -> None:
        self.goal, self.user, self.now = goal, user, now
        self.before = goal.levels.order_by("version").last()
        today = now.astimezone(HELSINKI).date()
        initial: dict[str, Any] = {"agreed_on": today, "agreed_how": GoalLevels.How.SESSION}
        if self.before:
            initial |= {column: getattr(self.before, column) for column in COLUMNS.values()}
        super().__init__(data, initial=initial)
        for level, column in COLUMNS.items():
            self.fields[column] = forms.CharField(
                label=f"{signed(level)}: {LEVELS[level]}", max_length=300, widget=forms.Textarea(attrs={"rows": "2"})
            )
        if may_still_be_written(goal):
            return
        self.fields["agreed_on"] = DayField(label=_("Agreed on"), last=today)
        self.fields["agreed_how"] = forms.ChoiceField(label=_("How it was agreed"), choices=HOWS)
        self.fields["agreed_by"] = forms.CharField(
            label=_("Who agreed"), max_length=120, help_text=_("For example: the whole group. Names are not needed.")
        )
        if self.before:
            self.fields["reason"] = forms.CharField(label=_("Why the levels change"), max_length=300)

    def act(self) -> GoalLevels:
        values = self.cleaned_data
        agreed = {name: values[name] for name in ("agreed_on", "agreed_how", "agreed_by", "reason") if name in values}
        texts = {level: values[column] for level, column in COLUMNS.items()}
        return describe_levels(self.goal, texts, by=self.user, now=self.now, **agreed)
