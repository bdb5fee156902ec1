"""A spreadsheet comes in: its columns said, its rows looked at, imported, taken back; and a practice may move."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from transfer.archive.keys import own_key

Cast = Any
pytestmark = pytest.mark.browser
WORKBOOK = Path(__file__).parent.parent / "sessions" / "samples" / "practice.xlsx"


def test_a_workbook_comes_in_and_goes_again(
    settled: Cast, new_page: Callable[..., Page], enter: Callable[..., None], assert_whole: Callable[..., None]
) -> None:
    page = new_page()
    page.set_default_timeout(30_000)
    enter(page, settled.lead)
    page.goto(reverse("people:list"))
    page.get_by_role("link", name="Bring in a spreadsheet").click()
    assert_whole(page, "transfer-imports")
    page.get_by_label("File").set_input_files(WORKBOOK)
    page.get_by_role("button", name="Look through the file").click()
    expect(page.get_by_role("heading", name="What the columns are")).to_be_visible(timeout=30_000)
    assert_whole(page, "transfer-columns")
    page.get_by_role("button", name="Look at the rows").click()
    expect(page.get_by_text("Some rows do not come in")).to_be_visible(timeout=30_000)
    assert_whole(page, "transfer-batch")
    page.get_by_role("button", name="Import the good rows").click()
    expect(page.get_by_text("rows came in.").first).to_be_visible(timeout=30_000)
    assert_whole(page, "transfer-done")
    page.get_by_role("button", name="Take the import back").click()
    expect(page.get_by_text("What came in is gone again.", exact=True)).to_be_visible(timeout=30_000)


def test_a_practice_is_made_ready_to_move(
    settled: Cast, new_page: Callable[..., Page], enter: Callable[..., None], assert_whole: Callable[..., None]
) -> None:
    page = new_page()
    page.set_default_timeout(30_000)
    enter(page, settled.lead)
    page.goto(reverse("transfer:export"))
    assert_whole(page, "transfer-export")
    page.goto(reverse("accounts:practice"))
    page.get_by_role("link", name="Move the whole practice").click()
    assert_whole(page, "transfer-moving-new")
    page.get_by_label("Transfer key").fill(str(own_key()))
    page.get_by_role("button", name="Name this installation").click()
    expect(page.get_by_text("Waiting for whoever runs this installation")).to_be_visible(timeout=30_000)
    assert_whole(page, "transfer-moving")
