"""Reminders can be chosen and declined from the mail itself, without signing in, and nothing else can be done so."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from notifications import preferring
from notifications.letters import sealed

EVERYTHING = {kind.name for kind in preferring.to_persons()}


@pytest.fixture(autouse=True)
def in_english(client: Client) -> None:
    client.cookies["language"] = "en"


def page(person: Any) -> str:
    return reverse("notifications:decline", args=[sealed(person)])


def declined(person: Any) -> set[str]:
    held = preferring.held_by(person.pk)
    assert held is not None
    return set(held.declined) & EVERYTHING


def test_the_mail_programs_own_button_declines_at_once(cast: Any) -> None:
    person = cast.people[0]
    programme = Client(enforce_csrf_checks=True)
    for _ in range(2):
        response = programme.post(page(person.pk), {"List-Unsubscribe": "One-Click"})
        assert response.status_code == 200
    assert declined(person) == EVERYTHING
    assert declined(cast.people[1]) == set()


def test_following_the_link_changes_nothing(cast: Any, client: Client) -> None:
    response = client.get(page(cast.people[0].pk))
    assert "No more reminders" in response.content.decode()
    assert declined(cast.people[0]) == set()


def test_each_kind_and_how_long_before_is_chosen_by_itself(cast: Any, client: Client) -> None:
    person = cast.people[0]
    response = client.post(page(person.pk), {"choose": "1", "wanted": ["session_reminder"], "hours": "48"})
    assert "Saved." in response.content.decode()
    assert declined(person) == EVERYTHING - {"session_reminder"}
    held = preferring.held_by(person.pk)
    assert held is not None
    assert held.hours == 48


def test_what_cannot_be_declined_cannot_be_chosen(cast: Any, client: Client) -> None:
    response = client.post(page(cast.people[0].pk), {"choose": "1", "wanted": ["session_moved"], "hours": "3"})
    assert set(response.context["form"].errors) == {"wanted", "hours"}
    assert declined(cast.people[0]) == set()


def test_one_who_has_declined_can_be_reminded_again(cast: Any, client: Client) -> None:
    address = page(cast.people[0].pk)
    assert "of nothing any more" in client.post(address).content.decode()
    client.post(address, {"choose": "1", "wanted": list(EVERYTHING), "hours": ""})
    assert declined(cast.people[0]) == set()


def test_the_page_names_nobody(cast: Any, client: Client) -> None:
    content = client.get(page(cast.people[0].pk)).content.decode()
    assert not any(word in content for word in ("Sanna", "Salo", "otso", "Kaari"))


@pytest.mark.parametrize(
    "token", ["x", "00000000000000000000000000000000:x", sealed(uuid4())[:-1]], ids=["short", "invented", "cut"]
)
def test_a_token_that_we_did_not_write_is_not_found(db: None, client: Client, token: str) -> None:
    address = reverse("notifications:decline", args=[token])
    assert client.get(address).status_code == 404
    assert client.post(address).status_code == 404


def test_a_person_who_is_gone_is_not_found(db: None, client: Client) -> None:
    assert client.post(page(uuid4())).status_code == 404
