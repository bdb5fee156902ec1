from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from accounts.models import Person, User
from audit import asking
from engagements import actions
from engagements.models import CoSupervisor, Engagement, Event, State
from tests.conftest import NOW, Cast, make_engagement, make_person, make_session

Enter = Callable[[User], Client]
TODAY = NOW.date()


@pytest.fixture
def lead(cast: Cast, enter: Enter) -> Client:
    asking.become(cast.lead)
    return enter(cast.lead)


def url(name: str, engagement: Engagement, *args: object) -> str:
    return reverse(f"engagements:{name}", args=[engagement.pk, *args])


# --- joining --------------------------------------------------------------------------------------------------------


def test_people_join_from_a_day_and_the_timeline_says_so_without_names(lead: Client, cast: Cast) -> None:
    pasted = "Uusi Ulla; ulla@otso.example\nOutinen Olli"
    response = lead.post(url("people", cast.engagement), {"people": pasted, "on": "20.11.2026"})

    assert response.status_code == 302
    joined = cast.engagement.participations.filter(person__family_name__in=["Uusi", "Outinen"])
    assert {one.joined_on.isoformat() for one in joined if one.joined_on} == {"2026-11-20"}
    events = cast.engagement.events.filter(kind=Event.Kind.JOINED)
    assert {event.data["person"] for event in events} == {str(one.person_id) for one in joined}
    assert {tuple(sorted(event.data)) for event in events} == {("on", "person")}


def test_one_who_is_in_it_already_is_named_and_nobody_joins(lead: Client, cast: Cast) -> None:
    pasted = "Sanna Salo <sanna@otso.example>\nUusi Ulla; ulla@otso.example"
    response = lead.post(url("people", cast.engagement), {"people": pasted, "on": "20.11.2026"})

    assert "Sanna Salo is in the process already." in response.content.decode()
    assert cast.engagement.participations.count() == 3


def test_the_number_of_the_form_is_no_hindrance_after_the_start(lead: Client, cast: Cast) -> None:
    pasted = "\n".join(f"Etu{'a' * one} Suku" for one in range(1, 12))
    lead.post(url("people", cast.engagement), {"people": pasted, "on": "20.11.2026"})

    assert cast.engagement.participations.count() == 14
    assert "Named now: 14." in lead.get(url("people", cast.engagement)).content.decode()


def test_nobody_joins_a_closed_process(cast: Cast) -> None:
    asking.become(cast.lead)
    cast.engagement.move_to(State.CLOSED, ending="completed", closed_at=NOW)

    with pytest.raises(ValidationError):
        actions.join(cast.engagement, make_person(cast.practice, "Ulla", "Uusi"), by=cast.lead, now=NOW)


def test_one_who_left_can_come_again(lead: Client, cast: Cast) -> None:
    first = cast.engagement.participations.get(person=cast.people[2])
    actions.leave(first, on=TODAY, by=cast.lead, now=NOW)
    lead.post(url("people", cast.engagement), {"people": "Ville Wikman", "on": "23.11.2026"})

    assert cast.engagement.participations.filter(person=cast.people[2]).count() == 2
    assert Person.objects.filter(family_name="Wikman").count() == 1


# --- leaving --------------------------------------------------------------------------------------------------------


def test_one_who_leaves_is_out_from_that_day_with_a_line_on_the_timeline(lead: Client, cast: Cast) -> None:
    participation = cast.engagement.participations.get(person=cast.people[0])
    response = lead.post(url("leave", cast.engagement, participation.pk), {"on": TODAY.strftime("%d.%m.%Y")})

    assert response.headers["Location"] == url("people", cast.engagement)
    participation.refresh_from_db()
    assert participation.left_on == TODAY
    assert cast.engagement.events.get(kind=Event.Kind.LEFT).data["person"] == str(cast.people[0].pk)
    assert not Engagement.objects.attended_by(cast.supervisee).exists()


@pytest.mark.parametrize("day", [-1, 1])
def test_nobody_leaves_before_joining_or_in_advance(cast: Cast, day: int) -> None:
    asking.become(cast.lead)
    participation = cast.engagement.participations.get(person=cast.people[0])

    with pytest.raises(ValidationError):
        actions.leave(participation, on=TODAY + timedelta(days=day), by=cast.lead, now=NOW)


def test_leaving_happens_once(cast: Cast) -> None:
    asking.become(cast.lead)
    participation = cast.engagement.participations.get(person=cast.people[0])
    actions.leave(participation, on=TODAY, by=cast.lead, now=NOW)

    with pytest.raises(ValidationError):
        actions.leave(participation, on=TODAY, by=cast.lead, now=NOW)
    assert cast.engagement.events.filter(kind=Event.Kind.LEFT).count() == 1


def test_a_participation_of_another_process_is_not_found(lead: Client, cast: Cast) -> None:
    other = make_engagement(cast.practice, cast.lead, None, [cast.people[2]])
    participation = other.participations.get()

    assert lead.get(url("leave", cast.engagement, participation.pk)).status_code == 404


# --- who leads with the lead ----------------------------------------------------------------------------------------


def test_the_lead_chooses_co_supervisors_among_the_practices_own(lead: Client, cast: Cast) -> None:
    lead.post(url("co_supervisors", cast.engagement), {})
    assert not CoSupervisor.objects.current().filter(engagement=cast.engagement).exists()
    lead.post(url("co_supervisors", cast.engagement), {"co_supervisors": [str(cast.co_supervisor.pk)]})
    assert cast.engagement.co_supervisors.current().get().user == cast.co_supervisor

    response = lead.post(url("co_supervisors", cast.engagement), {"co_supervisors": [str(cast.stranger.pk)]})
    assert "co_supervisors" in response.context["form"].errors
    with pytest.raises(ValidationError):
        actions.add_co_supervisor(cast.engagement, cast.stranger, by=cast.lead, now=NOW)


def test_a_co_supervisor_with_another_session_at_the_time_is_refused_in_words(lead: Client, cast: Cast) -> None:
    soon = NOW + timedelta(days=400)
    asking.become(cast.co_supervisor)
    own = make_engagement(cast.practice, cast.co_supervisor, None, [])
    make_session(own, soon)
    asking.become(cast.lead)
    other = make_engagement(cast.practice, cast.lead, None, [])
    make_session(other, soon)

    response = lead.post(url("co_supervisors", other), {"co_supervisors": [str(cast.co_supervisor.pk)]})
    assert "Kalle Kivi has another session at the time of a coming session" in response.content.decode()
    assert not other.co_supervisors.exists()


def test_a_co_supervisor_changes_no_co_supervisors(cast: Cast, enter: Enter) -> None:
    assert enter(cast.co_supervisor).get(url("co_supervisors", cast.engagement)).status_code == 404


# --- the page -------------------------------------------------------------------------------------------------------


def test_the_page_shows_people_parties_and_what_each_does(lead: Client, cast: Cast) -> None:
    page = lead.get(url("people", cast.engagement)).content.decode()

    for text in (
        "Åsa Öberg",
        "asa@otso.example",
        "no e-mail address",
        "Tiina Tamm",
        "orders, signs, reads reports",
        "Kalle Kivi",
    ):
        assert text in page


def test_the_people_of_a_draft_are_on_its_first_page(lead: Client, cast: Cast) -> None:
    draft = make_engagement(cast.practice, cast.lead, None, [], state=State.DRAFT)

    assert lead.get(url("people", draft)).headers["Location"] == url("who", draft)


@pytest.mark.parametrize("who", ["supervisee", "contact", "practice_admin", "administrator", "stranger"])
def test_only_its_supervisors_open_the_page_of_people(cast: Cast, enter: Enter, who: str) -> None:
    asking.become(cast.lead)
    participation = cast.engagement.participations.first()
    assert participation
    browser = enter(cast.members[who])

    assert browser.get(url("people", cast.engagement)).status_code == 404
    assert browser.post(url("leave", cast.engagement, participation.pk), {"on": "23.11.2026"}).status_code == 404
    assert browser.get(url("co_supervisors", cast.engagement)).status_code == 404
