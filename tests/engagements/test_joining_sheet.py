"""The joining sheet: who accepts which terms, and what the client is not told."""

from dataclasses import replace
from datetime import date

import pytest

from documents.pdf import render
from documents.signature_page import SignaturePage
from engagements.terms import ContractTerms, digest
from engagements.wording.joining import JoiningSheet, joining_sheet
from tests.documents.test_pdf import opened, tags
from tests.documents.test_signature_page import URL, flat, line
from tests.engagements.test_contract_wording import LANGUAGES, said

ON = date(2027, 1, 13)
NAME = "Åsa Öberg"


def sheet(terms: ContractTerms, language: str = "en") -> JoiningSheet:
    return joining_sheet(replace(terms, language=language), joiner=NAME, joined_on=ON)


def printed(given: JoiningSheet, *, signed: bool = False) -> bytes:
    page = SignaturePage((line(name=NAME),), given.digest, "Hyväksyn ehdot.", URL) if signed else None
    return render("pdf/joining.html", {"sheet": given, "signatures": page}, given.language, draft=False)


def test_it_says_who_joins_what_and_which_terms_they_accept(full_terms: ContractTerms) -> None:
    made = sheet(full_terms)
    text = said(made.clauses)
    for part in (NAME, "13 Jan 2027", "Liisa Lahti", "Työnohjaus Kaari Oy", "Päijänteen hyvinvointialue",
                 "version 3 of the supervision contract"):  # fmt: skip
        assert part in text
    assert made.digest == digest(full_terms)


def test_it_promises_that_the_client_is_not_told_the_name(full_terms: ContractTerms) -> None:
    promise = "The client organisation is not told who the supervisee is"
    assert promise in said(sheet(full_terms).clauses)
    assert promise not in said(sheet(replace(full_terms, names_hidden=False)).clauses)


def test_without_a_client_nothing_is_said_of_one(short_terms: ContractTerms) -> None:
    assert "client" not in said(sheet(short_terms).clauses).lower()


def test_its_title_names_nobody(full_terms: ContractTerms) -> None:
    assert sheet(full_terms).name == "Joining sheet, Group supervision, Päijänteen hyvinvointialue, version 3"


@pytest.mark.parametrize("language", ["fi", "sv"])
@pytest.mark.parametrize("size", ["short_terms", "full_terms"])
def test_no_sentence_of_ours_is_left_in_english(request: pytest.FixtureRequest, size: str, language: str) -> None:
    terms: ContractTerms = request.getfixturevalue(size)
    english = set(said(sheet(terms).clauses).splitlines())
    own = set(said(sheet(terms, language).clauses).splitlines())
    assert {line for line in english & own if line.count(" ") > 2} == set()
    assert sheet(terms, language).title != sheet(terms).title


@pytest.mark.parametrize("language", LANGUAGES)
def test_on_paper_it_is_one_page_with_a_place_to_sign(full_terms: ContractTerms, language: str) -> None:
    pdf = printed(sheet(full_terms, language))
    with opened(pdf) as file:
        assert len(file.pages) == 1
        assert str(file.Root.Lang) == language
        assert {"/H1", "/H2", "/Table"} <= tags(file.Root.StructTreeRoot, set())
    assert flat(pdf).count(NAME) == 2


@pytest.mark.parametrize("language", LANGUAGES)
def test_signed_it_has_the_page_of_signatures_in_place_of_a_line(full_terms: ContractTerms, language: str) -> None:
    pdf = printed(sheet(full_terms, language), signed=True)
    with opened(pdf) as file:
        assert len(file.pages) == 2
    assert URL in flat(pdf)
    assert flat(pdf).count(NAME) == 2
