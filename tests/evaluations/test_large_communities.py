"""A whole work community is asked: sixty people in one round, and its parts never divide what it shows."""

from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit import asking
from engagements.actions import make_sub_group
from engagements.models import Engagement
from tests.conftest import NOW
from tests.evaluation_story import answered, make_people, make_round

Cast = Any
#: What a page may ask beyond the frame around it.
MOST_QUERIES = 12


@pytest.fixture(autouse=True)
def now(time_machine: Any) -> None:
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def community(settled: Cast) -> Engagement:
    with transaction.atomic():
        asking.become(settled.lead)
        Engagement.objects.filter(pk=settled.engagement.pk).update(form="community")
        return Engagement.objects.get(pk=settled.engagement.pk)


def counted(browser: Client, name: str, pk: Any) -> int:
    url = reverse(name, args=[pk])
    browser.get(url)
    with CaptureQueriesContext(connection) as queries:
        assert browser.get(url).status_code == 200, url
    return sum("app.user" not in one["sql"] and "SAVEPOINT" not in one["sql"] for one in queries.captured_queries)


def test_a_round_of_sixty_takes_no_more_queries_than_a_small_one(
    settled: Cast, community: Engagement, client: Client
) -> None:
    client.force_login(settled.lead)
    with transaction.atomic():
        small = make_round(community, settled.lead)
    few = counted(client, "rounds:detail", small.pk)
    with transaction.atomic():
        make_people(community, settled.lead, 57)
        large = make_round(community, settled.lead, kind="final")
        assert large.invitations.count() == 60
    assert counted(client, "rounds:detail", large.pk) <= few
    before = counted(client, "rounds:list", community.pk)

    closed = answered(community, settled.lead, [{"climate": 1 + number % 5} for number in range(12)], kind="baseline")
    frame = counted(client, "engagements:goals", community.pk)
    for name, pk in (("results:round", closed.pk), ("results:over_rounds", community.pk)):
        assert counted(client, name, pk) <= frame + MOST_QUERIES, name
    assert counted(client, "rounds:list", community.pk) <= before + 1


def test_a_sub_group_never_divides_results(settled: Cast, community: Engagement, client: Client) -> None:
    """Promise 4: it is no background that anything is split by, so that no part is ever told from the rest."""
    with transaction.atomic():
        people = make_people(community, settled.lead, 12)
        make_sub_group(community, "Yövuoro", [one.pk for one in people[:3]], by=settled.lead, now=NOW)
    asked = answered(community, settled.lead, [{"climate": 1 + number % 5} for number in range(6)])
    client.force_login(settled.lead)
    for name, pk in (
        ("rounds:list", community.pk), ("rounds:plan", community.pk), ("rounds:detail", asked.pk),
        ("results:round", asked.pk), ("results:over_rounds", community.pk),
    ):  # fmt: skip
        assert "Yövuoro" not in client.get(reverse(name, args=[pk])).content.decode(), name
