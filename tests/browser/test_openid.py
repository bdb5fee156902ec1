"""In a browser, under its policy of what forms may lead to: an organisation's log-in, there and back."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from tests.openid_provider import Organisation

Cast = Any
NewPage = Callable[..., Page]
pytestmark = pytest.mark.browser


def visit(page: Page) -> None:
    """Open the log-in page; what the provider's own page would fetch from the world is empty."""
    page.route(re.compile(r"^https?://(?!localhost|127\.)"), lambda route: route.fulfill(body=""))
    page.goto("/account/login/?next=/profile/")


def test_a_contact_comes_in_by_the_organisations_log_in(
    settled: Cast, page: Page, organisation_log_in: Organisation, assert_accessible: Callable[..., None]
) -> None:
    organisation_log_in.configure()
    organisation_log_in.knows("asa-1", email="asa@otso.example", email_verified=True)

    visit(page)
    assert_accessible(page, "openid-login")
    page.get_by_role("button", name="Sign in with HUS in English").click()
    expect(page).to_have_url(re.compile(re.escape(organisation_log_in.url)))
    page.get_by_placeholder("sub").fill("asa-1")
    page.get_by_role("button", name="Authorize").click()

    expect(page).to_have_url(re.compile(r"/profile/$"))
    expect(page.locator("main")).to_contain_text("asa@otso.example")
    assert User.objects.get(email="asa@otso.example").full_name == "Åsa Öberg"


@pytest.mark.parametrize("device", ["laptop", "phone"])
def test_who_nobody_knows_is_told_so_and_led_on(
    settled: Cast,
    new_page: NewPage,
    organisation_log_in: Organisation,
    assert_whole: Callable[..., None],
    device: str,
) -> None:
    organisation_log_in.configure()
    organisation_log_in.knows("x", email="outo@otso.example", email_verified=True)
    page = new_page(device, language="fi")

    visit(page)
    assert_whole(page, "openid-login", device)
    page.get_by_role("button", name="Kirjaudu työpaikkasi tunnuksilla: HUS").click()
    page.get_by_placeholder("sub").fill("x")
    page.get_by_role("button", name="Authorize").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Et ole vielä kirjautunut")
    assert_whole(page, "openid-unknown", device)
    page.get_by_role("link", name="Muut kirjautumistavat").click()
    expect(page.get_by_role("button", name="Kirjaudu työpaikkasi tunnuksilla: HUS")).to_be_visible()
