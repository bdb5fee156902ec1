"""What is held on somebody, as they themselves see it: on the page, as JSON and as PDF."""

import json
from collections.abc import Callable
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from accounts.adapters import claim_persons
from audit import asking
from audit.models import Entry
from engagements.models import Goal
from privacy.own.collect import collect
from privacy.own.files import SCHEMA, VERSION
from sessions.board.actions import put_up
from sessions.closing import agenda
from sessions.closing.actions import add_to_memo
from sessions.diary.actions import write
from sessions.models import Attendance
from sessions.tasks import actions as tasks
from sessions.tasks import answering
from tests.conftest import NOW, make_person, make_session, make_user

Cast = Any
Enter = Callable[[Any], Client]
OWN = "OMASANA"
THEIRS = "VIERASSANA"


def texts_of(cast: Cast, user: Any, person: Any, mark: str, session: Any) -> None:
    """Texts of everything that somebody in a process writes or is given, each with their mark."""
    now = timezone.now()
    with asking.acting_as(cast.lead):
        mine = cast.engagement.participations.get(person=person)
        Goal.objects.create(engagement=cast.engagement, owner=mine, theme="meaning", text=f"{mark} tavoite")
        task = tasks.give(
            cast.engagement, text=f"{mark} tehtävä", to=[mine], due_on=None, until_next=True, visibility="everyone",
            session=None, by=cast.lead, now=now,
        )  # fmt: skip
        Attendance.objects.create(session=session, participation=mine, presence="present", how="in_person")
    with asking.acting_as(user):
        answering.save(task, mine, text=f"{mark} vastaus", rev=0, by=user, now=now, giving=True)
        add_to_memo(session, f"{mark} lisäys", by=user, now=now)
        agenda.add(cast.session, f"{mark} asia", by=user, now=now)
        put_up(cast.engagement, f"{mark} taulu", by=user, now=now)
        write(uuid4(), f"{mark} päiväkirja", 0, by=user, now=now)


@pytest.fixture
def lived(cast: Cast) -> Cast:
    """Two supervisees of one process who have both written everywhere, and a note of the lead's about each."""
    other = make_user("asa@otso.example", "Åsa Öberg")
    claim_persons(other)
    with asking.acting_as(cast.lead):
        held = make_session(cast.engagement, NOW.replace(month=10), state="held")
    texts_of(cast, cast.supervisee, cast.people[0], OWN, held)
    texts_of(cast, other, cast.people[1], THEIRS, held)
    cast.other = other
    return cast


def printed(content: bytes) -> str:
    """The text of a PDF."""
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages)


@pytest.mark.parametrize("as_", ["data", "json"])
def test_one_sees_all_of_ones_own_and_nothing_of_anybody_elses(lived: Cast, enter: Enter, as_: str) -> None:
    body = enter(lived.supervisee).get(reverse(f"own:{as_}")).content.decode()
    for word in ("tavoite", "tehtävä", "vastaus", "lisäys", "asia", "taulu", "päiväkirja"):
        assert f"{OWN} {word}" in body, word
    for foreign in (THEIRS, "Öberg", "asa@otso.example", "Wikman", "Tamm", "tiina@otso.example", "Susi", "Vieras"):
        assert foreign not in body, foreign


def test_who_has_left_still_sees_what_is_theirs(lived: Cast, enter: Enter) -> None:
    with asking.acting_as(lived.lead):
        lived.engagement.participations.filter(person=lived.people[0]).update(left_on=NOW.date())
    body = enter(lived.supervisee).get(reverse("own:json")).content.decode()
    for word in ("tavoite", "vastaus", "lisäys", "päiväkirja"):
        assert f"{OWN} {word}" in body, word
    assert THEIRS not in body


def test_the_collectors_ask_little_however_much_there_is(lived: Cast) -> None:
    asking.become(lived.supervisee)
    with CaptureQueriesContext(connection) as queries:
        sections = {section.key: section for section in collect(lived.supervisee)}
        assert len(sections["tasks"].rows) == 2
    assert len(queries) <= 11


def test_every_section_says_what_for_on_which_ground_how_long_and_who_sees_it(cast: Cast) -> None:
    asking.become(cast.supervisee)
    for section in collect(cast.supervisee):
        assert all((section.title, section.purpose, section.basis, section.kept, section.seen_by)), section.key


def test_the_file_says_its_form_and_is_written_down(cast: Cast, enter: Enter) -> None:
    answer = enter(cast.supervisee).get(reverse("own:json"))
    found = json.loads(answer.content)
    assert (found["schema"], found["version"]) == (SCHEMA, VERSION)
    assert answer["Content-Disposition"].startswith('attachment; filename="omat-tiedot-')
    assert {each["key"] for each in found["not_shown"]} == {"notes", "others"}
    assert Entry.objects.filter(event="own_data.downloaded", actor=cast.supervisee.pk, data={"as": "json"}).count() == 1


def test_the_print_tells_the_same_as_the_page(lived: Cast, enter: Enter) -> None:
    answer = enter(lived.supervisee).get(reverse("own:pdf"))
    assert answer["Content-Type"] == "application/pdf"
    text = printed(answer.content)
    assert f"{OWN} vastaus" in text
    assert THEIRS not in text
    assert "Öberg" not in text
    assert Entry.objects.filter(event="own_data.downloaded", data={"as": "pdf"}).count() == 1


@pytest.mark.parametrize(
    ("language", "words"), [("fi", "Kaikki tietoni"), ("sv", "Alla mina uppgifter"), ("en", "Own data")]
)
def test_it_is_told_in_ones_own_language(cast: Cast, enter: Enter, language: str, words: str) -> None:
    type(cast.supervisee).objects.filter(pk=cast.supervisee.pk).update(language=language)
    cast.supervisee.language = language
    body = enter(cast.supervisee).get(reverse("own:data")).content.decode()
    assert f"<h1>{words}</h1>" in body


def test_everybody_has_such_a_page(cast: Cast, client: Client) -> None:
    for member in cast.members.values():
        client.force_login(member)
        assert client.get(reverse("own:data")).status_code == 200


def test_no_private_note_stands_in_it_and_it_is_said_why(cast: Cast, enter: Enter) -> None:
    body = enter(cast.supervisee).get(reverse("own:data")).content.decode()
    assert "GDPR 15(4)" in body
    assert "1050/2018" in body
    assert reverse("own:ask") + "?kind=notes" in body


def test_a_person_of_the_same_name_elsewhere_is_another(cast: Cast, enter: Enter) -> None:
    with asking.acting_as(cast.stranger):
        make_person(cast.foreign_engagement.practice, "Sanna", "Salo", email="sanna.toinen@muu.example")
    body = enter(cast.supervisee).get(reverse("own:json")).content.decode()
    assert "sanna.toinen" not in body


def test_who_has_opened_what_concerns_somebody_stands_there_supervisors_by_name(cast: Cast, enter: Enter) -> None:
    now = timezone.now()
    with asking.acting_as(cast.lead):
        mine = cast.engagement.participations.get(person=cast.people[0])
        task = tasks.give(
            cast.engagement, text="Kokeile", to=None, due_on=None, until_next=True, visibility="supervisors",
            session=None, by=cast.lead, now=now,
        )  # fmt: skip
    with asking.acting_as(cast.supervisee):
        answering.save(task, mine, text="Kokeilin", rev=0, by=cast.supervisee, now=now, giving=True)
    enter(cast.lead).get(reverse("tasks:detail", args=[task.pk]))
    asking.become(cast.supervisee)
    reads = next(section for section in collect(cast.supervisee) if section.key == "reads")
    assert [fact.text for row in reads.rows for fact in row.facts if fact.key == "who"] == ["Liisa Lahti"]


def test_a_long_section_is_whole_in_the_files(cast: Cast, enter: Enter) -> None:
    for number in range(23):
        with asking.acting_as(cast.supervisee):
            write(uuid4(), f"merkintä {number}.", 0, by=cast.supervisee, now=timezone.now())
    browser = enter(cast.supervisee)
    assert "3 more are in the files." in browser.get(reverse("own:data")).content.decode()
    found = json.loads(browser.get(reverse("own:json")).content)
    assert len(next(each for each in found["sections"] if each["key"] == "diary")["rows"]) == 23
