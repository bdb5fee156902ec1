"""The meeting of three: what the contract says, to whom of the client is party to it; nothing of the supervision."""

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from audit import asking
from engagements.models import Contract, Engagement, Goal, Told
from reports.received.review import next_review
from tests.report_story import clause

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
