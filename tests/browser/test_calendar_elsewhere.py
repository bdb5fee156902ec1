"""The address of one's calendar is made, copied and revoked; on a laptop, a phone, in the dark."""

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

Cast = Any
pytestmark = pytest.mark.browser


def test_an_address_is_made_and_revoked(
    settled: Cast, new_page: Callable[..., Page], enter: Callable[..., None], assert_whole: Callable[..., None]
) -> None:
    page = new_page()
    enter(page, settled.supervisee)
    page.goto(reverse("accounts:profile"))
    page.get_by_role("link", name="Make the address of your calendar").click()
    page.get_by_label("only that you are taken").check()
    page.get_by_role("button", name="Make an address").click()
    address = page.locator("#feed-address").inner_text()
    assert_whole(page, "feed-made")
    fetched = page.request.get("/" + address.split("/", 3)[3])
    assert fetched.status == 200
    assert "SUMMARY:Taken" in fetched.text()
    page.set_viewport_size({"width": 1280, "height": 800})
    page.reload()
    page.goto(reverse("feeds:own"))
    page.get_by_role("button", name="Revoke it").click()
    expect(page.get_by_text("The address opens nothing any more.")).to_be_visible()
    assert page.request.get("/" + address.split("/", 3)[3]).status == 404
