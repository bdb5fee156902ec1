"""A supervisor plans what the contract names, opens a round and sees it open; the pages are whole on every device."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page

from audit import asking
from evaluations.models import Round
from tests.conftest import make_session
from tests.evaluation_story import make_round

Cast = Any
NewPage = Callable[..., Page]
Enter = Callable[..., None]
Look = Callable[..., None]


@pytest.fixture
def agreed(settled: Cast, agree_anew: Any) -> Cast:
    with transaction.atomic():
        asking.become(settled.lead)
        names = {"evaluation_baseline": True, "evaluation_interim": "half_yearly", "evaluation_final": True}
        agree_anew(settled.engagement, **names)
    return settled


@pytest.mark.browser
def test_a_supervisor_plans_all_opens_one_and_sees_it_open(agreed: Cast, new_page: NewPage, enter: Enter) -> None:
    page = new_page(scripts=False)
    enter(page, agreed.lead)
    page.goto(reverse("engagements:detail", args=[agreed.engagement.pk]))
    page.get_by_role("link", name="Evaluations", exact=True).click()
    page.get_by_role("button", name="Plan them all").click()
    page.get_by_text("2 evaluations are planned.").wait_for()
    page.get_by_role("link", name="Baseline evaluation").click()
    page.get_by_role("button", name="Open it now").click()
    page.get_by_text("The evaluation is open").wait_for()
    page.get_by_role("link", name="Change the evaluation").click()
    later = timezone.localdate() + timedelta(days=20)
    page.get_by_label("Last day").fill(later.strftime("%d.%m.%Y"))
    page.get_by_role("button", name="Save").click()
    page.get_by_text("The evaluation is changed.").wait_for()
    page.get_by_role("link", name="All evaluations of the process").click()
    page.get_by_text(f"Open until {later.day} {later:%b} {later.year}").wait_for()
    with transaction.atomic():
        asking.become(agreed.lead)
        assert Round.objects.get(point="baseline").invitations.count() == 3


@pytest.mark.browser
@pytest.mark.parametrize("device", ["laptop", "phone"])
def test_the_pages_of_rounds_are_whole(
    agreed: Cast, new_page: NewPage, enter: Enter, assert_whole: Look, device: str
) -> None:
    now = timezone.now()
    with transaction.atomic():
        asking.become(agreed.lead)
        day = timezone.localdate()
        made = make_round(agreed.engagement, agreed.lead, opens_on=day, closes_on=day + timedelta(days=9))
        planned = make_round(
            agreed.engagement, agreed.lead, state="planned", opened_at=None, mode="shared", opens_on=day,
            closes_on=day + timedelta(days=9),
        )  # fmt: skip
        closed = make_round(
            agreed.engagement, agreed.lead, state="closed", closed_at=now, closed_how="all", outcome="few", kind="final"
        )
        held = make_session(agreed.engagement, now - timedelta(days=1), state="held")
    process = agreed.engagement.pk
    of_lead = [
        ("rounds:list", process, ""), ("rounds:plan", process, ""), ("rounds:plan", process, "?point=baseline"),
        ("rounds:plan", process, "?kind=orderer"), ("rounds:detail", made.pk, ""), ("rounds:detail", planned.pk, ""),
        ("rounds:detail", closed.pk, ""), ("rounds:change", made.pk, ""), ("rounds:change", planned.pk, ""),
        ("sessions:detail", held.pk, ""), ("today", None, ""),
    ]  # fmt: skip
    of_supervisee = [("rounds:list", process, ""), ("rounds:detail", made.pk, ""), ("portal", None, "")]
    for who, pages in ((agreed.lead, of_lead), (agreed.supervisee, of_supervisee)):
        page = new_page(device)
        enter(page, who)
        for number, (name, about, query) in enumerate(pages):
            given = page.goto(reverse(name, args=[about] if about else []) + query)
            assert given is not None
            assert given.status == 200
            assert_whole(page, f"{len(pages)}-{number}-{name.replace(':', '-')}", device)
