"""Who sees what, told to anybody: the page, the document and the tests of access come from one source."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from privacy.visibility.document import PLACE, document
from privacy.visibility.rows import ROLES, Level, rows

Cast = Any


def test_the_document_says_what_the_source_says() -> None:
    assert Path(PLACE).read_text() == document(), "Run `bin/manage visibility`."


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_anybody_reads_the_page_in_their_language(db: None, client: Client, language: str) -> None:
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    page = client.get(reverse("visibility"))
    assert page.status_code == 200
    assert page.text.count('role="rowheader"') == len(rows())
    assert page.text.count("<td") == len(rows()) * len(ROLES)
    title = {"fi": "Kuka näkee mitä", "sv": "Vem ser vad", "en": "Who sees what"}[language]
    assert f"<h1>{title}</h1>" in page.text


def test_every_page_leads_there(cast: Cast, client: Client) -> None:
    assert f'href="{reverse("visibility")}"' in client.get("/account/login/").text
    client.force_login(cast.supervisee)
    assert f'href="{reverse("visibility")}"' in client.get(reverse("portal")).text


def test_what_the_promises_say_of_the_client_stands_in_the_table() -> None:
    """Promises 1 to 4: of what is said in supervision the client and both administrators see nothing."""
    never = {
        "Private goals", "Attendance by name", "Memo, and what supervisees add", "Tasks between sessions",
        "Private notes", "Diary", "Board", "Agenda", "Draft of a report, and what is said to it",
    }  # fmt: skip
    said = {str(row.what): row for row in rows()}
    for what in never:
        assert [answer.level for answer in said[what].answers[3:]] == [Level.NO] * 3, what
