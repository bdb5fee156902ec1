"""What is asked: the travel of a session, and the number of an invoice."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from billing.actions import charged_of_travel, mark_invoiced, note_travel
from billing.models import MOST_KILOMETRES, MOST_MINUTES, MOST_RECEIPTS, Basis, Trip
from billing.reading import Statement
from engagements.forms.verbs import FieldsForm
from formats.fields import DecimalField, MinutesField, MoneyField
from sessions.models import Session


class TravelForm(FieldsForm):
    """The parts of a trip that the contract charges."""

    kilometres = DecimalField(
        label=_("Kilometres"),
        required=False,
        places=0,
        most=MOST_KILOMETRES,
        help_text=_("There and back, in whole kilometres."),
    )
    minutes = MinutesField(
        label=_("Travelling time"),
        required=False,
        most=MOST_MINUTES,
        help_text=_("There and back, for example 90 or 1,5 h"),
    )
    receipts = MoneyField(
        label=_("By receipts, € without VAT"), required=False, most=Decimal(MOST_RECEIPTS),
        help_text=_("Tickets, parking and the like. Keep the receipts for your bookkeeping."),
    )  # fmt: skip

    def __init__(self, data: Any = None, *, session: Session, user: User, now: datetime) -> None:
        self.session, self.user, self.now = session, user, now
        trip = Trip.objects.filter(session=session).first()
        initial = {name: getattr(trip, name) or None for name in self.base_fields} if trip else {}
        super().__init__(data, initial=initial)
        for name, charged in charged_of_travel(session).items():
            if not charged:
                del self.fields[name]

    def act(self) -> None:
        note_travel(
            self.session,
            kilometres=int(self.cleaned_data.get("kilometres") or 0),
            minutes=self.cleaned_data.get("minutes") or 0,
            receipts=self.cleaned_data.get("receipts") or Decimal(0),
            by=self.user,
            now=self.now,
        )


class InvoiceForm(FieldsForm):
    """Marking a statement as invoiced, as it was looked at."""

    seen = forms.CharField(widget=forms.HiddenInput, max_length=64)
    invoice_number = forms.CharField(
        label=_("Invoice number"), required=False, max_length=Basis._meta.get_field("invoice_number").max_length,
        help_text=_("The number in your bookkeeping or invoicing programme, if you have one already."),
    )  # fmt: skip

    def __init__(self, data: Any = None, *, found: Statement, user: User, now: datetime) -> None:
        self.found, self.user, self.now = found, user, now
        super().__init__(data.dict() if data is not None else None, initial={"seen": found.seen})

    def done(self) -> bool:
        """Return whether it is marked. Else the page shows how it stands now, which is what is sent the next time."""
        done = super().done()
        if self.is_bound and not done:
            self.data = {**self.data, "seen": self.found.seen}
        return done

    def act(self) -> None:
        self.basis = mark_invoiced(
            self.found.key, seen=self.cleaned_data["seen"], invoice_number=self.cleaned_data["invoice_number"],
            by=self.user, now=self.now,
        )  # fmt: skip
