"""A client's contact says by name that a report was read."""

from datetime import datetime

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from accounts.models import Person, User
from engagements.forms.verbs import FieldsForm
from reports.actions.receiving import acknowledge
from reports.models import Acknowledgement, Report


class AcknowledgeForm(FieldsForm):
    name = forms.CharField(label=_("Your name"), max_length=Acknowledgement._meta.get_field("name").max_length)

    def __init__(
        self, data: QueryDict | None = None, *, report: Report, person: Person, user: User, now: datetime
    ) -> None:
        self.report, self.person, self.user, self.now = report, person, user, now
        super().__init__(data, initial={"name": person.name})

    def act(self) -> None:
        acknowledge(self.report, self.person, self.cleaned_data["name"], by=self.user, now=self.now)
