"""What a practice administrator sees: frames and numbers, and nothing of what they are not to know."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Invitation, Membership, User
from audit import asking
from engagements.models import Engagement, Goal, State
from sessions.facts import Counts, counts_for_practice
from sessions.models import Attendance, Session
from tests.conftest import NOW, Cast, make_engagement, make_session, make_user

Enter = Callable[[User], Client]
HOME = reverse("practice_home")
SUPERVISORS = reverse("practice_supervisors")


@pytest.fixture(autouse=True)
def now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def titles(response: Any) -> list[str]:
    return [row.title for row in response.context["rows"]]


@pytest.fixture
def held(cast: Cast) -> None:
    """Two held sessions of 90 minutes beside the planned one, one of them with all three present."""
    asking.become(cast.lead)
    for days in (7, 14):
        session = make_session(cast.engagement, NOW - timedelta(days=days))
        Session.objects.filter(pk=session.pk).update(state="held", reason="Salainen syy")
    Attendance.objects.bulk_create(
        Attendance(session=session, participation=one, presence="present" if number < 2 else "absent")
        for number, one in enumerate(cast.engagement.participations.order_by("pk"))
    )
    cancelled = make_session(cast.engagement, NOW - timedelta(days=3))
    Session.objects.filter(pk=cancelled.pk).update(state="cancelled")


def test_an_administrator_of_the_practice_sees_the_frame_and_no_content(cast: Cast, held: None, enter: Enter) -> None:
    asking.become(cast.lead)
    Goal.objects.create(engagement=cast.engagement, theme="meaning", text="Yhteinen suunta")
    Engagement.objects.create(practice=cast.practice, lead=cast.lead, title="Vielä luonnos")
    asking.become(cast.practice_admin)
    Invitation.objects.create(
        practice=cast.practice, email="uusi@kaari.example", kind="supervisor", invited_by=cast.practice_admin,
        expires_at=timezone.now() + timedelta(days=7),
    )  # fmt: skip
    page = enter(cast.practice_admin).get(HOME)
    assert [(one["name"], one["open"]) for one in page.context["supervisors"]] == [
        ("Kalle Kivi", 0),
        ("Liisa Lahti", 1),
    ]
    assert page.context["organisations"] == 1
    assert titles(page) == ["Otso"]
    assert "uusi@kaari.example" in page.text
    for hidden in ("Yhteinen suunta", "Vielä luonnos", "Salo", "Otsontie", "Vieras", "Salainen syy", "16 Nov"):
        assert hidden not in page.text, hidden


def test_a_row_counts_sessions_minutes_and_attendances(cast: Cast, held: None, enter: Enter) -> None:
    (row,) = enter(cast.practice_admin).get(HOME).context["rows"]
    assert (row.sessions, row.attendances) == ("2 held, 1 planned", "3 h · 2 attendances")


def test_the_database_counts_for_the_administrators_of_a_practice_alone(cast: Cast, held: None) -> None:
    asked = [cast.engagement.pk, cast.foreign_engagement.pk]
    for who in (cast.practice_admin, cast.lead):
        asking.become(who)
        assert counts_for_practice(asked) == {cast.engagement.pk: Counts(2, 1, 180, 2)}
    for stranger in (cast.co_supervisor, cast.supervisee, cast.contact, cast.administrator, None):
        asking.become(stranger)
        assert counts_for_practice(asked) == {}, stranger
    asking.become(cast.stranger)
    assert list(counts_for_practice(asked)) == [cast.foreign_engagement.pk]


def test_an_administrator_counts_sessions_and_sees_none(cast: Cast, held: None) -> None:
    asking.become(cast.practice_admin)
    assert (Session.objects.count(), Attendance.objects.count()) == (0, 0)


def test_nothing_of_a_draft_is_counted(cast: Cast, held: None) -> None:
    asking.become(cast.lead)
    Engagement.objects.filter(pk=cast.engagement.pk).update(state=State.DRAFT)
    asking.become(cast.practice_admin)
    assert counts_for_practice([cast.engagement.pk]) == {}


def test_one_who_administers_no_longer_counts_nothing(cast: Cast, held: None) -> None:
    asking.become(cast.lead)
    Membership.objects.filter(user=cast.practice_admin).update(until=NOW)
    asking.become(cast.practice_admin)
    assert counts_for_practice([cast.engagement.pk]) == {}


def test_processes_are_narrowed_by_supervisor_state_and_words(cast: Cast, enter: Enter) -> None:
    asking.become(cast.co_supervisor)
    make_engagement(cast.practice, cast.co_supervisor, None, [], title="Kallen ryhmä")
    closed = make_engagement(cast.practice, cast.co_supervisor, None, [], title="Kallen vanha")
    closed.move_to(State.CLOSED, ending="completed", closed_at=NOW)
    browser = enter(cast.practice_admin)
    kalle = f"?lead={cast.co_supervisor.pk}"

    assert titles(browser.get(HOME)) == ["Kallen ryhmä", "Otso"]
    page = browser.get(HOME + kalle)
    assert (titles(page), [one["label"] for one in page.context["chosen"]]) == (["Kallen ryhmä"], ["Kalle Kivi"])
    assert titles(browser.get(f"{HOME}{kalle}&state=closed")) == ["Kallen vanha"]
    assert titles(browser.post(HOME, {"q": "päiväkoti"}, follow=True)) == ["Otso"]
    assert titles(browser.post(HOME, {"q": "ryhmä", "lead": str(cast.co_supervisor.pk)}, follow=True)) == [
        "Kallen ryhmä"
    ]
    assert titles(browser.get(HOME + page.context["chosen"][0]["url"])) == ["Kallen ryhmä", "Otso"]


@pytest.mark.parametrize("filters", ["lead=x", "state=draft", "state=x", "after=x", "find=x"])
def test_a_filter_that_nobody_offered_narrows_nothing(cast: Cast, enter: Enter, filters: str) -> None:
    asking.become(cast.lead)
    Engagement.objects.create(practice=cast.practice, lead=cast.lead, title="Vielä luonnos")
    assert titles(enter(cast.practice_admin).get(f"{HOME}?{filters}")) == ["Otso"]


def test_a_strangers_name_is_no_filter(cast: Cast, enter: Enter) -> None:
    page = enter(cast.practice_admin).get(f"{HOME}?lead={cast.stranger.pk}")
    assert (titles(page), "Outi" in page.text) == (["Otso"], False)


def test_supervisors_are_paged_and_found_by_name(cast: Cast, enter: Enter) -> None:
    asking.become(cast.lead)
    for number in range(35):
        user = make_user(f"o{number}@kaari.example", f"Ohjaaja {number:02}")
        Membership.objects.create(practice=cast.practice, user=user, kind=Membership.Kind.SUPERVISOR)
    browser = enter(cast.practice_admin)
    first = browser.get(SUPERVISORS)
    second = browser.get(SUPERVISORS + first.context["page"].next)
    names = [row["name"] for page in (first, second) for row in page.context["rows"]]

    assert names == ["Kalle Kivi", "Liisa Lahti", *(f"Ohjaaja {number:02}" for number in range(35))]
    assert browser.post(SUPERVISORS, {"q": "lahti"}, follow=True).context["rows"][0] | {"url": ""} == {
        "name": "Liisa Lahti", "open": 1, "url": "",
    }  # fmt: skip
    home = browser.get(HOME)
    assert (len(home.context["supervisors"]), "All supervisors" in home.text) == (8, True)


def test_one_who_supervises_no_more_is_not_listed(cast: Cast, enter: Enter) -> None:
    asking.become(cast.lead)
    Membership.objects.filter(user=cast.co_supervisor).update(until=NOW)
    assert [row["name"] for row in enter(cast.practice_admin).get(SUPERVISORS).context["rows"]] == ["Liisa Lahti"]


def test_the_overview_asks_the_same_for_one_process_as_for_thirty(cast: Cast, enter: Enter) -> None:
    browser = enter(cast.practice_admin)
    browser.get(HOME)
    with CaptureQueriesContext(connection) as one:
        browser.get(HOME)
    asking.become(cast.lead)
    for number in range(30):
        make_engagement(cast.practice, cast.lead, cast.organisation, [], title=f"Ryhmä {number}")
    with CaptureQueriesContext(connection) as thirty:
        browser.get(HOME)

    assert len(one) == len(thirty)
