"""The developer's mailbox: it reads what would have been sent, on this machine alone, and exists nowhere else."""

import os
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module, reload
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as real_settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.test import Client
from django.urls import NoReverseMatch, clear_url_caches, reverse

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def mailbox(settings: Any, tmp_path: Path, db: None) -> Iterator[Path]:
    """The mailbox as it is with DEBUG and without a mail server."""
    settings.MAILBOX = tmp_path / "mail"
    settings.EMAIL_BACKEND = "notifications.mailbox.Mailbox"
    route_anew()
    yield settings.MAILBOX
    settings.MAILBOX = None
    route_anew()


def route_anew() -> None:
    reload(import_module("notifications.urls"))
    reload(import_module(real_settings.ROOT_URLCONF))
    clear_url_caches()


def send() -> None:
    email = EmailMultiAlternatives("Työnohjaus", "Hei <b>sinä</b>!\nhttp://testserver/x/", to=["asa@otso.example"])
    email.attach_alternative('<p style="color:red">Hei sinä!</p><script>alert(1)</script>', "text/html")
    assert get_connection().send_messages([email, email]) == 2


def test_what_would_have_been_sent_can_be_read(mailbox: Path, client: Client) -> None:
    send()
    assert len(list(mailbox.glob("*.eml"))) == 2
    listing = client.get("/dev/mail/").content.decode()
    assert listing.count("asa@otso.example") == 2
    name = next(mailbox.glob("*.eml")).stem
    page = client.get(f"/dev/mail/{name}/").content.decode()
    assert "Hei &lt;b&gt;sinä&lt;/b&gt;!" in page
    assert '<a href="http://testserver/x/"' in page


def test_an_empty_mailbox_says_so(mailbox: Path, client: Client) -> None:
    client.cookies["language"] = "en"
    client.cookies["language"] = "en"
    assert "No mail yet" in client.get("/dev/mail/").content.decode()


def test_the_html_of_a_mail_can_do_nothing(mailbox: Path, client: Client) -> None:
    send()
    response = client.get(f"/dev/mail/{next(mailbox.glob('*.eml')).stem}/html/")
    assert "<script>" in response.content.decode()
    policy = response.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox ")
    assert "allow-scripts" not in policy
    assert "allow-same-origin" not in policy
    assert "default-src 'none'" in policy


@pytest.mark.parametrize("path", ["/dev/mail/", "/dev/mail/{name}/", "/dev/mail/{name}/html/"])
@pytest.mark.parametrize("address", ["192.0.2.7", "2001:db8::1", ""])
def test_another_machine_finds_nothing(mailbox: Path, client: Client, path: str, address: str) -> None:
    send()
    name = next(mailbox.glob("*.eml")).stem
    assert client.get(path.format(name=name), REMOTE_ADDR=address).status_code == 404
    assert client.get(path.format(name=name), REMOTE_ADDR="::1").status_code == 200


@pytest.mark.parametrize("name", ["x", "20261123T120000000000-00000000", "secret_key"])
def test_only_a_mail_is_read(mailbox: Path, client: Client, name: str) -> None:
    send()
    (mailbox / "secret_key.eml").write_text("a secret")
    assert client.get(f"/dev/mail/{name}/").status_code == 404


def test_without_a_mailbox_there_is_no_such_page(client: Client, db: None) -> None:
    assert real_settings.MAILBOX is None
    assert client.get("/dev/mail/").status_code == 404
    with pytest.raises(NoReverseMatch):
        reverse("notifications:mails")


ASK = """
import django; django.setup()
from django.conf import settings
from django.urls import get_resolver
from django.urls.exceptions import Resolver404
try:
    found = get_resolver().resolve("/dev/mail/").view_name
except Resolver404:
    found = None
print(settings.MAILBOX is not None, found)
"""


@pytest.mark.parametrize(
    ("environment", "answer"),
    [
        ({"DEBUG": "1", "EMAIL_HOST": ""}, "True notifications:mails"),
        ({"DEBUG": "1", "EMAIL_HOST": "smtp.example"}, "False None"),
        ({"DEBUG": "0", "EMAIL_HOST": ""}, "False None"),
    ],
)
def test_a_mailbox_exists_only_with_debug_and_without_a_mail_server(environment: dict[str, str], answer: str) -> None:
    process = subprocess.run(
        [sys.executable, "-c", ASK],
        cwd=ROOT,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "tyonohjaus.settings", "TYONOHJAUS_TESTING": "0"} | environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert process.stdout.strip() == answer
