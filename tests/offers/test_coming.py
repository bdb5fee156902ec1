"""Somebody in a group says that they cannot come: the supervisors see it, nobody else; and it can be taken back."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from accounts.models import User
from audit import asking
from sessions import coming
from sessions.models import CannotCome, Session
from tests.conftest import NOW, make_engagement, make_session

Cast = Any
Enter = Callable[[User], Client]


@pytest.fixture(autouse=True)
def now(time_machine: Any) -> None:
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def session(cast: Cast) -> Session:
    asking.become(cast.lead)
    made = make_session(cast.engagement, NOW + timedelta(hours=6))
    return Session.objects.select_related("engagement").get(pk=made.pk)


def page(session: Session) -> str:
    return reverse("sessions:cannot_come", args=[session.pk])


def detail(browser: Client, session: Session) -> str:
    return browser.get(reverse("sessions:detail", args=[session.pk])).text


def test_it_is_said_what_it_means_before_it_is_said(cast: Cast, enter: Enter, session: Session) -> None:
    browser = enter(cast.supervisee)
    assert page(session) in detail(browser, session)
    assert "The session is held without you." in browser.get(page(session)).text
    asking.become(cast.lead)
    assert not CannotCome.objects.exists()


def test_the_supervisor_sees_who_it_is_and_nobody_else_does(cast: Cast, enter: Enter, session: Session) -> None:
    enter(cast.supervisee).post(page(session))
    assert "Sanna Salo" in detail(enter(cast.lead), session)
    assert "1 cannot come" in enter(cast.lead).get(reverse("today")).text
    asking.become(cast.contact)
    assert not CannotCome.objects.exists()
    asking.become(cast.stranger)
    assert not CannotCome.objects.exists()


def test_it_can_be_taken_back(cast: Cast, enter: Enter, session: Session) -> None:
    browser = enter(cast.supervisee)
    browser.post(page(session))
    assert "You have said that you cannot come." in detail(browser, session)
    browser.post(page(session), {"comes": "1"})
    asking.become(cast.lead)
    assert coming.missing_from(session) == []


def test_whoever_said_so_is_not_present_to_begin_with(
    cast: Cast, enter: Enter, session: Session, time_machine: Any
) -> None:
    enter(cast.supervisee).post(page(session))
    time_machine.move_to(session.ends_at, tick=False)
    form = enter(cast.lead).get(reverse("sessions:close", args=[session.pk])).context["form"]
    present = {form[name].label: form.fields[name].initial for name in form.fields if name.startswith("present-")}
    assert present == {"Sanna Salo": False, "Åsa Öberg": True, "Ville Wikman": True}


def test_of_another_time_nothing_was_said(cast: Cast, enter: Enter, session: Session) -> None:
    enter(cast.supervisee).post(page(session))
    asking.become(cast.lead)
    Session.objects.filter(pk=session.pk).update(
        starts_at=NOW + timedelta(days=9), ends_at=NOW + timedelta(days=9, hours=1)
    )
    session.refresh_from_db()
    assert coming.missing_from(session) == []


def test_who_is_alone_cancels_instead(cast: Cast) -> None:
    asking.become(cast.lead)
    process = make_engagement(cast.practice, cast.lead, None, cast.people[:1], title="Yksilö")
    session = Session.objects.select_related("engagement").get(pk=make_session(process, NOW + timedelta(days=4)).pk)
    asking.become(cast.supervisee)
    with pytest.raises(ValidationError, match="alone"):
        coming.say(session, comes=False, by=cast.supervisee, now=NOW)


def test_what_has_begun_is_spoken_of_otherwise(cast: Cast, session: Session, time_machine: Any) -> None:
    later = session.starts_at + timedelta(minutes=1)
    time_machine.move_to(later, tick=False)
    asking.become(cast.supervisee)
    with pytest.raises(ValidationError, match="has begun"):
        coming.say(session, comes=False, by=cast.supervisee, now=later)


def test_nobody_says_it_for_another(cast: Cast, session: Session) -> None:
    asking.become(cast.stranger_supervisee)
    with pytest.raises(ValidationError):
        coming.say(session, comes=False, by=cast.stranger_supervisee, now=NOW)
    asking.become(cast.lead)
    assert not CannotCome.objects.exists()
