"""The search of the frame: what it finds, for whom, in which forms, and that nothing said in supervision is found."""

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
from engagements.models import ContractTemplate, Engagement, Goal, State
from sessions.closing import words as closing
from sessions.models import Session, SessionWord
from tests.conftest import NOW, Cast, make_engagement, make_person
from tests.report_story import begin, clause
from tests.test_ten_thousand import FRAME, MOST
from tyonohjaus.context import roles_of
from tyonohjaus.search.pages import PAGES

Enter = Callable[[User], Client]
SEARCH = reverse("search")
#: The session of the cast, at Otsontie 2.
BOOKED = "Wed 25 Nov 2026 9:00 · Otso"


def typed(browser: Client, words: str) -> Any:
    """Return what stands under the field when `words` are typed."""
    return browser.post(SEARCH, {"q": words}, headers={"HX-Request": "true"})


def groups(answer: Any) -> dict[str, str]:
    """Return the groups of an answer: what each is called, and its HTML."""
    parts = answer.text.split("<section")[1:]
    return {re.search(r"<h2[^>]*>([^<]*?) <", part)[1]: part for part in parts}  # type: ignore[index]  # each has one


def found(browser: Client, words: str) -> dict[str, list[str]]:
    shown = groups(typed(browser, words))
    return {label: titles(part) for label, part in shown.items()}


def titles(part: str) -> list[str]:
    return [re.sub("<[^>]*>", "", title) for title in re.findall(r'"hit-title">(.*?)</span>', part)]


def test_a_supervisor_finds_processes_persons_and_clients_by_one_word(cast: Cast, enter: Enter) -> None:
    browser = enter(cast.lead)

    assert found(browser, "otso") == {"Processes": ["Otso"], "Clients": ["Päiväkoti Otso"], "Sessions": [BOOKED]}
    assert found(browser, "salo") == {"Processes": ["Otso"], "Persons": ["Sanna Salo"]}
    assert found(browser, "PÄIVÄ") == {"Processes": ["Otso"], "Clients": ["Päiväkoti Otso"]}


@pytest.mark.parametrize("words", ["", "o", " o ", "\0", "%", "_", "("])
def test_too_little_finds_nothing(cast: Cast, enter: Enter, words: str) -> None:
    answer = typed(enter(cast.lead), words)
    assert (answer.status_code, answer.text.strip()) == (200, "")


def test_without_javascript_the_form_leads_to_a_page_whose_address_names_nobody(cast: Cast, enter: Enter) -> None:
    page = enter(cast.lead).post(SEARCH, {"q": "Sanna Salo"}, follow=True)

    ((address, _status),) = page.redirect_chain
    assert address.startswith(f"{SEARCH}?find=")
    assert "Salo" not in address
    assert [group.label for group in page.context["groups"]] == ["Processes", "Persons"]
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

    assert "Kirsi" not in str(found(browser, "kirsi"))
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
    Session.objects.filter(pk=cast.session.pk).update(reason=PLANTED, link=f"https://{PLANTED}.example/")
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


def test_who_is_nobody_here_has_no_search(cast: Cast, enter: Enter) -> None:
    browser = enter(cast.administrator)
    assert (browser.get(SEARCH).status_code, typed(browser, "otso").status_code) == (404, 404)
    assert SEARCH not in browser.get(reverse("accounts:profile")).text


@pytest.mark.parametrize("member", ["supervisee", "contact"])
def test_who_has_no_navigation_has_a_way_to_the_search(cast: Cast, enter: Enter, member: str) -> None:
    browser = enter(cast.members[member])
    assert f'href="{SEARCH}"' in browser.get(reverse("accounts:profile")).text


def test_a_supervisee_finds_their_processes_by_title_people_and_theme_and_their_sessions(
    cast: Cast, enter: Enter
) -> None:
    asking.become(cast.lead)
    Goal.objects.create(engagement=cast.engagement, theme="meaning", text="Yhdessä")
    browser = enter(cast.supervisee)

    assert found(browser, "otso") == {"Processes": ["Otso"], "Sessions": [BOOKED]}
    assert found(browser, "öbergin") == {"Processes": ["Otso"]}
    assert found(browser, "meaningfulness") == {"Processes": ["Otso"]}
    assert list(found(browser, "otsontie")) == ["Sessions"]
    assert found(browser, "susi") == {}


def test_a_contact_finds_a_process_by_what_the_contract_says_and_never_by_a_name(cast: Cast, enter: Enter) -> None:
    asking.become(cast.lead)
    clause(cast)
    browser = enter(cast.contact)

    assert found(browser, "otso") == {"Processes": ["Otso"]}
    for name in ("salo", "sanna", "öberg", "wikman", "wikmann", "otsontie"):
        assert found(browser, name) == {}, name


def test_an_administrator_of_the_practice_never_learns_who_is_in_which_process(cast: Cast, enter: Enter) -> None:
    assert found(enter(cast.practice_admin), "salo") == {"Persons": ["Sanna Salo"]}
    assert found(enter(cast.practice_admin), "otsontie") == {}


# --- forms of words, and slips --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "title"),
    [
        ("tampereella", "Tampereen ryhmä"),
        ("tampere ryhmän", "Tampereen ryhmä"),
        ("työnohjauksessa", "Johdon työnohjaus"),
        ("lahden", "Lahti, pari"),
        ("virtasen", "Virtanen"),
        ("seurakunnassa", "Kallion seurakunta"),
        ("handledningen", "Handledning i Åbo"),
        ("turussa", "Turku ja Naantali"),
    ],
)
def test_a_word_is_found_in_whatever_form_it_is_typed(cast: Cast, enter: Enter, words: str, title: str) -> None:
    asking.become(cast.lead)
    make_engagement(cast.practice, cast.lead, None, [], title=title)
    assert found(enter(cast.lead), words).get("Processes") == [title]


def test_who_typed_it_as_it_is_gets_that_alone(cast: Cast, enter: Enter) -> None:
    asking.become(cast.lead)
    for title in ("Lahti", "Lahden pari"):
        make_engagement(cast.practice, cast.lead, None, [], title=title)
    browser = enter(cast.lead)
    assert found(browser, "lahti")["Processes"] == ["Lahti"]


@pytest.mark.parametrize(
    ("words", "name"), [("virtnaen", "Virtanen"), ("virtamen", "Virtanen"), ("verkkosari", "Verkkosaari")]
)
def test_a_slip_is_asked_about(cast: Cast, enter: Enter, words: str, name: str) -> None:
    asking.become(cast.lead)
    cast.engagement.participations.create(person=make_person(cast.practice, "Ville", name))
    browser = enter(cast.lead)
    assert found(browser, words) == {"Persons": [f"Ville {name}"]}
    assert "Did you mean one of these?" in typed(browser, words).text


def test_letters_without_their_dots_are_a_slip_too(cast: Cast, enter: Enter) -> None:
    assert found(enter(cast.lead), "paivakoti")["Clients"] == ["Päiväkoti Otso"]


def test_a_slip_shows_nobody_of_strangers(cast: Cast, enter: Enter) -> None:
    assert found(enter(cast.stranger), "vieaas") == {"Processes": ["Vieras"]}
    for member in ("lead", "practice_admin", "supervisee", "contact"):
        assert found(enter(cast.members[member]), "vieaas") == {}, member


def test_what_was_looked_for_is_marked(cast: Cast, enter: Enter) -> None:
    shown = typed(enter(cast.lead), "otson").text
    assert "<mark>Otso</mark>" in shown
    assert "Päiväkoti <mark>Otso</mark>" in shown


def test_nothing_found_says_what_to_try_and_what_is_never_searched(cast: Cast, enter: Enter) -> None:
    shown = typed(enter(cast.lead), "qwertyuiop").text
    assert "Nothing that you may see says “qwertyuiop”." in shown
    assert "encrypted, and not searched here" in shown


# --- sessions, reports, templates, pages ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    ["25.11.", "25.11.2026", "otso 25.11.", "marraskuussa", "november", "november 2026", "vko 48", "otsontiellä"],
)
def test_a_session_is_found_by_its_day_its_month_its_week_and_its_place(
    cast: Cast, enter: Enter, words: str, time_machine: Any
) -> None:
    time_machine.move_to(NOW)
    assert found(enter(cast.lead), words)["Sessions"] == [BOOKED]
    assert found(enter(cast.stranger), words).get("Sessions", []) in ([], ["Wed 25 Nov 2026 9:00 · Vieras"])


def test_a_session_is_found_by_a_method_by_those_who_see_its_methods(cast: Cast, enter: Enter) -> None:
    asking.become(cast.lead)
    closing.add(cast.practice, "method", "Kortit")
    word = cast.practice.words.get(text="Kortit")
    SessionWord.objects.create(session=cast.session, word=word)
    assert list(found(enter(cast.lead), "korteilla")) == ["Sessions"]
    assert found(enter(cast.supervisee), "kortit") == {}  # it is not held yet
    assert found(enter(cast.contact), "kortit") == {}


def test_a_report_is_found_by_kind_and_time_by_those_who_see_it(cast: Cast, enter: Enter) -> None:
    asking.become(cast.lead)
    clause(cast)
    begin(cast, until=NOW.date(), now=NOW)
    assert len(found(enter(cast.lead), "interim report")["Reports"]) == 1
    assert len(found(enter(cast.lead), "väliraportti otso 2026")["Reports"]) == 1
    for member in ("supervisee", "contact", "practice_admin", "stranger"):
        assert not list(found(enter(cast.members[member]), "interim")), member


def test_templates_are_found_by_their_supervisors(cast: Cast, enter: Enter) -> None:
    asking.become(cast.lead)
    ContractTemplate.objects.create(practice=cast.practice, name="Kunnille")
    assert found(enter(cast.co_supervisor), "kunnalle")["Templates"] == ["Kunnille"]
    for member in ("practice_admin", "supervisee", "contact", "stranger"):
        assert found(enter(cast.members[member]), "kunnille") == {}, member


@pytest.mark.parametrize(("member", "label"), [("lead", "Practice"), ("supervisee", "Own details")])
def test_pages_of_the_product_are_found_in_every_language(cast: Cast, enter: Enter, member: str, label: str) -> None:
    for words in ("asetukset", "inställningar", "settings", "asetuksista"):
        assert label in found(enter(cast.members[member]), words)["Pages"]


@pytest.mark.parametrize("member", ["lead", "practice_admin", "supervisee", "contact"])
def test_every_page_that_is_offered_can_be_opened(cast: Cast, enter: Enter, member: str) -> None:
    browser = enter(cast.members[member])
    with asking.acting_as(cast.members[member]):
        role = roles_of(cast.members[member])[0]
    offered = [page for page in PAGES if role.key in page.roles]
    assert len(offered) > 5
    assert [page.url_name for page in offered if browser.get(page.url).status_code not in (200, 302)] == []


@pytest.mark.parametrize("member", ["lead", "practice_admin", "supervisee", "contact"])
def test_what_others_have_makes_no_difference_to_an_answer(cast: Cast, enter: Enter, member: str) -> None:
    """Neither to what is said nor to how often the database is asked."""
    browser = enter(cast.members[member])
    answers = {}
    for word in ("vieras", "puuttu"):  # there is one elsewhere; there is none anywhere
        typed(browser, word)
        with CaptureQueriesContext(connection) as asked:
            answers[word] = typed(browser, word).text.replace(word, "…"), len(asked)
    answers = {
        word: (re.sub('csrfmiddlewaretoken" value="[^"]*"', "", text), count) for word, (text, count) in answers.items()
    }
    assert answers["vieras"] == answers["puuttu"]


@pytest.mark.parametrize(
    "words", ["qwertyuiop", "x" * 500, "(((((((", "a b c d e f g h i j", "\\m\\y", "[[:alpha:]]+", "{|}"]
)
def test_whatever_is_typed_a_search_stays_bounded(cast: Cast, enter: Enter, words: str) -> None:
    browser = enter(cast.lead)
    typed(browser, "otso")
    with CaptureQueriesContext(connection) as asked:
        assert typed(browser, words).status_code == 200
    assert sum(not any(part in each["sql"] for part in FRAME) for each in asked) <= MOST


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


def test_what_is_typed_is_written_into_no_log(cast: Cast, enter: Enter, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("DEBUG"):
        typed(enter(cast.lead), "Sannasalo")
        enter(cast.lead).post(SEARCH, {"q": "Sannasalo"}, follow=True)
    written = [record for record in caplog.records if not record.name.startswith("django.db")]
    assert not [record for record in written if "Sannasalo" in record.getMessage()]
