"""The first run: what to begin with, ticked by what is there, and no empty page without a way on."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import ClientOrganisation, Contact, Membership, Practice, User
from audit import asking
from engagements.models import ContractParty, Engagement, State
from tests.conftest import make_engagement, make_person, make_practice, make_session, make_user
from tyonohjaus.example import make_example

Enter = Callable[[Any], Client]
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=ZoneInfo("Europe/Helsinki"))
PRACTICE, CLIENT, PROCESS = (
    "Complete the details of your practice",
    "Add your first client",
    "Open your first process",
)


@pytest.fixture(autouse=True)
def now(time_machine: Any) -> None:
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def founder(db: None) -> User:
    """Somebody who has just founded a practice."""
    user = make_user("ulla@uusi.example", "Ulla Uusi", factor=True)
    asking.become(user)
    make_practice(user, "Uusi ohjaus", "9900003-4")
    return user


def steps(browser: Client) -> dict[str, bool]:
    return {step.label: step.done for step in browser.get(reverse("today")).context["steps"]}


# --- first steps ----------------------------------------------------------------------------------------------------


def test_who_begins_is_welcomed_with_three_steps_and_an_example(founder: User, enter: Enter) -> None:
    practice = Practice.objects.of(founder).get()
    page = enter(founder).get(reverse("today"))
    assert page.context["heading"] == "Welcome"
    assert [(step.label, step.url, step.done) for step in page.context["steps"]] == [
        (PRACTICE, reverse("accounts:practice_edit", args=[practice.pk]), False),
        (CLIENT, reverse("accounts:organisation_new"), False),
        (PROCESS, reverse("engagements:open"), False),
    ]
    assert f'action="{reverse("example_make")}"' in page.text


def test_a_step_is_done_when_its_rows_are_there_and_undone_when_they_go(founder: User, enter: Enter) -> None:
    browser = enter(founder)
    asking.become(founder)
    practice = Practice.objects.of(founder)
    practice.update(iban="FI2112345600000785", email="a@uusi.example", phone="040 000 0000")
    assert steps(browser)[PRACTICE]
    asking.become(founder)
    practice.update(iban="")
    assert not steps(browser)[PRACTICE]
    asking.become(founder)
    ClientOrganisation.objects.create(practice=practice.get(), name="Koulu Kuusi")
    assert steps(browser) == {PRACTICE: False, CLIENT: True, PROCESS: False}


def test_a_private_payer_is_a_first_client_too(founder: User, enter: Enter) -> None:
    asking.become(founder)
    practice = Practice.objects.of(founder).get()
    draft = make_engagement(practice, founder, None, [], title="Yksityinen", state=State.DRAFT)
    person = make_person(practice, "Helena", "Huttunen")
    ContractParty.objects.create(contract=draft.contracts.get(), kind="payer", person=person, orders=True)
    assert steps(enter(founder)) == {PRACTICE: False, CLIENT: True, "Finish your first process": False}


def test_a_draft_is_gone_on_with(founder: User, enter: Enter) -> None:
    asking.become(founder)
    draft = make_engagement(Practice.objects.of(founder).get(), founder, None, [], state=State.DRAFT)
    step = enter(founder).get(reverse("today")).context["steps"][-1]
    assert (step.label, step.url) == ("Finish your first process", reverse("engagements:detail", args=[draft.pk]))


def test_what_is_done_is_not_shown_any_more(founder: User, enter: Enter) -> None:
    asking.become(founder)
    practice = Practice.objects.of(founder)
    practice.update(iban="FI2112345600000785", email="a@uusi.example", phone="040 000 0000")
    organisation = ClientOrganisation.objects.create(practice=practice.get(), name="Koulu Kuusi")
    make_engagement(practice.get(), founder, organisation, [])
    page = enter(founder).get(reverse("today"))
    assert page.context["steps"] == []
    assert "First steps" not in page.text


def test_an_example_ticks_no_step(founder: User, enter: Enter) -> None:
    asking.become(founder)
    example = make_example(Practice.objects.of(founder).get(), by=founder, now=NOW)
    browser = enter(founder)
    assert not any(steps(browser).values())
    page = browser.get(reverse("today")).text
    assert reverse("engagements:detail", args=[example.pk]) in page
    assert f'action="{reverse("example_remove")}"' in page


def test_who_hides_the_steps_sees_them_no_more_and_the_next_at_this_browser_does(founder: User, enter: Enter) -> None:
    browser = enter(founder)
    assert browser.post(reverse("first_steps_dismiss")).headers["Location"] == reverse("today")
    page = browser.get(reverse("today"))
    assert page.context["steps"] == []
    assert reverse("engagements:open") in page.text
    other = make_user("olli@toinen.example", "Olli Toinen", factor=True)
    asking.become(other)
    make_practice(other, "Toinen", "9900012-2")
    assert len(steps(enter(other))) == 3


def test_an_invited_supervisor_is_not_asked_for_what_is_not_theirs_to_do(founder: User, enter: Enter) -> None:
    invited = make_user("iida@uusi.example", "Iida Invited", factor=True)
    asking.become(founder)
    practice = Practice.objects.of(founder).get()
    Membership.objects.create(practice=practice, user=invited, kind=Membership.Kind.SUPERVISOR)
    ClientOrganisation.objects.create(practice=practice, name="Koulu Kuusi")
    assert steps(enter(invited)) == {CLIENT: True, PROCESS: False}


def test_the_steps_of_one_are_not_ticked_by_anothers_work(founder: User, enter: Enter) -> None:
    invited = make_user("iida@uusi.example", "Iida Invited", factor=True)
    asking.become(founder)
    practice = Practice.objects.of(founder).get()
    Membership.objects.create(practice=practice, user=invited, kind=Membership.Kind.SUPERVISOR)
    make_engagement(practice, founder, None, [])
    assert steps(enter(invited))[PROCESS] is False


@pytest.mark.parametrize("few", [0, 4, 5])
def test_the_list_offers_an_example_to_those_who_lead_few(founder: User, enter: Enter, few: int) -> None:
    asking.become(founder)
    for number in range(few):
        make_engagement(Practice.objects.of(founder).get(), founder, None, [], title=f"Prosessi {number}")
    offered = f'action="{reverse("example_make")}"' in enter(founder).get(reverse("engagements:list")).text
    assert offered is (few < 5)


# --- empty pages ----------------------------------------------------------------------------------------------------

EMPTY = re.compile(r'<div class="empty">.*?</div>', re.DOTALL)


def empties(browser: Client, path: str) -> list[str]:
    """Return the empty states of a page; words to look for (`?q=`) are posted, as its form does."""
    path, _mark, words = path.partition("?q=")
    answer = browser.post(path, {"q": words}, follow=True) if words else browser.get(path)
    assert answer.status_code == 200, path
    return EMPTY.findall(answer.text)


@pytest.fixture
def nothing_yet(founder: User) -> dict[str, User]:
    """Everybody who can be here before anything is: each sees the pages of their role, and nothing on them."""
    admin = make_user("paula@uusi.example", "Paula Pelto", factor=True)
    supervisee = make_user("sanna@uusi.example", "Sanna Salo")
    contact = make_user("tiina@uusi.example", "Tiina Tamm")
    asking.become(founder)
    practice = Practice.objects.of(founder).get()
    Membership.objects.create(practice=practice, user=admin, kind=Membership.Kind.ADMIN)
    organisation = ClientOrganisation.objects.create(practice=practice, name="Koulu Kuusi")
    Contact.objects.create(organisation=organisation, person=make_person(practice, "Tiina", "Tamm", contact))
    sanna = make_person(practice, "Sanna", "Salo", supervisee)
    make_engagement(practice, founder, None, [sanna], title="Luonnos", state=State.DRAFT)
    asking.become(None)
    return {"founder": founder, "admin": admin, "supervisee": supervisee, "contact": contact}


@pytest.mark.parametrize(
    ("who", "page", "onward"),
    [
        ("admin", "practice_home", "accounts:invite"),
        ("supervisee", "portal", "accounts:profile"),
        ("contact", "client_home", "accounts:profile"),
        ("founder", "sessions:book_any", "engagements:open"),
        ("founder", "engagements:templates", "#ready-made"),
        ("founder", "engagements:library", "engagements:templates"),
        ("founder", "mfa_list_webauthn", "mfa_add_webauthn"),
        ("founder", "/engagements/?state=closed", "?all"),
        ("founder", "/sessions/new/?q=zzz", "?all"),
        ("founder", "/organisations/?q=zzz", "?all"),
    ],
)
def test_an_empty_page_says_what_comes_there_and_leads_on(
    nothing_yet: dict[str, User], enter: Enter, who: str, page: str, onward: str
) -> None:
    practice = Practice.objects.get()
    arguments = {"accounts:invite": [practice.pk]}
    target = onward if onward.startswith(("#", "?")) else reverse(onward, args=arguments.get(onward))
    (empty,) = empties(enter(nothing_yet[who]), page if page.startswith("/") else reverse(page))
    assert f'href="{target}"' in empty
    assert re.search(r"<p>[^<]+[.]</p>", empty), empty


def test_pages_of_a_process_with_nothing_in_it_lead_on(nothing_yet: dict[str, User], enter: Enter) -> None:
    founder = nothing_yet["founder"]
    asking.become(founder)
    practice = Practice.objects.get()
    supervisee = make_person(practice, "Sanna", "Salo", nothing_yet["supervisee"])
    organisation = ClientOrganisation.objects.get()
    engagement = make_engagement(practice, founder, organisation, [supervisee], title="Tyhjä")
    browser = enter(founder)
    sessions = reverse("sessions:list", args=[engagement.pk])
    (empty,) = empties(browser, sessions)
    assert reverse("sessions:book", args=[engagement.pk]) in empty
    assert browser.get(reverse("engagements:goals", args=[engagement.pk])).text.count('href="#new-goal"') == 2
    assert (
        reverse("sessions:book", args=[engagement.pk])
        in browser.get(reverse("engagements:detail", args=[engagement.pk])).text.split("<aside")[0]
    )
    (seen,) = empties(enter(nothing_yet["supervisee"]), sessions)
    assert reverse("portal") in seen
    asking.become(founder)
    Engagement.objects.filter(pk=engagement.pk).update(state=State.PAUSED)
    (paused,) = empties(enter(founder), sessions)
    assert reverse("engagements:detail", args=[engagement.pk]) in paused


def test_a_client_without_contacts_and_processes_leads_on(founder: User, enter: Enter) -> None:
    asking.become(founder)
    bare = ClientOrganisation.objects.create(practice=Practice.objects.get(), name="Kunta")
    page = enter(founder).get(reverse("accounts:organisation", args=[bare.pk])).text
    assert reverse("accounts:contact_new", args=[bare.pk]) in page
    assert f'<a class="btn" href="{reverse("engagements:open")}"' in page


@pytest.mark.parametrize("who", ["founder", "admin", "supervisee", "contact"])
def test_no_page_within_reach_of_who_begins_is_a_dead_end(nothing_yet: dict[str, User], enter: Enter, who: str) -> None:
    """Follow every link to a page: whatever is empty has one that leads on."""
    browser = enter(nothing_yet[who])
    waiting, seen = [browser.get("/").headers["Location"]], {"/"}
    while waiting:
        path = waiting.pop()
        if path in seen or path.startswith("/static/") or "/pdf/" in path:
            continue
        seen.add(path)
        answer = browser.get(path)
        assert answer.status_code in (200, 302), path  # allauth asks again who it is before its own pages
        if answer.status_code == 302:
            continue
        for empty in EMPTY.findall(answer.text):
            assert "href=" in empty, (path, empty)
        waiting += [found for found in re.findall(r'href="(/[^"#?]*)', answer.text) if found not in seen]
    assert len(seen) > 5


def test_a_real_day_is_not_hidden_by_first_steps(founder: User, enter: Enter) -> None:
    asking.become(founder)
    engagement = make_engagement(Practice.objects.get(), founder, None, [])
    session = make_session(engagement, NOW + timedelta(hours=1))
    page = enter(founder).get(reverse("today"))
    assert page.context["next"] == session
    assert len(page.context["steps"]) == 3
