"""From a session that was held to its invoice and to the client who compares it; each page on each device."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from sessions.models import Fee
from tests.billing_story import priced
from tests.conftest import make_session

Cast = Any
NewPage = Callable[..., Page]
Enter = Callable[..., None]
Look = Callable[..., None]
pytestmark = pytest.mark.browser


def held(cast: Cast) -> Any:
    """A session held yesterday under a contract that charges travel and tells the client what is charged."""
    with transaction.atomic():
        priced(cast, told="request")
        then = timezone.now() - timedelta(days=1)
        session = make_session(cast.engagement, then, state="held", marked_at=then + timedelta(hours=2))
        Fee.objects.create(session=session, percent=100, since=then + timedelta(hours=2))
    return session


def test_from_the_session_to_the_invoice_and_the_client(
    settled: Cast, new_page: NewPage, enter: Enter, assert_whole: Look
) -> None:
    session = held(settled)
    page = new_page()
    enter(page, settled.lead)
    page.goto(reverse("sessions:detail", args=[session.pk]))
    page.get_by_role("link", name="Note the travel").click()
    page.get_by_label("Kilometres").fill("120")
    page.get_by_role("button", name="Keep the travel").click()
    expect(page.get_by_text("120 km")).to_be_visible()

    page.get_by_role("link", name="Billing").first.click()
    assert_whole(page, "billing-list", "laptop")
    page.get_by_role("link", name=re.compile("Päiväkoti Otso")).first.click()
    expect(page.get_by_text("€321.28").first).to_be_visible()
    assert_whole(page, "billing-open")
    page.set_viewport_size({"width": 1280, "height": 800})
    page.get_by_role("link", name="Mark as invoiced").click()
    assert_whole(page, "billing-invoice", "laptop")
    page.get_by_label(re.compile("Invoice number")).fill("2026-77")
    page.get_by_role("button", name="Mark as invoiced").click()
    expect(page.get_by_text("10016")).to_be_visible()
    assert_whole(page, "billing-invoiced", "laptop")
    page.goto(reverse("billing:process", args=[settled.engagement.pk]))
    assert_whole(page, "billing-process")

    client = new_page()
    enter(client, settled.contact)
    client.goto(reverse("client_home"))
    client.get_by_role("link", name=re.compile("Billing basis")).first.click()
    assert_whole(client, "billing-told", "laptop")
    client.get_by_role("link", name=re.compile("Kaari")).first.click()
    expect(client.get_by_text("2026-77")).to_be_visible()
    expect(client.get_by_role("button", name="Mark as invoiced")).to_have_count(0)
    assert_whole(client, "billing-client")

    supervisee = new_page("phone")
    enter(supervisee, settled.supervisee)
    supervisee.goto(reverse("reads:reads", args=[settled.engagement.pk]))
    expect(supervisee.get_by_text(re.compile("What is charged"))).to_be_visible()


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_a_statement_fits_in_finnish_and_swedish(
    settled: Cast, new_page: NewPage, enter: Enter, assert_whole: Look, language: str
) -> None:
    held(settled)
    with transaction.atomic():
        User.objects.update(language=language)
    page = new_page(language=language)
    enter(page, settled.lead)
    page.goto(reverse("billing:list"))
    page.get_by_role("link", name=re.compile("Päiväkoti Otso")).first.click()
    assert page.get_attribute("html", "lang") == language
    assert_whole(page, f"billing-{language}")
