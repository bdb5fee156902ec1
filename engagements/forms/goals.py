"""Goals after the start: shared by all, or one supervisee's own."""

from typing import Any, cast

from django import forms
from django.db.models import Max, Q
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from engagements.forms.how import aims_of
from engagements.forms.verbs import VerbForm
from engagements.goals import is_scored
from engagements.models import Engagement, Goal, Participation, Theme


class GoalForm(VerbForm):
    text = forms.CharField(label=_("Goal"), max_length=300, widget=forms.Textarea(attrs={"rows": "2"}))
    theme = forms.ChoiceField(label=_("Theme"), choices=Theme)
    owner = forms.ModelChoiceField(
        label=_("Whose goal"),
        queryset=Participation.objects.none(),
        required=False,
        empty_label=_("shared by all"),
        help_text=_("A shared goal is seen by all parties. One supervisee's own is seen by them and the supervisors."),
    )
    aim = forms.ChoiceField(label=_("Aim of the organisation it serves"), required=False)
    weight = forms.TypedChoiceField(
        label=_("Weight"),
        choices=[(1, _("1, like the others")), (2, _("2, more important")), (3, _("3, most important"))],
        coerce=int,
        empty_value=None,
        required=False,
        initial=1,
        help_text=_("Counts only in the figure that sums up several goals."),
    )

    def __init__(self, data: QueryDict | None = None, *, engagement: Engagement, goal: Goal | None = None) -> None:
        self.engagement, self.goal = engagement, goal
        initial: dict[str, Any] = {}
        if goal is not None:
            initial = {name: getattr(goal, name) for name in ("text", "theme", "aim", "weight")}
            initial["owner"] = goal.owner_id
        super().__init__(data, initial=initial)
        if goal is not None and is_scored(goal):  # what was scored stays what it was
            self.fields["text"].disabled = self.fields["weight"].disabled = True
            self.fields["text"].help_text = _("Levels have been noted for this goal: its words and weight stay.")
        owner = cast("forms.ModelChoiceField[Participation]", self.fields["owner"])
        here = Q(left_on=None) | Q(pk=goal.owner_id if goal else None)
        owner.queryset = engagement.participations.filter(here).select_related("person").order_by("person__sort_key")
        if goal is not None and goal.owner_id is not None:
            owner.required, owner.empty_label = True, None  # what one told in confidence is never turned over to all
        if goal is not None and goal.progress.exists():
            owner.disabled = True
        aims = aims_of(engagement)
        if goal is not None and goal.aim and goal.aim not in aims:
            aims.append(goal.aim)
        cast(forms.ChoiceField, self.fields["aim"]).choices = [("", "–"), *((aim, aim) for aim in aims)]
        if not aims:
            del self.fields["aim"]

    def act(self) -> None:
        goal = self.goal or Goal(engagement=self.engagement, position=self._next())
        goal.text, goal.theme = self.cleaned_data["text"], self.cleaned_data["theme"]
        goal.weight = self.cleaned_data["weight"] or 1
        goal.owner, goal.aim = self.cleaned_data["owner"], self.cleaned_data.get("aim", "")
        goal.save()

    def _next(self) -> int:
        last: int | None = self.engagement.goals.aggregate(last=Max("position"))["last"]
        return 0 if last is None else last + 1
