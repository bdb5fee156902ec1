"""The search of the frame: what it finds, for whom, and that nothing said in supervision is ever found."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import ClientOrganisation, User
from audit import asking
from engagements.models import Engagement, Goal, State
from sessions.models import Session
from tests.conftest import Cast, make_engagement, make_person

Enter = Callable[[User], Client]
SEARCH = reverse("search")


def typed(browser: Client, words: str) -> Any:
    """Return what stands under the field when `words` are typed."""
    return browser.post(SEARCH, {"q": words}, headers={"HX-Request": "true"})


def groups(answer: Any) -> dict[str, str]:
    """Return the groups of an answer: what each is called, and its HTML."""
    parts = answer.text.split("<section")[1:]
    return {re.search(r"<h2[^>]*>([^<]*?) <", part)[1]: part for part in parts}  # type: ignore[index]  # each has one


def found(browser: Client, words: str) -> dict[str, list[str]]:
    shown = groups(typed(browser, words))
    return {label: re.findall(r'"hit-title">([^<]*)<', part) for label, part in shown.items()}


def test_a_supervisor_finds_processes_persons_and_clients_by_one_word(cast: Cast, enter: Enter) -> None:
    browser = enter(cast.lead)

    assert found(browser, "otso") == {"Processes": ["Otso"], "Clients": ["Päiväkoti Otso"]}
    assert found(browser, "salo") == {"Persons": ["Sanna Salo"]}
    assert found(browser, "PÄIVÄ") == {"Processes": ["Otso"], "Clients": ["Päiväkoti Otso"]}
    assert found(browser, "paiva") == {}


@pytest.mark.parametrize("words", ["", "o", " o ", "\0", "%", "_"])
def test_too_little_finds_nothing(cast: Cast, enter: Enter, words: str) -> None:
    answer = typed(enter(cast.lead), words)
    assert (answer.status_code, answer.text.strip()) == (200, "")


def test_without_javascript_the_form_leads_to_a_page_whose_address_names_nobody(cast: Cast, enter: Enter) -> None:
    page = enter(cast.lead).post(SEARCH, {"q": "Sanna Salo"}, follow=True)

    ((address, _status),) = page.redirect_chain
    assert address.startswith(f"{SEARCH}?find=")
    assert "Salo" not in address
    assert [group.label for group in page.context["groups"]] == ["Persons"]
    assert 'value="Sanna Salo"' in page.text


def test_a_group_shows_the_first_eight_and_leads_to_all(cast: Cast, enter: Enter) -> None:
    asking.become(cast.lead)
    for number in range(12):
        make_engagement(cast.practice, cast.lead, None, [], title=f"Karhu {number:02}")
    browser = enter(cast.lead)
    shown = groups(typed(browser, "karhu"))["Processes"]

    assert (shown.count("hit-title"), "Show all 12" in shown) == (8, True)
    assert f'action="{reverse("engagements:list")}"' in shown
    whole = browser.post(reverse("engagements:list"), {"q": "karhu"}, follow=True)
    assert len(whole.context["rows"]) == 12


def test_an_administrator_finds_frames_and_whom_the_practice_writes_to(cast: Cast, enter: Enter) -> None:
    browser = enter(cast.practice_admin)
    shown = groups(typed(browser, "otso"))["Processes"]

    assert re.findall('href="([^"]*)"', shown) == [reverse("engagements:contract", args=[cast.engagement.pk])]
    assert found(browser, "salo") == {"Persons": ["Sanna Salo"]}


def test_who_is_both_searches_in_the_role_they_are_here_in(cast: Cast, enter: Enter) -> None:
    asking.become(cast.co_supervisor)
    theirs = make_person(cast.practice, "Kirsi", "Kollega")
    make_engagement(cast.practice, cast.co_supervisor, None, [theirs], title="Kirsin prosessi")
    browser = enter(cast.lead)

    assert found(browser, "kirsi") == {}
    browser.post(reverse("switch_role"), {"role": "practice_admin"})
    for number in range(9):
        with asking.acting_as(cast.co_supervisor):
            person = make_person(cast.practice, "Lauri", f"Laine {number}")
            cast.co_supervisor.led_engagements.get().participations.create(person=person)
    assert '<input type="hidden" name="whose" value="practice">' in typed(browser, "laine").text
    assert found(browser, "kirsi") == {"Processes": ["Kirsin prosessi"], "Persons": ["Kirsi Kollega"]}


PLANTED = "zirkoni"


@pytest.fixture
def planted(cast: Cast) -> None:
    """The word in everything that must not be found by others, and in all that is said in supervision."""
    asking.become(cast.lead)
    mine = cast.engagement.participations.get(person=cast.people[0])
    Goal.objects.create(engagement=cast.engagement, theme="meaning", text=f"Yhteinen {PLANTED}")
    Goal.objects.create(engagement=cast.engagement, theme="meaning", text=f"Oma {PLANTED}", owner=mine)
    Session.objects.filter(pk=cast.session.pk).update(place=PLANTED, reason=PLANTED, link=f"https://{PLANTED}.example/")
    Engagement.objects.filter(pk=cast.engagement.pk).update(ending_reason=PLANTED)
    asking.become(cast.stranger)
    other = cast.foreign_engagement.practice
    client = ClientOrganisation.objects.create(practice=other, name=f"Vieras {PLANTED}", business_id="9900009-1")
    person = make_person(other, "Vieras", PLANTED.title())
    make_engagement(other, cast.stranger, client, [person], title=f"Vieras {PLANTED}")
    Engagement.objects.filter(client=client).update(reference=PLANTED)


@pytest.mark.parametrize("member", ["lead", "co_supervisor", "practice_admin"])
def test_nothing_of_strangers_and_nothing_said_in_supervision_is_found(
    cast: Cast, enter: Enter, planted: None, member: str
) -> None:
    assert found(enter(cast.stranger), PLANTED) == {
        "Processes": [f"Vieras {PLANTED}"],
        "Persons": [f"Vieras {PLANTED.title()}"],
        "Clients": [f"Vieras {PLANTED}"],
    }  # fmt: skip  (it is there to be found)
    browser = enter(cast.members[member])
    assert "Vieras" not in typed(browser, PLANTED).text
    assert found(browser, PLANTED) == {}
    assert found(browser, "9900009-1") == {}
    assert found(browser, "vieras") == {}


def test_a_draft_is_found_by_its_supervisors_alone(cast: Cast, enter: Enter) -> None:
    asking.become(cast.lead)
    hidden = make_person(cast.practice, "Laura", "Salainen")
    make_engagement(cast.practice, cast.lead, None, [hidden], title="Salainen luonnos", state=State.DRAFT)

    assert found(enter(cast.lead), "salainen") == {"Processes": ["Salainen luonnos"], "Persons": ["Laura Salainen"]}
    assert found(enter(cast.practice_admin), "salainen") == {}
    assert found(enter(cast.co_supervisor), "salainen") == {}


@pytest.mark.parametrize("member", ["supervisee", "contact", "administrator"])
def test_those_who_work_with_no_processes_have_no_search(cast: Cast, enter: Enter, member: str) -> None:
    browser = enter(cast.members[member])
    assert (browser.get(SEARCH).status_code, typed(browser, "otso").status_code) == (404, 404)
    assert reverse("search") not in browser.get(reverse("accounts:profile")).text


def test_a_search_asks_once_for_each_kind_however_much_it_finds(cast: Cast, enter: Enter) -> None:
    browser = enter(cast.lead)
    typed(browser, "otso")
    with CaptureQueriesContext(connection) as few:
        typed(browser, "otso")
    asking.become(cast.lead)
    for number in range(30):
        make_engagement(cast.practice, cast.lead, cast.organisation, [], title=f"Otso {number}")
    with CaptureQueriesContext(connection) as many:
        typed(browser, "otso")

    assert len(few) == len(many)
    assert sum("LIKE" in each["sql"] for each in many) == 3


def test_what_is_typed_is_written_into_no_log(cast: Cast, enter: Enter, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("DEBUG"):
        typed(enter(cast.lead), "Sannasalo")
        enter(cast.lead).post(SEARCH, {"q": "Sannasalo"}, follow=True)
    written = [record for record in caplog.records if not record.name.startswith("django.db")]
    assert not [record for record in written if "Sannasalo" in record.getMessage()]
