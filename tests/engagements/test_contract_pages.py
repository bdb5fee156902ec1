"""The contract as people open it: page and PDF, versions, and who may."""

import re
from collections.abc import Callable
from html import unescape
from io import BytesIO
from typing import Any

import psycopg
import pypdf
import pytest
from django.test import Client
from django.urls import reverse

from audit import asking
from audit.models import Entry
from engagements.models import Contract, Engagement, Participation, State
from engagements.terms import ContractTerms, digest, freeze
from engagements.wording import text_of
from tests.conftest import NOW, make_engagement

Cast = Any
Enter = Callable[[Any], Client]


def address(cast: Cast, name: str = "contract", *version: int) -> str:
    return reverse(f"engagements:{name}", args=[cast.engagement.pk, *version])


def shown(html: str) -> str:
    """Return what a page says, without tags and with single spaces."""
    bare = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", html, flags=re.S)
    return squeezed(unescape(re.sub(r"<[^>]+>", " ", bare)))


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def on_paper(pdf: bytes) -> str:
    return squeezed("".join(page.extract_text() for page in pypdf.PdfReader(BytesIO(pdf)).pages))


def texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [text for each in value for text in texts(each)] if isinstance(value, tuple) else []


def newer_draft(cast: Cast) -> Contract:
    asking.become(cast.lead)
    contract = Contract.objects.create(engagement=cast.engagement, version=2, minutes=60, price="250.00")
    asking.become(None)
    return contract


def read_by_others(cast: Cast) -> list[tuple[object, object, object]]:
    found = Entry.objects.filter(stream=str(cast.engagement.pk), event="contract.viewed").order_by("number")
    return [(entry.actor, entry.obj, entry.data) for entry in found]


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_the_page_and_the_pdf_say_the_same_words(
    cast: Cast, enter: Enter, agree_anew: Callable[..., Contract], language: str
) -> None:
    asking.become(cast.lead)
    Engagement.objects.filter(pk=cast.engagement.pk).update(language=language)
    cast.engagement.refresh_from_db()
    contract = agree_anew(cast.engagement)
    text = text_of(contract)
    asking.become(None)
    browser = enter(cast.lead)
    page = shown(browser.get(address(cast)).content.decode())
    paper = on_paper(browser.get(address(cast, "contract_pdf", contract.version)).content)
    pieces = [clause.heading for clause in text.clauses]
    pieces += [
        each for clause in text.clauses for block in clause.blocks for each in texts(tuple(vars(block).values()))
    ]
    assert len(pieces) > 80
    assert [piece for piece in pieces if squeezed(piece) not in page] == []
    # What breaks over two pages has the footer in its middle.
    assert len([piece for piece in pieces if squeezed(piece) not in paper]) <= 3
    assert squeezed(text.long_digest) in page
    assert squeezed(text.long_digest) in paper


def test_the_contract_is_in_the_language_of_the_process_and_the_page_in_the_readers(cast: Cast, enter: Enter) -> None:
    asking.become(cast.lead)
    Engagement.objects.filter(pk=cast.engagement.pk).update(language="fi")
    newer_draft(cast)
    html = enter(cast.lead).get(address(cast, "contract_version", 2)).content.decode()
    assert '<article class="contract-sheet" lang="fi"' in html
    assert "</span> Luottamuksellisuus" in html
    assert "Open as PDF" in html


def test_the_pdf_opens_in_the_browser_under_a_name_that_tells_nothing(cast: Cast, enter: Enter) -> None:
    answer = enter(cast.contact).get(address(cast, "contract_pdf", 1))
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == 'inline; filename="tyonohjaussopimus-v1.pdf"'
    assert "no-store" in answer["Cache-Control"]
    assert answer.content.startswith(b"%PDF-1.7")


@pytest.mark.parametrize("member", ["lead", "co_supervisor", "supervisee", "contact"])
def test_supervisors_supervisees_and_parties_read_it(cast: Cast, enter: Enter, member: str) -> None:
    answer = enter(cast.members[member]).get(address(cast))
    assert answer.status_code == 200
    assert "Confidentiality" in answer.content.decode()


@pytest.mark.parametrize("member", ["stranger", "stranger_supervisee", "administrator"])
@pytest.mark.parametrize("name", ["contract", "contract_version", "contract_pdf"])
def test_to_everybody_else_it_does_not_exist(cast: Cast, enter: Enter, member: str, name: str) -> None:
    version = () if name == "contract" else (1,)
    assert enter(cast.members[member]).get(address(cast, name, *version)).status_code == 404


def test_who_has_left_reads_it_no_more(cast: Cast, enter: Enter) -> None:
    asking.become(cast.lead)
    Participation.objects.filter(person__user=cast.supervisee).update(left_on="2026-11-24")
    asking.become(None)
    assert enter(cast.supervisee).get(address(cast)).status_code == 404


def test_a_client_finds_no_supervisees_name_in_it(cast: Cast, enter: Enter) -> None:
    browser = enter(cast.contact)
    page = shown(browser.get(address(cast)).content.decode())
    paper = on_paper(browser.get(address(cast, "contract_pdf", 1)).content)
    for person in cast.people:
        assert person.family_name not in page + paper
        assert person.given_name not in page + paper


def test_each_reading_by_another_than_the_lead_is_written_down(cast: Cast, enter: Enter) -> None:
    enter(cast.lead).get(address(cast))
    assert read_by_others(cast) == []
    enter(cast.contact).get(address(cast))
    enter(cast.supervisee).get(address(cast, "contract_pdf", 1))
    asking.become(cast.lead)
    pk = Contract.objects.get(engagement=cast.engagement).pk
    assert read_by_others(cast) == [
        (cast.contact.pk, pk, {"version": 1, "as": "page"}),
        (cast.supervisee.pk, pk, {"version": 1, "as": "pdf"}),
    ]


def test_a_draft_is_seen_by_its_supervisors_alone(cast: Cast, enter: Enter) -> None:
    newer_draft(cast)
    for name in ("contract_version", "contract_pdf"):
        assert enter(cast.lead).get(address(cast, name, 2)).status_code == 200
        assert enter(cast.co_supervisor).get(address(cast, name, 2)).status_code == 200
        assert enter(cast.contact).get(address(cast, name, 2)).status_code == 404
        assert enter(cast.supervisee).get(address(cast, name, 2)).status_code == 404
    assert "Version 2" not in enter(cast.contact).get(address(cast)).content.decode()


def test_a_draft_on_paper_is_visibly_a_draft(cast: Cast, enter: Enter) -> None:
    newer_draft(cast)
    browser = enter(cast.lead)
    assert "DRAFT" in on_paper(browser.get(address(cast, "contract_pdf", 2)).content)
    assert "DRAFT" not in on_paper(browser.get(address(cast, "contract_pdf", 1)).content)


def test_the_version_in_force_is_shown_first_and_leads_to_the_newer_one(cast: Cast, enter: Enter) -> None:
    newer_draft(cast)
    html = enter(cast.lead).get(address(cast)).content.decode()
    assert "Version 1" in html
    assert "There is a newer version" in html
    assert address(cast, "contract_version", 2) in html


def test_an_engagement_that_is_still_written_shows_its_draft(cast: Cast, enter: Enter) -> None:
    asking.become(cast.lead)
    draft = make_engagement(
        cast.practice, cast.lead, cast.organisation, cast.people, cast.client_contact, state=State.DRAFT
    )
    asking.become(None)
    url = reverse("engagements:contract", args=[draft.pk])
    html = enter(cast.lead).get(url).content.decode()
    assert "Go on writing" in html
    assert enter(cast.contact).get(url).status_code == 404


def test_a_version_that_never_was_is_not_there(cast: Cast, enter: Enter) -> None:
    assert enter(cast.lead).get(address(cast, "contract_version", 7)).status_code == 404


def test_terms_that_were_tampered_with_are_told_apart(settled: Cast, superuser_address: str, enter: Enter) -> None:
    warning = "These terms are not the ones that were agreed"
    assert warning not in enter(settled.lead).get(address(settled)).content.decode()
    with psycopg.connect(superuser_address, autocommit=True) as superuser:
        # Who can switch the triggers off can change what was agreed; the digest tells.
        superuser.execute("SET session_replication_role = replica")
        changed = superuser.execute(
            'UPDATE engagements_contract SET terms = terms || \'{"price": "1.00"}\' WHERE engagement_id = %s',
            [settled.engagement.pk],
        )
        assert changed.rowcount == 1
    assert warning in enter(settled.lead).get(address(settled)).content.decode()


def test_hostile_terms_are_text_on_the_page(cast: Cast, enter: Enter) -> None:
    contract = newer_draft(cast)
    asking.become(cast.lead)
    Contract.objects.filter(pk=contract.pk).update(more_terms="<img src=file:///etc/passwd onerror=alert(1)>")
    asking.become(None)
    html = enter(cast.lead).get(address(cast, "contract_version", 2)).content.decode()
    assert "<img src=file" not in html
    assert "&lt;img src=file:///etc/passwd onerror=alert(1)&gt;" in html


def test_the_page_asks_the_same_number_of_queries_whatever_the_contract_holds(
    cast: Cast, enter: Enter, full_terms: ContractTerms, django_assert_max_num_queries: Any
) -> None:
    asking.become(cast.lead)
    Contract.objects.create(
        engagement=cast.engagement, version=3, state=Contract.State.AGREED, terms=freeze(full_terms),
        terms_hash=digest(full_terms), agreed_on=NOW.date(), agreed_how=Contract.How.PAPER,
    )  # fmt: skip
    asking.become(None)
    browser = enter(cast.lead)
    browser.get(address(cast))
    with django_assert_max_num_queries(19):
        assert browser.get(address(cast)).status_code == 200
