"""What a session is charged: the figures, to the cent."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from billing.models import Kind
from billing.pricing import REST, Charge, Priced, items_of, share_until, sums_of
from formats.clock import HELSINKI

DAY = datetime(2026, 10, 12, 9, 0, tzinfo=HELSINKI)
TERMS = Priced(
    price=Decimal("190.00"), per="session", sessions_agreed=8, vat_class="standard", vat_reason="", travel="none",
    kilometre_rate=Decimal("0.55"), travel_time_price=Decimal(0), order_reference="", framework_reference="",
)  # fmt: skip
HELD = Charge(uuid4(), uuid4(), DAY, DAY + timedelta(minutes=90), "held", 100, 0)


def nets(charge: Charge, terms: Priced) -> dict[str, Decimal]:
    return {item.kind: item.net for item in items_of(charge, terms)}


def test_a_session_costs_its_price_or_its_minutes() -> None:
    assert nets(HELD, TERMS) == {Kind.SESSION: Decimal("190.00")}
    assert nets(HELD, replace(TERMS, per="hour", price=Decimal("95.00"))) == {Kind.SESSION: Decimal("142.50")}
    assert nets(HELD, replace(TERMS, per="training_hour", price=Decimal("80.00"))) == {Kind.SESSION: Decimal("160.00")}


def test_an_odd_length_is_rounded_once() -> None:
    # 50 minutes are 0,83 h on the line, and 50/60 of the price in the sum: 79,17 and not 78,85.
    charge = replace(HELD, ends_at=DAY + timedelta(minutes=50))
    (item,) = items_of(charge, replace(TERMS, per="hour", price=Decimal("95.00")))
    assert (item.quantity, item.net) == (Decimal("0.83"), Decimal("79.17"))


def test_late_and_missed_sessions_cost_their_part() -> None:
    assert nets(replace(HELD, state="cancelled_late", percent=50), TERMS) == {Kind.LATE: Decimal("95.00")}
    assert nets(replace(HELD, state="no_show", percent=80), TERMS) == {Kind.NO_SHOW: Decimal("152.00")}


def test_nothing_is_no_line() -> None:
    assert nets(replace(HELD, percent=0), TERMS) == {}
    assert nets(replace(HELD, state="cancelled", percent=0), TERMS) == {}
    assert nets(replace(HELD, state="planned", percent=0), TERMS) == {}
    assert nets(HELD, replace(TERMS, price=Decimal(0))) == {}
    assert list(items_of(HELD, None)) == []


def test_travel_is_charged_as_the_contract_says_and_under_the_vat_of_the_service() -> None:
    trip = replace(HELD, kilometres=120, travel_minutes=100, receipts=Decimal("12.40"))
    assert set(nets(trip, TERMS)) == {Kind.SESSION}
    by_km = replace(TERMS, travel="kilometres", travel_time_price=Decimal("40.00"), vat_class="small")
    assert nets(trip, by_km) == {
        Kind.SESSION: Decimal("190.00"), Kind.KILOMETRES: Decimal("66.00"), Kind.TRAVEL_TIME: Decimal("66.67"),
    }  # fmt: skip
    assert {(item.vat_class, item.vat_rate) for item in items_of(trip, by_km)} == {("small", Decimal("0.00"))}
    assert nets(trip, replace(TERMS, travel="receipts"))[Kind.RECEIPTS] == Decimal("12.40")


def test_the_rate_of_vat_is_that_of_the_day() -> None:
    old = replace(
        HELD, starts_at=datetime(2024, 8, 31, 9, tzinfo=HELSINKI), ends_at=datetime(2024, 8, 31, 10, tzinfo=HELSINKI)
    )
    (before,), (after,) = items_of(old, TERMS), items_of(HELD, TERMS)
    assert (before.vat_rate, after.vat_rate) == (Decimal("24.00"), Decimal("25.50"))


def test_vat_is_reckoned_on_the_sum_of_a_rate() -> None:
    # Line by line, three times 0,03 would have been rounded: 3 × 0,13 × 25,5 % = 0,10.
    terms = replace(TERMS, price=Decimal("0.13"))
    (found,) = sums_of([item for _ in range(3) for item in items_of(HELD, terms)])
    assert (found.net, found.vat, found.gross) == (Decimal("0.39"), Decimal("0.10"), Decimal("0.49"))


@given(
    price=st.decimals(min_value="0.01", max_value=99999, places=2),
    agreed=st.integers(1, 40),
    charged=st.lists(st.sampled_from([0, 25, 50, 80, 100]), max_size=60),
)
def test_shares_of_a_whole_price_add_up_to_it(price: Decimal, agreed: int, charged: list[int]) -> None:
    terms = replace(TERMS, per="whole", price=price, sessions_agreed=agreed)
    before, sessions = 0, Decimal(0)
    for percent in charged:
        state = "held" if percent == 100 else "cancelled_late"
        sessions += sum(nets(replace(HELD, state=state, percent=percent, before=before), terms).values())
        before += percent
    assert sessions == share_until(before, terms) <= price
    rest = nets(replace(HELD, session=None, state=REST, before=before), terms)
    assert sessions + sum(rest.values()) == price


def test_without_a_number_of_sessions_the_whole_price_comes_at_the_end() -> None:
    terms = replace(TERMS, per="whole", price=Decimal("1500.00"), sessions_agreed=None)
    assert nets(HELD, terms) == {}
    assert nets(replace(HELD, session=None, state=REST, before=300), terms) == {Kind.REST: Decimal("1500.00")}
