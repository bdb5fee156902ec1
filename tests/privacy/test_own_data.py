"""What is held on somebody, as they themselves see it: on the page, as JSON and as PDF."""

import json
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from pathlib import Path
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
from engagements.actions.sub_groups import make_sub_group
from engagements.models import Engagement, Goal
from portfolio.cases import actions as cases
from portfolio.cases.written import Written as CaseText
from privacy.duties.actions import write_down as write_duty_down
from privacy.models import Hold
from privacy.own import rooms, told
from privacy.own.collect import collect
from privacy.own.files import SCHEMA, VERSION
from privacy.policy import said
from privacy.policy.kinds import PERSON
from sessions.board.actions import put_up
from sessions.closing import agenda
from sessions.closing.actions import add_to_memo
from sessions.community.themes import propose, support
from sessions.diary.actions import write
from sessions.models import Attendance, Offer, OfferedTime, TimeAnswer, WorkingHours
from sessions.tasks import actions as tasks
from sessions.tasks import answering
from tests.conftest import NOW, make_person, make_session, make_user
from tests.portfolio_story import Story
from transfer.models import ImportBatch
from vault import opening

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
    assert len(queries) <= 12


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


# --- the rooms of the profession, of a community, and of work -------------------------------------------------------


def sections_of(client: Client) -> dict[str, Any]:
    found = json.loads(client.get(reverse("own:json")).content)
    return {section["key"]: section for section in found["sections"]}


def test_a_supervisor_sees_their_portfolio_log_cases_duties_hours_and_imports(cast: Cast, enter: Enter) -> None:
    story = Story(cast)
    story.training(programme=f"{OWN} koulutus")
    story.logged(title=f"{OWN} ToTo", note=f"{OWN} merkintä")
    story.logged(by=cast.co_supervisor, title=f"{THEIRS} ToTo", note=f"{THEIRS} merkintä")
    with asking.acting_as(cast.lead):
        opening.create(cast.lead.pk, "kettu lampi siilo varis honka", now=NOW)
        cases.keep(CaseText(f"{THEIRS} otsikko", f"{THEIRS} sinetöity", ""), by=cast.lead, now=NOW)
        WorkingHours.objects.create(user=cast.lead, weekday=0, part=1, begins=9 * 60, ends=15 * 60 + 30)
        write_duty_down(by=cast.lead, now=NOW, reported_at=NOW, ground="lastensuojelulaki", authority="welfare_area")
        ImportBatch.objects.create(
            practice=cast.practice, by=cast.lead, kind="work", name=f"{OWN}.xlsx", created_at=NOW
        )
    client = enter(cast.lead)
    found = sections_of(client)
    told = json.dumps(found, ensure_ascii=False)
    for words in ("koulutus", "ToTo", "merkintä"):
        assert f"{OWN} {words}" in json.dumps(found["portfolio"], ensure_ascii=False), words
    assert THEIRS not in told
    assert len(found["cases"]["rows"]) == len(found["duties"]["rows"]) == 1
    assert "9:00–15:30" in json.dumps(found["work"], ensure_ascii=False)
    assert found["imports"]["rows"][0]["title"] == f"{OWN}.xlsx"
    page = client.get(reverse("own:data")).content.decode()
    assert f"{OWN} merkintä" in page
    assert THEIRS not in page


def test_a_supervisee_sees_their_sub_groups_themes_support_and_times(lived: Cast, enter: Enter) -> None:
    now = timezone.now()
    with asking.acting_as(lived.lead):
        Engagement.objects.filter(pk=lived.engagement.pk).update(form="community")
        lived.engagement.refresh_from_db()
        mine, theirs = (lived.engagement.participations.get(person=person) for person in lived.people[:2])
        for name, who in ((f"{OWN} ryhmä", mine), (f"{THEIRS} ryhmä", theirs)):
            make_sub_group(lived.engagement, name, [who.pk], by=lived.lead, now=now)
        offered = Offer.objects.create(
            engagement=lived.engagement,
            kind="poll",
            mode="remote",
            made_by=lived.lead,
            created_at=now,
            answer_by=now.date() + timedelta(days=30),
        )
        time = OfferedTime.objects.create(
            offer=offered, starts_at=now + timedelta(days=400), ends_at=now + timedelta(days=400, hours=1)
        )
    with asking.acting_as(lived.supervisee):
        theme = propose(lived.engagement, f"{OWN} teema", by=lived.supervisee, now=now)
        support(theme, supports=True, by=lived.supervisee, now=now)
        TimeAnswer.objects.create(time=time, participation=mine, answer="yes", at=now)
    with asking.acting_as(lived.other):
        propose(lived.engagement, f"{THEIRS} teema", by=lived.other, now=now)
    found = sections_of(enter(lived.supervisee))
    assert [each["title"] for each in found["sub_groups"]["rows"]] == [f"{OWN} ryhmä"]
    assert json.dumps(found["themes"], ensure_ascii=False).count(f"{OWN} teema") == 2
    assert len(found["times"]["rows"]) == 1
    assert THEIRS not in json.dumps(found, ensure_ascii=False)
    with asking.acting_as(lived.lead):
        lived.engagement.participations.filter(person=lived.people[0]).update(left_on=NOW.date())
    assert sections_of(enter(lived.supervisee))["themes"] == found["themes"]


def test_a_legal_hold_is_told_without_its_grounds(cast: Cast, enter: Enter) -> None:
    with asking.acting_as(cast.lead):
        Hold.objects.create(
            practice=cast.practice, person=cast.people[0], grounds=THEIRS, until=NOW.date() + timedelta(days=400),
            set_by=cast.lead,
        )  # fmt: skip
    holds = sections_of(enter(cast.supervisee))["holds"]
    assert len(holds["rows"]) == 1
    assert THEIRS not in json.dumps(holds)


def test_a_table_of_the_policy_that_own_data_does_not_know_is_noticed() -> None:
    assert told.every_table_is_told() == []
    planted = said() | {"privacy.Planted": {"person": PERSON}}
    assert [each.id for each in told.findings(planted)] == ["privacy.E003"]
    without = {table: fields for table, fields in said().items() if table != "portfolio.Case"}
    assert [each.id for each in told.findings(without)] == ["privacy.E004"]


def test_every_section_that_the_list_of_tables_names_is_made(cast: Cast) -> None:
    made = {path.read_text() for path in Path(rooms.__path__[0]).glob("*.py")}
    for section in told.TOLD:
        assert any(f'"{section}",' in text for text in made), section
