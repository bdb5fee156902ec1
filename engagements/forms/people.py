"""People who come and go after the start, and those who lead with the lead."""

from datetime import date, datetime
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from accounts.models import Person, User
from engagements import actions
from engagements.forms.verbs import VerbForm
from engagements.forms.who import colleagues_of
from engagements.models import Engagement, Participation
from engagements.models.contract import TODAY
from engagements.models.terms import Signing
from engagements.signing.requests import ask_to_join, without_signature
from formats.clock import HELSINKI
from formats.fields import DayField, PeopleField


class JoinForm(VerbForm):
    """New supervisees, pasted one a line."""

    people = PeopleField(label=_("Who joins, one a line"), widget=forms.Textarea(attrs={"rows": "3"}))
    on = DayField(label=_("From which day"), widget=forms.TextInput(attrs={"data-width": "s"}))

    sheet = forms.BooleanField(
        label=_("They are asked to sign a joining sheet"),
        required=False,
        initial=True,
        help_text=_("By it they accept the contract. Whoever has no e-mail address signs it on paper."),
    )

    def __init__(self, data: QueryDict | None = None, *, engagement: Engagement, by: User, now: datetime) -> None:
        self.engagement, self.by, self.now = engagement, by, now
        self._known: list[Person | None] = []
        super().__init__(data, initial={"on": now.astimezone(HELSINKI).date()})
        agreed = engagement.contracts.in_force(TODAY).first()
        if agreed is None or agreed.signing != Signing.EVERYONE:
            del self.fields["sheet"]

    def clean_people(self) -> Any:
        people = self.cleaned_data["people"]
        self._known = actions.known_persons(
            self.engagement.practice, people, client=self.engagement.client, engagement=self.engagement
        )
        here = set(self.engagement.participations.current().values_list("person", flat=True))
        twice = [person.name for person in self._known if person and person.pk in here]
        if twice:
            raise ValidationError([_("%(name)s is in the process already.") % {"name": name} for name in twice])
        return people

    def act(self) -> None:
        practice, language = self.engagement.practice, self.engagement.language
        for one, known in zip(self.cleaned_data["people"], self._known, strict=True):
            person = actions.person_of(practice, one, known, language=language)
            joined = actions.join(
                self.engagement, person, on=self.cleaned_data["on"], line_manager=one.line_manager, by=self.by,
                now=self.now,
            )  # fmt: skip
            # Who has signed the contract in another part, as its payer, accepts nothing twice.
            if self.cleaned_data.get("sheet") and joined in without_signature(self.engagement):
                ask_to_join(joined, by=self.by, now=self.now)


class LeaveForm(VerbForm):
    on = DayField(label=_("Last day in the process"), widget=forms.TextInput(attrs={"data-width": "s"}))

    def __init__(self, data: QueryDict | None = None, *, participation: Participation, by: User, now: datetime) -> None:
        self.participation, self.by, self.now = participation, by, now
        today: date = now.astimezone(HELSINKI).date()
        super().__init__(data, initial={"on": today})
        field = cast(DayField, self.fields["on"])
        field.first, field.last = participation.joined_on, today

    def act(self) -> None:
        actions.leave(self.participation, on=self.cleaned_data["on"], by=self.by, now=self.now)


class CoSupervisorsForm(VerbForm):
    co_supervisors = forms.ModelMultipleChoiceField(
        label=_("Co-supervisors"),
        queryset=User.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("They lead this process with you and see what you see in it, except your private notes."),
    )

    def __init__(self, data: QueryDict | None = None, *, engagement: Engagement, by: User, now: datetime) -> None:
        self.engagement, self.by, self.now = engagement, by, now
        current = [row.user_id for row in engagement.co_supervisors.current()]
        super().__init__(data, initial={"co_supervisors": current})
        field = cast("forms.ModelMultipleChoiceField[User]", self.fields["co_supervisors"])
        field.queryset = colleagues_of(engagement.practice, engagement.lead)

    def act(self) -> None:
        users = self.cleaned_data["co_supervisors"]
        actions.set_co_supervisors(self.engagement, users, by=self.by, now=self.now)
