from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts import actions
from accounts.models import Language, Person, User


class PersonForm(forms.Form):
    """Who somebody is and how they are reached. An address that is not the asker's to change stands there as it is."""

    given_name = forms.CharField(label=_("Given name"), max_length=60, required=False)
    family_name = forms.CharField(label=_("Family name"), max_length=60)
    email = forms.EmailField(
        label=_("E-mail"),
        max_length=254,
        required=False,
        help_text=_("Messages go to this address, and with it they come in. Without one they get everything on paper."),
    )
    language = forms.ChoiceField(
        label=_("Language"), choices=Language, widget=forms.RadioSelect(attrs={"data-inline": ""})
    )

    def __init__(self, data: Any = None, *, person: Person, user: User) -> None:
        self.person, self.user = person, user
        initial = {name: getattr(person, name) for name in ("given_name", "family_name", "email", "language")}
        super().__init__(data, initial=initial)
        if not actions.may_readdress(person):
            self.fields["email"].disabled = True
            self.fields["email"].help_text = _(
                "They are a supervisee: only the supervisors of their processes change the address."
            )

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).strip().lower()

    def clean(self) -> None:
        if not self.errors:
            email = self.cleaned_data["email"]
            actions.refuse_shared_address(self.person.practice, email, "", besides=self.person)
            actions.refuse_own_address(self.person, email, self.user)

    def save(self) -> Person:
        return actions.change_person(self.person, **self.cleaned_data, by=self.user)
