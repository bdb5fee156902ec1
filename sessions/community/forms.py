"""Sub-groups, whom a session is for, and who came: asked only where a whole work community meets."""

from datetime import datetime
from typing import Any, cast
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from engagements import actions as engagements
from engagements.actions.sub_groups import LONGEST_NAME
from engagements.forms.verbs import FieldsForm
from engagements.models import Engagement, SubGroup
from formats.fields import PeopleField
from sessions import actions
from sessions.community.actions import Among, is_community, meet_with
from sessions.models import Session
from sessions.models.session import MOST_UNNAMED, Manager

MANAGER_CHOICES = [("", _("not said")), *Manager.choices]


def names_of(engagement: Engagement) -> list[tuple[str, str]]:
    current = engagement.participations.current().select_related("person").order_by("person__sort_key", "pk")
    return [(str(one.pk), one.person.name) for one in current]


class SubGroupForm(FieldsForm):
    """A sub-group: new, or one that is there (`row`)."""

    name = forms.CharField(
        label=_("Name of the sub-group"), max_length=LONGEST_NAME * 2,
        error_messages={"required": _("Give the sub-group a name of at most 60 characters.")},
    )  # fmt: skip
    members = forms.MultipleChoiceField(
        label=_("Who belongs to it"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        engagement: Engagement,
        row: SubGroup | None = None,
        by: User,
        now: datetime,
    ) -> None:
        self.engagement, self.row, self.by, self.now = engagement, row, by, now
        here = [str(pk) for pk in row.members.current().values_list("participation", flat=True)] if row else []
        super().__init__(data, initial={"name": row.name if row else "", "members": here})
        if names := names_of(engagement):
            cast(forms.MultipleChoiceField, self.fields["members"]).choices = names
        else:
            del self.fields["members"]

    def act(self) -> None:
        members = [UUID(pk) for pk in self.cleaned_data.get("members", [])]
        if self.row is None:
            engagements.make_sub_group(self.engagement, self.cleaned_data["name"], members, by=self.by, now=self.now)
        else:
            engagements.change_sub_group(self.row, self.cleaned_data["name"], members, by=self.by, now=self.now)


class CompanyForm(FieldsForm):
    """For whom a session is, and whether the line manager comes."""

    sub_groups = forms.MultipleChoiceField(
        label=_("For whom"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None ticked: for the whole work community."),
    )
    manager = forms.ChoiceField(
        label=_("Line manager"), choices=MANAGER_CHOICES, required=False, widget=forms.RadioSelect,
        help_text=_("The supervisees see this on the page of the session beforehand."),
    )  # fmt: skip

    def __init__(self, data: QueryDict | None = None, *, session: Session, by: User, now: datetime) -> None:
        self.session, self.by, self.now = session, by, now
        kept = [str(pk) for pk in session.for_sub_groups.values_list("sub_group", flat=True)]
        super().__init__(data, initial={"sub_groups": kept, "manager": session.manager})
        groups = session.engagement.sub_groups.all()
        choices = [(str(one.pk), one.name) for one in groups if one.ended_on is None or str(one.pk) in kept]
        cast(forms.MultipleChoiceField, self.fields["sub_groups"]).choices = choices
        if not choices:
            del self.fields["sub_groups"]

    def act(self) -> None:
        chosen = [UUID(pk) for pk in self.cleaned_data.get("sub_groups", [])]
        meet_with(self.session, chosen, manager=self.cleaned_data["manager"], by=self.by, now=self.now)


class AmongMixin:
    """What a form that marks a session asks besides, where a whole work community met: `ask_of_community` adds it."""

    session: Session
    fields: dict[str, forms.Field]
    cleaned_data: dict[str, Any]
    asks_community = False

    def ask_of_community(self, listed: list[Any]) -> None:
        if not is_community(self.session.engagement) or self.session.engagement.example:
            return
        self.asks_community = True
        there = {one.pk for one in listed}
        others = [one for one in actions.everybody_of(self.session) if one.pk not in there]
        if others:
            self.fields["others"] = forms.MultipleChoiceField(
                label=_("Others of the process who came"),
                choices=[(str(one.pk), one.person.name) for one in others],
                required=False,
                widget=forms.CheckboxSelectMultiple,
            )
        self.fields["came"] = PeopleField(
            label=_("Add who came, one a line"), required=False, widget=forms.Textarea(attrs={"rows": "2"}),
            help_text=_("People who are not in the process yet. They join it from the day of the session."),
        )  # fmt: skip
        self.fields["unnamed"] = forms.IntegerField(
            label=_("How many came besides, without names"),
            min_value=0,
            max_value=MOST_UNNAMED,
            required=False,
            widget=forms.TextInput(attrs={"data-width": "xs", "inputmode": "numeric"}),
        )
        self.fields["manager"] = forms.ChoiceField(
            label=_("Line manager"),
            choices=MANAGER_CHOICES,
            required=False,
            initial=self.session.manager,
            widget=forms.RadioSelect(attrs={"data-inline": ""}),
            help_text=_("Was the line manager there? Say it as it was: the supervisees see it."),
        )

    def check_newcomers(self) -> None:
        """Recognise those who are added. Raises ValidationError for who is in the process already."""
        self.newcomers: list[Any] = []
        named = self.cleaned_data.get("came") or []
        if not named:
            return
        engagement = self.session.engagement
        known = engagements.known_persons(engagement.practice, named, client=engagement.client, engagement=engagement)
        here = set(engagement.participations.current().values_list("person", flat=True))
        twice = [person.name for person in known if person and person.pk in here]
        if twice:
            raise ValidationError([_("%(name)s is in the process already.") % {"name": name} for name in twice])
        self.newcomers = list(zip(named, known, strict=True))

    def among(self) -> Among | None:
        if not self.asks_community:
            return None
        values = self.cleaned_data
        return Among(values.get("unnamed") or 0, values.get("manager", ""), self.newcomers)
