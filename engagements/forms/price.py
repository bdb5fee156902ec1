"""Hinta: the price, and the terms that a practice mostly has ready in its template."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.forms import BoundField
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import VatStanding
from engagements.forms.how import MIDDLE, whole
from engagements.forms.verbs import VerbForm
from engagements.models import Contract, ContractParty, Engagement, VatClass
from engagements.models.terms import Cancels, Illness, OwnCancellation, Signing, Travel, Unit
from formats.agreements import MOST_NOTICE_HOURS, read_notice
from formats.fields import MoneyField, ReadField
from formats.numbers import read_whole

EUROS: Final = {"data-width": "s", "data-suffix": "€"}
MONEY: Final = ["price", "kilometre_rate", "travel_time_price"]
#: The groups of the page in its order; the first is open, the others when something in them is wrong.
GROUPS: Final[list[tuple[str, Promise, list[str]]]] = [
    ("price", _("Price and payment"),
     ["price", "free", "price_per", "vat_class", "vat_reason", "payment_days", "price_review"]),
    ("travel", _("Travel"), ["travel", "kilometre_rate", "travel_time_price"]),
    ("references", _("References"), ["framework_reference", "order_reference"]),
    ("cancelling", _("Cancelling"),
     ["cancel_notice_hours", "cancel_fee_percent", "no_show_fee_percent", "who_cancels", "illness", "quorum",
      "own_cancellation"]),
    ("confidentiality", _("Confidentiality"), ["toto_use", "confidentiality_more"]),
    ("data", _("Data and how long it is kept"), ["notes_months", "memo_months"]),
    ("ending", _("Ending, disagreement, hand-over"), ["notice_days", "disagreement", "handover"]),
    ("signing", _("Signing and other terms"), ["signing", "more_terms"]),
]  # fmt: skip
TERMS: Final = [name for _key, _legend, names in GROUPS for name in names if name != "free"]


class NoticeField(ReadField):
    """Hours before a session: `48`, `48 h`, `2 days`, `1 week`."""

    attrs = {"maxlength": "20"}
    hint = _("In hours, or for example 2 days or 1 week")

    def read(self, text: object) -> int:
        if isinstance(text, str) and text.strip().isdigit():
            return read_whole(text, least=0, most=MOST_NOTICE_HOURS)
        return read_notice(text)


@dataclass(frozen=True)
class Group:
    key: str
    legend: Promise
    fields: list[BoundField]
    open: bool


class PriceForm(VerbForm):
    """The third page of a draft."""

    price = MoneyField(label=_("Price without VAT"), required=False, widget=forms.TextInput(attrs=EUROS))
    free = forms.BooleanField(label=_("Free of charge"), required=False)
    price_per = forms.ChoiceField(label=_("Price for one"), choices=Unit)
    vat_class = forms.ChoiceField(label=_("VAT"), choices=VatClass, widget=forms.RadioSelect)
    vat_reason = forms.CharField(
        label=_("Ground of the VAT class"),
        max_length=300,
        required=False,
        help_text=_("Needed when the service is exempt; it is printed in the contract."),
    )
    payment_days = whole(_("Days to pay"), 0, 120)
    price_review = forms.CharField(label=_("How the price is reviewed"), max_length=300, required=False)

    travel = forms.ChoiceField(label=_("Travel"), choices=Travel)
    kilometre_rate = MoneyField(
        label=_("Per kilometre"), required=False, most=Decimal("99.99"), widget=forms.TextInput(attrs=EUROS)
    )
    travel_time_price = MoneyField(
        label=_("Travelling time, per hour"), required=False, most=Decimal(9999), widget=forms.TextInput(attrs=EUROS)
    )

    framework_reference = forms.CharField(
        label=_("Framework agreement"), max_length=80, required=False, widget=forms.TextInput(attrs=MIDDLE)
    )
    order_reference = forms.CharField(
        label=_("Order number"), max_length=80, required=False, widget=forms.TextInput(attrs=MIDDLE)
    )

    cancel_notice_hours = NoticeField(
        label=_("Cancel at the latest before the session"),
        required=False,
        widget=forms.TextInput(attrs={"data-width": "s"}),
    )
    cancel_fee_percent = whole(_("Fee for a late cancellation, % of the price"), 0, 100)
    no_show_fee_percent = whole(_("Fee for not coming, % of the price"), 0, 100)
    who_cancels = forms.ChoiceField(label=_("Who may cancel"), choices=Cancels)
    illness = forms.ChoiceField(label=_("Illness"), choices=Illness)
    quorum = whole(_("Fewest supervisees for a session to be held"), 1, 500)
    own_cancellation = forms.ChoiceField(label=_("When the supervisor cancels"), choices=OwnCancellation)

    toto_use = forms.BooleanField(
        label=_("The supervisor may take the work to their own supervision (ToTo) without names"), required=False
    )
    confidentiality_more = forms.CharField(
        label=_("More about confidentiality"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": "2"}),
        help_text=_("The statutory limits stand in every contract."),
    )

    notes_months = whole(_("Your private notes are destroyed, months after the end"), 0, 120)
    memo_months = whole(_("Shared memos are destroyed, months after the end"), 0, 120)

    notice_days = whole(_("Notice of termination, days"), 0, 365)
    disagreement = forms.CharField(
        label=_("Whom to turn to when dissatisfied"),
        max_length=300,
        required=False,
        help_text=_("There is no complaints body for private practitioners: name a third party both trust."),
    )
    handover = forms.CharField(label=_("Who takes over if the supervisor cannot go on"), max_length=300, required=False)
    signing = forms.ChoiceField(label=_("Supervisees' signatures"), choices=Signing, widget=forms.RadioSelect)
    more_terms = forms.CharField(
        label=_("Other terms"), max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": "2"})
    )

    def __init__(self, data: QueryDict | None = None, *, engagement: Engagement, contract: Contract) -> None:
        self.engagement, self.contract = engagement, contract
        initial: dict[str, Any] = {name: getattr(contract, name) for name in TERMS}
        initial["free"] = contract.price == 0
        if initial["free"]:
            initial["price"] = None
        first = engagement.step < 4 and not contract.amends
        if first and contract.price is None and engagement.practice.vat_standing == VatStanding.EXEMPT:
            initial["vat_class"] = VatClass.EXEMPT
        super().__init__(data, initial=initial)

    def groups(self) -> Iterator[Group]:
        for number, (key, legend, names) in enumerate(GROUPS):
            fields = [self[name] for name in names]
            yield Group(key, legend, fields, open=number == 0 or any(field.errors for field in fields))

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        if values.get("free"):
            if values.get("price"):
                self.add_error("free", _("Give a price or say that it is free of charge, not both."))
            values["price"] = Decimal(0)
        if values.get("vat_class") in (VatClass.HEALTH, VatClass.EXEMPT) and not values.get("vat_reason"):
            self.add_error("vat_reason", _("Say on what ground the service is exempt from VAT."))
        if (
            values.get("travel") == Travel.KILOMETRES
            and "kilometre_rate" in values
            and values["kilometre_rate"] is None
        ):
            self.add_error("kilometre_rate", ValidationError(_("Say how much a kilometre costs.")))
        return values

    def act(self) -> None:
        for name in TERMS:
            setattr(self.contract, name, self.cleaned_data[name])
        self.contract.save(update_fields=TERMS)
        supervisees = self.contract.parties.filter(kind=ContractParty.Kind.SUPERVISEE, person=None)
        supervisees.update(signs=self.contract.signing != Signing.NOBODY)
        if not self.contract.amends:
            self.engagement.step = max(self.engagement.step, 4)
            self.engagement.save(update_fields=["step"])
