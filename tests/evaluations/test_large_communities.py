"""A whole work community is asked: sixty people in one round, and its parts never divide what it shows."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit import asking
from engagements.actions import make_sub_group
from engagements.models import Engagement
from evaluations.models import Outcome
from tests.conftest import NOW
from tests.evaluation_story import make_people, make_round, settle

Cast = Any
Enter = Callable[[Any], Client]
MOST_QUERIES = 12


@pytest.fixture
def community(cast: Cast) -> Engagement:
    asking.become(cast.lead)
    Engagement.objects.filter(pk=cast.engagement.pk).update(form="community")
    return Engagement.objects.get(pk=cast.engagement.pk)


def counted(browser: Client, url: str) -> int:
    browser.get(url)
    with CaptureQueriesContext(connection) as queries:
        assert browser.get(url).status_code == 200, url
    return len(queries)


def test_a_round_of_sixty_takes_no_more_queries_than_a_small_one(
    cast: Cast, community: Engagement, enter: Enter, time_machine: Any
) -> None:
    time_machine.move_to(NOW, tick=False)
    browser = enter(cast.lead)
    frame = counted(browser, reverse("engagements:templates"))
    small = make_round(community, cast.lead)
    few = counted(browser, reverse("rounds:detail", args=[small.pk]))
    settle(small, Outcome.SHOWN)

    make_people(community, cast.lead, 57)
    large = make_round(community, cast.lead)
    assert large.invitations.count() == 60
    many = counted(browser, reverse("rounds:detail", args=[large.pk]))
    assert many <= few
    assert many <= frame + MOST_QUERIES
    settle(large, Outcome.SHOWN)
    for name, pk in (("rounds:list", community.pk), ("results:round", large.pk), ("results:over_rounds", community.pk)):
        assert counted(browser, reverse(name, args=[pk])) <= frame + MOST_QUERIES, name


def test_a_sub_group_never_divides_results(cast: Cast, community: Engagement, enter: Enter, time_machine: Any) -> None:
    """Promise 4: it is no background that anything is split by, so that no part is ever told from the rest."""
    time_machine.move_to(NOW, tick=False)
    people = make_people(community, cast.lead, 12)
    make_sub_group(community, "Yövuoro", [one.pk for one in people[:3]], by=cast.lead, now=NOW)
    asked = make_round(community, cast.lead)
    settle(asked, Outcome.SHOWN)
    browser = enter(cast.lead)
    for name, pk in (
        ("rounds:list", community.pk), ("rounds:plan", community.pk), ("rounds:detail", asked.pk),
        ("results:round", asked.pk), ("results:over_rounds", community.pk),
    ):  # fmt: skip
        assert "Yövuoro" not in browser.get(reverse(name, args=[pk])).content.decode(), name
