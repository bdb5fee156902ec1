"""What a session is charged: its price by the contract of its day, its travel, and VAT with its ground.

Pure: charges and terms go in, lines come out. Every sum is in euros and rounded to cents, halves up, line by line; VAT
is reckoned on the sum of each class and rate.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext as _

from billing.models import Kind, Unit
from engagements.models import VatClass
from engagements.models.terms import Travel
from engagements.models.terms import Unit as Per
from engagements.vat import standard_rate
from formats.clock import HELSINKI, minutes_between
from sessions.models import SessionState

CENT: Final = Decimal("0.01")
ONE: Final = Decimal(1)
#: The state of a charge that is no session: what remains of a price for the whole process when it is completed.
REST: Final = "rest"
_KINDS: Final = {
    SessionState.HELD: Kind.SESSION,
    SessionState.CANCELLED_LATE: Kind.LATE,
    SessionState.NO_SHOW: Kind.NO_SHOW,
}
#: How many minutes a price by time is for.
_MINUTES: Final = {Per.HOUR: 60, Per.TRAINING_HOUR: 45}
_UNITS: Final = {Per.SESSION: Unit.SESSION, Per.HOUR: Unit.HOUR, Per.TRAINING_HOUR: Unit.TRAINING_HOUR}


@dataclass(frozen=True)
class Charge:
    """What was to be charged once: a session as it was marked, or the rest of a whole price.

    percent: of its price, after waiving. before: the percentages of the sessions before it in its process, added up.
    """

    session: UUID | None
    engagement: UUID
    starts_at: datetime
    ends_at: datetime
    state: str
    percent: int
    before: int
    kilometres: int = 0
    travel_minutes: int = 0
    receipts: Decimal = Decimal(0)

    @property
    def day(self) -> date:
        return self.starts_at.astimezone(HELSINKI).date()

    @property
    def minutes(self) -> int | None:
        """Its length; None for what is no session."""
        return minutes_between(self.starts_at, self.ends_at) if self.session else None


@dataclass(frozen=True)
class Priced:
    """What a contract says of money: prices in euros without VAT, references as they were agreed."""

    price: Decimal
    per: str
    sessions_agreed: int | None
    vat_class: str
    vat_reason: str
    travel: str
    kilometre_rate: Decimal
    travel_time_price: Decimal
    order_reference: str
    framework_reference: str

    @classmethod
    def of(cls, terms: Mapping[str, Any]) -> "Priced":
        """Return the prices in terms as they were frozen (`Contract.terms`)."""
        single = terms["process"] == "single"
        return cls(
            price=Decimal(terms["price"] or 0),
            per=terms["price_per"],
            sessions_agreed=1 if single else terms["sessions_agreed"],
            vat_class=terms["vat_class"],
            vat_reason=terms["vat_reason"],
            travel=terms["travel"],
            kilometre_rate=Decimal(terms["kilometre_rate"] or 0),
            travel_time_price=Decimal(terms["travel_time_price"] or 0),
            order_reference=terms["order_reference"],
            framework_reference=terms["framework_reference"],
        )

    def vat_rate(self, day: date) -> Decimal:
        """Return the rate of VAT that is added to what is done on `day`, per cent."""
        return standard_rate(day) if self.vat_class == VatClass.STANDARD else Decimal("0.00")


@dataclass(frozen=True)
class Item:
    """One line: `quantity` units at `price` and, of a session, `percent` of that, make `net` euros without VAT."""

    charge: Charge
    kind: str
    quantity: Decimal
    unit: str
    price: Decimal
    percent: int
    net: Decimal
    vat_class: str
    vat_rate: Decimal
    vat_reason: str
    order_reference: str
    framework_reference: str
    corrects: bool = False


def cents(value: Decimal) -> Decimal:
    return value.quantize(CENT, rounding=ROUND_HALF_UP)


def items_of(charge: Charge, terms: Priced | None) -> Iterator[Item]:
    """Yield the lines of one charge by the terms of its day; none without terms, while unmarked, and none of nothing.

    Travel is charged where it was noted and the contract charges it, also of a session cancelled on the way; its VAT
    follows that of the service.
    """
    if terms is None or charge.state == SessionState.PLANNED:
        return
    for kind, quantity, unit, price, percent, net in (*_service(charge, terms), *_travel(charge, terms)):
        if net > 0:
            yield Item(
                charge, kind, quantity, unit, price, percent, net, terms.vat_class, terms.vat_rate(charge.day),
                terms.vat_reason, terms.order_reference, terms.framework_reference,
            )  # fmt: skip


Row = tuple[str, Decimal, str, Decimal, int, Decimal]


def _service(charge: Charge, terms: Priced) -> Iterator[Row]:
    if charge.state == REST:
        if terms.per == Per.WHOLE:
            net = terms.price - share_until(charge.before, terms)
            yield Kind.REST, ONE, Unit.ONCE, net, 100, net
        return
    kind = _KINDS.get(SessionState(charge.state))
    if kind is None or not charge.percent:
        return
    if terms.per == Per.WHOLE:
        net = share_until(charge.before + charge.percent, terms) - share_until(charge.before, terms)
        yield kind, ONE, Unit.WHOLE, net, charge.percent, net
        return
    quantity = ONE
    if terms.per != Per.SESSION:
        quantity = cents(Decimal(charge.minutes or 0) / _MINUTES[Per(terms.per)])
    net = cents(exact(charge, terms) * charge.percent / 100)
    yield kind, quantity, _UNITS[Per(terms.per)], terms.price, charge.percent, net


def exact(charge: Charge, terms: Priced) -> Decimal:
    """Return the whole price of a session in cents, from its minutes and not from its rounded quantity."""
    if terms.per == Per.SESSION:
        return terms.price
    return cents(terms.price * (charge.minutes or 0) / _MINUTES[Per(terms.per)])


def share_until(percent: int, terms: Priced) -> Decimal:
    """Return how much of a price for the whole process is charged when sessions of `percent` in all have been.

    Each of the agreed sessions carries an equal share, so that what is invoiced follows what was held; the shares add
    up to the price to the cent, and sessions beyond those agreed cost nothing more. Where no number was agreed, the
    whole price is charged when the process is completed.
    """
    if not terms.sessions_agreed:
        return Decimal(0)
    whole = terms.sessions_agreed * 100
    return cents(terms.price * min(percent, whole) / whole)


def _travel(charge: Charge, terms: Priced) -> Iterator[Row]:
    if terms.travel == Travel.KILOMETRES and charge.kilometres:
        quantity = Decimal(charge.kilometres)
        yield (
            Kind.KILOMETRES, quantity, Unit.KILOMETRE, terms.kilometre_rate, 100,
            cents(quantity * terms.kilometre_rate),
        )  # fmt: skip
    if terms.travel == Travel.RECEIPTS and charge.receipts:
        yield Kind.RECEIPTS, ONE, Unit.ONCE, charge.receipts, 100, charge.receipts
    if terms.travel_time_price and charge.travel_minutes:
        net = cents(terms.travel_time_price * charge.travel_minutes / 60)
        quantity = cents(Decimal(charge.travel_minutes) / 60)
        yield Kind.TRAVEL_TIME, quantity, Unit.HOUR, terms.travel_time_price, 100, net


# --- sums -----------------------------------------------------------------------------------------------------------


def ground_of(vat_class: str, reasons: Iterable[str]) -> str:
    """Return why VAT is, or is not, added: the section of the law, and what the contracts say of it."""
    law = {
        VatClass.STANDARD: _("General rate (VAT Act 1501/1993, § 84)"),
        VatClass.SMALL: _("No VAT: below the small-business limit (VAT Act 1501/1993, § 3)"),
        VatClass.HEALTH: _("Exempt as a health care service (VAT Act 1501/1993, §§ 34–36)"),
        VatClass.EXEMPT: _("Exempt"),
    }[VatClass(vat_class)]
    return "; ".join([law, *(reason for reason in reasons if reason)])


@dataclass(frozen=True)
class VatSum:
    """What is charged under one class of VAT and one rate, with the grounds that its contracts give."""

    vat_class: str
    rate: Decimal
    reasons: tuple[str, ...]
    net: Decimal

    @property
    def ground(self) -> str:
        return ground_of(self.vat_class, self.reasons)

    @property
    def vat(self) -> Decimal:
        return cents(self.net * self.rate / 100)

    @property
    def gross(self) -> Decimal:
        return self.net + self.vat


def sums_of(items: Any) -> list[VatSum]:
    """Return the sums by class and rate, of `Item`s or of rows of `Line`; the dearest rate first."""
    found: dict[tuple[str, Decimal], tuple[Decimal, dict[str, None]]] = {}
    for each in items:
        net, reasons = found.get((each.vat_class, each.vat_rate), (Decimal(0), {}))
        if each.vat_reason.strip():
            reasons[each.vat_reason.strip()] = None
        found[each.vat_class, each.vat_rate] = (net + each.net, reasons)
    ordered = sorted(found.items(), key=lambda entry: (-entry[0][1], entry[0][0]))
    return [VatSum(kind, rate, tuple(reasons), net) for (kind, rate), (net, reasons) in ordered]
