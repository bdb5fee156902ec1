from datetime import datetime
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from accounts import actions
from accounts.models import Invitation, Language, Membership, Practice, User
from formats.fields import BusinessIdField, IbanField

POSTCODE = RegexValidator(r"^\d{5}$", _("A postcode has five digits."))


def capitalise(form: forms.BaseForm, name: str) -> None:
    """Begin the choices of the field `name` with a capital: alone on a line they are not part of a sentence."""
    field: Any = form.fields[name]
    field.choices = [(value, capfirst(str(label))) for value, label in field.choices if value]


class PracticeForm(forms.ModelForm):  # type: ignore[type-arg]
    """The facts of a practice. Without an instance it founds one, in which `user` supervises and administers."""

    business_id = BusinessIdField(
        label=_("Business ID"),
        error_messages={"unique": _("A practice with this business ID is here already: ask for an invitation.")},
    )
    iban = IbanField(
        label=_("Bank account (IBAN)"), required=False, help_text=_("For invoices, for example FI21 1234 5600 0007 85")
    )
    postcode = forms.CharField(
        label=_("Postcode"),
        max_length=5,
        validators=[POSTCODE],
        widget=forms.TextInput(attrs={"data-width": "xs", "inputmode": "numeric", "autocomplete": "postal-code"}),
    )

    class Meta:
        model = Practice
        fields = [
            "name", "business_id", "vat_standing", "street", "postcode", "city", "iban", "email", "phone",
            "reminder_hours", "notes_lock_days", "smallest_group",
        ]  # fmt: skip
        widgets = {
            "name": forms.TextInput(attrs={"autocomplete": "organization"}),
            "vat_standing": forms.RadioSelect,
            "street": forms.TextInput(attrs={"autocomplete": "street-address"}),
            "city": forms.TextInput(attrs={"data-width": "m", "autocomplete": "address-level2"}),
            "email": forms.EmailInput(attrs={"autocomplete": "email"}),
            "phone": forms.TextInput(attrs={"data-width": "s", "autocomplete": "tel", "inputmode": "tel"}),
            "reminder_hours": forms.NumberInput(attrs={"data-width": "xs", "min": 1, "max": 168}),
            "notes_lock_days": forms.NumberInput(attrs={"data-width": "xs", "min": 1, "max": 60}),
            "smallest_group": forms.NumberInput(attrs={"data-width": "xs", "min": 5, "max": 50}),
        }
        help_texts = {
            "vat_standing": _("Work guidance has no VAT exemption of its own: ask your accountant if unsure."),
            "email": _("Seen by your clients in contracts."),
            "reminder_hours": _("How long before a session its people are reminded."),
            "notes_lock_days": _(
                "After so many days a supervisor’s own note changes only by amending, and the earlier text stays. "
                "Empty: it locks when its author locks it. Counts for notes written from then on."
            ),
            "smallest_group": _(
                "It can be raised, and is never below five, so that no answer can be traced to a person. A larger "
                "number protects more and shows less. Counts for rounds that open from then on."
            ),
        }

    def __init__(self, *args: Any, user: User, now: datetime, **kwargs: Any) -> None:
        self.user, self.now = user, now
        super().__init__(*args, **kwargs)
        self.fields["business_id"].widget.attrs["data-width"] = "s"
        self.fields["iban"].widget.attrs["data-width"] = "m"
        capitalise(self, "vat_standing")
        if self.instance._state.adding:
            for name in ("reminder_hours", "notes_lock_days", "smallest_group"):
                del self.fields[name]

    def save(self, commit: bool = True) -> Practice:
        if self.instance._state.adding:
            return actions.found_practice(self.instance, by=self.user, now=self.now)
        return actions.change_practice(self.instance, by=self.user, changed=self.changed_data)


class InvitationForm(forms.Form):
    """Asks somebody to join `practice` by e-mail."""

    email = forms.EmailField(label=_("E-mail"), max_length=254)
    kind = forms.ChoiceField(
        label=_("Joins as"), choices=Membership.Kind, initial=Membership.Kind.SUPERVISOR, widget=forms.RadioSelect
    )
    language = forms.ChoiceField(
        label=_("Language of the invitation"), choices=Language, widget=forms.RadioSelect(attrs={"data-inline": ""})
    )

    def __init__(self, *args: Any, practice: Practice, user: User, now: datetime, **kwargs: Any) -> None:
        self.practice, self.user, self.now = practice, user, now
        kwargs.setdefault("initial", {"language": user.language})
        super().__init__(*args, **kwargs)
        capitalise(self, "kind")

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).strip().lower()

    def clean(self) -> None:
        if "email" in self.cleaned_data and "kind" in self.cleaned_data:
            actions.refuse_needless(self.practice, self.cleaned_data["email"], self.cleaned_data["kind"])

    def save(self) -> Invitation:
        return actions.invite(self.practice, **self.cleaned_data, by=self.user, now=self.now)
