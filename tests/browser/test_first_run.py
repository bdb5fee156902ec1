"""A new supervisor's first hour, on a telephone: from signing up to a process under way."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from audit import asking
from engagements.models import Engagement, State
from tests.browser.test_login import PASSWORD, address, code_mailed_to, follow, press, totp

NewPage = Callable[..., Page]
Look = Callable[..., None]
UNTO = "unto@uusi.example"


def proceed(page: Page) -> None:
    page.locator("main form .btn.primary").first.click()


def sign_up(page: Page) -> None:
    """Through the front door to a practice of one's own, with what the mail and the telephone give."""
    page.goto("/")
    follow(page, "Set up a practice")
    page.get_by_label("Your name").fill("Unto Uusi")
    address(page).fill(UNTO)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    press(page, "Open the account")
    page.get_by_label("Code").fill(code_mailed_to(UNTO))
    proceed(page)
    expect(page).to_have_url(re.compile("/account/2fa/$"))
    follow(page, "Take into use")
    if "reauthenticate" in page.url:
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        proceed(page)
    page.get_by_text("The camera does not work").click()
    page.locator("main input[name=code]").fill(totp(page.locator(".secret").inner_text().strip()))
    press(page, "Take into use")
    follow(page, "I have the codes safe")
    page.goto("/")
    follow(page, "Set up a practice")
    for label, text in {
        "Name of the practice": "Unton ohjaus", "Business ID": "9900003-4", "Street address": "Uusikatu 1",
        "Postcode": "00100", "Town": "Helsinki", "Bank account": "FI21 1234 5600 0007 85", "Telephone": "040 123 4567",
    }.items():  # fmt: skip
        page.get_by_label(label).fill(text)
    press(page, "Set up the practice")


@pytest.mark.browser
def test_from_signing_up_to_the_first_process_on_a_telephone(
    own_database: str, new_page: NewPage, assert_accessible: Look
) -> None:
    page = new_page("phone")
    sign_up(page)
    expect(page.get_by_role("heading", name="Welcome")).to_be_visible()
    expect(page.locator(".first-steps li[data-done]")).to_have_count(1)
    assert_accessible(page, "first-run-today")

    press(page, "Look around in an example process")
    expect(page.get_by_role("heading", name="Exampleton nursery, staff")).to_be_visible()
    assert_accessible(page, "first-run-example")
    page.goto("/today/")
    assert_accessible(page, "first-run-today-with-example")
    page.locator(".tasks").get_by_role("link", name="Mark how it went").click()
    press(page, "Mark as held and save")
    expect(page.get_by_text("Everything is saved.")).to_be_visible()
    press(page, "Remove the example")
    expect(page.get_by_text("The example is gone")).to_be_visible()
    with asking.acting_as(User.objects.get(email=UNTO)):
        assert not Engagement.objects.exists()

    page.goto("/today/")
    follow(page, "Open your first process")
    page.get_by_label("a private person").check()
    page.get_by_label("Supervisees, one a line").fill("Aino Aalto")
    press(page, "Continue")
    page.get_by_label("Length of a session").fill("60")
    press(page, "Continue")
    page.get_by_label("Price without VAT").fill("110")
    press(page, "Continue to the review")
    page.get_by_label("orally").check()
    press(page, "Record and start")
    expect(page.get_by_text("The contract is agreed, and the process is under way.")).to_be_visible()
    with asking.acting_as(User.objects.get(email=UNTO)):
        assert Engagement.objects.get().state == State.ACTIVE
    page.goto("/today/")
    expect(page.locator(".first-steps")).to_have_count(0)
    expect(page.get_by_role("heading", name="Your calendar is empty")).to_be_visible()
    assert_accessible(page, "first-run-begun")
