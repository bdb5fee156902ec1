"""Billing as the tests need it: a contract with its prices, sessions as they were marked, the month after."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from audit import asking
from billing.actions import mark_invoiced
from billing.models import Basis
from billing.reading import Inside, Key, Statement, all_open
from engagements.models import Contract, Engagement
from sessions import actions
from sessions.models import Session
from tests.conftest import HELSINKI, make_next_version, make_session

Cast = Any
#: The session of the cast.
WEDNESDAY: Final = datetime(2026, 11, 25, 9, 0, tzinfo=HELSINKI)
NOVEMBER: Final = date(2026, 11, 1)
DECEMBER: Final = date(2026, 12, 1)
#: When November is invoiced.
AFTERWARDS: Final = datetime(2026, 12, 1, 12, 0, tzinfo=HELSINKI)
#: Columns of the contract.
PRICES: Final[dict[str, Any]] = {
    "price": Decimal("190.00"), "vat_class": "standard", "travel": "kilometres", "kilometre_rate": Decimal("0.55"),
    "travel_time_price": Decimal("40.00"), "cancel_fee_percent": 50, "no_show_fee_percent": 80,
    "order_reference": "T-4711", "framework_reference": "P-2026/12",
}  # fmt: skip


def priced(cast: Cast, *, told: str = "", **columns: Any) -> Contract:
    """Agree on prices for the process of the cast; `told`: when the clause tells the client what is charged."""
    asking.become(cast.lead)
    lines = [{"what": "dates", "when": "end", "approval": "none"}]
    if told:
        lines.append({"what": "costs", "when": told, "approval": "none"})
    return make_next_version(cast.engagement, told=lines, **PRICES | columns)


def held(cast: Cast, session: Session | None = None, *, now: datetime | None = None) -> Session:
    """Mark a session as held, the one of the cast unless another is given; two hours after it began unless `now`."""
    asking.become(cast.lead)
    session = Session.objects.select_related("engagement").get(pk=(session or cast.session).pk)
    present = {one.pk: "" for one in session.engagement.participations.all()}
    moment = now or session.starts_at + timedelta(hours=2)
    return actions.mark_held(session, present=present, by=session.engagement.lead, now=moment)


def another(cast: Cast, days: int, engagement: Engagement | None = None) -> Session:
    """A planned session `days` after the one of the cast."""
    asking.become(cast.lead)
    return make_session(engagement or cast.engagement, WEDNESDAY + timedelta(days=days))


def found(cast: Cast, now: datetime = AFTERWARDS, *, by: Any = None) -> list[Statement]:
    """What is open, for the lead unless for another."""
    user = by or cast.lead
    asking.become(user)
    return all_open(Inside(user), now)


def key(cast: Cast, month: date = NOVEMBER) -> Key:
    return Key(month, cast.practice.pk, cast.lead.pk, cast.organisation.pk)


def invoice(cast: Cast, now: datetime = AFTERWARDS, *, month: date = NOVEMBER) -> Basis:
    """Mark what is open of a month as invoiced."""
    (statement,) = (each for each in found(cast, now) if each.key == key(cast, month))
    made: UUID = mark_invoiced(statement.key, seen=statement.seen, invoice_number="", by=cast.lead, now=now)
    return Basis.objects.get(pk=made)
