"""The report as a file: tagged and archival, the same for everybody, a draft marked as one, in three languages."""

import hashlib
import subprocess
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
import pypdf
import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from audit import asking
from engagements.models import Told
from reports.actions import writing
from reports.models import Report
from reports.paper import draft, rendered
from reports.reading import current
from tests.conftest import NOW, make_session
from tests.report_story import FIRST, LAST, LATER, begin, clause, released, rewrite

Cast = Any
Enter = Callable[[Any], Client]
TEXT = "Olemme puhuneet **työnjaosta**.\n\n## Mitä kokeiltiin\n\n- portti\n- palaveri\n\n<b>ei merkkausta</b>"


def in_language(cast: Cast, language: str) -> Report:
    asking.become(cast.lead)
    sections = [Told.DATES, Told.MINUTES, Told.GOALS, Told.TEXT]
    return writing.begin(
        cast.engagement, kind="interim", since=FIRST, until=LAST, sections=sections, language=language, by=cast.lead,
        now=LATER,
    )  # fmt: skip


def words_of(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in pypdf.PdfReader(BytesIO(pdf)).pages).split())


def tree_of(pdf: bytes, folder: Path) -> str:
    path = folder / "report.pdf"
    path.write_bytes(pdf)
    return subprocess.run(
        ["pdfinfo", "-struct-text", str(path)], capture_output=True, text=True, check=True, timeout=60
    ).stdout


def test_it_is_archival_and_tagged_and_says_what_it_is(cast: Cast, tmp_path: Path) -> None:
    clause(cast)
    asking.become(cast.lead)
    make_session(cast.engagement, NOW, state="held")
    report = rewrite(cast, in_language(cast, "fi"), TEXT)
    pdf = rendered(report, current(report), now=LATER)
    with pikepdf.open(BytesIO(pdf)) as opened, opened.open_metadata() as metadata:
        assert metadata.pdfa_status == "3A"
        assert str(opened.Root.Lang) == "fi"
    tree = tree_of(pdf, tmp_path)
    for tag in ("H1", "H2", "H3", "Table", "TH", "TD", "L ", "LI", "P "):
        assert tag.strip() in tree, tag
    words = words_of(pdf)
    for part in (
        "Väliraportti",
        "Päiväkoti Otso",
        "Kaari",
        "Liisa Lahti",
        "1 tapaaminen pidetty",
        "1,5 h",
        "työnjaosta",
    ):
        assert part in words, part
    assert "<b>ei merkkausta</b>" in words, "what was typed is text"
    assert "**" not in words
    for person in cast.people:
        assert person.family_name not in words
    asking.become(cast.lead)
    assert current(report).hash in words.replace(" ", "")


@pytest.mark.parametrize(
    ("language", "title", "mark"),
    [("fi", "Väliraportti", "LUONNOS"), ("sv", "Mellanrapport", "UTKAST"), ("en", "Interim report", "DRAFT")],
)
def test_a_draft_carries_its_mark_in_the_language_of_the_report_and_is_not_kept(
    cast: Cast, language: str, title: str, mark: str
) -> None:
    clause(cast)
    report = in_language(cast, language)
    pdf = draft(report, current(report))
    words = words_of(pdf)
    assert title in words
    assert mark in words
    assert current(report).pdf_sha256 == ""
    assert mark not in words_of(rendered(report, current(report), now=LATER))


def test_a_file_for_a_public_body_says_what_becomes_of_it(cast: Cast) -> None:
    clause(cast)
    report = begin(cast)
    assert "621/1999" not in words_of(draft(report, current(report)))
    cast.organisation.public_body = True
    cast.organisation.save(update_fields=["public_body"])
    report = Report.objects.get(pk=report.pk)
    assert "621/1999" in words_of(draft(report, current(report)))


def test_a_corrected_report_refers_to_the_old_one(settled: Cast) -> None:
    with transaction.atomic():
        clause(settled)
    old = released(settled)
    with transaction.atomic():
        asking.become(settled.lead)
        new = writing.correct(old, by=settled.lead, now=LATER)
        words = words_of(draft(new, current(new)))
    assert "Oikaisee raportin, joka luovutettiin 23.12.2026." in words


def test_what_a_supervisor_opens_is_the_draft_then_the_file_then_its_seal(settled: Cast) -> None:
    with transaction.atomic():
        clause(settled)
        report = begin(settled)
    browser = Client()
    browser.force_login(settled.lead)
    answer = browser.get(reverse("reports:file", args=[report.pk]))
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert "LUONNOS" in words_of(answer.content)
    assert "Otso" not in answer["Content-Disposition"]
    out = released(settled)
    sealed = browser.get(reverse("reports:file", args=[out.pk])).content
    with transaction.atomic():
        asking.become(settled.lead)
        revision = current(out)
        whole = rendered(out, revision, now=LATER)
    assert sealed.startswith(whole)
    assert hashlib.sha256(whole).hexdigest() == revision.pdf_sha256
    assert "LUONNOS" not in words_of(sealed)


def test_many_facts_go_over_the_page_with_their_headings(cast: Cast) -> None:
    clause(cast)
    asking.become(cast.lead)
    report = begin(cast, Told.DATES, Told.TEXT, text="\n\n".join(f"Kappale {n}. " + "Sana " * 60 for n in range(30)))
    pdf = draft(report, current(report))
    pages = pypdf.PdfReader(BytesIO(pdf)).pages
    assert len(pages) > 2
    assert all(f"{number} / {len(pages)}" in page.extract_text() for number, page in enumerate(pages, 1))
