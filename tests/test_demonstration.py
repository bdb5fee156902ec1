"""Entering as a role without its factors is for a developer's own machine. Everywhere else the page does not exist."""

import os
import subprocess
import sys
from collections.abc import Iterator
from importlib import reload
from pathlib import Path
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.test import Client, override_settings
from django.urls import clear_url_caches, reverse

from accounts.models import User
from audit import asking
from tyonohjaus import demonstration, urls

ROOT = Path(__file__).resolve().parent.parent
Cast = Any

ASK = """
import django; django.setup()
from django.conf import settings
from django.urls import Resolver404, resolve
try:
    resolve("/demo/"); there = True
except Resolver404:
    there = False
print(settings.DEMONSTRATION, there)
"""


@pytest.fixture
def routed() -> Iterator[None]:
    """The addresses as they are where DEBUG and the flag are on."""
    with override_settings(DEMONSTRATION=True):
        reload(urls)
        clear_url_caches()
        yield
    reload(urls)
    clear_url_caches()


@pytest.fixture
def demo_cast(cast: Cast) -> Cast:
    """The cast under the addresses of the demonstration."""
    for name, address in (
        ("lead", demonstration.SUPERVISOR),
        ("supervisee", demonstration.SUPERVISEE),
        ("administrator", demonstration.ADMINISTRATOR),
    ):
        user = getattr(cast, name)
        EmailAddress.objects.filter(user=user).update(email=address)
        User.objects.filter(pk=user.pk).update(email=address)
    return cast


@pytest.mark.parametrize(
    ("debug", "flag", "there"), [("0", "1", False), ("0", "0", False), ("1", "0", False), ("1", "1", True)]
)
def test_the_page_exists_only_with_debug_and_the_flag(debug: str, flag: str, there: bool) -> None:
    environment = os.environ | {
        "DEBUG": debug, "DEMONSTRATION": flag, "DJANGO_SETTINGS_MODULE": "tyonohjaus.settings",
    }  # fmt: skip

    told = subprocess.run(
        [sys.executable, "-W", "error", "-c", ASK],
        cwd=ROOT,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )

    assert told.stdout.split() == [str(there), str(there)]


def test_these_tests_run_where_the_page_does_not_exist(client: Client, demo_cast: Cast) -> None:
    assert client.get("/demo/").status_code == 404
    assert client.post("/demo/", {"as": demonstration.SUPERVISOR}).status_code == 404


@pytest.mark.parametrize(
    "origin",
    [
        {"REMOTE_ADDR": "192.0.2.7"},
        {"REMOTE_ADDR": "10.0.0.1"},
        {"REMOTE_ADDR": ""},
        {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "192.0.2.7"},
        {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "127.0.0.1"},
        {"REMOTE_ADDR": "::1", "HTTP_FORWARDED": "for=192.0.2.7"},
    ],
)
def test_who_comes_from_elsewhere_finds_no_page(routed: None, demo_cast: Cast, origin: dict[str, str]) -> None:
    client = Client(**origin)  # type: ignore[arg-type]

    for response in (client.get("/demo/"), client.post("/demo/", {"as": demonstration.SUPERVISOR})):
        assert response.status_code == 404
    assert "sessionid" not in client.cookies
    assert client.get("/profile/").status_code != 200


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_on_this_machine_one_enters_as_a_role_with_its_factors_given(
    routed: None, demo_cast: Cast, address: str
) -> None:
    client = Client(REMOTE_ADDR=address)
    assert demonstration.SUPERVISOR in client.get("/demo/").content.decode()

    response = client.post("/demo/", {"as": demonstration.SUPERVISOR})

    assert response.headers["Location"] == reverse("home")
    assert "liisa" in client.get("/profile/").content.decode().lower()
    records = client.session["account_authentication_methods"]
    assert [record["method"] for record in records] == ["mfa"]


def test_one_changes_from_role_to_role(routed: None, demo_cast: Cast) -> None:
    client = Client()
    client.post("/demo/", {"as": demonstration.SUPERVISOR})

    client.post("/demo/", {"as": demonstration.SUPERVISEE})

    assert demonstration.SUPERVISEE in client.get("/profile/").content.decode()


def test_the_administrator_comes_to_the_admin_site(routed: None, demo_cast: Cast) -> None:
    response = Client().post("/demo/", {"as": demonstration.ADMINISTRATOR})

    assert response.headers["Location"].startswith("/admin")


def test_nobody_else_can_be_entered_as(routed: None, demo_cast: Cast) -> None:
    client = Client()

    for address in (demo_cast.stranger.email, demo_cast.practice_admin.email, ""):
        assert client.post("/demo/", {"as": address}).status_code == 404
    with asking.acting_as(None):
        assert client.get("/profile/").status_code == 302
