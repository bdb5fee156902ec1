"""From proposed times to a booked session: offered on a laptop, answered on a phone, chosen; and who cannot come."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, ViewportSize, expect

from audit import asking
from sessions.models import Offer
from tests.conftest import make_session

Cast = Any
pytestmark = pytest.mark.browser
PHONE: ViewportSize = {"width": 390, "height": 800}


def test_a_time_is_found_for_a_group(
    settled: Cast, new_page: Callable[..., Page], enter: Callable[..., None], assert_whole: Callable[..., None]
) -> None:
    lead = new_page(language="en")
    enter(lead, settled.lead)
    lead.goto(reverse("sessions:list", args=[settled.engagement.pk]))
    lead.get_by_role("link", name="Offer times").click()
    lead.get_by_label("Time of the day").select_option("morning")
    lead.get_by_role("button", name="Propose times").click()
    expect(lead.get_by_text("Starts at").first).to_be_attached()
    assert_whole(lead, "offer-new")
    lead.get_by_label("remote", exact=True).check()
    lead.get_by_role("button", name="Offer the times").click()
    expect(lead.get_by_role("heading", name="Times offered")).to_be_visible()
    address = lead.url

    supervisee = new_page(language="en")
    supervisee.set_viewport_size(PHONE)
    enter(supervisee, settled.supervisee)
    supervisee.goto(reverse("portal"))
    supervisee.get_by_role("link", name="Choose a time").first.click()
    for times in supervisee.locator("main fieldset").all():
        times.get_by_label("if need be").check()
    supervisee.locator("main fieldset").first.get_by_label("fits", exact=True).check()
    assert_whole(supervisee, "offer-asked")
    supervisee.get_by_role("button", name="Send my answer").click()
    expect(supervisee.get_by_text("Your answer is kept.")).to_be_visible()

    lead.goto(address)
    expect(lead.get_by_text("fits best")).to_have_count(1)
    assert_whole(lead, "offer-answered")
    lead.locator("li", has=lead.get_by_text("fits best")).get_by_role("button", name="Book this").click()
    expect(lead.get_by_text("The session is booked.")).to_be_visible()
    with asking.acting_as(settled.lead):
        offer = Offer.objects.get()
        assert offer.session is not None
        assert offer.session.starts_at == offer.times.all()[0].starts_at
    supervisee.goto(address)
    expect(supervisee.get_by_text("A time is agreed")).to_be_visible()


def test_one_of_a_group_cannot_come(
    settled: Cast, new_page: Callable[..., Page], enter: Callable[..., None], assert_whole: Callable[..., None]
) -> None:
    with asking.acting_as(settled.lead):
        made = make_session(settled.engagement, timezone.now() + timedelta(days=20))
    session = reverse("sessions:detail", args=[made.pk])
    supervisee = new_page(language="en")
    supervisee.set_viewport_size(PHONE)
    enter(supervisee, settled.supervisee)
    supervisee.goto(session)
    supervisee.get_by_role("link", name="I cannot come").click()
    assert_whole(supervisee, "cannot-come")
    supervisee.get_by_role("button", name="I cannot come").click()
    expect(supervisee.get_by_text("You have said that you cannot come.")).to_be_visible()

    lead = new_page(language="en")
    enter(lead, settled.lead)
    lead.goto(session)
    expect(lead.get_by_role("heading", name="Cannot come")).to_be_visible()
    expect(lead.locator("aside").get_by_text("Sanna Salo").first).to_be_visible()
    assert_whole(lead, "cannot-come-seen")
