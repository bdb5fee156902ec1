"""From *Tänään* to a crisis process that runs, on a phone: as few touches as can be, and what was typed stays."""

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Locator, Page, expect

from audit import asking
from engagements.models import Engagement, State

Cast = Any
pytestmark = pytest.mark.browser
MOST_TOUCHES = 6


def test_a_crisis_is_running_within_six_touches_and_some_typing(
    settled: Cast, new_page: Callable[..., Page], enter: Callable[..., None], assert_whole: Callable[..., None]
) -> None:
    page = new_page("phone", language="en")
    enter(page, settled.lead)
    page.goto(reverse("today"))
    touches = 0

    def touch(what: Locator) -> None:
        nonlocal touches
        touches += 1
        what.click()

    touch(page.get_by_role("link", name="Urgent"))
    expect(page.get_by_role("heading", name="What cannot wait")).to_be_visible()
    assert_whole(page, "urgent")
    expect(page.get_by_label("Day", exact=True)).to_be_hidden()
    page.get_by_label("Client organisation").fill("Päiväkoti Otso")
    touch(page.get_by_label("The group is not named yet"))
    touch(page.get_by_label("tomorrow"))
    page.get_by_label("Starts at").fill("13")
    page.get_by_label("Place").fill("Otsontie 2")
    touch(page.get_by_role("button", name="Begin now"))

    expect(page.get_by_text("The process is running")).to_be_visible()
    expect(page.get_by_text("Urgent", exact=True)).to_be_visible()
    assert touches <= MOST_TOUCHES
    with asking.acting_as(settled.lead):
        made = Engagement.objects.get(urgent=True)
        assert (made.state, made.sessions.count()) == (State.ACTIVE, 3)


def test_one_meeting_asks_for_no_series(
    settled: Cast, new_page: Callable[..., Page], enter: Callable[..., None]
) -> None:
    page = new_page("phone", language="en")
    enter(page, settled.lead)
    page.goto(reverse("urgent:begin"))
    expect(page.get_by_label("Number of sessions")).to_be_visible()
    page.get_by_label("one meeting").check()
    expect(page.get_by_label("Number of sessions")).to_be_hidden()
    page.get_by_label("Who comes, one a line").fill("Aino Aalto")
    page.get_by_label("tomorrow").check()
    page.get_by_role("button", name="Begin now").click()
    expect(page.get_by_role("link", name="Starts at: Say at what time.")).to_be_visible()
    expect(page.get_by_label("Who comes, one a line")).to_have_value("Aino Aalto")
    page.get_by_label("Starts at").fill("7")
    page.get_by_role("button", name="Begin now").click()
    expect(page.get_by_text("The process is running")).to_be_visible()
