from datetime import datetime, timedelta

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from accounts.models import Person, User
from engagements.forms.verbs import VerbForm
from engagements.models import Engagement
from formats.clock import HELSINKI
from formats.fields import DayField
from privacy import erasing
from privacy.models import Hold
from privacy.retention import holding


class HoldForm(VerbForm):
    """Why, and until which day."""

    grounds = forms.CharField(
        label=Hold._meta.get_field("grounds").verbose_name,
        max_length=200,
        help_text=_("For example: a claim for damages that is under way. Nothing that was said in supervision."),
    )

    def __init__(self, data: QueryDict | None = None, *, about: Engagement | Person, by: User, now: datetime) -> None:
        self.about, self.by, self.now = about, by, now
        super().__init__(data)
        today = now.astimezone(HELSINKI).date()
        self.fields["until"] = DayField(
            label=_("Last day"),
            first=today,
            last=today + holding.LONGEST,
            initial=today + timedelta(days=365),
            help_text=_("Two years at most. After this day it goes as if nothing had been held."),
            widget=forms.TextInput(attrs={"data-width": "s"}),
        )

    def act(self) -> None:
        holding.hold(
            self.about, grounds=self.cleaned_data["grounds"], until=self.cleaned_data["until"], by=self.by, now=self.now
        )


class EraseForm(VerbForm):
    """What cannot be undone is confirmed."""

    sure = forms.BooleanField(
        label=_("I have checked who asks for this, and that this is the person"),
        error_messages={"required": _("Confirm it first: an erasure cannot be undone.")},
    )

    def __init__(self, data: QueryDict | None = None, *, person: Person, by: User, now: datetime) -> None:
        self.person, self.by, self.now = person, by, now
        super().__init__(data)

    def act(self) -> None:
        erasing.erase(self.person, by=self.by, now=self.now)
