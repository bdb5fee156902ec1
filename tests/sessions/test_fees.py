"""What a session is charged: by the contract, frozen when said, waived with a reason, told to whom it concerns."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from audit import asking
from engagements.models import Audience, Event
from formats.templatetags.formats import percent
from sessions import actions, fees
from sessions.facts import costs_told, counts_for_practice
from sessions.models import Fee, Session
from tests.conftest import make_session

Cast = Any
HELSINKI = ZoneInfo("Europe/Helsinki")
WEDNESDAY = datetime(2026, 11, 25, 9, 0, tzinfo=HELSINKI)
AFTER = WEDNESDAY + timedelta(hours=2)


@pytest.fixture
def session(cast: Cast, agree_anew: Callable[..., Any]) -> Session:
    asking.become(cast.lead)
    agree_anew(cast.engagement, cancel_fee_percent=50, no_show_fee_percent=80, price=Decimal("190.00"))
    return Session.objects.select_related("engagement").get(pk=cast.session.pk)


def held(cast: Cast, session: Session) -> Session:
    present = {one.pk: "" for one in cast.engagement.participations.all()}
    return actions.mark_held(session, present=present, by=cast.lead, now=AFTER)


def charged(session: Session) -> int:
    return Fee.objects.get(session=session).charged


def test_held_is_charged_in_full(cast: Cast, session: Session) -> None:
    assert charged(held(cast, session)) == 100


def test_nobody_came_and_cancelled_late_are_charged_the_fee_of_the_contract(cast: Cast, session: Session) -> None:
    other = make_session(cast.engagement, WEDNESDAY + timedelta(days=1))
    assert charged(actions.mark_no_show(session, by=cast.lead, now=AFTER)) == 80
    assert charged(actions.cancel(other, by=cast.lead, now=WEDNESDAY)) == 50


def test_cancelled_in_time_or_by_the_supervisor_costs_nothing(cast: Cast, session: Session) -> None:
    far = make_session(cast.engagement, WEDNESDAY + timedelta(days=9))
    assert charged(actions.cancel(far, by=cast.lead, now=WEDNESDAY)) == 0
    assert charged(actions.cancel(session, late=False, by=cast.lead, now=WEDNESDAY)) == 0


def test_a_free_trial_costs_nothing_whatever_became_of_it(
    cast: Cast, session: Session, agree_anew: Callable[..., Any]
) -> None:
    agree_anew(cast.engagement, trial_sessions=1, trial_free=True)
    Session.objects.filter(pk=session.pk).update(trial=True)
    session.trial = True
    assert actions.cancelling(session, now=WEDNESDAY).fee_percent == 0
    assert charged(held(cast, session)) == 0


def test_a_contract_that_names_no_fee_asks_for_none(cast: Cast, agree_anew: Callable[..., Any]) -> None:
    asking.become(cast.lead)
    agree_anew(cast.engagement, no_show_fee_percent=None)
    assert charged(actions.mark_no_show(cast.session, by=cast.lead, now=AFTER)) == 0


def test_what_was_said_stays_when_the_contract_changes(
    cast: Cast, session: Session, agree_anew: Callable[..., Any]
) -> None:
    marked = actions.mark_no_show(session, by=cast.lead, now=AFTER)
    agree_anew(cast.engagement, no_show_fee_percent=0)
    assert charged(marked) == 80


def test_a_marking_taken_back_takes_its_fee_along(cast: Cast, session: Session) -> None:
    actions.unmark(held(cast, session), by=cast.lead, now=AFTER)
    assert not Fee.objects.exists()


def test_the_fee_stands_on_the_page_before_it_is_said(
    cast: Cast, session: Session, client: Client, time_machine: Any
) -> None:
    time_machine.move_to(AFTER, tick=False)
    client.force_login(cast.lead)
    page = client.get(reverse("sessions:close", args=[session.pk])).text
    assert f"If nobody came, {percent(80)} of the price" in page
    row = client.get(reverse("sessions:held", args=[session.pk]), headers={"HX-Request": "true"}).text
    assert f"If nobody came, {percent(80)} of the price" in row
    assert f"is {percent(50)} of the price" in client.get(reverse("sessions:cancel", args=[session.pk])).text


def test_it_is_waived_with_a_reason_once(cast: Cast, session: Session, client: Client, time_machine: Any) -> None:
    time_machine.move_to(AFTER, tick=False)
    held(cast, session)
    client.force_login(cast.lead)
    page = reverse("sessions:waive", args=[session.pk])
    assert "Say why nothing is charged." in client.post(page, {"reason": " "}).text
    answer = client.post(page, {"reason": "Katkesi"}, follow=True)
    assert "waived by Liisa Lahti: Katkesi" in answer.text
    asking.become(cast.lead)
    assert charged(session) == 0
    assert Event.objects.get(kind=Event.Kind.WAIVED).audience == Audience.SUPERVISORS
    with pytest.raises(ValidationError, match="already"):
        fees.waive(session, reason="Taas", by=cast.lead, now=AFTER)
    with pytest.raises(IntegrityError), transaction.atomic():
        Fee.objects.update(waived_reason="")


def test_supervisees_see_nothing_of_it(cast: Cast, session: Session, client: Client) -> None:
    held(cast, session)
    fees.waive(session, reason="Katkesi", by=cast.lead, now=AFTER)
    client.force_login(cast.supervisee)
    for url in (
        reverse("sessions:detail", args=[session.pk]),
        reverse("engagements:detail", args=[cast.engagement.pk]),
    ):
        text = client.get(url).text
        assert "Katkesi" not in text
        assert "waived" not in text
    for name in ("supervisee", "contact", "practice_admin", "administrator", "stranger"):
        asking.become(cast.members[name])
        assert not Fee.objects.exists(), name


def test_the_client_is_told_the_billing_basis_only_by_a_clause_that_names_it(
    cast: Cast, session: Session, agree_anew: Callable[..., Any], client: Client, time_machine: Any
) -> None:
    time_machine.move_to(WEDNESDAY + timedelta(days=40), tick=False)
    held(cast, session)
    late = make_session(cast.engagement, WEDNESDAY + timedelta(hours=3))
    actions.cancel(late, by=cast.lead, now=WEDNESDAY)
    waived = held(cast, make_session(cast.engagement, WEDNESDAY - timedelta(hours=5)))
    fees.waive(waived, reason="Katkesi", by=cast.lead, now=AFTER)
    now = WEDNESDAY + timedelta(days=40)
    asking.become(cast.contact)
    assert costs_told(now) == {}
    asking.become(cast.lead)
    clause = [{"what": "costs", "approval": "none", "when": "request"}]
    agree_anew(cast.engagement, told=clause, cancel_fee_percent=50)
    asking.become(cast.contact)
    told = costs_told(now)[cast.engagement.pk]
    assert (told.whole, list(told.parts)) == (1, [50])
    client.force_login(cast.contact)
    text = client.get(reverse("client_home")).text
    assert "1 session is charged in full." in text
    assert "Katkesi" not in text
    asking.become(cast.stranger)
    assert costs_told(now) == {}


def test_the_practice_sees_how_many_are_charged_and_never_which(cast: Cast, session: Session, client: Client) -> None:
    held(cast, session)
    actions.mark_no_show(make_session(cast.engagement, WEDNESDAY - timedelta(days=1)), by=cast.lead, now=AFTER)
    asking.become(cast.practice_admin)
    counts = counts_for_practice([cast.engagement.pk, cast.foreign_engagement.pk])
    assert {pk: (one.whole, one.part, one.waived) for pk, one in counts.items()} == {cast.engagement.pk: (1, 1, 0)}
    client.force_login(cast.practice_admin)
    assert "1 charged in full, 1 in part" in client.get(reverse("practice_home")).text
    asking.become(cast.supervisee)
    assert counts_for_practice([cast.engagement.pk]) == {}
