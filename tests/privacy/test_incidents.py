"""The log of breaches: who sees it, the 72 hours, what was written stays, and the PDF for the authority."""

from collections.abc import Callable
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pypdf import PdfReader

from audit import asking
from audit.models import Entry
from formats.clock import HELSINKI
from privacy.incidents.actions import write_down
from privacy.incidents.words import clock_of
from privacy.models import Incident, IncidentVersion

Cast = Any
Enter = Callable[[Any], Client]
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=HELSINKI)
WHAT = "Kirje meni väärään osoitteeseen"
SENT = {
    "discovered_at": "23.11.2026 8.00",
    "sorts": ["confidentiality"],
    "what": WHAT,
    "categories": "Nimiä",
    "people": "3",
    "effects": "",
    "measures": "",
    "reported_at": "",
    "why_not": "",
    "told_at": "",
}


@pytest.fixture(autouse=True)
def now(time_machine: Any) -> None:
    time_machine.move_to(NOW, tick=False)


def written(cast: Cast, at: datetime = NOW, **columns: Any) -> Incident:
    values = {"sorts": ["availability"], "what": WHAT, "categories": "Nimiä", "people": None, "effects": "",
              "measures": "", "why_not": ""}  # fmt: skip
    with asking.acting_as(cast.lead):
        return write_down(cast.practice, {"discovered_at": at, **columns}, values, by=cast.lead, now=NOW)


def test_administrators_and_supervisors_of_the_practice_see_it_and_nobody_else(cast: Cast, enter: Enter) -> None:
    url = reverse("incidents:incident", args=[written(cast).pk])
    may = {name for name, user in cast.members.items() if enter(user).get(url).status_code == 200}
    assert may == {"lead", "co_supervisor", "practice_admin"}
    asking.become(cast.stranger)
    assert not Incident.objects.exists()
    assert not IncidentVersion.objects.exists()


def test_what_happened_rests_sealed(cast: Cast) -> None:
    incident = written(cast)
    asking.become(cast.lead)
    assert WHAT.encode() not in bytes(incident.versions.get().sealed)
    assert incident.versions.get().values["what"] == WHAT


def test_one_is_written_down_and_its_clock_runs(cast: Cast, enter: Enter) -> None:
    browser = enter(cast.co_supervisor)
    answer = browser.post(reverse("incidents:new", args=[cast.practice.pk]), SENT)
    body = browser.get(answer.headers["Location"]).content.decode()
    assert "71 hours left to tell the authority" in body
    assert WHAT in body
    assert Entry.objects.filter(event="incident.written", actor=cast.co_supervisor.pk).exists()


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        (0, "72 hours left to tell the authority"),
        (71.5, "0 hours left to tell the authority"),
        (72, "0 hours left to tell the authority"),
        (73, "1 hour over the 72 hours"),
        (100, "28 hours over the 72 hours"),
    ],
)
def test_the_clock_is_told_in_words(hours: float, words: str) -> None:
    assert clock_of(Incident(discovered_at=NOW), NOW + timedelta(hours=hours)) == words


def test_the_clock_counts_real_hours_over_the_change_to_winter_time() -> None:
    known = datetime(2026, 10, 24, 12, 0, tzinfo=HELSINKI)
    assert Incident(discovered_at=known).hours_left(datetime(2026, 10, 25, 12, 0, tzinfo=HELSINKI)) == 47


def test_it_stops_when_it_is_reported_or_there_are_grounds(cast: Cast, enter: Enter) -> None:
    assert clock_of(Incident(discovered_at=NOW, reported_at=NOW), NOW) == "Reported to the authority"
    late = Incident(discovered_at=NOW, reported_at=NOW + timedelta(hours=80))
    assert clock_of(late, NOW) == "Reported to the authority, after the 72 hours"
    incident = written(cast)
    browser = enter(cast.lead)
    assert "Personal data breach: 72 hours left" in browser.get(reverse("today")).content.decode()
    assert "Personal data breach: 72" in enter(cast.practice_admin).get(reverse("practice_home")).content.decode()
    browser = enter(cast.lead)
    browser.post(reverse("incidents:edit", args=[incident.pk]), SENT | {"rev": "1", "why_not": "Ei riskiä."})
    assert "Personal data breach:" not in browser.get(reverse("today")).content.decode()


def test_what_was_written_stays(cast: Cast, enter: Enter) -> None:
    incident = written(cast)
    browser = enter(cast.co_supervisor)
    browser.post(reverse("incidents:edit", args=[incident.pk]), SENT | {"rev": "1", "what": "Kaksi kirjettä"})
    body = browser.get(reverse("incidents:incident", args=[incident.pk])).content.decode()
    assert WHAT in body
    assert "Kaksi kirjettä" in body
    asking.become(cast.lead)
    for verb in (
        "UPDATE privacy_incidentversion SET number = 9",
        "DELETE FROM privacy_incidentversion",
        "DELETE FROM privacy_incident",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(verb)


def test_who_comes_second_overwrites_nothing_and_keeps_what_they_typed(cast: Cast, enter: Enter) -> None:
    incident = written(cast)
    url = reverse("incidents:edit", args=[incident.pk])
    enter(cast.co_supervisor).post(url, SENT | {"rev": "1", "what": "Ensin"})
    answer = enter(cast.lead).post(url, SENT | {"rev": "1", "what": "Sitten"})
    assert "Somebody else has changed this meanwhile" in answer.content.decode()
    assert "Sitten" in answer.content.decode()
    asking.become(cast.lead)
    assert [each.values["what"] for each in incident.versions.all()] == ["Ensin", WHAT]


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"discovered_at": "24.11.2026 9.00"}, "This moment is still to come."),
        ({"discovered_at": "eilen"}, "Write a date and a time"),
        ({"reported_at": "22.11.2026 9.00"}, "It cannot be reported before it became known."),
        ({"told_at": "22.11.2026 9.00"}, "People cannot be told before it became known."),
        ({"reported_at": "23.11.2026 8.30", "why_not": "Ei riskiä."}, "It was either reported, or there are grounds"),
        ({"sorts": []}, "This field is required."),
        ({"what": ""}, "This field is required."),
        ({"what": "a" * 4001}, "at most 4000 characters"),
        ({"people": "-1"}, "greater than or equal to 0"),
    ],
)
def test_bad_input_gets_a_sentence_and_keeps_what_was_typed(
    cast: Cast, enter: Enter, changed: dict[str, Any], sentence: str
) -> None:
    answer = enter(cast.lead).post(reverse("incidents:new", args=[cast.practice.pk]), SENT | changed)
    body = answer.content.decode()
    assert sentence in body
    assert "Nimiä" in body
    asking.become(cast.lead)
    assert not Incident.objects.exists()


def test_the_database_keeps_the_moments_in_order(cast: Cast) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        written(cast, reported_at=NOW - timedelta(hours=1))
    with pytest.raises(IntegrityError), transaction.atomic():
        written(cast, reported_at=NOW, not_reported=True)


@pytest.mark.parametrize(("language", "words"), [("fi", "Tietoturvaloukkaus"), ("sv", "Personuppgiftsincident")])
def test_the_authority_gets_a_pdf(cast: Cast, enter: Enter, language: str, words: str) -> None:
    incident = written(cast)
    cast.lead.language = language
    asking.become(cast.lead)
    cast.lead.save(update_fields=["language"])
    answer = enter(cast.lead).get(reverse("incidents:pdf", args=[incident.pk]))
    text = "\n".join(page.extract_text() for page in PdfReader(BytesIO(answer.content)).pages)
    assert words in text
    assert WHAT in text
    assert "9900011-4" in text


def test_the_log_asks_as_little_of_many_as_of_one(cast: Cast, enter: Enter) -> None:
    url = reverse("incidents:log", args=[cast.practice.pk])
    browser = enter(cast.lead)
    browser.get(url)
    counts = []
    for number in (1, 20):
        for hours in range(number):
            written(cast, NOW - timedelta(hours=hours + 1))
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(url).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]
