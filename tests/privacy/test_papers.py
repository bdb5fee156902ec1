"""The papers of data protection: what they say, what they lack, in three languages, and the public notice."""

from collections.abc import Callable
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from audit import asking
from privacy import policy
from privacy.models import DataContact
from privacy.papers.writing import TITLES

Cast = Any
Enter = Callable[[Any], Client]
PAPERS = sorted(TITLES)


def read(browser: Client, cast: Cast, key: str, page: str = "paper") -> Any:
    return browser.get(reverse(f"papers:{page}", args=[cast.practice.pk, key]))


@pytest.mark.parametrize("key", PAPERS)
def test_each_paper_names_the_practice_and_every_period(cast: Cast, enter: Enter, key: str) -> None:
    body = read(enter(cast.lead), cast, key).content.decode()
    assert "Kaari" in body
    if key != "processor":
        assert "9900011-4" in body
    for kind in policy.periods():
        assert str(kind.what) in body


@pytest.mark.parametrize("key", PAPERS)
@pytest.mark.parametrize(("language", "word"), [("fi", "säily"), ("sv", "spara"), ("en", "kept")])
def test_each_is_a_pdf_in_each_language(cast: Cast, enter: Enter, key: str, language: str, word: str) -> None:
    cast.lead.language = language
    asking.become(cast.lead)
    cast.lead.save(update_fields=["language"])
    answer = read(enter(cast.lead), cast, key, "pdf")
    assert answer["Content-Type"] == "application/pdf"
    text = "\n".join(page.extract_text() for page in PdfReader(BytesIO(answer.content)).pages)
    assert word in text
    assert "Kaari" in text


def test_what_is_missing_is_named_with_a_link_to_fill_it(cast: Cast, enter: Enter) -> None:
    browser = enter(cast.practice_admin)
    url = reverse("papers:list", args=[cast.practice.pk])
    contact = reverse("papers:contact", args=[cast.practice.pk])
    body = browser.get(url).content.decode()
    assert "Who answers in matters of data protection" in body
    assert reverse("accounts:practice_edit", args=[cast.practice.pk]) in body
    browser.post(contact, {"name": "Paula Pelto", "email": "paula@kaari.example", "phone": ""})
    body = browser.get(url).content.decode()
    assert "Who answers in matters of data protection" not in body
    assert "Paula Pelto" in read(browser, cast, "record").content.decode()


def test_a_contact_can_be_reached(cast: Cast, enter: Enter) -> None:
    contact = reverse("papers:contact", args=[cast.practice.pk])
    answer = enter(cast.practice_admin).post(contact, {"name": "Paula Pelto", "email": "", "phone": ""})
    assert "Give an e-mail address or a telephone number." in answer.content.decode()
    assert "Paula Pelto" in answer.content.decode()
    asking.become(cast.practice_admin)
    assert not DataContact.objects.exists()


def test_supervisors_read_papers_and_only_administrators_fill_them_in(cast: Cast, enter: Enter) -> None:
    browser = enter(cast.co_supervisor)
    assert "An administrator of the practice fills it in." in read(browser, cast, "record").content.decode()
    assert browser.get(reverse("papers:contact", args=[cast.practice.pk])).status_code == 404


def test_anybody_reads_the_notice_and_nobody_a_person_in_it(cast: Cast, client: Client) -> None:
    body = client.get(reverse("papers:notice", args=[cast.practice.pk])).content.decode()
    assert "Kaarikatu 1" in body
    for name in ("Salo", "Öberg", "Lahti", "Otso"):
        assert name not in body
    assert client.get(reverse("papers:notice", args=[uuid4()])).status_code == 404
    assert client.get(reverse("papers:notice_pdf", args=[cast.practice.pk]))["Content-Type"] == "application/pdf"


def test_the_notice_says_how_to_ask_about_private_notes(cast: Cast, enter: Enter) -> None:
    body = read(enter(cast.lead), cast, "notice").content.decode()
    assert "1050/2018" in body
    assert "tietosuoja.fi" in body


def test_a_paper_that_is_none_is_not_there(cast: Cast, enter: Enter) -> None:
    assert read(enter(cast.lead), cast, "poem").status_code == 404
    assert read(enter(cast.stranger), cast, "record").status_code == 404
