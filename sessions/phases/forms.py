from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import Practice, User
from engagements.forms.verbs import FieldsForm
from engagements.models import Engagement
from engagements.phases import Phase
from formats.fields import Prose
from sessions.closing.agenda import MOST, MOST_POINTS
from sessions.models import FacilitationTemplate
from sessions.models.phase import MOST_LETTERS
from sessions.phases.actions import set_phase
from sessions.phases.shipped import lines_of


class PhaseForm(FieldsForm):
    """The phase as its supervisor sees it; none: it follows from the sessions."""

    phase = forms.ChoiceField(
        label=_("Phase of the process"),
        required=False,
        choices=[("", _("follows from the sessions")), *Phase.choices],
        widget=forms.RadioSelect,
    )

    def __init__(self, data: Any = None, *, engagement: Engagement, phase: str, user: User, now: datetime) -> None:
        self.engagement, self.user, self.now = engagement, user, now
        super().__init__(data, initial={"phase": phase})

    def act(self) -> None:
        set_phase(self.engagement, self.cleaned_data["phase"], by=self.user, now=self.now)


class TemplateForm(forms.ModelForm):  # type: ignore[type-arg]
    """A practice's own questions, which all its supervisors use and change."""

    use_required_attribute = False
    text = Prose(
        label=_("Points for the agenda"),
        max_length=MOST_LETTERS,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("A line each. All in the process see the agenda: write questions, nothing about people."),
    )

    class Meta:
        model = FacilitationTemplate
        fields = ["phase", "title", "text"]

    def __init__(self, *args: Any, practice: Practice, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.practice = practice

    def clean_text(self) -> str:
        lines = lines_of(self.cleaned_data["text"])
        if not lines:
            raise ValidationError(_("Write at least one point."))
        if len(lines) > MOST_POINTS:
            raise ValidationError(_("There are %(number)d points; thirty fit on an agenda.") % {"number": len(lines)})
        if any(len(line) > MOST for line in lines):
            raise ValidationError(_("A point has at most %(number)d characters.") % {"number": MOST})
        return "\n".join(lines)

    def save(self, commit: bool = True) -> FacilitationTemplate:
        template: FacilitationTemplate = self.instance
        template.save(update_fields=None if template._state.adding else ["phase", "title", "text"])
        return template
