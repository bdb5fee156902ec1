from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from audit import asking
from engagements.models import Engagement, Goal
from tests.conftest import Cast

Enter = Callable[[User], Client]


@pytest.fixture
def lead(cast: Cast, enter: Enter) -> Client:
    asking.become(cast.lead)
    return enter(cast.lead)


def url(engagement: Engagement, goal: Goal | None = None) -> str:
    if goal is None:
        return reverse("engagements:goals", args=[engagement.pk])
    return reverse("engagements:goal", args=[engagement.pk, goal.pk])


def test_a_goal_is_shared_or_one_supervisees_own(lead: Client, cast: Cast) -> None:
    owner = cast.engagement.participations.get(person=cast.people[0])
    lead.post(url(cast.engagement), {"text": "Jaksamme", "theme": "wellbeing"})
    lead.post(url(cast.engagement), {"text": "Rohkeus", "theme": "identity", "owner": str(owner.pk)})

    assert [(goal.text, goal.owner) for goal in cast.engagement.goals.all()] == [("Jaksamme", None), ("Rohkeus", owner)]
    page = lead.get(url(cast.engagement))
    assert [goal.text for goal in page.context["shared"]] == ["Jaksamme"]
    assert [goal.text for goal in page.context["own"]] == ["Rohkeus"]


def test_nobody_outside_the_process_can_own_a_goal(lead: Client, cast: Cast) -> None:
    asking.become(cast.stranger)
    foreign = cast.foreign_engagement.participations.first()
    asking.become(cast.lead)
    assert foreign
    response = lead.post(url(cast.engagement), {"text": "x", "theme": "identity", "owner": str(foreign.pk)})

    assert "owner" in response.context["form"].errors


def test_what_is_one_supervisees_own_is_never_turned_over_to_all(lead: Client, cast: Cast) -> None:
    owner = cast.engagement.participations.get(person=cast.people[0])
    goal = Goal.objects.create(engagement=cast.engagement, theme="identity", text="Rohkeus", owner=owner)
    response = lead.post(url(cast.engagement, goal), {"text": "Rohkeus", "theme": "identity", "owner": ""})

    assert "owner" in response.context["form"].errors
    goal.refresh_from_db()
    assert goal.owner == owner


def test_a_goal_is_changed_and_taken_away(lead: Client, cast: Cast) -> None:
    goal = Goal.objects.create(engagement=cast.engagement, theme="identity", text="Rohkeus")
    lead.post(url(cast.engagement, goal), {"text": "Rohkeus ja lepo", "theme": "wellbeing"})
    goal.refresh_from_db()
    assert (goal.text, goal.theme) == ("Rohkeus ja lepo", "wellbeing")

    lead.post(url(cast.engagement, goal), {"remove": "1"})
    assert not cast.engagement.goals.exists()


def test_a_goal_of_another_process_is_not_found(lead: Client, cast: Cast) -> None:
    asking.become(cast.stranger)
    goal = Goal.objects.create(engagement=cast.foreign_engagement, theme="identity", text="Vieras")
    asking.become(cast.lead)

    assert lead.post(url(cast.engagement, goal), {"remove": "1"}).status_code == 404
    assert lead.post(url(cast.foreign_engagement, goal), {"remove": "1"}).status_code == 404


@pytest.mark.parametrize("who", ["supervisee", "contact", "practice_admin", "administrator", "stranger"])
def test_only_its_supervisors_open_the_page_of_goals(cast: Cast, enter: Enter, who: str) -> None:
    asking.become(cast.lead)
    goal = Goal.objects.create(engagement=cast.engagement, theme="identity", text="Rohkeus")
    browser = enter(cast.members[who])

    assert browser.get(url(cast.engagement)).status_code == 404
    assert browser.post(url(cast.engagement, goal), {"remove": "1"}).status_code == 404
    asking.become(cast.lead)
    assert Goal.objects.filter(pk=goal.pk).exists()
