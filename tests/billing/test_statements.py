"""The basis of an invoice: what is in it, who makes it, that it stays, and how it is put right afterwards."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction

from audit import asking
from audit.connecting import as_role
from audit.roles import Role
from billing.actions import mark_invoiced, note_travel
from billing.models import Basis, Kind, Line
from billing.reading import Inside, all_open
from engagements import actions as engagement_actions
from sessions import actions, fees
from sessions.models import Session
from tests.billing_story import (
    AFTERWARDS,
    DECEMBER,
    NOVEMBER,
    WEDNESDAY,
    another,
    found,
    held,
    invoice,
    key,
    priced,
)
from tests.conftest import HELSINKI, NOW, make_engagement
from tyonohjaus.example import make_example

Cast = Any


def kinds(statement: Any) -> list[tuple[str, bool, Decimal]]:
    return [(line.kind, line.corrects, line.net) for line in statement.lines]


# --- what is open ---------------------------------------------------------------------------------------------------


def test_a_month_collects_what_its_sessions_are_charged(cast: Cast) -> None:
    priced(cast)
    late, missed = another(cast, 1), another(cast, 2)
    held(cast)
    actions.cancel(late, by=cast.lead, now=WEDNESDAY)
    actions.mark_no_show(missed, by=cast.lead, now=missed.ends_at)
    (statement,) = found(cast)
    assert statement.key == key(cast)
    assert kinds(statement) == [
        (Kind.SESSION, False, Decimal("190.00")), (Kind.LATE, False, Decimal("95.00")),
        (Kind.NO_SHOW, False, Decimal("152.00")),
    ]  # fmt: skip
    assert (statement.net, statement.vat, statement.gross) == (Decimal("437.00"), Decimal("111.44"), Decimal("548.44"))
    assert {(line.order_reference, line.framework_reference) for line in statement.lines} == {("T-4711", "P-2026/12")}
    assert (statement.party.name, statement.party.practice) == ("Päiväkoti Otso", "Kaari")


def test_cancelled_in_time_free_trials_and_waived_fees_are_not_in_it(cast: Cast) -> None:
    priced(cast, trial_sessions=2, trial_free=True)
    asking.become(cast.lead)
    Session.objects.filter(pk=cast.session.pk).update(trial=True)
    held(cast)
    waived, in_time = another(cast, 1), another(cast, 9)
    waived = held(cast, waived)
    fees.waive(
        Session.objects.select_related("engagement").get(pk=waived.pk), reason="Sovittu", by=cast.lead, now=AFTERWARDS
    )
    actions.cancel(in_time, by=cast.lead, now=WEDNESDAY)
    assert found(cast) == []


def test_the_contract_of_the_day_counts(cast: Cast) -> None:
    priced(cast)
    priced(cast, price=Decimal("210.00"), valid_from=(WEDNESDAY + timedelta(days=1)).date())
    held(cast)
    held(cast, another(cast, 2))
    (statement,) = found(cast)
    assert [line.net for line in statement.lines] == [Decimal("190.00"), Decimal("210.00")]


def test_a_session_just_before_midnight_is_of_its_month_in_helsinki(cast: Cast) -> None:
    priced(cast)
    asking.become(cast.lead)
    Session.objects.filter(pk=cast.session.pk).update(
        starts_at=datetime(2026, 12, 1, 0, 15, tzinfo=HELSINKI), ends_at=datetime(2026, 12, 1, 1, 45, tzinfo=HELSINKI)
    )
    held(cast)
    assert [each.key.month for each in found(cast)] == [DECEMBER]


def test_payers_and_months_stand_apart_and_processes_of_one_payer_together(cast: Cast) -> None:
    priced(cast)
    asking.become(cast.lead)
    private = make_engagement(cast.practice, cast.lead, None, cast.people[:1], title="Yksityinen")
    second = make_engagement(
        cast.practice, cast.lead, cast.organisation, cast.people[1:], cast.client_contact, title="Toinen"
    )
    held(cast)
    held(cast, another(cast, 1, second))
    held(cast, another(cast, 2, private))
    held(cast, another(cast, 7))
    parts = sorted((each.key.month, each.party.name, len(each.parts)) for each in found(cast))
    assert parts == [(NOVEMBER, "", 1), (NOVEMBER, "Päiväkoti Otso", 2), (DECEMBER, "Päiväkoti Otso", 1)]


def test_an_example_is_never_billed(cast: Cast) -> None:
    asking.become(cast.lead)
    example = make_example(cast.practice, by=cast.lead, now=NOW)
    assert example.sessions.filter(fee__percent=100).exists()
    assert found(cast) == []


def test_a_price_for_the_whole_is_shared_by_the_sessions_and_ends_with_the_rest(cast: Cast) -> None:
    priced(cast, price=Decimal("1000.00"), price_per="whole", sessions_agreed=3)
    held(cast)
    held(cast, another(cast, 1))
    (statement,) = found(cast)
    assert [line.net for line in statement.lines] == [Decimal("333.33"), Decimal("333.34")]
    invoice(cast)
    engagement_actions.close(cast.engagement, ending="completed", reason="", by=cast.lead, now=AFTERWARDS)
    (statement,) = found(cast, AFTERWARDS + timedelta(days=1))
    assert kinds(statement) == [(Kind.REST, False, Decimal("333.33"))]


# --- travel ---------------------------------------------------------------------------------------------------------


def test_travel_goes_with_its_session(cast: Cast) -> None:
    priced(cast)
    session = held(cast)
    note_travel(session, kilometres=100, minutes=90, by=cast.lead, now=AFTERWARDS)
    (statement,) = found(cast)
    assert kinds(statement) == [
        (Kind.SESSION, False, Decimal("190.00")), (Kind.KILOMETRES, False, Decimal("55.00")),
        (Kind.TRAVEL_TIME, False, Decimal("60.00")),
    ]  # fmt: skip


def test_travel_that_the_contract_does_not_charge_is_refused_in_words(cast: Cast) -> None:
    priced(cast, travel_time_price=None)
    session = held(cast)
    with pytest.raises(ValidationError, match="By the contract this is not charged"):
        note_travel(session, minutes=90, by=cast.lead, now=AFTERWARDS)
    priced(cast, travel="included", travel_time_price=None)
    with pytest.raises(ValidationError, match="no travel is charged"):
        note_travel(session, kilometres=10, by=cast.lead, now=AFTERWARDS)


def test_travel_that_is_taken_back_after_the_invoice_is_corrected(cast: Cast) -> None:
    priced(cast)
    session = held(cast)
    note_travel(session, kilometres=100, by=cast.lead, now=WEDNESDAY)
    invoice(cast)
    note_travel(session, kilometres=60, by=cast.lead, now=AFTERWARDS + timedelta(days=1))
    (statement,) = found(cast, AFTERWARDS + timedelta(days=2))
    assert (statement.key.month, kinds(statement)) == (DECEMBER, [(Kind.KILOMETRES, True, Decimal("-22.00"))])


# --- invoicing ------------------------------------------------------------------------------------------------------


def test_what_is_invoiced_is_kept_with_its_number_and_open_no_more(cast: Cast) -> None:
    priced(cast)
    held(cast)
    basis = invoice(cast)
    assert (basis.number, basis.reference, basis.month) == (1001, "10016", NOVEMBER)
    assert [(line.kind, line.net, line.vat_rate) for line in basis.lines.all()] == [
        (Kind.SESSION, Decimal("190.00"), Decimal("25.50"))
    ]
    assert basis.facts["name"] == "Päiväkoti Otso"
    assert found(cast) == []


def test_numbers_run_on_within_a_practice(cast: Cast) -> None:
    priced(cast)
    held(cast)
    first = invoice(cast)
    held(cast, another(cast, 7))
    second = invoice(cast, AFTERWARDS + timedelta(days=31), month=DECEMBER)
    assert (first.number, second.number) == (1001, 1002)


def test_somebody_who_looked_at_other_lines_is_told_so(cast: Cast) -> None:
    priced(cast)
    held(cast)
    (statement,) = found(cast)
    held(cast, another(cast, 1))
    with pytest.raises(ValidationError, match="Something has changed"):
        mark_invoiced(statement.key, seen=statement.seen, invoice_number="", by=cast.lead, now=AFTERWARDS)
    assert not Basis.objects.exists()


def test_the_same_month_is_invoiced_once(cast: Cast) -> None:
    priced(cast)
    held(cast)
    (statement,) = found(cast)
    invoice(cast)
    with pytest.raises(ValidationError, match="nothing to invoice any more"):
        mark_invoiced(statement.key, seen=statement.seen, invoice_number="", by=cast.lead, now=AFTERWARDS)


@pytest.mark.parametrize("role", [Role.APP, Role.OWNER])
@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE billing_basis SET month = month - interval '1 month'",
        "DELETE FROM billing_line",
        "DELETE FROM billing_basis",
        "UPDATE billing_line SET net = 1",
        "TRUNCATE billing_line, billing_basis",
    ],
)
def test_raw_sql_changes_nothing_of_what_was_invoiced(settled: Cast, role: Role, sql: str) -> None:
    with transaction.atomic():
        priced(settled)
        held(settled)
        invoice(settled)
    with as_role(role), transaction.atomic(), connection.cursor() as cursor:
        asking.become(settled.lead)
        with pytest.raises(DatabaseError, match=r"never changes|permission denied"):
            cursor.execute(sql)
        transaction.set_rollback(True)
    with transaction.atomic():
        asking.become(settled.lead)
        assert Line.objects.get().net == Decimal("190.00")


def test_nothing_enters_but_by_the_door(cast: Cast) -> None:
    priced(cast)
    held(cast)
    basis = invoice(cast)
    asking.become(cast.lead)
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        Basis.objects.create(
            practice=cast.practice, lead=cast.lead, payer=basis.payer, month=DECEMBER, number=7, facts={},
            invoiced_at=AFTERWARDS, invoiced_by=cast.lead,
        )  # fmt: skip


@pytest.mark.parametrize("who", ["co_supervisor", "contact", "supervisee", "stranger"])
def test_only_the_lead_and_the_practice_open_the_door(cast: Cast, who: str) -> None:
    priced(cast)
    held(cast)
    (statement,) = found(cast)
    user = getattr(cast, who)
    asking.become(user)
    with pytest.raises((ValidationError, DatabaseError)), transaction.atomic():
        mark_invoiced(statement.key, seen=statement.seen, invoice_number="", by=user, now=AFTERWARDS)
    asking.become(cast.lead)
    assert not Basis.objects.exists()


def test_the_practice_administrator_invoices_for_the_practice(cast: Cast) -> None:
    priced(cast)
    held(cast)
    (statement,) = found(cast, by=cast.practice_admin)
    mark_invoiced(statement.key, seen=statement.seen, invoice_number="2026-7", by=cast.practice_admin, now=AFTERWARDS)
    asking.become(cast.lead)
    assert Basis.objects.get().invoice_number == "2026-7"


def test_a_month_to_come_is_not_invoiced(cast: Cast) -> None:
    priced(cast)
    held(cast)
    (statement,) = found(cast)
    with pytest.raises(ValidationError):
        mark_invoiced(
            replace(statement.key, month=DECEMBER), seen=statement.seen, invoice_number="", by=cast.lead, now=AFTERWARDS
        )


# --- afterwards -----------------------------------------------------------------------------------------------------


def test_what_is_waived_after_the_invoice_is_taken_off_a_later_one(cast: Cast) -> None:
    priced(cast)
    session = held(cast)
    invoice(cast)
    fees.waive(session, reason="Sovittu", by=cast.lead, now=AFTERWARDS + timedelta(hours=1))
    (statement,) = found(cast, AFTERWARDS + timedelta(days=1))
    assert (statement.key.month, kinds(statement)) == (DECEMBER, [(Kind.SESSION, True, Decimal("-190.00"))])
    invoice(cast, AFTERWARDS + timedelta(days=1), month=DECEMBER)
    assert found(cast, AFTERWARDS + timedelta(days=2)) == []


def test_what_is_marked_after_the_invoice_goes_into_the_month_that_runs(cast: Cast) -> None:
    priced(cast)
    forgotten = another(cast, 1)
    held(cast)
    invoice(cast)
    held(cast, forgotten, now=AFTERWARDS + timedelta(days=1))
    (statement,) = found(cast, AFTERWARDS + timedelta(days=1))
    assert (statement.key.month, kinds(statement)) == (DECEMBER, [(Kind.SESSION, False, Decimal("190.00"))])
    assert statement.lines[0].day == (WEDNESDAY + timedelta(days=1)).date()


def test_a_marking_taken_back_after_the_invoice_is_corrected_and_so_is_the_correction(cast: Cast) -> None:
    priced(cast)
    session = held(cast)
    invoice(cast, WEDNESDAY + timedelta(hours=3))
    actions.unmark(session, by=cast.lead, now=WEDNESDAY + timedelta(hours=4))
    later = WEDNESDAY + timedelta(hours=5)
    (statement,) = found(cast, later)
    assert (statement.key.month, kinds(statement)) == (DECEMBER, [(Kind.SESSION, True, Decimal("-190.00"))])
    invoice(cast, AFTERWARDS, month=DECEMBER)
    actions.mark_no_show(Session.objects.get(pk=session.pk), by=cast.lead, now=AFTERWARDS + timedelta(hours=1))
    (statement,) = found(cast, AFTERWARDS + timedelta(hours=2))
    assert kinds(statement) == [(Kind.NO_SHOW, False, Decimal("152.00"))]


# --- who knows it ---------------------------------------------------------------------------------------------------


def test_supervisees_strangers_and_administrators_of_the_service_know_nothing_of_it(cast: Cast) -> None:
    priced(cast)
    held(cast)
    invoice(cast)
    for who in ("supervisee", "stranger", "administrator", "stranger_supervisee", "contact"):
        user = getattr(cast, who)
        asking.become(user)
        assert all_open(Inside(user), AFTERWARDS) == [], who
        assert not Basis.objects.exists(), who
        assert not Line.objects.exists(), who


def test_a_co_supervisor_sees_the_lines_of_the_processes_they_lead(cast: Cast) -> None:
    priced(cast)
    asking.become(cast.lead)
    second = make_engagement(
        cast.practice, cast.lead, cast.organisation, cast.people[1:], cast.client_contact, title="Toinen"
    )
    held(cast)
    held(cast, another(cast, 1, second))
    (statement,) = found(cast, by=cast.co_supervisor)
    assert [part.engagement.title for part in statement.parts] == ["Otso"]
    invoice(cast)
    asking.become(cast.co_supervisor)
    assert [line.engagement.title for line in Line.objects.select_related("engagement")] == ["Otso"]
