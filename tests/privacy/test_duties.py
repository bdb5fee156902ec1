"""The log of what was reported under a duty: its author's alone, without content, never changed."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit import asking
from audit.roles import Role
from engagements.models import State
from privacy.duties.actions import write_down
from privacy.models import DutyReport
from tests.conftest import NOW, make_engagement

Cast = Any
LOG = "duties:log"


@pytest.fixture(autouse=True)
def now() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def browser(user: Any) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


def said(**changed: Any) -> dict[str, Any]:
    day = NOW - timedelta(days=1)
    return {
        "day": f"{day:%d.%m.%Y}", "clock": "9.30", "ground": "lastensuojelulaki", "authority": "welfare_area",
        "reference": "5600/P/123/26", "engagement": "",
    } | changed  # fmt: skip


def written(cast: Cast, **changed: Any) -> DutyReport:
    asking.become(cast.lead)
    values: dict[str, Any] = {
        "reported_at": NOW - timedelta(hours=2), "ground": "lastensuojelulaki", "authority": "welfare_area",
    }  # fmt: skip
    return write_down(by=cast.lead, now=NOW, **(values | changed))


def test_when_on_what_ground_and_to_whom_is_written_down(cast: Cast) -> None:
    answer = browser(cast.lead).post(reverse("duties:new"), said(engagement=cast.engagement.pk))
    assert answer.status_code == 302, answer.content.decode()
    asking.become(cast.lead)
    row = DutyReport.objects.get()
    assert (row.author, row.engagement, row.ground, row.authority) == (
        cast.lead, cast.engagement, "lastensuojelulaki", "welfare_area",
    )  # fmt: skip
    assert row.reference == "5600/P/123/26"
    page = browser(cast.lead).get(reverse(LOG)).content.decode()
    assert "Child Welfare Act" in page
    assert "5600/P/123/26" in page


def test_there_is_no_room_for_a_story() -> None:
    texts = {field.name for field in DutyReport._meta.get_fields() if field.get_internal_type() == "TextField"}
    assert not texts
    assert DutyReport._meta.get_field("reference").max_length == 30


@pytest.mark.parametrize("reference", ["Matti Meikäläinen", "lapsi", "x" * 30, "12 34", "1\n2"])
def test_a_reference_is_a_number_and_no_word(cast: Cast, reference: str) -> None:
    answer = browser(cast.lead).post(reverse("duties:new"), said(reference=reference))
    assert "Only the number, without spaces" in answer.content.decode()
    assert 'value="9.30"' in answer.content.decode()
    with pytest.raises(IntegrityError, match="duty_reference_is_a_number"), transaction.atomic():
        written(cast, reference=reference)


def test_what_is_typed_wrong_is_told_beside_its_field(cast: Cast) -> None:
    tomorrow = f"{NOW + timedelta(days=1):%d.%m.%Y}"
    page = browser(cast.lead).post(reverse("duties:new"), said(day=tomorrow)).content.decode()
    assert "Write down what you have reported, not what you are about to." in page
    page = browser(cast.lead).post(reverse("duties:new"), said(day="1.1.2020", ground="valvontalaki")).content.decode()
    assert "This act was not in force on that day." in page
    assert browser(cast.lead).post(reverse("duties:new"), said(ground="koiravero", authority="x")).status_code == 200


def test_the_database_takes_no_moment_that_is_to_come_nor_an_unknown_authority(cast: Cast) -> None:
    asking.become(cast.lead)
    values = {"author": cast.lead, "ground": "lastensuojelulaki", "written_at": NOW}
    with pytest.raises(IntegrityError, match="duty_is_written_down_afterwards"), transaction.atomic():
        DutyReport.objects.create(reported_at=NOW + timedelta(hours=1), authority="police", **values)
    with pytest.raises(IntegrityError, match="duty_authority_is_listed"), transaction.atomic():
        DutyReport.objects.create(reported_at=NOW, authority="neighbour", **values)


def test_nobody_but_its_author_sees_that_it_is_there(cast: Cast) -> None:
    written(cast, engagement=cast.engagement)
    for other in (cast.co_supervisor, cast.supervisee, cast.contact, cast.practice_admin, cast.stranger):
        asking.become(other)
        assert not DutyReport.objects.exists()
    asking.become(cast.lead)
    assert DutyReport.objects.count() == 1


@pytest.mark.parametrize("role", [Role.WORKER, Role.ADMIN])
def test_neither_the_worker_nor_the_administrators_can_ask_for_it(db: None, role: Role) -> None:
    with connection.cursor() as cursor:
        name = settings.DATABASE_ROLE_NAMES[role]
        cursor.execute("SELECT has_any_column_privilege(%s, %s, 'SELECT')", [name, DutyReport._meta.db_table])
        assert cursor.fetchone() == (False,)


def test_the_pages_of_the_process_say_nothing_of_it(cast: Cast) -> None:
    written(cast, engagement=cast.engagement, reference="5600/P/123/26")
    for user in (cast.lead, cast.co_supervisor, cast.supervisee, cast.contact):
        page = browser(user).get(reverse("engagements:detail", args=[cast.engagement.pk])).content.decode()
        assert "5600/P/123/26" not in page
        assert reverse("duties:log") not in page.split("<main")[1].split("</main>")[0]


def test_nobody_writes_in_another_s_name_or_links_to_a_process_that_is_not_theirs(cast: Cast) -> None:
    asking.become(cast.lead)
    with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
        write_down(by=cast.co_supervisor, now=NOW, reported_at=NOW, ground="lastensuojelulaki", authority="police")
    asking.become(cast.stranger)
    with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
        write_down(
            by=cast.stranger, now=NOW, reported_at=NOW, ground="lastensuojelulaki", authority="police",
            engagement=cast.engagement,
        )  # fmt: skip


def test_a_draft_is_not_linked_since_it_can_be_thrown_away(cast: Cast) -> None:
    asking.become(cast.lead)
    draft = make_engagement(cast.practice, cast.lead, None, cast.people[:2], title="Luonnos", state=State.DRAFT)
    page = browser(cast.lead).get(reverse("duties:new")).content.decode()
    assert str(cast.engagement.pk) in page
    assert str(draft.pk) not in page
    with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
        written(cast, engagement=draft)


def test_a_row_is_never_changed_nor_deleted(cast: Cast) -> None:
    row = written(cast)
    for change in (lambda: DutyReport.objects.update(authority="police"), row.delete):
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            change()


def test_a_correction_is_a_new_row_and_both_stay(cast: Cast) -> None:
    row = written(cast)
    client, address = browser(cast.lead), reverse("duties:correct", args=[row.pk])
    assert 'value="lastensuojelulaki" selected' in client.get(address).content.decode()
    assert client.post(address, said(authority="police")).status_code == 302
    asking.become(cast.lead)
    later = DutyReport.objects.standing().get()
    assert (later.corrects, later.authority, DutyReport.objects.count()) == (row, "police", 2)
    assert client.get(address).status_code == 404
    page = client.get(reverse(LOG)).content.decode()
    assert "corrected" in page
    assert "correction" in page
    with pytest.raises(ValidationError, match="corrected already"), transaction.atomic():
        written(cast, corrects=row)
    with pytest.raises(IntegrityError), transaction.atomic():
        DutyReport.objects.create(
            author=cast.lead, ground="lastensuojelulaki", authority="police", reported_at=NOW, written_at=NOW,
            corrects=row,
        )  # fmt: skip


def test_it_stays_its_author_s_when_they_do_not_lead_the_process_any_more(cast: Cast) -> None:
    asking.become(cast.co_supervisor)
    row = write_down(
        by=cast.co_supervisor, now=NOW, reported_at=NOW, ground="lastensuojelulaki", authority="police",
        engagement=cast.engagement,
    )  # fmt: skip
    asking.become(cast.lead)
    cast.engagement.co_supervisors.update(until=NOW)
    client = browser(cast.co_supervisor)
    assert cast.engagement.title not in client.get(reverse(LOG)).content.decode().split("<main")[1]
    address = reverse("duties:correct", args=[row.pk])
    assert client.get(address).status_code == 200
    assert client.post(address, said(authority="emergency")).status_code == 302


def test_a_decision_aid_leads_to_a_form_that_is_begun(cast: Cast) -> None:
    page = browser(cast.lead).get(reverse("law:aid", args=["child-welfare"])).content.decode()
    link = f"{reverse('duties:new')}?ground=lastensuojelulaki&amp;authority=welfare_area"
    assert link in page
    form = browser(cast.lead).get(link.replace("&amp;", "&")).content.decode()
    assert 'value="lastensuojelulaki" selected' in form
    assert browser(cast.lead).get(reverse("duties:new") + "?ground=%00&authority=koira").status_code == 200
    assert "duties/new" not in browser(cast.supervisee).get(reverse("law:aid", args=["child-welfare"])).content.decode()


def test_an_empty_log_says_what_it_is_for_and_leads_on(cast: Cast) -> None:
    page = browser(cast.lead).get(reverse(LOG)).content.decode()
    assert "Nothing is written down" in page
    assert reverse("duties:new") in page
    assert browser(cast.supervisee).get(reverse(LOG)).status_code == 404


def test_many_rows_cost_no_more_queries_than_one(cast: Cast) -> None:
    client = browser(cast.lead)
    counts = []
    for number in (1, 29):
        for at in range(number):
            written(cast, engagement=cast.engagement, reported_at=NOW - timedelta(hours=number + at))
        client.get(reverse(LOG))
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse(LOG))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_closing_a_session_shows_the_law_and_the_way_to_the_questions(cast: Cast) -> None:
    with time_machine.travel(cast.session.starts_at + timedelta(minutes=30), tick=False):
        page = browser(cast.lead).get(reverse("sessions:close", args=[cast.session.pk])).content.decode()
    assert reverse("law:aids") in page
    assert reverse("law:entry", args=["lastensuojelulaki"]) in page


def test_the_contract_shows_the_law_beside_its_clauses(cast: Cast) -> None:
    page = browser(cast.lead).get(reverse("engagements:contract", args=[cast.engagement.pk])).content.decode()
    for key in ("rikoslaki-15-10", "tietosuoja-asetus", "arvonlisaverolaki", "julkisuuslaki", "eidas"):
        assert reverse("law:entry", args=[key]) in page
