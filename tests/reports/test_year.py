"""The summary of a year: nothing that the contracts have not let the reader be told, and every look is written down."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Contact
from audit import asking
from engagements.models import Told
from sessions.models import Attendance
from tests.conftest import NOW, make_session
from tests.report_story import LATER, clause, released

Cast = Any


@pytest.fixture
def held(settled: Cast) -> Cast:
    """The cast with two sessions held this year and one last year, each with two of three there."""
    with transaction.atomic():
        asking.become(settled.lead)
        for after in (timedelta(days=1), timedelta(days=8), timedelta(days=-400)):
            session = make_session(settled.engagement, NOW + after, state="held")
            for one in settled.engagement.participations.order_by("pk")[:2]:
                Attendance.objects.create(session=session, participation=one, presence="present")
    return settled


@pytest.fixture(autouse=True)
def a_month_later() -> Any:
    with time_machine.travel(LATER, tick=False):
        yield


def browser(user: Any) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


def page(cast: Cast, year: int = 2026, name: str = "year") -> Any:
    return browser(cast.contact).get(reverse(f"received:{name}", args=[cast.organisation.pk, year]))


def test_a_year_tells_what_the_clause_names_of_its_own_sessions(held: Cast) -> None:
    with transaction.atomic():
        clause(held, [(Told.DATES, "request", "none", None), (Told.COUNTS, "request", "none", None)])
    text = page(held).content.decode()
    assert "2 sessions held, 4 attendances" in text
    assert "No process was under way that you are party to." in page(held, 2025).content.decode()
    assert page(held, name="year_file").content.startswith(b"%PDF")


def test_what_the_clause_does_not_name_is_not_told(held: Cast) -> None:
    with transaction.atomic():
        clause(held, [(Told.COUNTS, "request", "none", None)])
    text = page(held).content.decode()
    assert "4 attendances" in text
    assert "sessions held" not in text
    with transaction.atomic():
        clause(held, [])
    assert "The contract tells nothing of its course." in page(held).content.decode()


def test_a_released_report_stands_in_its_year(settled: Cast) -> None:
    with transaction.atomic():
        clause(settled)
    report = released(settled)
    assert reverse("received:report", args=[report.pk]) in page(settled).content.decode()
    assert reverse("received:report", args=[report.pk]) not in page(settled, 2025).content.decode()


def test_the_supervisees_see_that_it_was_opened(held: Cast) -> None:
    with transaction.atomic():
        clause(held)
    page(held)
    page(held)
    reads = browser(held.supervisee).get(reverse("reads:reads", args=[held.engagement.pk])).content.decode()
    assert reads.count("The summary of the year 2026") == 1


def test_whoever_does_not_speak_for_the_client_finds_nothing(held: Cast) -> None:
    address = reverse("received:year", args=[held.organisation.pk, 2026])
    for user in (held.lead, held.supervisee, held.stranger):
        assert browser(user).get(address).status_code == 404
    with transaction.atomic():
        asking.become(held.lead)
        Contact.objects.filter(pk=held.client_contact.pk).update(left_on=NOW.date())
    assert page(held).status_code == 404
    assert page(held, 1999).status_code == 404


def test_a_second_look_costs_no_more_queries(held: Cast) -> None:
    with transaction.atomic():
        clause(held)
    address, contact = reverse("received:year", args=[held.organisation.pk, 2026]), browser(held.contact)
    contact.get(address)
    with CaptureQueriesContext(connection) as queries:
        contact.get(address)
    assert len(queries) <= 18
