"""Moving, placing anew and cancelling: once, told, and by the terms of the contract."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import translation

from audit import asking
from engagements.models import Contract, Event
from notifications.models import Message
from sessions import actions
from sessions.models import Session, SessionState

AgreeAnew = Callable[..., Contract]
HELSINKI = ZoneInfo("Europe/Helsinki")
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=HELSINKI)
WEDNESDAY = datetime(2026, 11, 25, 9, 0, tzinfo=HELSINKI)  # when the session of the cast is
FRIDAY = datetime(2026, 11, 27, 10, 0, tzinfo=HELSINKI)


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def session(cast: Any) -> Session:
    """The session of the cast, booked long ago, with the lead asking."""
    asking.become(cast.lead)
    Session.objects.filter(pk=cast.session.pk).update(created_at=NOW - timedelta(days=30))
    return Session.objects.get(pk=cast.session.pk)


def move(session: Session, by: Any, starts_at: datetime = FRIDAY, **more: Any) -> Session:
    values: dict[str, Any] = {"minutes": 90, "mode": "in_person", "place": "Otsontie 2"} | more
    return actions.move(session, starts_at=starts_at, **values, by=by, now=NOW)


def test_a_moved_session_takes_its_new_time_and_frees_the_old(cast: Any, session: Session) -> None:
    moved = move(session, cast.lead)
    assert moved.starts_at == FRIDAY
    assert moved.sequence == 1
    assert {booking.during.lower for booking in moved.bookings.all()} == {FRIDAY}
    event = Event.objects.get(kind=Event.Kind.MOVED)
    assert datetime.fromisoformat(event.data["from"]) == WEDNESDAY
    assert Message.objects.filter(obj=session.pk).exists()


def test_a_session_is_not_moved_over_another(cast: Any, session: Session) -> None:
    actions.book(cast.engagement, starts_at=FRIDAY, minutes=90, mode="remote", by=cast.lead, now=NOW)
    with pytest.raises(actions.Taken):
        move(session, cast.lead, FRIDAY + timedelta(minutes=30))
    session.refresh_from_db()
    assert (session.starts_at, session.sequence) == (WEDNESDAY, 0)


def test_a_session_may_move_over_its_own_old_time(cast: Any, session: Session) -> None:
    assert move(session, cast.lead, WEDNESDAY + timedelta(minutes=30)).starts_at.minute == 30


def test_another_place_is_another_version_but_tells_nobody_of_a_move(cast: Any, session: Session) -> None:
    changed = actions.change_place(session, mode="remote", link="https://kokous.example/1", by=cast.lead, now=NOW)
    assert (changed.link, changed.sequence, changed.starts_at) == ("https://kokous.example/1", 1, WEDNESDAY)
    assert Event.objects.filter(kind=Event.Kind.RELOCATED).exists()
    assert not Message.objects.filter(obj=session.pk).exists()


def test_nothing_changed_leaves_no_trace(cast: Any, session: Session) -> None:
    assert move(session, cast.lead, WEDNESDAY).sequence == 0
    assert not Event.objects.exists()


@pytest.mark.parametrize("state", ["held", "cancelled", "cancelled_late", "no_show"])
def test_only_a_planned_session_changes(cast: Any, session: Session, state: str) -> None:
    Session.objects.filter(pk=session.pk).update(state=state)
    verbs: list[Callable[[], Session]] = [
        lambda: move(session, cast.lead),
        lambda: actions.cancel(session, by=cast.lead, now=NOW),
        lambda: actions.change_place(session, mode="remote", by=cast.lead, now=NOW),
    ]
    for verb in verbs:
        with pytest.raises(ValidationError, match="The session is not open any more"):
            verb()


@pytest.mark.parametrize(
    ("hours_before", "notice", "state"),
    [
        (72, 48, "cancelled"),
        (48, 48, "cancelled"),
        (47, 48, "cancelled_late"),
        (1, None, "cancelled"),
        (1, 0, "cancelled"),
    ],
)
def test_whether_a_cancellation_is_late_the_contract_says(
    cast: Any, session: Session, agree_anew: AgreeAnew, hours_before: int, notice: int | None, state: str
) -> None:
    agree_anew(cast.engagement, cancel_notice_hours=notice)
    cancelled = actions.cancel(session, by=cast.lead, now=WEDNESDAY - timedelta(hours=hours_before))
    assert cancelled.state == state
    assert cancelled.sequence == 1
    assert Event.objects.get(kind=Event.Kind.CANCELLED).data["late"] == (state == "cancelled_late")


def test_a_late_cancellation_may_be_let_pass(cast: Any, session: Session) -> None:
    cancelled = actions.cancel(session, late=False, by=cast.lead, now=WEDNESDAY - timedelta(hours=1))
    assert cancelled.state == SessionState.CANCELLED


def test_those_in_a_session_are_told_that_it_is_cancelled(cast: Any, session: Session) -> None:
    actions.cancel(session, reason="Sairaus", by=cast.lead, now=NOW)
    told = Message.objects.filter(obj=session.pk, kind="session_cancelled")
    assert {message.person_id for message in told} == {cast.people[0].pk, cast.people[1].pk}  # who has an address


# --- pages ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def late(cast: Any, session: Session, client: Client, time_machine: Any, agree_anew: AgreeAnew) -> Client:
    """The lead's browser, an hour before the session."""
    agree_anew(cast.engagement, cancel_fee_percent=50)
    time_machine.move_to(WEDNESDAY - timedelta(hours=1), tick=False)
    client.force_login(cast.lead)
    return client


def test_the_page_of_cancelling_says_what_it_costs_by_the_contract(session: Session, late: Client) -> None:
    page = late.get(reverse("sessions:cancel", args=[session.pk])).text
    assert "By the contract this is late" in page
    assert "until Mon 23 Nov 2026 9:00" in page
    assert "is 50" in page


def test_in_time_the_page_says_until_when_it_is_free(
    cast: Any, session: Session, client: Client, time_machine: Any
) -> None:
    time_machine.move_to(NOW - timedelta(days=3), tick=False)
    client.force_login(cast.lead)
    page = client.get(reverse("sessions:cancel", args=[session.pk]))
    assert "By the contract this is in time" in page.text
    assert "late" not in page.context["form"].fields


@pytest.mark.parametrize(
    ("sent", "state"),
    [
        ({"who": "others", "late": "on"}, "cancelled_late"),
        ({"who": "others"}, "cancelled"),
        ({"who": "supervisor", "late": "on"}, "cancelled"),
    ],
)
def test_what_a_supervisor_cancels_is_never_late(
    session: Session, late: Client, sent: dict[str, str], state: str
) -> None:
    late.post(reverse("sessions:cancel", args=[session.pk]), sent | {"reason": "Este"})
    session.refresh_from_db()
    assert (session.state, session.reason) == (state, "Este")


def test_a_session_that_is_no_longer_open_shows_why(session: Session, late: Client) -> None:
    Session.objects.filter(pk=session.pk).update(state="held")
    answer = late.post(reverse("sessions:move", args=[session.pk]), {}, follow=True)
    assert answer.redirect_chain[-1][0] == reverse("sessions:detail", args=[session.pk])
    assert "The session is not open any more: held." in answer.text


def test_the_page_of_moving_moves(session: Session, late: Client) -> None:
    sent = {"day": "27.11.2026", "clock": "10", "minutes": "60", "mode": "remote", "link": "https://kokous.example/2"}
    late.post(reverse("sessions:move", args=[session.pk]), sent)
    session.refresh_from_db()
    assert (session.starts_at, session.minutes, session.mode) == (FRIDAY, 60, "remote")
