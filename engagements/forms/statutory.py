"""By which provision a process is statutory, from the law register."""

from datetime import datetime
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from engagements.actions.statutory import mark_statutory
from engagements.forms.verbs import FieldsForm
from engagements.models import Engagement
from formats.clock import HELSINKI
from law.register import Where, about, entries


class StatutoryForm(FieldsForm):
    provision = forms.ChoiceField(
        label=_("Supervision under"), required=False,
        help_text=_("Everybody who opens the process sees it. The contract stays as it is."),
    )  # fmt: skip

    def __init__(self, data: QueryDict | None = None, *, engagement: Engagement, by: User, now: datetime) -> None:
        self.engagement, self.by, self.now = engagement, by, now
        super().__init__(data, initial={"provision": engagement.statutory})
        known = {each.key: each for each in about(Where.STATUTORY, now.astimezone(HELSINKI).date())}
        if engagement.statutory in entries():  # an act that is not in force any more stays chosen
            known.setdefault(engagement.statutory, entries()[engagement.statutory])
        field: Any = self.fields["provision"]
        field.choices = [("", _("no provision: agreed freely"))] + [
            (key, f"{each.name} {each.number}, {each.versions[-1].sections} §") for key, each in known.items()
        ]

    def act(self) -> None:
        mark_statutory(self.engagement, self.cleaned_data["provision"], by=self.by, now=self.now)
