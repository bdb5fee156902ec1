"""Agreeing on a change over results, and looking at it again."""

from datetime import datetime

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from engagements.forms.verbs import VerbForm
from evaluations.models import AgreedChange, Round
from evaluations.results.changes import MOST, agree, look_again
from formats.clock import HELSINKI
from formats.fields import DayField, Prose


class ChangeForm(VerbForm):
    def refuse(self, error: ValidationError) -> None:
        """Say what the verb said no with, beside the field that it is about."""
        self.add_error(None, error if hasattr(error, "error_dict") else ValidationError(error.messages))


class AgreeForm(ChangeForm):
    text = Prose(
        label=_("What we change"),
        help_text=format_lazy(_("In your own words, without names. At most {most} characters."), most=MOST),
        error_messages={"required": _("Write what you agreed to change.")},
        widget=forms.Textarea(attrs={"rows": "3"}),
    )
    agreed_on = DayField(label=_("Agreed on"))

    def __init__(self, data: QueryDict | None = None, *, round_: Round, user: User, now: datetime) -> None:
        self.round, self.user, self.now = round_, user, now
        super().__init__(data, initial={"agreed_on": now.astimezone(HELSINKI).date()})

    def act(self) -> AgreedChange:
        values = self.cleaned_data
        return agree(self.round, values["text"], agreed_on=values["agreed_on"], by=self.user, now=self.now)


class LookAgainForm(ChangeForm):
    outcome = forms.ChoiceField(
        label=_("How did it go?"), choices=AgreedChange.Outcome.choices, widget=forms.RadioSelect
    )
    remark = Prose(
        label=_("What did you notice?"),
        required=False,
        help_text=format_lazy(_("At most {most} characters."), most=MOST),
        widget=forms.Textarea(attrs={"rows": "3"}),
    )

    def __init__(
        self, data: QueryDict | None = None, *, change: AgreedChange, round_: Round, user: User, now: datetime
    ) -> None:
        self.change, self.round, self.user, self.now = change, round_, user, now
        super().__init__(data)

    def act(self) -> None:
        values = self.cleaned_data
        look_again(self.change, values["outcome"], values["remark"], in_round=self.round, by=self.user, now=self.now)
