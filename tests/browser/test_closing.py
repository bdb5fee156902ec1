"""A session closed with the thumb, and a memo that loses no character: two tabs, and a network that goes away."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from audit import asking
from sessions.closing import agenda
from sessions.models import Session
from tests.conftest import make_session

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
        made = make_session(settled.engagement, starts_at, ends_at=starts_at + timedelta(minutes=60))
        agenda.add(made, "Kesken jäänyt asia", by=settled.lead, now=now)
        Session.objects.filter(pk=settled.session.pk).update(state="cancelled")
        make_session(settled.engagement, now + timedelta(days=14))
        return made


@pytest.mark.browser
@pytest.mark.parametrize("device", ["phone", "narrow", "dark"])
def test_a_session_is_closed_with_the_thumb(
    settled: Cast,
    session: Session,
    new_page: Callable[..., Page],
    enter: Enter,
    assert_accessible: Callable[..., None],
    device: str,
) -> None:
    page = new_page(device)
    enter(page, settled.lead)
    page.goto("/today/")
    page.locator(f"#session-{session.pk}").get_by_role("link", name="Write up").click()
    save = page.get_by_role("button", name="Mark as held and save")
    expect(save).to_be_in_viewport()  # the usual case asks for no scrolling
    assert_accessible(page, f"close-{device}")
    page.get_by_label("Ville Wikman", exact=True).uncheck()
    page.get_by_text("drawing", exact=True).click()
    page.get_by_label("Other themes").fill("aika")
    page.get_by_label("Memo", exact=True).fill("Puhuimme **ajasta**.")
    expect(page.get_by_label("Kesken jäänyt asia")).to_be_checked()
    save.click()
    row = page.locator(f"#session-{session.pk}")
    expect(row).to_contain_text("2 of 3 present")
    row.get_by_role("link", name="Otso").first.click()
    expect(page.get_by_text("ajasta")).to_be_visible()
    assert_accessible(page, f"session-{device}")
    page.get_by_role("link", name="Change the memo").click()
    assert_accessible(page, f"memo-{device}")


@pytest.mark.browser
def test_two_tabs_never_overwrite_each_other(
    settled: Cast, session: Session, new_page: Callable[..., Page], enter: Enter, assert_accessible: Callable[..., None]
) -> None:
    first = new_page()
    enter(first, settled.lead)
    second = first.context.new_page()
    for page in (first, second):
        page.goto(f"/sessions/{session.pk}/memo/")
    first.get_by_label("Memo").fill("Ensimmäinen välilehti")
    expect(first.get_by_text("Saved at")).to_be_visible()
    second.get_by_label("Memo").fill("Toinen välilehti")
    expect(second.get_by_text("Not saved: another text was saved meanwhile.")).to_be_visible()
    expect(second.get_by_text("Ensimmäinen välilehti")).to_be_visible()
    second.get_by_role("button", name="Save the memo").click()
    expect(second.get_by_text("Both stand here").first).to_be_visible()
    expect(second.get_by_text("Ensimmäinen välilehti")).to_be_visible()
    expect(second.get_by_label("Memo")).to_have_value("Toinen välilehti")
    assert_accessible(second)
    second.get_by_label("Memo").fill("Ensimmäinen ja toinen")
    second.get_by_role("button", name="Save the memo").click()
    expect(second.get_by_text("Ensimmäinen ja toinen")).to_be_visible()


@pytest.mark.browser
def test_what_is_written_while_the_network_is_away_is_saved_when_it_is_back(
    settled: Cast, session: Session, chromium: Browser, server: str, enter: Enter
) -> None:
    context = chromium.new_context(base_url=server, locale="en-GB")
    page = context.new_page()
    enter(page, settled.lead)
    page.goto(f"/sessions/{session.pk}/memo/")
    memo = page.get_by_label("Memo")
    memo.fill("Ennen")
    expect(page.get_by_text("Saved at")).to_be_visible()
    context.set_offline(True)
    memo.press_sequentially(" katkoa ja sen aikana")
    expect(page.get_by_text("Not saved: no connection.")).to_be_visible()
    expect(memo).to_have_value("Ennen katkoa ja sen aikana")
    assert "katkoa" not in page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    context.set_offline(False)
    expect(page.get_by_text("Saved at")).to_be_visible(timeout=15_000)
    page.reload()
    expect(memo).to_have_value("Ennen katkoa ja sen aikana")
    context.close()


@pytest.mark.browser
def test_without_javascript_a_session_is_closed_all_the_same(
    settled: Cast, session: Session, new_page: Callable[..., Page], enter: Enter
) -> None:
    page = new_page("phone", scripts=False)
    enter(page, settled.lead)
    page.goto(f"/sessions/{session.pk}/close/")
    page.get_by_label("Memo", exact=True).fill("Ilman skriptejä")
    page.get_by_role("button", name="Mark as held and save").click()
    expect(page.get_by_text("Ilman skriptejä")).to_be_visible()
