"""The search of the frame as one types: hits under the field, put away again, and a page of them on a phone."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

Cast = Any
Enter = Callable[[Page, Any], None]


@pytest.mark.browser
def test_hits_come_while_one_types_and_go_on_escape(
    settled: Cast, new_page: Callable[..., Page], enter: Enter, assert_accessible: Callable[..., None]
) -> None:
    page = new_page()
    enter(page, settled.lead)
    page.goto("/today/")
    page.keyboard.press("/")
    page.keyboard.type("salo")
    hit = page.get_by_role("link", name="Sanna Salo")
    expect(hit).to_be_visible()
    assert_accessible(page, "search-found")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(hit).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(page.locator("#find")).to_be_focused()
    page.keyboard.press("Escape")
    expect(hit).to_have_count(0)
    page.keyboard.type("otso")
    expect(page.get_by_role("link", name="Päiväkoti Otso", exact=False).last).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name="Search")).to_be_visible()
    assert "otso" not in page.url
    page.get_by_role("link", name="Otso").first.click()
    page.go_back()
    expect(page.get_by_role("searchbox")).to_have_value("otso")


@pytest.mark.browser
def test_on_a_phone_the_search_is_a_page(
    settled: Cast, new_page: Callable[..., Page], enter: Enter, assert_accessible: Callable[..., None]
) -> None:
    page = new_page("narrow")
    enter(page, settled.lead)
    page.goto("/today/")
    page.get_by_role("link", name="Search").click()
    page.get_by_role("searchbox").fill("salo")
    page.get_by_role("searchbox").press("Enter")
    expect(page.get_by_role("link", name="Sanna Salo")).to_be_visible()
    assert_accessible(page, "search-phone")
