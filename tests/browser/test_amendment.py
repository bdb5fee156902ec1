"""A contract is changed on a phone: another price, what changes is seen, and it is signed."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.urls import reverse
from playwright.sync_api import Page

from audit import asking
from engagements import actions
from engagements.models import Contract, SignatureRequest
from tests.conftest import NOW

Cast = Any


@pytest.mark.browser
def test_a_price_is_amended_seen_as_a_change_and_signed(
    settled: Cast,
    new_page: Callable[..., Page],
    enter: Callable[..., None],
    assert_accessible: Callable[..., None],
) -> None:
    page = new_page("phone")
    enter(page, settled.lead)
    page.goto(reverse("engagements:contract", args=[settled.engagement.pk]))
    page.get_by_role("link", name="Change the contract").click()
    assert_accessible(page, "amend-phone")
    page.get_by_role("button", name="Begin a new version").click()
    page.get_by_role("link", name="Price", exact=True).last.click()
    page.get_by_label("Price without VAT").fill("250")
    page.get_by_role("button", name="Continue to the review").click()
    page.get_by_role("heading", name="What changes").wait_for()
    assert page.locator("del", has_text="190.00").first.is_visible()
    assert page.locator("ins", has_text="250.00").first.is_visible()
    assert_accessible(page, "amendment-phone")
    page.locator("#decision").get_by_role("link", name="Send to be signed").click()
    assert_accessible(page, "amendment-send-phone")
    page.get_by_role("button", name="Send to be signed").click()
    page.get_by_role("link", name="Read and sign").click()
    page.get_by_role("heading", name="What changes").wait_for()
    assert_accessible(page, "amendment-sign-phone")
    page.get_by_label("I have read it").check()
    page.get_by_label("Your name").fill("Liisa Lahti")
    page.get_by_role("button", name="Sign", exact=True).click()
    page.get_by_text("Thank you, you have signed").wait_for()
    with transaction.atomic():
        asking.become(settled.lead)
        contract = Contract.objects.get(engagement=settled.engagement, version=2)
        assert contract.state == Contract.State.OFFERED
        assert contract.requests.get(user=settled.lead).state == SignatureRequest.State.SIGNED
        assert Contract.objects.in_force(NOW.date()).get(engagement=settled.engagement).version == 1


@pytest.mark.browser
def test_the_pages_of_a_change_are_whole(
    settled: Cast, page: Page, enter: Callable[..., None], assert_whole: Callable[..., None]
) -> None:
    with transaction.atomic():
        asking.become(settled.lead)
        contract = actions.amend(settled.engagement, by=settled.lead, now=NOW)
        Contract.objects.filter(pk=contract.pk).update(price="250.00", more_terms="Kesällä ei kokoonnuta.")
    enter(page, settled.lead)
    for name in ("detail", "who", "how", "price", "review", "send", "amend_discard"):
        answer = page.goto(reverse(f"engagements:{name}", args=[settled.engagement.pk]))
        assert answer is not None
        assert answer.status == 200
        assert_whole(page, f"amendment-{name}")
