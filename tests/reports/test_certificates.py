"""Certificates of taking part: one's own attendance and nothing else, to oneself and to who leads."""

from datetime import timedelta
from io import BytesIO
from typing import Any

import pypdf
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from audit import asking
from audit.models import Entry
from engagements.models import Engagement, Participation
from reports.certificates.certificate import attendees
from sessions.models import Attendance
from tests.conftest import NOW, make_person, make_session

Cast = Any


@pytest.fixture(autouse=True)
def later(time_machine: Any) -> None:
    time_machine.move_to(NOW + timedelta(days=60), tick=False)


def meet(cast: Cast, number: int, present: list[Participation], *, minutes: int = 90, state: str = "held") -> None:
    at = NOW + timedelta(days=number)
    session = make_session(cast.engagement, at, state=state, ends_at=at + timedelta(minutes=minutes))
    for one in cast.engagement.participations.all():
        presence = "present" if one in present else "absent"
        Attendance.objects.create(session=session, participation=one, presence=presence)


@pytest.fixture
def sanna(cast: Cast) -> Participation:
    """The supervisee with an account, who was at two of three sessions of the process."""
    asking.become(cast.lead)
    sanna, asa = (cast.engagement.participations.get(person=person) for person in cast.people[:2])
    meet(cast, 3, [sanna, asa])
    meet(cast, 4, [sanna], minutes=75)
    meet(cast, 5, [asa])
    return sanna  # type: ignore[no-any-return]


def browser(user: Any) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


def file_of(browser: Client, one: Participation, **asked: str) -> Any:
    return browser.get(reverse("certificates:pdf", args=[one.engagement_id, one.pk]), asked)


def other(cast: Cast, number: int) -> Participation:
    with asking.acting_as(cast.lead):
        return cast.engagement.participations.get(person=cast.people[number])  # type: ignore[no-any-return]


def words_of(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in pypdf.PdfReader(BytesIO(pdf)).pages).split())


def test_it_tells_what_one_attended_oneself_and_who_supervised(cast: Cast, sanna: Participation) -> None:
    answer = file_of(browser(cast.supervisee), sanna, language="en")
    assert answer["Content-Type"] == "application/pdf"
    words = words_of(answer.content)
    for said in (
        "Sanna Salo", "Group supervision", "26–27 Nov 2026", "Sessions attended 2", "165 minutes",
        "3.7 hours of 45 minutes", "Liisa Lahti", "Kalle Kivi", "supervisor", "Kaari", "Issued on 22 Jan 2027",
        "still going on",
    ):  # fmt: skip
        assert said in words, (said, words)


def test_it_tells_nothing_else(cast: Cast, sanna: Participation) -> None:
    words = words_of(file_of(browser(cast.supervisee), sanna, language="en").content)
    for kept in ("Otso", "Öberg", "Wikman", "Tamm", "Otsontie", "190"):
        assert kept not in words


@pytest.mark.parametrize(("language", "said"), [
    ("fi", "Todistus työnohjaukseen osallistumisesta"), ("sv", "Intyg över deltagande i arbetshandledning"),
    ("en", "Certificate of taking part in supervision"),
])  # fmt: skip
def test_its_language_is_chosen(cast: Cast, sanna: Participation, language: str, said: str) -> None:
    assert said in words_of(file_of(browser(cast.lead), sanna, language=language).content)


def test_the_client_is_named_when_the_supervisee_ticks_it_and_not_when_the_supervisor_does(
    cast: Cast, sanna: Participation
) -> None:
    own = file_of(browser(cast.supervisee), sanna, language="en", client="on")
    assert "Päiväkoti Otso" in words_of(own.content)
    led = file_of(browser(cast.lead), sanna, language="en", client="on")
    assert "Otso" not in words_of(led.content)


def test_for_one_without_an_account_the_supervisor_ticks_it(cast: Cast, sanna: Participation) -> None:
    asa = other(cast, 1)
    assert "Päiväkoti Otso" in words_of(file_of(browser(cast.lead), asa, language="en", client="on").content)
    assert "Otso" not in words_of(file_of(browser(cast.lead), asa, language="en").content)


def test_a_supervisee_has_their_own_and_nobody_elses(cast: Cast, sanna: Participation) -> None:
    client = browser(cast.supervisee)
    page = client.get(reverse("certificates:list", args=[cast.engagement.pk])).content.decode()
    assert "Sanna Salo" in page
    assert "Öberg" not in page
    asa = other(cast, 1)
    assert file_of(client, asa, language="en").status_code == 404


def test_where_nothing_was_attended_there_is_none(cast: Cast, sanna: Participation) -> None:
    ville = other(cast, 2)
    assert file_of(browser(cast.lead), ville, language="en").status_code == 404
    page = browser(cast.lead).get(reverse("certificates:list", args=[cast.engagement.pk])).content.decode()
    assert "No held session attended yet: Ville Wikman." in " ".join(page.split())


def test_it_is_offered_after_ten_sessions_or_at_the_end_and_can_be_had_before(cast: Cast, sanna: Participation) -> None:
    asking.become(cast.lead)

    def offered() -> bool:
        found = attendees(Engagement.objects.get(pk=cast.engagement.pk), cast.lead, leads=True)
        return next(one.offered for one in found if one.participation == sanna)

    assert not offered()
    for number in range(10, 17):
        meet(cast, number, [sanna])
    meet(cast, 17, [sanna], state="planned")
    assert not offered()
    meet(cast, 18, [sanna])
    assert offered()
    Attendance.objects.all().delete()
    meet(cast, 19, [sanna])
    assert not offered()
    Engagement.objects.filter(pk=cast.engagement.pk).update(state="closed", closed_at=timezone.now(), ending="early")
    assert offered()
    assert "ended on 22 Jan 2027" in words_of(file_of(browser(cast.supervisee), sanna, language="en").content)


def test_who_left_and_came_back_has_one_of_both_times(cast: Cast, sanna: Participation) -> None:
    asking.become(cast.lead)
    Participation.objects.filter(pk=sanna.pk).update(left_on=(NOW + timedelta(days=9)).date())
    again = Participation.objects.create(
        engagement=cast.engagement, person=sanna.person, joined_on=(NOW + timedelta(days=20)).date()
    )
    session = make_session(cast.engagement, NOW + timedelta(days=21), state="held")
    Attendance.objects.create(session=session, participation=again, presence="present")
    for user in (cast.lead, cast.supervisee):
        assert "Sessions attended 3" in words_of(file_of(browser(user), again, language="en").content)


def test_that_it_was_made_is_written_down_once_an_hour(cast: Cast, sanna: Participation) -> None:
    for _ in range(2):
        file_of(browser(cast.supervisee), sanna, language="en")
    asking.become(cast.supervisee)
    made = Entry.objects.filter(event="certificate.made")
    assert [(one.actor, one.obj, one.data) for one in made] == [
        (cast.supervisee.pk, sanna.pk, {"language": "en", "client": False})
    ]


def test_a_language_that_there_is_not_leads_back_with_a_sentence(cast: Cast, sanna: Participation) -> None:
    answer = browser(cast.lead).get(
        reverse("certificates:pdf", args=[cast.engagement.pk, sanna.pk]), {"language": "xx"}, follow=True
    )
    assert "Choose the language of the certificate from the list." in answer.content.decode()


def test_the_page_asks_no_more_for_thirty_than_for_three(cast: Cast, sanna: Participation) -> None:
    client, url = browser(cast.lead), reverse("certificates:list", args=[cast.engagement.pk])
    client.get(url)
    with CaptureQueriesContext(connection) as few:
        client.get(url)
    asking.become(cast.lead)
    for number in range(27):
        person = make_person(cast.practice, "Henkilö", f"{number:02}")
        one = Participation.objects.create(engagement=cast.engagement, person=person, joined_on=NOW.date())
        session = make_session(cast.engagement, NOW + timedelta(days=100 + number), state="held")
        Attendance.objects.create(session=session, participation=one, presence="present")
    with CaptureQueriesContext(connection) as many:
        client.get(url)
    assert len(many) == len(few)
