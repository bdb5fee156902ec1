"""The pages of billing, as each role opens them."""

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from accounts.models import User
from audit import asking
from billing.actions import note_travel
from billing.models import Basis, Trip
from tests.billing_story import AFTERWARDS, NOVEMBER, another, found, held, invoice, priced
from tests.conftest import make_engagement

Cast = Any
Enter = Callable[[User], Client]


@pytest.fixture(autouse=True)
def now(time_machine: Any) -> None:
    time_machine.move_to(AFTERWARDS, tick=False)


def address(cast: Cast, page: str = "open", month: Any = NOVEMBER) -> str:
    return reverse(f"billing:{page}", args=[cast.lead.pk, cast.organisation.pk, month.year, month.month])


def text(answer: Any) -> str:
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_from_the_list_to_the_invoice(cast: Cast, enter: Enter) -> None:
    priced(cast)
    held(cast)
    browser = enter(cast.lead)
    assert address(cast) in text(browser.get(reverse("billing:list")))
    page = text(browser.get(address(cast)))
    assert "€190.00" in page
    assert "€238.45" in page
    assert "T-4711" in page
    assert address(cast, "invoice") in page
    form = text(browser.get(address(cast, "invoice")))
    assert "It cannot be taken back" in form
    (statement,) = found(cast)
    answer = browser.post(address(cast, "invoice"), {"seen": statement.seen, "invoice_number": "2026-17"}, follow=True)
    page = text(answer)
    assert "2026-17" in page
    assert "10016" in page
    assert "Invoiced" in page
    assert browser.get(address(cast)).status_code == 404
    listed = text(browser.get(reverse("billing:list")))
    assert "10016" in listed
    assert address(cast) not in listed


def test_what_changed_meanwhile_is_shown_before_anything_is_marked(cast: Cast, enter: Enter) -> None:
    priced(cast)
    held(cast)
    (statement,) = found(cast)
    held(cast, another(cast, 1))
    answer = enter(cast.lead).post(address(cast, "invoice"), {"seen": statement.seen, "invoice_number": "77"})
    page = text(answer)
    assert "Something has changed since you opened the page" in page
    assert "€476.90" in page
    assert 'value="77"' in page
    (now_open,) = found(cast)
    assert now_open.seen in page
    assert not Basis.objects.exists()


def test_the_file_and_the_table_say_what_the_page_says_and_no_name(cast: Cast, enter: Enter) -> None:
    priced(cast, told="monthly")
    note_travel(held(cast), kilometres=100, minutes=90, by=cast.lead, now=AFTERWARDS)
    basis = invoice(cast)
    for who in (cast.lead, cast.practice_admin, cast.contact):
        browser = enter(who)
        answer = browser.get(reverse("billing:invoiced_csv", args=[basis.pk]))
        table = answer.content.decode("utf-8-sig").splitlines()
        assert len(table) == 4
        assert table[1].startswith(
            "2026-11;10016;;25 Nov 2026;Supervision session;;90;1,00;session;190,00;100;190,00;25,50;"
        )
        pdf = browser.get(reverse("billing:invoiced_pdf", args=[basis.pk]))
        assert pdf["Content-Type"] == "application/pdf"
        words = " ".join(page.extract_text() for page in PdfReader(BytesIO(pdf.content)).pages)
        assert "10016" in words
        assert "190" in words
        for name in ("Sanna", "Salo", "Öberg", "Wikman", "Otso, "):
            assert name not in words
            assert name not in answer.content.decode()


def test_a_page_of_what_is_open_says_what_stops_the_asker(cast: Cast, enter: Enter) -> None:
    priced(cast)
    held(cast)
    page = text(enter(cast.co_supervisor).get(address(cast)))
    assert "The supervisor who leads these processes marks it" in page or "You see the lines of the processes" in page
    assert address(cast, "invoice") not in page
    assert enter(cast.co_supervisor).get(address(cast, "invoice")).status_code == 404


@pytest.mark.parametrize("member", ["lead", "practice_admin"])
def test_from_what_is_open_to_its_process_everybody_finds_a_page_they_may_open(
    cast: Cast, enter: Enter, member: str
) -> None:
    """Who administers the practice sees no page of a process but that of its billing."""
    priced(cast)
    held(cast)
    browser = enter(cast.members[member])
    link = reverse("billing:process", args=[cast.engagement.pk])
    page = text(browser.get(address(cast)))
    assert f'href="{link}"' in page
    assert reverse("engagements:detail", args=[cast.engagement.pk]) + '"' not in page
    assert browser.get(link).status_code == 200


def test_a_client_sees_what_the_clause_tells_and_the_supervisees_see_that_they_looked(cast: Cast, enter: Enter) -> None:
    priced(cast, told="monthly")
    held(cast)
    browser = enter(cast.contact)
    listed = text(browser.get(reverse("billing:told")))
    assert address(cast) in listed
    page = text(browser.get(address(cast)))
    assert "€190.00" in page
    assert "Otso</a>" not in page
    assert "Mark as invoiced" not in page
    assert browser.get(address(cast, "invoice")).status_code == 404
    reads = text(enter(cast.supervisee).get(reverse("reads:reads", args=[cast.engagement.pk])))
    assert "What is charged, November 2026" in reads


def test_a_client_whose_contract_says_nothing_sees_nothing(cast: Cast, enter: Enter) -> None:
    priced(cast)
    held(cast)
    basis = invoice(cast)
    browser = enter(cast.contact)
    assert "The contracts tell nothing of what is charged now" in text(browser.get(reverse("billing:told")))
    for page in ("invoiced", "invoiced_pdf", "invoiced_csv"):
        assert browser.get(reverse(f"billing:{page}", args=[basis.pk])).status_code == 404
    assert browser.get(address(cast)).status_code == 404


def test_travel_is_noted_on_a_page_of_its_own_and_stands_in_the_record(cast: Cast, enter: Enter) -> None:
    priced(cast, travel_time_price=None)
    session = held(cast)
    browser, travel = enter(cast.lead), reverse("billing:travel", args=[session.pk])
    assert travel in text(browser.get(reverse("sessions:detail", args=[session.pk])))
    form = text(browser.get(travel))
    assert "Kilometres" in form
    assert "Travelling time" not in form
    refused = text(browser.post(travel, {"kilometres": "3001"}))
    assert 'value="3001"' in refused
    assert Trip.objects.count() == 0
    answer = browser.post(travel, {"kilometres": "84"}, follow=True)
    assert "84 km" in text(answer)
    asking.become(cast.lead)
    assert Trip.objects.get().kilometres == 84


def test_where_no_travel_is_charged_the_session_does_not_speak_of_it(cast: Cast, enter: Enter) -> None:
    priced(cast, travel="included", travel_time_price=None)
    asking.become(cast.lead)
    session = held(cast)
    browser, travel = enter(cast.lead), reverse("billing:travel", args=[session.pk])
    answer = browser.get(travel, follow=True)
    assert "By the contract no travel is charged" in text(answer)


def test_the_page_of_a_process_shows_what_is_open_and_what_was_invoiced(cast: Cast, enter: Enter) -> None:
    priced(cast)
    held(cast)
    basis = invoice(cast)
    held(cast, another(cast, 1), now=AFTERWARDS + timedelta(minutes=1))
    for who in (cast.lead, cast.co_supervisor, cast.practice_admin):
        page = text(enter(who).get(reverse("billing:process", args=[cast.engagement.pk])))
        assert address(cast, month=AFTERWARDS.date()) in page
        assert reverse("billing:invoiced", args=[basis.pk]) in page


def test_months_that_are_none_do_not_exist(cast: Cast, enter: Enter) -> None:
    browser = enter(cast.lead)
    for year, month in ((2026, 13), (2026, 0), (1, 1), (99999, 1)):
        args = [cast.lead.pk, cast.organisation.pk, year, month]
        assert browser.get(reverse("billing:open", args=args)).status_code == 404


def test_the_list_asks_as_often_for_many_payers_as_for_one(
    cast: Cast, enter: Enter, django_assert_max_num_queries: Any
) -> None:
    priced(cast)
    held(cast)
    browser = enter(cast.lead)
    browser.get(reverse("billing:list"))
    with django_assert_max_num_queries(25) as one:
        browser.get(reverse("billing:list"))
    asking.become(cast.lead)
    for number in range(12):
        more = make_engagement(
            cast.practice, cast.lead, cast.organisation if number % 2 else None, cast.people[:1],
            cast.client_contact if number % 2 else None, title=f"Lisää {number}",
        )  # fmt: skip
        held(cast, another(cast, number + 1, more))
    with django_assert_max_num_queries(25) as many:
        browser.get(reverse("billing:list"))
    assert len(many) <= len(one)
