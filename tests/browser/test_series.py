"""A series on a laptop and on a phone: three steps to book it, marks that follow what is edited, moving it as a whole;
and the same without JavaScript.
"""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from audit import asking
from formats.clock import HELSINKI
from formats.days import write_day
from formats.holidays import holidays_between
from sessions.models import Session
from tests.conftest import make_engagement, make_next_version, make_session

Cast = Any
Enter = Callable[[Page, Any], None]
Look = Callable[..., None]


def coming_wednesday() -> date:
    """The first Wednesday a fortnight from now that is no holiday and whose next two are none."""
    day = timezone.localdate() + timedelta(days=14)
    day += timedelta(days=(2 - day.weekday()) % 7)
    while holidays_between(day, day + timedelta(weeks=2)):
        day += timedelta(weeks=1)
    return day


def at(day: date, clock: time = time(9)) -> datetime:
    return datetime.combine(day, clock, tzinfo=HELSINKI)


@pytest.fixture
def wednesday(settled: Cast) -> date:
    """A contract of three Wednesdays at nine is agreed; the second of them is taken by another process."""
    day = coming_wednesday()
    with asking.acting_as(settled.lead):
        settled.engagement.sessions.update(state="cancelled")
        make_next_version(
            settled.engagement, rhythm="weeks", rhythm_every=1, weekday=3, time=time(9), sessions_agreed=3,
            mode="in_person", place="Otsontie 2",
        )  # fmt: skip
        settled.engagement.starts_on = day
        settled.engagement.save()
        other = make_engagement(settled.practice, settled.lead, None, settled.people, title="Toinen")
        make_session(other, at(day + timedelta(weeks=1)))
    return day


def planned(cast: Cast) -> list[datetime]:
    with asking.acting_as(cast.lead):
        sessions = Session.objects.filter(engagement=cast.engagement, state="planned").order_by("starts_at")
        return [one.starts_at.astimezone(HELSINKI) for one in sessions]


@pytest.mark.browser
@pytest.mark.parametrize("device", ["laptop", "phone"])
def test_a_series_is_booked_in_three_steps_and_moved_as_a_whole(
    settled: Cast, wednesday: date, new_page: Callable[..., Page], enter: Enter, assert_whole: Look, device: str
) -> None:
    page = new_page(device)
    enter(page, settled.lead)
    page.goto(f"/engagements/{settled.engagement.pk}/sessions/")
    page.get_by_role("link", name="Book a series").first.click()
    assert_whole(page, "series-rule", device)
    page.get_by_role("button", name="Show the dates").click()

    second = page.get_by_role("group", name="Session 2")
    expect(second).to_contain_text("You already have a session then: Toinen")
    expect(page.get_by_role("status").filter(has_text="3 dates")).to_contain_text("not possible: 1")
    assert_whole(page, "series-dates", device)
    page.get_by_role("button", name="Book the series").click()
    expect(page.get_by_role("alert")).to_contain_text("This cannot be done as it stands")
    expect(page.get_by_role("alert")).to_be_focused()
    assert_whole(page, "series-refused", device)

    # What is edited is judged anew in its place, and nothing typed is lost.
    second.get_by_label("Starts at").fill("11.30")
    second.get_by_label("Starts at").press("Tab")
    expect(second).not_to_contain_text("already have a session")
    expect(second.get_by_label("Starts at")).to_have_value("11.30")
    page.get_by_role("button", name="Book the series").click()
    expect(page.get_by_role("status").first).to_contain_text("3 sessions are booked.")
    assert planned(settled) == [
        at(wednesday), at(wednesday + timedelta(weeks=1), time(11, 30)), at(wednesday + timedelta(weeks=2))
    ]  # fmt: skip
    assert_whole(page, "series-list", device)

    page.get_by_role("link", name="Session 1").click()
    page.get_by_role("link", name="Move to another time").click()
    assert_whole(page, "series-move-one", device)
    page.get_by_role("navigation", name="Which sessions").get_by_role("link", name="All to come").click()
    page.get_by_label("Day").fill(write_day(wednesday + timedelta(days=1), language="en"))
    page.get_by_role("button", name="Show the new times").click()
    expect(page.get_by_text("Each moves 1 day later.")).to_be_visible()
    assert_whole(page, "series-move", device)
    page.get_by_role("group", name="Session 3").get_by_label("Leave as it is").check()
    page.get_by_role("button", name="Move them").click()
    expect(page.get_by_role("status").first).to_contain_text("2 sessions are moved.")
    assert [moment.isoweekday() for moment in planned(settled)] == [4, 4, 3]

    page.get_by_role("link", name="Session 2").click()
    page.get_by_role("link", name="Cancel the session").click()
    page.get_by_role("navigation", name="Which sessions").get_by_role("link", name="This and the following").click()
    assert_whole(page, "series-cancel", device)
    page.get_by_role("button", name="Cancel these sessions").click()
    expect(page.get_by_role("status").first).to_contain_text("2 sessions are cancelled.")
    assert len(planned(settled)) == 1


@pytest.mark.browser
def test_without_javascript_the_same_is_done(
    settled: Cast, wednesday: date, chromium: Browser, server: str, enter: Enter
) -> None:
    context = chromium.new_context(base_url=server, java_script_enabled=False, locale="en-GB")
    page = context.new_page()
    enter(page, settled.lead)
    page.goto(f"/engagements/{settled.engagement.pk}/sessions/series/")
    page.get_by_role("button", name="Show the dates").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Dates of the series")
    page.wait_for_load_state()  # until then the button asks the server
    page.get_by_role("button", name="Add a date").click()
    fourth = page.get_by_role("group", name="Session 4")
    fourth.get_by_label("Day").fill(write_day(wednesday + timedelta(days=1), language="en"))
    fourth.get_by_label("Starts at").fill("14")
    page.get_by_role("group", name="Session 2").get_by_label("Leave out").check()
    page.get_by_role("button", name="Check again").last.click()
    expect(page.get_by_role("status").filter(has_text="3 dates")).to_be_visible()
    page.get_by_role("button", name="Book the series").click()
    expect(page.get_by_role("status").first).to_contain_text("3 sessions are booked.")
    assert planned(settled) == [
        at(wednesday), at(wednesday + timedelta(days=1), time(14)), at(wednesday + timedelta(weeks=2))
    ]  # fmt: skip
    context.close()


@pytest.mark.browser
def test_a_row_is_added_on_the_spot(
    settled: Cast, wednesday: date, new_page: Callable[..., Page], enter: Enter, assert_accessible: Look
) -> None:
    page = new_page()
    enter(page, settled.lead)
    page.goto(f"/engagements/{settled.engagement.pk}/sessions/series/")
    page.get_by_role("button", name="Show the dates").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Dates of the series")
    page.wait_for_load_state()  # until then the button asks the server
    page.get_by_role("button", name="Add a date").click()
    fourth = page.get_by_role("group", name="Session 4")
    expect(fourth.get_by_label("Day")).to_be_focused()
    fourth.get_by_label("Day").fill(write_day(wednesday + timedelta(weeks=2), language="en"))
    fourth.get_by_label("Starts at").fill("9.30")
    fourth.get_by_label("Starts at").press("Tab")
    expect(fourth).to_contain_text("Overlaps another session of this list")
    assert_accessible(page)
