"""Proof that statutory supervision was provided: only marked processes, only what the clause tells the reader."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Contact
from audit import asking
from engagements.actions.statutory import mark_statutory
from engagements.models import Engagement, Event, Told
from engagements.terms import digest, terms_of
from sessions.models import Attendance
from tests.conftest import NOW, make_engagement, make_session
from tests.report_story import LATER, clause

Cast = Any
BY = "terveydenhuoltolaki"
COUNTED = [(Told.DATES, "request", "none", None), (Told.MINUTES, "request", "none", None),
           (Told.COUNTS, "request", "none", None)]  # fmt: skip


@pytest.fixture
def held(settled: Cast) -> Cast:
    """The cast, marked as statutory: two sessions held this year and one last year, each with two of three there."""
    with transaction.atomic():
        asking.become(settled.lead)
        for after in (timedelta(days=1), timedelta(days=8), timedelta(days=-400)):
            session = make_session(settled.engagement, NOW + after, state="held")
            for one in settled.engagement.participations.order_by("pk")[:2]:
                Attendance.objects.create(session=session, participation=one, presence="present")
        mark_statutory(settled.engagement, BY, by=settled.lead, now=NOW)
    return settled


@pytest.fixture(autouse=True)
def a_month_later() -> Any:
    with time_machine.travel(LATER, tick=False):
        yield


def browser(user: Any) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


def told(cast: Cast, year: int = 2026) -> str:
    answer = browser(cast.contact).get(reverse("provision:told", args=[cast.organisation.pk, year]))
    assert answer.status_code == 200
    return str(answer.content.decode())


def own(cast: Cast, user: Any = None, year: int = 2026) -> Any:
    return browser(user or cast.lead).get(reverse("provision:own", args=[cast.organisation.pk, year]))


# --- marking ----------------------------------------------------------------------------------------------------------


def test_the_lead_marks_a_process_and_the_contract_stays_as_it_is(cast: Cast) -> None:
    asking.become(cast.lead)
    contract = cast.engagement.contracts.get()
    before = digest(terms_of(contract))
    client, address = browser(cast.lead), reverse("engagements:statutory", args=[cast.engagement.pk])
    assert "78 c §" in client.get(address).content.decode()
    assert client.post(address, {"provision": BY}).status_code == 302
    asking.become(cast.lead)
    engagement = Engagement.objects.get(pk=cast.engagement.pk)
    assert engagement.statutory == BY
    assert digest(terms_of(engagement.contracts.get())) == before == contract.terms_hash
    assert Event.objects.filter(kind=Event.Kind.STATUTORY, audience="client").count() == 1
    assert "Health Care Act" in client.get(reverse("engagements:detail", args=[engagement.pk])).content.decode()
    page = browser(cast.contact).get(reverse("engagements:detail", args=[engagement.pk])).content.decode()
    assert "Health Care Act" in page
    client.post(address, {"provision": BY})
    assert Event.objects.filter(kind=Event.Kind.STATUTORY).count() == 1
    client.post(address, {"provision": ""})
    asking.become(cast.lead)
    assert Engagement.objects.get(pk=cast.engagement.pk).statutory == ""


def test_only_a_provision_that_asks_for_supervision_can_be_chosen(cast: Cast) -> None:
    asking.become(cast.lead)
    for key in ("kirjanpitolaki", "koiravero"):
        with pytest.raises(ValidationError), transaction.atomic():
            mark_statutory(cast.engagement, key, by=cast.lead, now=NOW)
    with pytest.raises(IntegrityError, match="engagement_statutory_names_an_entry"), transaction.atomic():
        Engagement.objects.filter(pk=cast.engagement.pk).update(statutory="Some words")
    address = reverse("engagements:statutory", args=[cast.engagement.pk])
    assert browser(cast.lead).post(address, {"provision": "kirjanpitolaki"}).status_code == 200
    assert browser(cast.co_supervisor).get(address).status_code == 404


# --- what is told -----------------------------------------------------------------------------------------------------


def test_the_client_sees_what_the_clause_names_of_what_is_marked(held: Cast) -> None:
    with transaction.atomic():
        clause(held, COUNTED)
    text = told(held)
    assert "2 sessions held, 3 h, 4 attendances" in text
    assert "Health Care Act" in text
    for person in held.people:
        assert person.name not in text


def test_what_the_clause_does_not_name_is_in_neither_proof(held: Cast) -> None:
    with transaction.atomic():
        clause(held, [(Told.COUNTS, "request", "none", None)])
    for text in (told(held), own(held).content.decode()):
        assert "4 attendances" in text
        assert "sessions held" not in text
        assert "3 h" not in text
    with transaction.atomic():
        clause(held, [(Told.COUNTS, "request", "everyone", None), (Told.DATES, "end", "none", None)])
    for text in (told(held), own(held).content.decode()):
        assert "The contract tells nothing of its course." in text
        assert "4 attendances" not in text


def test_the_lead_s_proof_for_a_reader_tells_what_that_reader_is_told(held: Cast) -> None:
    with transaction.atomic():
        clause(held, COUNTED)
    page = own(held).content.decode()
    assert "2 sessions held, 3 h, 4 attendances" in page
    assert held.client_contact.person.name in page
    assert own(held, held.co_supervisor).status_code == 200


def test_an_unmarked_process_is_in_no_proof(held: Cast) -> None:
    with transaction.atomic():
        clause(held, COUNTED)
        asking.become(held.lead)
        mark_statutory(held.engagement, "", by=held.lead, now=NOW)
    assert "No process is marked as statutory" in told(held)
    assert "No process is marked as statutory" in own(held).content.decode()


def test_another_year_tells_nothing_of_this_one(held: Cast) -> None:
    with transaction.atomic():
        clause(held, COUNTED)
    assert "2 sessions held" not in told(held, 2025)
    assert "2 sessions held" not in own(held, year=2025).content.decode()
    assert own(held, year=1999).status_code == 404


def test_both_are_papers_too(held: Cast) -> None:
    with transaction.atomic():
        clause(held, COUNTED)
    address = reverse("provision:told_file", args=[held.organisation.pk, 2026])
    assert address.endswith("/pdf/")
    assert browser(held.contact).get(address).content.startswith(b"%PDF")
    person = held.client_contact.person_id
    paper = reverse("provision:own_file", args=[held.organisation.pk, 2026, person])
    assert browser(held.lead).get(paper).content.startswith(b"%PDF")
    assert browser(held.lead).get(paper.replace(str(person), str(held.people[0].pk))).status_code == 404


def test_who_neither_leads_nor_speaks_for_the_client_finds_nothing(held: Cast) -> None:
    with transaction.atomic():
        clause(held, COUNTED)
    for user in (held.supervisee, held.stranger, held.practice_admin, held.lead):
        for name in ("told", "told_file"):
            address = reverse(f"provision:{name}", args=[held.organisation.pk, 2026])
            assert browser(user).get(address).status_code == 404
    for user in (held.supervisee, held.stranger, held.practice_admin, held.contact):
        assert own(held, user).status_code == 404


def test_the_database_answers_only_who_leads(held: Cast) -> None:
    with transaction.atomic():
        clause(held, COUNTED)
    question = "SELECT count(*) FROM sec.told_to(%s, 2026, %s)"
    for user, number in ((held.lead, 1), (held.co_supervisor, 1), (held.stranger, 0), (held.contact, 0),
                         (held.practice_admin, 0), (held.supervisee, 0)):  # fmt: skip
        with transaction.atomic(), connection.cursor() as cursor:
            asking.become(user)
            cursor.execute(question, [held.client_contact.person_id, LATER])
            assert cursor.fetchone() == (number,), user


def test_a_contact_who_has_left_is_given_nothing(held: Cast) -> None:
    with transaction.atomic():
        clause(held, COUNTED)
        asking.become(held.lead)
        Contact.objects.filter(pk=held.client_contact.pk).update(left_on=NOW.date())
    assert "2 sessions held" not in own(held).content.decode()


def test_the_supervisees_see_that_the_client_looked(held: Cast) -> None:
    with transaction.atomic():
        clause(held, COUNTED)
    told(held)
    reads = browser(held.supervisee).get(reverse("reads:reads", args=[held.engagement.pk])).content.decode()
    assert reads.count("The summary of the year 2026") == 1


def test_more_processes_cost_no_more_queries(held: Cast) -> None:
    with transaction.atomic():
        clause(held, COUNTED)
    pages = [
        (held.lead, reverse("provision:own", args=[held.organisation.pk, 2026])),
        (held.contact, reverse("provision:told", args=[held.organisation.pk, 2026])),
    ]
    counts = []
    for more in (0, 5):
        with transaction.atomic():
            asking.become(held.lead)
            for number in range(more):
                one = make_engagement(
                    held.practice, held.lead, held.organisation, held.people[:2], held.client_contact,
                    title=f"Toinen {number}",
                )  # fmt: skip
                mark_statutory(one, BY, by=held.lead, now=NOW)
        for user, address in pages:
            client = browser(user)
            client.get(address)
            with CaptureQueriesContext(connection) as queries:
                client.get(address)
            counts.append(len(queries))
    assert counts[0] == counts[2]
    assert counts[1] == counts[3]
    assert max(counts) <= 20, counts
