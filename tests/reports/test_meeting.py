"""The meeting of three: what the contract says, to whom of the client is party to it; nothing of the supervision."""

from datetime import date
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from audit import asking
from engagements.models import Contract, ContractParty, Engagement, Goal, Told
from reports.received.review import next_review
from tests.conftest import make_next_version, make_person, make_user
from tests.report_story import LATER, clause

Cast = Any


def page(cast: Cast, member: str = "contact") -> Any:
    browser = Client(headers={"accept-language": "en"})
    browser.force_login(getattr(cast, member))
    return browser.get(reverse("received:meeting", args=[cast.engagement.pk]))


def test_it_tells_what_the_contract_says_and_no_goal(cast: Cast) -> None:
    asking.become(cast.lead)
    Goal.objects.create(engagement=cast.engagement, theme="meaning", text="Jaamme työt reilusti")
    clause(cast, [(Told.DATES, "request", "none", None), (Told.TEXT, "end", "everyone", None)])
    text = page(cast).content.decode()
    assert "8 sessions agreed" in text
    assert "Dates of the sessions held" in text
    assert "Only after every supervisee has approved it as it stands." in text
    assert "Jaamme työt reilusti" not in text


@pytest.mark.parametrize("member", ["lead", "supervisee", "practice_admin", "stranger"])
def test_it_is_the_clients(cast: Cast, member: str) -> None:
    assert page(cast, member).status_code == 404


def test_a_private_payer_is_with_the_client(cast: Cast) -> None:
    asking.become(cast.lead)
    payer = make_user("maija@koti.example", "Maija Maksaja")
    asking.become(cast.lead)
    person = make_person(cast.practice, "Maija", "Maksaja", payer)

    def pay(draft: Contract) -> None:
        ContractParty.objects.create(contract=draft, kind=ContractParty.Kind.PAYER, person=person, orders=True)

    make_next_version(cast.engagement, parties=pay)
    cast.payer = payer
    assert page(cast, "payer").status_code == 200
    browser = Client(headers={"accept-language": "en"})
    browser.force_login(payer)
    assert cast.engagement.title in browser.get(reverse("client_home")).content.decode()


def test_what_is_not_shown_says_why_and_what_the_contract_tells(cast: Cast) -> None:
    clause(cast, [(Told.DATES, "request", "none", None), (Told.TEXT, "end", "everyone", None)])
    browser = Client(headers={"accept-language": "en"})
    with time_machine.travel(LATER, tick=False):
        browser.force_login(cast.contact)
        text = browser.get(reverse("received:not_shown")).content.decode()
    assert "Attendance by name would be control of people" in text
    assert "The supervisor&#x27;s written assessment" in text
    assert "You are told now: dates of the sessions held." in " ".join(text.split())


@pytest.mark.parametrize(
    ("interim", "final", "ends", "today", "found"),
    [
        ("half_yearly", True, None, date(2026, 1, 10), date(2026, 7, 1)),
        ("half_yearly", True, None, date(2026, 7, 2), date(2027, 1, 1)),
        ("half_yearly", True, date(2026, 6, 30), date(2026, 1, 10), date(2026, 6, 30)),
        ("midpoint", False, date(2026, 12, 31), date(2026, 1, 10), date(2026, 7, 2)),
        ("midpoint", False, date(2026, 12, 31), date(2026, 8, 1), None),
        ("none", False, None, date(2026, 1, 10), None),
    ],
)
def test_the_next_review_follows_from_the_contract(
    interim: str, final: bool, ends: date | None, today: date, found: date | None
) -> None:
    engagement = Engagement(starts_on=date(2026, 1, 1), ends_on=ends)
    contract = Contract(evaluation_interim=interim, evaluation_final=final)
    review = next_review(engagement, contract, today)
    assert (review.day if review else None) == found
