"""Marking a session in the day's list: in its place, said aloud, taken back; and the same without JavaScript."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from audit import asking
from sessions.models import Session

Cast = Any
Enter = Callable[[Page, Any], None]


@pytest.fixture
def session(settled: Cast) -> Session:
    """A session of the group that began ten minutes ago, or this morning when the day is younger."""
    now = timezone.now()
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    starts_at = max(midnight, now - timedelta(minutes=10))
    with asking.acting_as(settled.lead):
        settled.engagement.participations.update(joined_on=None)
        return Session.objects.create(
            engagement=settled.engagement,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(minutes=60),
            place="Täällä",
        )


@pytest.mark.browser
def test_a_row_is_marked_in_its_place_and_taken_back(
    settled: Cast, session: Session, new_page: Callable[..., Page], enter: Enter, assert_accessible: Callable[..., None]
) -> None:
    page = new_page()
    enter(page, settled.lead)
    page.goto("/today/")
    row = page.locator(f"#session-{session.pk}")
    row.get_by_role("link", name="Mark as held").click()
    row.get_by_label("Ville Wikman").uncheck()
    assert_accessible(page)
    row.get_by_role("button", name="Mark as held").click()
    expect(row).to_contain_text("2 of 3 present")
    expect(page.get_by_role("status")).to_contain_text("The session is marked as held.")
    undo = row.get_by_role("button", name="Undo")
    expect(undo).to_be_focused()
    assert_accessible(page)
    undo.click()
    expect(row.get_by_role("link", name="Mark as held")).to_be_visible()
    assert page.url.endswith("/today/")


@pytest.mark.browser
def test_without_javascript_the_same_is_done_on_a_page_of_its_own(
    settled: Cast, session: Session, chromium: Browser, server: str, enter: Enter
) -> None:
    context = chromium.new_context(base_url=server, java_script_enabled=False, locale="en-GB")
    page = context.new_page()
    enter(page, settled.lead)
    page.goto("/today/")
    page.locator(f"#session-{session.pk}").get_by_role("link", name="Mark as held").click()
    page.get_by_label("Ville Wikman", exact=True).uncheck()
    page.get_by_role("button", name="Mark as held and save").click()
    expect(page.get_by_role("status")).to_contain_text("Everything is saved.")
    expect(page.get_by_role("list").filter(has_text="Ville Wikman")).to_contain_text("Absent")
    page.get_by_role("button", name="Take the marking back").click()
    expect(page.get_by_role("status")).to_contain_text("The marking is taken back.")
    context.close()
