"""The page on which it stands who signed: complete, in one language, whatever the names and however many."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.utils import translation

from documents.pdf import render
from documents.signature_page import How, SignaturePage, SignerLine
from tests.documents.test_pdf import HASH, HOSTILE, names, opened, tags, text, words

WINTER, SUMMER = datetime(2026, 11, 25, 12, 30, tzinfo=UTC), datetime(2026, 7, 1, 21, 5, tzinfo=UTC)
URL = "https://tyonohjaus.example/check/"
LONG = "Maria-Annukka Kivelä-Vanhatalo af Hällström von Essen"


def line(how: How = How.LINK, when: datetime | date = WINTER, name: str = "Liisa Lahti", by: str = "") -> SignerLine:
    return SignerLine(name, "Ohjattava", how, when, by)


def page(*signers: SignerLine, consent: str = "Hyväksyn ehdot.", attachment: str = "") -> SignaturePage:
    return SignaturePage(signers or (line(),), HASH, consent, URL, attachment)


def made(given: SignaturePage, language: str = "fi") -> bytes:
    return render("pdf/contract.html", text("Ehto") | {"signatures": given}, language, draft=False)


def flat(pdf: bytes) -> str:
    return " ".join(words(pdf).split())


@pytest.mark.parametrize(
    ("language", "when", "written"),
    [
        ("fi", WINTER, "25.11.2026 klo 14.30 (UTC+2)"),
        ("sv", WINTER, "25.11.2026 kl. 14.30 (UTC+2)"),
        ("en", WINTER, "25 Nov 2026 14:30 (UTC+2)"),
        ("fi", SUMMER, "2.7.2026 klo 0.05 (UTC+3)"),
        ("fi", date(2026, 11, 24), "24.11.2026"),
    ],
)
def test_a_moment_says_its_hour_and_how_far_that_is_from_utc(
    language: str, when: datetime | date, written: str
) -> None:
    with translation.override(language):
        assert line(when=when).moment.replace("\u00a0", " ") == written


def test_it_is_said_how_each_signed() -> None:
    assert [line(how, by="Liisa Lahti").manner for how in How] == [
        "By a personal link and a code sent by e-mail",
        "By a log-in and a code sent by e-mail",
        "By a log-in with a second step",
        "By strong identification, Liisa Lahti",
        "On paper, recorded by Liisa Lahti",
    ]


def test_the_page_says_who_when_and_how_what_was_signed_and_where_a_copy_is_checked() -> None:
    said = flat(made(page(line(How.LOGIN), line(How.PAPER, date(2026, 11, 24), "Ville Wikman", "Liisa Lahti"),
                          attachment="sopimusehdot.json")))  # fmt: skip
    for part in ("Allekirjoitukset", "Liisa Lahti", "Ohjattava", "25.11.2026 klo 14.30 (UTC+2)", "Ville Wikman",
                 "Hyväksyn ehdot.", URL, "sopimusehdot.json"):  # fmt: skip
        assert part in said
    assert said.replace(" ", "").count(HASH) == 2  # with the terms, and with the signatures


def test_the_consent_stands_once_and_only_where_somebody_signed_electronically() -> None:
    assert flat(made(page(*[line()] * 5))).count("Hyväksyn ehdot.") == 1
    assert "Hyväksyn ehdot." not in flat(made(page(line(How.PAPER, date(2026, 11, 24), by="Liisa Lahti"))))


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_fourteen_signers_with_long_names_are_all_there(language: str) -> None:
    signers = [line(list(How)[number % 4], name=f"{LONG} {number}", by=LONG) for number in range(14)]
    pdf = made(page(*signers), language)
    said = flat(pdf)
    assert all(f"{LONG} {number} " in said for number in range(14))
    with opened(pdf) as file:
        assert 3 <= len(file.pages) <= 4
        assert {"/Table", "/TH", "/TD", "/Link", "/H3"} <= tags(file.Root.StructTreeRoot, set())


def test_a_contract_that_nobody_has_signed_has_no_such_page() -> None:
    assert URL not in flat(render("pdf/contract.html", text("Ehto"), "fi", draft=False))


def test_its_only_link_leads_to_the_check() -> None:
    pdf = made(page(attachment="x.json"))
    with opened(pdf) as file:
        found = [each for page_ in file.pages for each in page_.get("/Annots", [])]
        assert [(str(each.Subtype), str(each.A.URI)) for each in found] == [("/Link", URL)]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_names_are_text(hostile: str) -> None:
    pdf = made(page(SignerLine(hostile, hostile, How.PAPER, WINTER, hostile), line(), consent=hostile))
    assert not {"/JavaScript", "/EmbeddedFile", "/Filespec"} & names(pdf)
    assert hostile[:12].replace(" ", "") in words(pdf).replace(" ", "").replace("\n", "")


def test_the_same_signatures_give_the_same_bytes(settings: Any) -> None:
    assert made(page()) == made(page())
