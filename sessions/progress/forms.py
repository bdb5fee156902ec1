"""How far a goal is: a level in the words that were agreed, a remark, or both."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from engagements.forms.verbs import VerbForm
from engagements.models import Goal, GoalLevels
from engagements.models.levels import signed
from formats.clock import HELSINKI
from formats.fields import DayField
from sessions.models import Progress, Session
from sessions.progress.actions import MOST, note_progress

NO_LEVEL: Final = ("", _("No level now"))


class ProgressForm(VerbForm):
    level = forms.TypedChoiceField(
        label=_("Level"), coerce=int, empty_value=None, required=False, widget=forms.RadioSelect
    )
    remark = forms.CharField(
        label=_("Remark"), max_length=MOST, required=False, widget=forms.Textarea(attrs={"rows": "3"})
    )

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        goal: Goal,
        levels: GoalLevels | None,
        user: User,
        now: datetime,
        session: Session | None = None,
        prefix: str | None = None,
    ) -> None:
        self.goal, self.user, self.now, self.session = goal, user, now, session
        super().__init__(data, prefix=prefix, initial={"level": ""})
        if levels is None:
            del self.fields["level"]
        else:
            words = [(level, f"{signed(level)}: {text}") for level, text in levels.texts.items()]
            field: Any = self.fields["level"]
            field.choices = [*words, NO_LEVEL]
        if session is None:
            today = now.astimezone(HELSINKI).date()
            self.fields["on"] = DayField(label=_("Day"), last=today, required=False, initial=today)
            self.initial["on"] = today

    @property
    def says_something(self) -> bool:
        return self.cleaned_data.get("level") is not None or bool(self.cleaned_data["remark"])

    def act(self) -> Progress:
        values = self.cleaned_data
        return note_progress(
            self.goal, level=values.get("level"), remark=values["remark"], session=self.session, on=values.get("on"),
            by=self.user, now=self.now,
        )  # fmt: skip


def done_with(forms_sent: Iterable[ProgressForm]) -> bool:
    """Return whether all were valid and those that say something were done; otherwise none was."""
    sent = list(forms_sent)
    invalid = [form for form in sent if not form.is_valid()]  # each says what is wrong with it
    if invalid:
        return False
    return all(form.done() for form in sent if form.says_something)
