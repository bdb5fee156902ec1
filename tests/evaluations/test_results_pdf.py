"""The summary of an evaluation on paper: tagged, its charts readable without seeing them, nothing withheld in it."""

import subprocess
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
import pypdf
import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from evaluations.models import Mode, Outcome
from evaluations.questions import Answers
from tests.evaluation_story import answered, make_people, make_round

Cast = Any
GIVEN: list[Answers] = [
    {"climate": value, "energy": 2 * value, "own": f"Ajatus {number}"}
    for number, value in enumerate((2, 2, 3, 4, 4, 5))
]


@pytest.fixture
def six(settled: Cast) -> Cast:
    with transaction.atomic():
        make_people(settled.engagement, settled.lead, 3)
    return settled


def summary(client: Client, pk: Any) -> bytes:
    answer = client.get(reverse("results:pdf", args=[pk]))
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    return answer.content


def text_of(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in pypdf.PdfReader(BytesIO(pdf)).pages).split())


def test_it_is_tagged_and_its_figures_have_words(six: Cast, client: Client, tmp_path: Path) -> None:
    made = answered(six.engagement, six.lead, GIVEN)
    client.force_login(six.lead)
    pdf = summary(client, made.pk)
    catalog: Any = pypdf.PdfReader(BytesIO(pdf)).trailer["/Root"]
    assert catalog["/MarkInfo"]["/Marked"]
    path = tmp_path / "summary.pdf"
    path.write_bytes(pdf)
    tree = subprocess.run(
        ["pdfinfo", "-struct-text", str(path)], capture_output=True, text=True, check=True, timeout=60
    ).stdout
    for tag in ("Figure", "Table", "TH", "H1", "H2"):
        assert tag in tree, tag
    assert b"How the answers are distributed" in alternatives(pdf)
    words = text_of(pdf)
    assert "We speak about hard things in time." in words
    assert "Median 3.5" in words
    assert all(f"Ajatus {number}" in words for number in range(6))


def alternatives(pdf: bytes) -> bytes:
    """Return all texts that stand in the place of figures."""
    with pikepdf.open(BytesIO(pdf)) as opened:
        things = [thing for thing in opened.objects if isinstance(thing, pikepdf.Dictionary)]
        return "\n".join(str(thing["/Alt"]) for thing in things if "/Alt" in thing).encode()


def test_nothing_of_a_round_that_is_withheld_stands_in_it(six: Cast, client: Client) -> None:
    made = answered(six.engagement, six.lead, GIVEN[:3], outcome=Outcome.FEW)
    client.force_login(six.supervisee)
    words = text_of(summary(client, made.pk))
    assert "are withheld" in words
    assert "Ajatus" not in words


def test_before_the_round_has_closed_there_is_none(six: Cast, client: Client) -> None:
    with transaction.atomic():
        made = make_round(six.engagement, six.lead, mode=Mode.CODED)
    client.force_login(six.lead)
    assert client.get(reverse("results:pdf", args=[made.pk])).status_code == 302
