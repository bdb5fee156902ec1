"""Cases for ToTo: nothing is kept before the names are gone through, then only what was put in their place."""

import re
from datetime import date
from html import unescape
from typing import Any

import pytest
from django.contrib.sessions.models import Session as BrowserSession
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from audit import asking
from audit.models import Entry
from portfolio.cases import actions
from portfolio.cases.written import Written, unseal
from portfolio.models import Case
from tests.conftest import NOW, make_person
from vault import opening
from vault.keys import Opened
from vault.models import TextKey

Cast = Any
NEW = "/portfolio/cases/new/"
TEXT = "Sanna Salo soitti eilen. Sannan mielestä Otso on väsynyt, ja Raili sanoi 13.1.2027 samaa."


@pytest.fixture(autouse=True)
def now(time_machine: Any) -> None:
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def vault(cast: Cast) -> Opened:
    asking.become(cast.lead)
    return opening.create(cast.lead.pk, "kettu lampi siilo varis honka", now=timezone.now())[0]


@pytest.fixture
def lead(cast: Cast, vault: Opened, client: Client) -> Client:
    client.force_login(cast.lead)
    return client


@pytest.fixture
def unlocked(cast: Cast, vault: Opened, lead: Client) -> Client:
    asking.become(cast.lead)
    lead.cookies["__Host-vault"] = opening.keep_open(vault, now=timezone.now())
    return lead


def shown(page: str) -> dict[str, str]:
    """Return the fields of the page on which the names are gone through, all of them ticked."""
    inputs = re.findall(r"<input[^>]*>", page)
    fields = {}
    for one in inputs:
        name, value = re.search(r'name="([^"]*)"', one), re.search(r'value="([^"]*)"', one)
        if name and name[1].startswith(("on-", "with-", "seen-", "title", "text", "question")):
            fields[name[1]] = unescape(value[1]) if value else ""
    return fields


def offered(page: str) -> dict[str, str]:
    """Return by the words that are offered the key of their fields."""
    found = re.findall(r'for="on-(\w+)".*?<strong>(.*?)</strong>', page)
    return {unescape(words): key for key, words in found}


def go_through(client: Client, **typed: str) -> str:
    typed = {"title": "", "text": TEXT, "question": ""} | typed
    return client.post(NEW, typed | {"do": "look"}).text


def all_kept(user: User, vault: Opened) -> list[Written]:
    asking.become(user)
    return [unseal(case, vault) for case in Case.objects.of(user)]


# --- going through --------------------------------------------------------------------------------------------------


def test_what_is_kept_is_what_was_put_in_the_place_of_names(cast: Cast, vault: Opened, lead: Client) -> None:
    page = go_through(lead, title="Salon asia", question="Mitä Sannalle?")
    assert set(offered(page)) == {"Salon", "Sanna Salo", "Sannan", "Sannalle", "Otso", "Raili", "13.1.2027"}
    answer = lead.post(NEW, shown(page) | {"do": "keep"}, follow=True)
    assert "Kept as it reads without the names." in answer.text
    (kept,) = all_kept(cast.lead, vault)
    assert kept == Written(
        "person A asia",
        "person A soitti eilen. person A mielestä organisation A on väsynyt, ja name A sanoi day A samaa.",
        "Mitä person A?",
    )


def test_nothing_is_kept_before_that_and_what_was_typed_stands_in_no_row_no_session_and_no_statement(
    cast: Cast, lead: Client
) -> None:
    secret = "Zyxxa"
    with CaptureQueriesContext(connection) as asked:
        page = go_through(lead, text=f"Silloin {secret} ja Sanna.", title=f"Asia {secret}")
        lead.post(NEW, shown(page) | {"do": "look"})
        lead.post(NEW, shown(page) | {"do": "back"})
        lead.post(NEW, shown(page) | {"do": "keep"})
    assert not any(secret in one["sql"] for one in asked)
    asking.become(cast.lead)
    assert Case.objects.count() == 1
    for session in BrowserSession.objects.all():
        assert secret not in str(session.get_decoded())
    asking.become(cast.lead)
    assert not Entry.objects.filter(data__icontains=secret).exists()


def test_nothing_that_was_typed_is_logged(lead: Client, caplog: pytest.LogCaptureFixture, capfd: Any) -> None:
    with caplog.at_level("DEBUG"):
        page = go_through(lead, text="Silloin Zyxxa ja Sanna.")
        lead.post(NEW, shown(page) | {"do": "keep"})
    out = capfd.readouterr()
    said = [record.getMessage() for record in caplog.records if not record.name.startswith("django.template")]
    assert "Zyxxa" not in "".join(said) + out.out + out.err


def test_unticked_stays_edited_stands_and_empty_is_asked_for(cast: Cast, vault: Opened, lead: Client) -> None:
    page = go_through(lead)
    fields, keys = shown(page), offered(page)
    del fields[f"on-{keys['Otso']}"]
    fields[f"with-{keys['Raili']}"] = " "
    answer = lead.post(NEW, fields | {"do": "keep"})
    assert "Write what stands in its place, or untick it." in answer.text
    assert not all_kept(cast.lead, vault)
    fields[f"with-{keys['Raili']}"] = "kollegani"
    lead.post(NEW, fields | {"do": "keep"})
    (kept,) = all_kept(cast.lead, vault)
    assert "Otso on väsynyt, ja kollegani sanoi" in kept.text


def test_what_only_begins_a_sentence_goes_when_it_is_ticked(cast: Cast, vault: Opened, lead: Client) -> None:
    page = go_through(lead, text="Raili itki. Ovela ratkaisu löytyi.")
    assert "Is one of these a name?" in page
    assert offered(page) == {}
    fields = {name: value for name, value in shown(page).items() if not name.startswith("on-")}
    raili, ovela = (name.removeprefix("seen-") for name in fields if name.startswith("seen-"))
    lead.post(NEW, fields | {f"on-{raili}": "1", "do": "keep"})
    (kept,) = all_kept(cast.lead, vault)
    assert kept.text == "name A itki. Ovela ratkaisu löytyi."
    assert ovela


def test_what_was_not_gone_through_is_shown_and_nothing_is_kept(cast: Cast, vault: Opened, lead: Client) -> None:
    """A text that was sent past the list, and a name that came to the practice meanwhile."""
    answer = lead.post(NEW, {"text": TEXT, "do": "keep"})
    assert "There is something here that you have not gone through yet" in answer.text
    page = go_through(lead, text="Vieraana oli orvokki.")
    assert offered(page) == {}
    asking.become(cast.lead)
    make_person(cast.practice, "Orvokki", "Kallio")
    answer = lead.post(NEW, shown(page) | {"do": "keep"})
    assert set(offered(answer.text)) == {"orvokki"}
    assert not all_kept(cast.lead, vault)


def test_going_back_keeps_what_was_typed_on_the_page(lead: Client) -> None:
    page = go_through(lead, title="Salon asia")
    answer = lead.post(NEW, shown(page) | {"do": "back"}).text
    assert "Sannan mielestä" in answer
    assert "Salon asia" in answer


@pytest.mark.parametrize(("typed", "why"), [
    ({"text": " \n "}, "Write what the case is about."),
    ({"text": "a" * 20_001}, "at most 20000 characters"),
    ({"text": "a", "title": "b" * 121}, "at most 120 characters"),
    ({"text": "a", "question": "b" * 1001}, "at most 1000 characters"),
    ({"text": " ".join(f"on X{chr(97 + n % 26)}{chr(97 + n // 26)}" for n in range(400))}, "too many different names"),
])  # fmt: skip
def test_what_cannot_be_taken_is_said_and_kept_on_the_page(lead: Client, typed: dict[str, str], why: str) -> None:
    answer = go_through(lead, **typed)
    assert why in answer
    assert typed["text"].strip()[:200] in answer


def test_a_case_that_grew_too_long_is_not_kept(cast: Cast, vault: Opened, lead: Client) -> None:
    page = go_through(lead, text="Sanna, " * 2800)
    fields = shown(page) | {f"with-{offered(page)['Sanna']}": "x" * 60, "do": "keep"}
    assert "The text has at most 40000 characters." in lead.post(NEW, fields).text
    assert not all_kept(cast.lead, vault)


def test_names_of_another_practice_are_not_known_here(cast: Cast, lead: Client) -> None:
    assert offered(go_through(lead, text="susi ja suon laidalla sami")) == {}


def test_without_a_key_one_is_led_to_make_it(cast: Cast, client: Client) -> None:
    client.force_login(cast.lead)
    assert reverse("vault:create") in client.get(NEW).text
    assert reverse("vault:create") in client.post(NEW, {"text": TEXT, "do": "keep"}).text


# --- kept -----------------------------------------------------------------------------------------------------------


def make(user: User, title: str = "Asia") -> Case:
    return actions.keep(Written(title, "person A oli hiljaa", "Mitä teen?"), by=user, now=timezone.now())


def test_it_is_read_with_the_vault_open_alone(cast: Cast, vault: Opened, unlocked: Client) -> None:
    asking.become(cast.lead)
    case = make(cast.lead)
    for url in (reverse("cases:list"), reverse("cases:case", args=[case.pk])):
        assert "Asia" in unlocked.get(url).text
    del unlocked.cookies["__Host-vault"]
    for url in (reverse("cases:list"), reverse("cases:case", args=[case.pk])):
        page = unlocked.get(url).text
        assert "Asia" not in page
        assert "hiljaa" not in page
        assert "Your notes are locked" in page


def test_nobody_else_has_it(cast: Cast, vault: Opened) -> None:
    asking.become(cast.lead)
    case = make(cast.lead)
    for name, user in cast.members.items():
        if name != "lead":
            asking.become(user)
            assert not Case.objects.exists()
            assert not TextKey.objects.filter(author=cast.lead.pk).exists()
            with pytest.raises(DatabaseError), transaction.atomic():
                Case.objects.create(author=cast.lead, sealed=bytes(case.sealed))


def test_what_is_kept_stays_as_it_was_gone_through(cast: Cast, vault: Opened) -> None:
    asking.become(cast.lead)
    case = make(cast.lead)
    with pytest.raises(DatabaseError), transaction.atomic():
        Case.objects.filter(pk=case.pk).update(sealed=bytes(case.sealed)[:-1] + b"0")


def test_a_key_of_no_process_is_ones_own(cast: Cast, vault: Opened) -> None:
    asking.become(cast.lead)
    for stranger in (cast.co_supervisor.pk, cast.foreign_engagement.pk):
        with pytest.raises(DatabaseError), transaction.atomic():
            TextKey.objects.create(engagement=stranger, author=cast.lead.pk, about=stranger)


def test_it_is_marked_as_taken_on_a_day_that_is_not_ahead(cast: Cast, vault: Opened, lead: Client) -> None:
    asking.become(cast.lead)
    url = reverse("cases:case", args=[make(cast.lead).pk])
    assert "That day is still ahead." in lead.post(url, {"day": "24.11.2026"}).text
    lead.post(url, {"day": "20.11.2026"})
    asking.become(cast.lead)
    assert Case.objects.get().taken_on == date(2026, 11, 20)
    lead.post(url, {"day": ""})
    asking.become(cast.lead)
    assert Case.objects.get().taken_on is None


def test_deleting_it_destroys_its_key(cast: Cast, vault: Opened, lead: Client) -> None:
    asking.become(cast.lead)
    case, other = make(cast.lead), make(cast.lead)
    lead.post(reverse("cases:delete", args=[case.pk]))
    asking.become(cast.lead)
    assert list(Case.objects.all()) == [other]
    assert TextKey.objects.count() == 1
    assert unseal(other, vault).title == "Asia"


def test_the_list_costs_the_same_for_one_and_for_twenty(cast: Cast, vault: Opened, unlocked: Client) -> None:
    asking.become(cast.lead)
    make(cast.lead)
    counts = []
    for _ in range(2):
        unlocked.get(reverse("cases:list"))
        with CaptureQueriesContext(connection) as queries:
            unlocked.get(reverse("cases:list"))
        counts.append(len(queries))
        asking.become(cast.lead)
        for number in range(19):
            make(cast.lead, f"Asia {number}")
    assert counts[0] == counts[1]


def test_looking_costs_the_same_for_many_persons(cast: Cast, vault: Opened, lead: Client) -> None:
    counts = []
    for _ in range(2):
        go_through(lead)
        with CaptureQueriesContext(connection) as queries:
            go_through(lead)
        counts.append(len(queries))
        asking.become(cast.lead)
        for number in range(20):
            make_person(cast.practice, "Sanna", f"Salo{chr(97 + number)}")
    assert counts[0] == counts[1] <= 22
