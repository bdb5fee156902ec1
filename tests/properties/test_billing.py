"""Whatever is held, cancelled, waived, taken back, travelled and invoiced, in any order: no cent is lost and none is
charged twice, and what was invoiced stays as it was.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audit import asking
from billing.actions import mark_invoiced, note_travel
from billing.models import Basis, Line
from billing.reading import Inside, all_open
from sessions import actions, fees
from sessions.models import Session, SessionState
from tests.billing_story import priced
from tests.conftest import NOW, make_session

Cast = Any
PRICE: Final = Decimal("190.00")
RATE: Final = Decimal("0.55")
SESSIONS: Final = 2
steps = st.lists(
    st.tuples(
        # What can follow one another comes more often: a marking, travel, an invoice, and the marking taken back.
        st.sampled_from(["hold", "travel", "invoice", "unmark"] * 3 + ["miss", "late", "cancel", "waive", "wait"]),
        st.integers(0, SESSIONS - 1),
        st.integers(0, 200),
    ),
    min_size=4,
    max_size=30,
)


@given(steps=steps)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_cent_is_lost_and_none_charged_twice(cast: Cast, steps: list[tuple[str, int, int]]) -> None:
    with transaction.atomic():
        priced(cast, travel_time_price=None)
        sessions = [make_session(cast.engagement, NOW + timedelta(days=3 + 6 * number)) for number in range(SESSIONS)]
        now, kept = NOW + timedelta(days=30), dict[Any, tuple[Any, ...]]()
        for step, number, amount in steps:
            now += timedelta(days=20) if step == "wait" else timedelta(minutes=7)
            take(cast, step, Session.objects.select_related("engagement").get(pk=sessions[number].pk), amount, now)
            kept = stays(kept)
        for each in sessions:
            assert charged(cast, each, now) == owed(Session.objects.get(pk=each.pk))
        numbers = list(Basis.objects.order_by("invoiced_at").values_list("number", flat=True))
        assert numbers == list(range(1001, 1001 + len(numbers)))
        transaction.set_rollback(True)


def take(cast: Cast, step: str, session: Session, amount: int, now: datetime) -> None:
    """Take one step as the lead; what the rules refuse changes nothing."""
    asking.become(cast.lead)
    try:
        with transaction.atomic():
            match step:
                case "hold":
                    present = {one.pk: "" for one in actions.participants_of(session)}
                    actions.mark_held(session, present=present, by=cast.lead, now=now)
                case "miss":
                    actions.mark_no_show(session, by=cast.lead, now=now)
                case "cancel" | "late":
                    actions.cancel(session, late=step == "late", by=cast.lead, now=now)
                case "waive":
                    fees.waive(session, reason="Sovittu", by=cast.lead, now=now)
                case "unmark":
                    actions.unmark(session, by=cast.lead, now=now)
                case "travel":
                    note_travel(session, kilometres=amount, by=cast.lead, now=now)
                case "invoice":
                    for found in all_open(Inside(cast.lead), now)[amount % 3 :]:
                        mark_invoiced(found.key, seen=found.seen, invoice_number="", by=cast.lead, now=now)
    except ValidationError:
        pass


def stays(before: dict[Any, tuple[Any, ...]]) -> dict[Any, tuple[Any, ...]]:
    """Return every line that was invoiced, after seeing that those known before are as they were."""
    rows = {row[0]: row for row in Line.objects.values_list()}
    assert {pk: rows.get(pk) for pk in before} == before
    return rows


def owed(session: Session) -> Decimal:
    """What the contract charges of a session as it stands: reckoned here anew, from its state alone."""
    fee = getattr(session, "fee", None)
    trip = getattr(session, "trip", None)
    part = {SessionState.HELD: 100, SessionState.CANCELLED_LATE: 50, SessionState.NO_SHOW: 80}.get(
        SessionState(session.state), 0
    )
    service = Decimal(0) if fee is None or fee.waived_at else PRICE * part / 100
    # Travel is charged once the session has been marked, whatever became of it.
    return service + (RATE * trip.kilometres if trip and fee else Decimal(0))


def charged(cast: Cast, session: Session, now: datetime) -> Decimal:
    """What was invoiced of a session and what is open of it, together."""
    asking.become(cast.lead)
    lines = [line for found in all_open(Inside(cast.lead), now) for line in found.lines]
    invoiced = Line.objects.filter(session=session).values_list("net", flat=True)
    return sum((line.net for line in lines if line.session_id == session.pk), Decimal(0)) + sum(invoiced, Decimal(0))
