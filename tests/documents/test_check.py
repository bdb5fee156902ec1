"""The page on which anybody checks a file: when it was sealed here, or that it was not; and nothing is kept."""

import re
from io import BytesIO
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings as project
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from documents.hashing import LARGEST_REQUEST
from documents.models import LARGEST
from tests.conftest import ROOT
from tests.documents.conftest import HASH, PDF

HERE = "/check/"
YES, NO = "This file was sealed here on 23 Nov 2026.", "No file with this hash was sealed here"


@pytest.fixture
def visitor() -> Client:
    client = Client()
    client.cookies["language"] = "en"
    return client


def upload(content: bytes, name: str = "sopimus.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "application/pdf")


def said(client: Client, **posted: Any) -> str:
    answer = client.post(HERE, posted)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_a_visitor_opens_it_and_finds_it_in_the_footer(db: None, visitor: Client) -> None:
    assert reverse("documents:check") == HERE
    page = visitor.get(HERE).content.decode()
    assert "Check a file" in page
    assert f'href="{HERE}"' in visitor.get("/account/login/").content.decode()


def test_a_file_that_was_sealed_here(kept: UUID, visitor: Client) -> None:
    page = said(visitor, file=upload(PDF))
    assert YES in page
    assert HASH in page


def test_a_file_that_was_changed(kept: UUID, visitor: Client) -> None:
    page = said(visitor, file=upload(PDF + b"\n"))
    assert NO in page
    assert "sealed here on" not in page


@pytest.mark.parametrize(
    "written",
    [HASH, HASH.upper(), f"  {HASH}\n", " ".join(re.findall("........", HASH)), ":".join(re.findall("..", HASH))],
)
def test_a_hash_is_read_as_it_is_copied(kept: UUID, visitor: Client, written: str) -> None:
    assert YES in said(visitor, hash=written)


def test_of_both_the_file_counts(kept: UUID, visitor: Client) -> None:
    assert YES in said(visitor, file=upload(PDF), hash="0" * 64)


def test_nothing_else_is_told(kept: UUID, settled: Any, visitor: Client) -> None:
    page = said(visitor, hash=HASH)
    for secret in ("Kaari", "contract version", str(kept), "9.00", settled.engagement.title):
        assert secret not in page.replace("A contract or a joining sheet", "")


@pytest.mark.parametrize(
    ("posted", "sentence"),
    [
        ({}, "Choose a file, or paste its hash."),
        ({"hash": "   "}, "Choose a file, or paste its hash."),
        ({"hash": "abc"}, "A SHA-256 has 64 digits; this has 3."),
        ({"hash": "a" * 65}, "A SHA-256 has 64 digits; this has 65."),
        ({"hash": "g" * 64}, "is written with the digits 0–9 and a–f alone"),
        ({"hash": "a" * 201}, "This is longer than a SHA-256"),
        ({"hash": "\x00" * 64}, "Null characters are not allowed."),
        ({"file": upload(b"")}, "This file is empty."),
        ({"large": "on"}, "This file is larger than 20 MB."),
    ],
)
def test_what_cannot_be_checked_is_said_beside_the_field(
    db: None, visitor: Client, posted: dict[str, Any], sentence: str
) -> None:
    page = said(visitor, **posted)
    assert sentence in page
    assert "errorlist" in page
    assert NO not in page
    if posted.get("hash", "").strip() and "\x00" not in posted["hash"]:
        assert f'value="{posted["hash"]}"' in page


def test_a_file_that_is_too_large_is_said_so(db: None, visitor: Client) -> None:
    assert "This file is larger than 20 MB." in said(visitor, file=upload(b"x" * (LARGEST + 1)))


def test_the_largest_file_is_checked(db: None, visitor: Client) -> None:
    assert NO in said(visitor, file=upload(b"x" * LARGEST))


def test_nobody_reads_what_is_far_too_large(db: None, visitor: Client) -> None:
    unread = BytesIO(b"--x--")
    told: dict[str, Any] = {
        "CONTENT_TYPE": "multipart/form-data; boundary=x",
        "CONTENT_LENGTH": str(LARGEST_REQUEST + 1),
        "wsgi.input": unread,
    }
    answer = visitor.generic("POST", HERE, **told)
    assert answer.status_code in (400, 413)
    assert unread.tell() == 0


def test_the_proxy_lets_through_what_the_page_reads() -> None:
    text = (ROOT / "deploy" / "nginx" / "site.conf").read_text()
    here = re.search(r"location = /check/ \{(.*?)\}", text, re.DOTALL)
    assert here
    assert f"client_max_body_size {LARGEST_REQUEST // 1024 // 1024}m;" in here[1]
    assert "proxy_pass http://tyonohjaus;" in here[1]


def test_nothing_of_a_file_is_kept_anywhere(db: None, visitor: Client, tmp_path: Any, settings: Any) -> None:
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    seen: list[Any] = []

    def remember(form: Any) -> bool:
        seen.append((form.files["file"].size, form.files["file"].read()))
        return False

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("documents.forms.check.CheckForm.is_valid", remember)
        visitor.post(HERE, {"file": upload(b"x" * 6_000_000)})
    assert seen == [(6_000_000, b"")]
    assert list(tmp_path.iterdir()) == []


def test_the_form_asks_for_its_token(db: None) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(HERE, {"hash": HASH}).status_code == 403
    strict.get(HERE)
    token = strict.cookies[project.CSRF_COOKIE_NAME].value
    assert strict.post(HERE, {"hash": HASH, "csrfmiddlewaretoken": token}).status_code == 200
    assert strict.post(HERE, {"file": upload(PDF), "csrfmiddlewaretoken": token}).status_code == 200


def test_an_address_asks_thirty_times_a_minute(db: None, visitor: Client) -> None:
    answers = [visitor.post(HERE, {"hash": HASH}).status_code for _ in range(31)]
    assert answers == [200] * 30 + [429]
    assert visitor.post(HERE, {"hash": HASH}, REMOTE_ADDR="192.0.2.7").status_code == 200
    assert visitor.get(HERE).status_code == 200


def test_nothing_of_it_stays_in_a_browser_or_a_proxy(db: None, visitor: Client) -> None:
    answer = visitor.get(HERE)
    assert "no-store" in answer["Cache-Control"]
    assert "unsafe" not in answer["Content-Security-Policy"]


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_it_speaks_three_languages(db: None, language: str) -> None:
    client = Client()
    client.cookies["language"] = language
    heading = {"fi": "Tarkista tiedosto", "sv": "Kontrollera en fil", "en": "Check a file"}[language]
    assert f"<h1>{heading}</h1>" in client.get(HERE).content.decode()


def test_who_is_signed_in_may_check_too(cast: Any, enter: Any) -> None:
    assert enter(cast.lead).get(HERE).status_code == 200
