"""A supervisee who is alone in a session cancels it themselves: they know beforehand what it means, their supervisors
are told once, and nobody else can.
"""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import User
from audit import asking
from audit.connecting import as_role
from audit.roles import Role
from engagements.models import Engagement, Event
from notifications import outbox
from notifications.dispatch import Dispatcher
from sessions import own
from sessions.models import Fee, Session
from tests.conftest import NOW, make_engagement, make_next_version, make_session

Cast = Any
Enter = Callable[[User], Client]


@pytest.fixture(autouse=True)
def now(time_machine: Any) -> None:
    time_machine.move_to(NOW, tick=False)


def alone(cast: Cast, *, days: int = 5, **columns: Any) -> Session:
    """A session in which the supervisee of the cast is alone, under a contract with `columns`."""
    asking.become(cast.lead)
    process = make_engagement(cast.practice, cast.lead, None, cast.people[:1], title="Yksilö")
    make_next_version(process, cancel_notice_hours=48, cancel_fee_percent=50, price=Decimal("100.00"), **columns)
    made = make_session(process, NOW + timedelta(days=days))
    return Session.objects.select_related("engagement").get(pk=made.pk)


def page(session: Session) -> str:
    return reverse("sessions:cancel_own", args=[session.pk])


def state(cast: Cast, session: Session) -> tuple[str, int | None]:
    asking.become(cast.lead)
    found = Session.objects.get(pk=session.pk)
    fee = Fee.objects.filter(session=session).first()
    return found.state, fee.percent if fee else None


def test_in_time_it_is_free_and_that_is_said_first(cast: Cast, enter: Enter) -> None:
    session = alone(cast)
    browser = enter(cast.supervisee)
    assert page(session) in browser.get(reverse("sessions:detail", args=[session.pk])).text
    assert "By the contract this is in time" in browser.get(page(session)).text
    assert state(cast, session) == ("planned", None), "looking changes nothing"
    asking.become(cast.supervisee)
    answer = browser.post(page(session), {"reason": "Matkalla"}, follow=True)
    assert "The session is cancelled. Your supervisor is told." in answer.text
    assert state(cast, session) == ("cancelled", 0)
    event = Event.objects.filter(engagement=session.engagement_id, kind="cancelled").get()
    assert (event.actor_id, event.data["late"]) == (cast.supervisee.pk, False)


def test_late_the_fee_is_named_before_it_is_charged(cast: Cast, enter: Enter) -> None:
    session = alone(cast, days=1)
    browser = enter(cast.supervisee)
    text = " ".join(browser.get(page(session)).text.split())
    assert "By the contract this is late" in text
    assert "The fee for a late cancellation is 50% of the price." in text
    assert "When the supervisor cancels" not in text
    browser.post(page(session), {"reason": ""})
    assert state(cast, session) == ("cancelled_late", 50)


def test_its_time_is_the_supervisors_own_again(cast: Cast) -> None:
    session = alone(cast)
    asking.become(cast.supervisee)
    own.cancel(session, by=cast.supervisee, now=NOW)
    asking.become(cast.lead)
    make_session(cast.engagement, session.starts_at)


def test_in_a_group_the_session_is_held_without_one(cast: Cast, enter: Enter) -> None:
    browser = enter(cast.supervisee)
    there = reverse("sessions:detail", args=[cast.session.pk])
    assert page(cast.session) not in browser.get(there).text
    answer = browser.post(page(cast.session), {"reason": ""}, follow=True)
    assert "There are others in it." in answer.text
    assert state(cast, cast.session) == ("planned", None)


def test_where_the_client_cancels_the_supervisee_does_not(cast: Cast, enter: Enter) -> None:
    session = alone(cast, who_cancels="client")
    answer = enter(cast.supervisee).post(page(session), {"reason": ""}, follow=True)
    assert "it is the client who cancels" in answer.text
    assert state(cast, session) == ("planned", None)


def test_what_has_begun_is_not_cancelled_any_more(cast: Cast, time_machine: Any) -> None:
    session = alone(cast)
    asking.become(cast.supervisee)
    with pytest.raises(ValidationError, match="has begun"):
        own.cancel(session, by=cast.supervisee, now=session.starts_at)


def test_twice_is_once(cast: Cast) -> None:
    session = alone(cast)
    asking.become(cast.supervisee)
    own.cancel(session, by=cast.supervisee, now=NOW)
    with pytest.raises(ValidationError, match="Somebody else changed this session"):
        own.cancel(session, by=cast.supervisee, now=NOW)


@pytest.mark.parametrize("who", ["contact", "stranger", "stranger_supervisee", "practice_admin", "lead"])
def test_nobody_else_can_not_even_past_the_page(cast: Cast, enter: Enter, who: str) -> None:
    session = alone(cast)
    assert enter(cast.members[who]).post(page(session), {"reason": ""}).status_code == 404
    asking.become(cast.members[who])
    with connection.cursor() as cursor:
        cursor.execute("SELECT sec.cancel_own(%s, false, 0, '', '', %s)", [session.pk, NOW])
        assert cursor.fetchone() == (False,)
    assert state(cast, session) == ("planned", None)


def test_its_supervisors_are_told_once_and_nothing_but_the_time(settled: Cast, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    mail.outbox = []
    with transaction.atomic():
        session = alone(settled)
        asking.become(settled.lead)
        Engagement.objects.get(pk=session.engagement_id).co_supervisors.create(user=settled.co_supervisor)
    with transaction.atomic():
        asking.become(settled.supervisee)
        own.cancel(session, reason="Lääkäri", by=settled.supervisee, now=NOW)
    for minutes in (0, 1, 30):
        moment = NOW + timedelta(minutes=minutes)
        with as_role(Role.WORKER):
            outbox.plan(moment)
            Dispatcher(clock=lambda: moment).run()  # noqa: B023  (run at once)
    told = [each for each in mail.outbox if "A supervisee has cancelled a session" in str(each.body)]
    assert sorted(each.to[0] for each in told) == ["kalle@kaari.example", "liisa@kaari.example"]
    for each in told:
        assert f"/sessions/{session.pk}/" in str(each.body)
        assert "Lääkäri" not in str(each.message())
        assert "Salo" not in str(each.message())
