"""People: whom one meets, in a list and each on a page of their own; how their addresses are changed."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.adapters import claim_persons
from accounts.models import Contact, Person, User
from audit import asking
from audit.models import Entry
from engagements.models import ContractParty, CoSupervisor, Participation, State
from tests.conftest import NOW, Cast, make_engagement, make_person, make_user

Enter = Callable[[User], Client]
LIST = reverse("people:list")
FACTS = {"given_name": "Åsa", "family_name": "Öberg", "email": "asa@uusi.example", "language": "sv"}


def names(response: Any) -> list[str]:
    return [row.name for row in response.context["rows"]]


def page_of(person: Person) -> str:
    return reverse("people:person", args=[person.pk])


def edit_of(person: Person) -> str:
    return reverse("people:edit", args=[person.pk])


def again(cast: Cast, person: Person) -> Person:
    with asking.acting_as(cast.lead):
        return Person.objects.get(pk=person.pk)


@pytest.fixture
def colleague(cast: Cast) -> User:
    """The co-supervisor, who now leads a process of their own and nothing with us."""
    asking.become(cast.lead)
    CoSupervisor.objects.update(until=NOW)
    asking.become(cast.co_supervisor)
    theirs = make_person(cast.practice, "Kirsi", "Kollega")
    make_engagement(cast.practice, cast.co_supervisor, None, [theirs], title="Kirsin prosessi")
    return cast.co_supervisor


# --- who is listed --------------------------------------------------------------------------------------------------


def test_a_supervisor_finds_supervisees_and_contacts_of_own_processes(cast: Cast, enter: Enter) -> None:
    assert names(enter(cast.lead).get(LIST)) == ["Sanna Salo", "Tiina Tamm", "Ville Wikman", "Åsa Öberg"]


def test_a_colleagues_people_are_not_ones_own(cast: Cast, enter: Enter, colleague: User) -> None:
    assert names(enter(colleague).get(LIST)) == ["Kirsi Kollega"]
    assert "Kirsi Kollega" not in names(enter(cast.lead).get(LIST))
    for person in cast.people:
        assert enter(colleague).get(page_of(person)).status_code == 404
        assert enter(colleague).post(edit_of(person), FACTS).status_code == 404


def test_those_who_have_left_are_former_and_stay_in_the_list(cast: Cast, enter: Enter) -> None:
    asking.become(cast.lead)
    Participation.objects.filter(person=cast.people[1]).update(left_on=NOW.date())
    rows = {row.name: row for row in enter(cast.lead).get(LIST).context["rows"]}

    assert (rows["Åsa Öberg"].former, rows["Ville Wikman"].former) == (True, False)
    assert rows["Åsa Öberg"].ties[0].about == "Supervisee, left 23 Nov 2026"


def test_a_row_says_how_somebody_is_reached_and_in_what_they_are(cast: Cast, enter: Enter) -> None:
    rows = {row.name: row for row in enter(cast.lead).get(LIST).context["rows"]}

    assert (rows["Ville Wikman"].address, rows["Åsa Öberg"].address) == ("on paper", "asa@otso.example")
    assert [(tie.label, tie.about) for tie in rows["Ville Wikman"].ties] == [("Otso", "Supervisee")]
    assert [(tie.label, tie.about) for tie in rows["Tiina Tamm"].ties] == [("Päiväkoti Otso", "Johtaja")]


def test_a_line_manager_is_somebody_one_meets(cast: Cast, enter: Enter, agree_anew: Callable[..., Any]) -> None:
    asking.become(cast.lead)
    manager = make_person(cast.practice, "Maija", "Mäki")
    agree_anew(
        cast.engagement,
        parties=lambda draft: ContractParty.objects.create(contract=draft, kind="line_manager", person=manager),
    )
    rows = {row.name: row for row in enter(cast.lead).get(LIST).context["rows"]}

    assert [(tie.label, tie.about) for tie in rows["Maija Mäki"].ties] == [("Otso", "Line manager")]


def test_an_administrator_finds_whom_the_practice_writes_to_but_not_where_they_meet(cast: Cast, enter: Enter) -> None:
    page = enter(cast.practice_admin).get(LIST)

    assert names(page) == ["Sanna Salo", "Tiina Tamm", "Ville Wikman", "Åsa Öberg"]
    assert {row.name: [tie.label for tie in row.ties] for row in page.context["rows"]} == {
        "Sanna Salo": [], "Tiina Tamm": ["Päiväkoti Otso"], "Ville Wikman": [], "Åsa Öberg": [],
    }  # fmt: skip
    one = enter(cast.practice_admin).get(page_of(cast.people[0]))
    assert reverse("engagements:detail", args=[cast.engagement.pk]) not in one.text


def test_people_of_a_draft_are_known_to_its_supervisors_alone(cast: Cast, enter: Enter) -> None:
    asking.become(cast.lead)
    hidden = make_person(cast.practice, "Laura", "Luonnos")
    make_engagement(cast.practice, cast.lead, None, [hidden], title="Vielä salassa", state=State.DRAFT)

    assert "Laura Luonnos" in names(enter(cast.lead).get(LIST))
    assert "Laura Luonnos" not in names(enter(cast.practice_admin).get(LIST))
    assert enter(cast.practice_admin).get(page_of(hidden)).status_code == 404


def test_who_supervises_and_administers_chooses_whose_people(cast: Cast, enter: Enter, colleague: User) -> None:
    browser = enter(cast.lead)

    assert "Kirsi Kollega" not in names(browser.get(LIST))
    whole = browser.get(LIST + "?whose=practice")
    assert "Kirsi Kollega" in names(whole)
    assert [scope["current"] for scope in whole.context["scopes"]] == [False, True]
    found = browser.post(LIST, {"q": "kollega", "whose": "practice"}, follow=True)
    assert names(found) == ["Kirsi Kollega"]


@pytest.mark.parametrize("words", ["sanna salo", "SALO", "salo s"])
def test_a_person_is_found_by_any_part_of_the_name(cast: Cast, enter: Enter, words: str) -> None:
    assert names(enter(cast.lead).post(LIST, {"q": words}, follow=True)) == ["Sanna Salo"]


def test_a_strangers_people_are_not_found(cast: Cast, enter: Enter) -> None:
    assert names(enter(cast.stranger).get(LIST)) == ["Saku Sora", "Salla Suo", "Sami Susi"]
    assert names(enter(cast.stranger).post(LIST, {"q": "salo"}, follow=True)) == []


def test_the_database_answers_nobody_who_does_not_lead_or_administer(cast: Cast) -> None:
    """The functions behind the lists, asked by hand with ids that somebody may have learnt."""
    for who in (cast.stranger, cast.supervisee, cast.contact, cast.administrator, None):
        asking.become(who)
        with connection.cursor() as cursor:
            cursor.execute("SELECT * FROM sec.met_persons()")
            met = {row[0] for row in cursor.fetchall()}
            cursor.execute("SELECT bool_or(sec.is_written_to(id)) FROM unnest(%s) AS id", [[p.pk for p in cast.people]])
            written = cursor.fetchone()[0]
        assert met.isdisjoint(person.pk for person in cast.people), who
        assert not written, who


def test_the_list_asks_the_same_for_one_row_and_for_thirty(cast: Cast, enter: Enter) -> None:
    browser = enter(cast.lead)
    browser.get(LIST)
    with CaptureQueriesContext(connection) as few:
        browser.get(LIST)
    asking.become(cast.lead)
    for number in range(30):
        one = make_person(cast.practice, "Uusi", f"Ohjattava {number:02}")
        Participation.objects.create(engagement=cast.engagement, person=one)
        Contact.objects.create(organisation=cast.organisation, person=one)
    with CaptureQueriesContext(connection) as many:
        page = browser.get(LIST)

    assert (len(page.context["rows"]), len(many)) == (30, len(few))


# --- one person -----------------------------------------------------------------------------------------------------


def test_a_page_shows_own_processes_and_not_a_colleagues(cast: Cast, enter: Enter, colleague: User) -> None:
    asking.become(cast.co_supervisor)
    make_engagement(cast.practice, colleague, None, [cast.people[0]], title="Kallen prosessi")

    assert "Kallen prosessi" not in enter(cast.lead).get(page_of(cast.people[0])).text
    assert "Kallen prosessi" in enter(colleague).get(page_of(cast.people[0])).text


def test_the_people_of_a_process_lead_to_their_pages(cast: Cast, enter: Enter) -> None:
    assert (
        page_of(cast.people[0]) in enter(cast.lead).get(reverse("engagements:people", args=[cast.engagement.pk])).text
    )


def test_a_supervisor_changes_who_somebody_is_and_how_they_are_reached(cast: Cast, enter: Enter) -> None:
    page = enter(cast.lead).post(edit_of(cast.people[1]), FACTS, follow=True)

    assert "Saved." in page.text
    person = again(cast, cast.people[1])
    assert (person.email, person.language, person.user) == ("asa@uusi.example", "sv", None)
    asking.become(cast.lead)
    assert Entry.objects.filter(obj=person.pk, event="person_readdressed").exists()


def test_with_a_new_address_somebody_is_not_the_old_ones_user(cast: Cast, enter: Enter) -> None:
    enter(cast.lead).post(edit_of(cast.people[0]), FACTS | {"given_name": "Sanna", "family_name": "Salo"})

    assert again(cast, cast.people[0]).user is None
    assert enter(cast.supervisee).get(reverse("portal")).status_code == 404
    with asking.acting_as(cast.supervisee):
        assert claim_persons(cast.supervisee) == 0


def test_an_administrator_corrects_a_name_but_not_a_supervisees_address(cast: Cast, enter: Enter) -> None:
    browser = enter(cast.practice_admin)
    assert "only the supervisors of their processes" in browser.get(edit_of(cast.people[1])).text

    browser.post(edit_of(cast.people[1]), FACTS | {"family_name": "Åberg"})

    person = again(cast, cast.people[1])
    assert (person.family_name, person.email) == ("Åberg", "asa@otso.example")


def test_nobody_takes_the_address_of_another_or_of_themselves(cast: Cast, enter: Enter) -> None:
    browser = enter(cast.lead)
    for address, said in ((cast.supervisee.email, "address of Sanna Salo"), (cast.lead.email, "This is your own")):
        page = browser.post(edit_of(cast.people[1]), FACTS | {"email": address.upper()})
        assert said in page.context["form"].errors["email"][0]
        assert 'value="Öberg"' in page.text
    assert again(cast, cast.people[1]).email == "asa@otso.example"


def test_one_comes_in_as_no_contact_by_giving_them_ones_own_address(cast: Cast, enter: Enter) -> None:
    url = reverse("accounts:contact_edit", args=[cast.client_contact.pk])
    facts = {"given_name": "Tiina", "family_name": "Tamm", "email": cast.co_supervisor.email, "language": "fi"}

    page = enter(cast.co_supervisor).post(url, facts)

    assert "This is your own address" in page.context["form"].errors["email"][0]


def test_a_supervisee_in_two_processes_stays_one_person(cast: Cast, enter: Enter) -> None:
    """A supervisor may write their own address where the person is themselves: a supervisor supervised."""
    asking.become(cast.lead)
    mine = make_person(cast.practice, "Liisa", "Lahti", cast.lead)
    other = make_user("oppi@kaari.example", "Oppi Laine")
    make_engagement(cast.practice, cast.lead, None, [mine], title="ToTo")

    page = enter(cast.lead).post(edit_of(mine), FACTS | {"email": cast.lead.email, "family_name": "Lahti"})
    assert page.status_code == 302
    assert again(cast, mine).user == cast.lead
    assert other.persons.count() == 0


@pytest.mark.parametrize("member", ["stranger", "supervisee", "contact", "administrator"])
def test_strangers_reach_no_person(cast: Cast, enter: Enter, member: str) -> None:
    browser = enter(cast.members[member])
    for person in (*cast.people, cast.client_contact.person):
        assert browser.get(page_of(person)).status_code == 404
        assert browser.post(edit_of(person), FACTS).status_code == 404
