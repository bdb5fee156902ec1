from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts import actions
from accounts.forms.practice import POSTCODE, capitalise
from accounts.models import ClientOrganisation, Contact, Language, Practice, User
from formats.fields import BusinessIdField, DayField


class OrganisationForm(forms.ModelForm):  # type: ignore[type-arg]
    """A client organisation: who they are, where their invoices go, what they have said they aim at."""

    business_id = BusinessIdField(label=_("Business ID"), required=False)
    postcode = forms.CharField(
        label=_("Postcode"),
        max_length=5,
        required=False,
        validators=[POSTCODE],
        widget=forms.TextInput(attrs={"data-width": "xs", "inputmode": "numeric"}),
    )

    class Meta:
        model = ClientOrganisation
        fields = [
            "practice", "name", "business_id", "sector", "public_body", "street", "postcode", "city",
            "invoicing_address", "einvoice_address", "einvoice_operator", "invoicing_reference", "framework_reference",
            "stated_aims",
        ]  # fmt: skip
        widgets = {
            "sector": forms.Select(attrs={"data-width": "m"}),
            "city": forms.TextInput(attrs={"data-width": "m"}),
            "invoicing_address": forms.Textarea(attrs={"rows": 3}),
            "stated_aims": forms.Textarea(attrs={"rows": 5}),
        }
        help_texts = {
            "public_body": _("A municipality, a wellbeing services county, the state or a parish."),
            "invoicing_address": _("Only if it differs from the street address."),
            "einvoice_address": _("For example 003712345671"),
            "invoicing_reference": _("What the client wants to see on every invoice: an order number, a cost centre."),
            "framework_reference": _("The number of a framework agreement or a procurement decision."),
            "stated_aims": _("One a line. Goals of a process can be tied to these."),
        }

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        self.user = user
        super().__init__(*args, **kwargs)
        self.fields["business_id"].widget.attrs["data-width"] = "s"
        capitalise(self, "sector")
        practices = list(Practice.objects.of(user).order_by("name"))
        if self.instance._state.adding and len(practices) == 1:
            self.instance.practice = practices[0]
        if not self.instance._state.adding or len(practices) == 1:
            del self.fields["practice"]
        else:
            self.fields["practice"] = forms.ModelChoiceField(Practice.objects.of(user), label=_("Practice"))

    def parts(self) -> Sequence[tuple[Any, Sequence[forms.BoundField]]]:
        """The fields under their headings."""
        headed = (
            (_("The organisation"), ("practice", "name", "business_id", "sector", "public_body")),
            (_("Address"), ("street", "postcode", "city")),
            (
                _("Invoicing"),
                ("invoicing_address", "einvoice_address", "einvoice_operator", "invoicing_reference",
                 "framework_reference"),
            ),
            (_("Aims"), ("stated_aims",)),
        )  # fmt: skip
        return [(heading, [self[name] for name in names if name in self.fields]) for heading, names in headed]

    def validate_unique(self) -> None:
        """Ask all constraints: "one organisation per business ID and practice" also where the practice is not asked."""
        super().validate_unique()
        try:
            self.instance.validate_constraints()
        except ValidationError as refused:
            self.add_error(None, refused)

    def save(self, commit: bool = True) -> ClientOrganisation:
        return actions.keep_organisation(self.instance, by=self.user)


class ContactForm(forms.Form):
    """Somebody who speaks for an organisation: the person, and what they are there."""

    given_name = forms.CharField(label=_("Given name"), max_length=60, required=False)
    family_name = forms.CharField(label=_("Family name"), max_length=60)
    title = forms.CharField(label=_("Title"), max_length=80, required=False)
    email = forms.EmailField(
        label=_("E-mail"),
        max_length=254,
        required=False,
        help_text=_("With this address they come in and see what the contract shows them. Without it, they get paper."),
    )
    phone = forms.CharField(
        label=_("Telephone"), max_length=40, required=False, widget=forms.TextInput(attrs={"data-width": "s"})
    )
    language = forms.ChoiceField(
        label=_("Language"), choices=Language, widget=forms.RadioSelect(attrs={"data-inline": ""})
    )

    def __init__(
        self, data: Any = None, *, organisation: ClientOrganisation, user: User, contact: Contact | None = None
    ) -> None:
        self.organisation, self.user, self.contact = organisation, user, contact
        initial: dict[str, Any] = {"language": user.language}
        if contact:
            person = contact.person
            initial = {
                "given_name": person.given_name, "family_name": person.family_name, "email": person.email,
                "language": person.language, "title": contact.title, "phone": contact.phone,
            }  # fmt: skip
        super().__init__(data, initial=initial)

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).strip().lower()

    def clean(self) -> None:
        if not self.errors:
            actions.refuse_shared_address(
                self.organisation.practice,
                self.cleaned_data["email"],
                f"{self.cleaned_data['given_name']} {self.cleaned_data['family_name']}".strip(),
                besides=self.contact.person if self.contact else None,
            )
            if self.contact:
                actions.refuse_own_address(self.contact.person, self.cleaned_data["email"], self.user)

    def save(self) -> Contact:
        if self.contact:
            return actions.change_contact(self.contact, **self.cleaned_data, by=self.user)
        return actions.add_contact(self.organisation, **self.cleaned_data, by=self.user)


class LeavingForm(forms.Form):
    """Since when a contact no longer speaks for the organisation; empty means that they do."""

    def __init__(self, data: Any = None, *, contact: Contact, user: User, today: date) -> None:
        self.contact, self.user = contact, user
        super().__init__(data, initial={"left_on": contact.left_on or today})
        self.fields["left_on"] = DayField(
            label=_("Left on"),
            required=False,
            last=today,
            help_text=_("For example 13.1.2027. Empty: speaks for the organisation again."),
        )
        self.fields["left_on"].widget.attrs["data-width"] = "s"

    def save(self) -> None:
        actions.set_left(self.contact, self.cleaned_data["left_on"], by=self.user)
