"""The calendar as it is used: on a laptop by pointer and by keys, on a telephone, and without JavaScript."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from playwright.sync_api import Browser, Locator, Page, expect

from accounts.adapters import claim_persons
from accounts.models import Person
from audit import asking
from engagements.models import Engagement, Participation
from sessions.models import Session
from sessions.working_time import Working, set_working_time

Cast = Any
NewPage = Callable[..., Page]
Enter = Callable[[Page, Any], None]
Look = Callable[..., None]
HELSINKI = ZoneInfo("Europe/Helsinki")
pytestmark = pytest.mark.browser

#: A week with a holiday (Good Friday is the 26th) in front of the change to summer time.
WEEK: Final = "/calendar/?view=week&day=2027-03-24"


def meet(engagement: Engagement, at: str, **fields: Any) -> Session:
    starts_at = datetime.fromisoformat(at).replace(tzinfo=HELSINKI)
    return Session.objects.create(
        engagement=engagement, starts_at=starts_at, ends_at=starts_at + timedelta(minutes=60), **fields
    )


@pytest.fixture
def busy(settled: Cast) -> Cast:
    """Our supervisor's week: three sessions of two processes, one cancelled, one of their own supervision."""
    with transaction.atomic():
        asking.become(settled.co_supervisor)
        toto = Engagement.objects.create(
            practice=settled.practice, lead=settled.co_supervisor, title="ToTo", state="active"
        )
        asking.become(settled.lead)
        person = Person.objects.create(practice=settled.practice, family_name="Lahti", email=settled.lead.email)
        claim_persons(settled.lead)
        other = Engagement.objects.create(
            practice=settled.practice, lead=settled.lead, title="Terveysaseman johtaja", state="active"
        )
        meet(settled.engagement, "2027-03-24 09:00", place="Otsontie 2")
        meet(other, "2027-03-24 12:30", mode="remote")
        meet(other, "2027-03-25 10:00", state="cancelled")
        hours = {weekday: [(8 * 60, 16 * 60)] for weekday in range(5)}
        set_working_time(settled.lead, Working(hours, 30))
        asking.become(settled.co_supervisor)
        Participation.objects.create(engagement=toto, person=person)
        meet(toto, "2027-03-25 08:30")
    return settled


@pytest.fixture
def open_as(busy: Cast, new_page: NewPage, enter: Enter) -> Callable[..., Page]:
    """Return a function that opens an address as the supervisor: `open_as("phone", WEEK)`."""

    def opened(device: str, path: str, **how: Any) -> Page:
        page = new_page(device, **how)
        enter(page, busy.lead)
        page.goto(path)
        return page

    return opened


def focused(page: Page) -> str:
    """Return the name that a screen reader says of what has the focus."""
    return str(page.evaluate("document.activeElement.ariaLabel || document.activeElement.innerText")).replace("\n", " ")


def heading(page: Page, text: str | re.Pattern[str]) -> None:
    """Wait for a page with this heading, until its scripts have run and it takes keys."""
    expect(page.get_by_role("heading", level=1)).to_have_text(text)
    page.wait_for_load_state()


def box(found: Locator) -> dict[str, float]:
    shape = found.bounding_box()
    assert shape is not None
    return {side: shape[side] for side in ("x", "y", "width", "height")}


def test_every_view_is_whole_on_every_device(open_as: Callable[..., Page], assert_whole: Look) -> None:
    page = open_as("laptop", WEEK)
    for name, path in {
        "week": WEEK,
        "week-now": "/calendar/?view=week",
        "month": "/calendar/?view=month&day=2027-03-24",
        "agenda": "/calendar/?view=agenda&day=2027-03-01",
        "agenda-none": "/calendar/?view=agenda&day=2030-03-01",
        "wrong-day": "/calendar/?view=week&day=31.2.2027",
        "working-time": "/calendar/working-time/",
    }.items():
        page.goto(path)
        assert_whole(page, f"calendar-{name}")


def test_on_a_laptop_sessions_stand_at_their_time_beside_the_hours(open_as: Callable[..., Page]) -> None:
    page = open_as("laptop", WEEK)
    hours = page.locator(".week-hours span")
    expect(hours.first).to_have_text("7:00")
    nine, ten = box(hours.nth(2)), box(hours.nth(3))
    otso = box(page.get_by_role("link", name=re.compile("9:00–10:00 Otso")))
    top = box(page.locator(".day-body").first)["y"]
    hour = box(page.locator(".day-body").first)["height"] / 13
    assert otso["y"] == pytest.approx(top + 2 * hour, abs=3)
    assert otso["height"] == pytest.approx(hour, abs=4)
    assert ten["y"] - nine["y"] == pytest.approx(hour, abs=1)
    wednesday = box(page.locator("[data-day='2027-03-24']"))
    assert wednesday["x"] <= otso["x"]
    assert otso["x"] + otso["width"] <= wednesday["x"] + wednesday["width"] + 1
    own = page.get_by_role("link", name=re.compile("ToTo In your own supervision"))
    expect(own.locator("svg")).to_be_visible()
    expect(page.get_by_role("heading", name="Fri 26 Mar 2027, Good Friday, no sessions")).to_be_visible()


def test_on_a_telephone_the_same_week_is_read_in_lines(open_as: Callable[..., Page]) -> None:
    page = open_as("phone", WEEK)
    expect(page.locator(".week-hours")).to_be_hidden()
    days = page.locator(".week-days > li")
    expect(days).to_have_count(7)
    tops = [box(day)["y"] for day in days.all()]
    assert tops == sorted(tops)
    assert len({box(day)["x"] for day in days.all()}) == 1
    for link in page.locator(".day-items a").all():
        assert box(link)["height"] >= 44
    page.get_by_role("link", name=re.compile("9:00–10:00 Otso")).click()
    expect(page).to_have_url(re.compile("/sessions/[0-9a-f-]{36}/$"))


def test_the_arrow_keys_go_from_session_to_free_time_and_on_to_booking(open_as: Callable[..., Page]) -> None:
    page = open_as("laptop", WEEK)
    page.get_by_role("link", name=re.compile("9:00–10:00 Otso")).focus()
    said = []
    for key in ("ArrowDown", "ArrowDown", "ArrowUp", "ArrowUp", "ArrowUp", "ArrowRight", "ArrowDown"):
        page.keyboard.press(key)
        said.append(focused(page))
    assert said == [
        "+ 10:00, Book here, Wed 24 Mar 2027",
        "+ 10:30, Book here, Wed 24 Mar 2027",
        "+ 10:00, Book here, Wed 24 Mar 2027",
        "9:00–10:00 Otso Otsontie 2",
        "+ 8:30, Book here, Wed 24 Mar 2027",
        "8:30–9:30 ToTo In your own supervision in person",
        "+ 9:30, Book here, Thu 25 Mar 2027",
    ]
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="In which process?")).to_be_visible()
    expect(page.locator(".eyebrow")).to_have_text("Thu 25 Mar 2027 9:30")
    page.get_by_role("link", name="Otso").click()
    expect(page.get_by_label("Day")).to_have_value("25 Mar 2027")
    expect(page.get_by_label("Starts at")).to_have_value("9:30")


def test_page_keys_turn_the_week_and_letters_the_view(open_as: Callable[..., Page]) -> None:
    page = open_as("laptop", WEEK)
    page.get_by_role("link", name=re.compile("9:00–10:00 Otso")).focus()
    page.keyboard.press("PageDown")
    heading(page, "29 Mar–4 Apr 2027")
    assert "Mon 29 Mar 2027" in focused(page)
    page.keyboard.press("PageUp")
    heading(page, "22–28 Mar 2027")
    page.keyboard.press("m")
    heading(page, "March 2027")
    page.get_by_role("link", name=re.compile("Wed 24 Mar 2027")).focus()
    for key, day in (("ArrowDown", "31 Mar"), ("ArrowLeft", "30 Mar"), ("ArrowUp", "23 Mar"), ("ArrowRight", "24 Mar")):
        page.keyboard.press(key)
        assert f"{day} 2027" in focused(page)
    page.keyboard.press("a")
    heading(page, "From Wed 24 Mar 2027")
    page.keyboard.press("t")
    expect(page.get_by_role("heading", level=1)).not_to_have_text("From Wed 24 Mar 2027")
    heading(page, re.compile("^From "))
    page.keyboard.press("g")
    page.keyboard.press("t")
    expect(page).to_have_url(re.compile("/today/$"))
    heading(page, re.compile("session"))
    page.keyboard.press("g")
    page.keyboard.press("k")
    expect(page).to_have_url(re.compile("/calendar/$"))


def test_the_keys_are_listed_and_can_be_switched_off(open_as: Callable[..., Page]) -> None:
    page = open_as("laptop", WEEK)
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keys")
    expect(keys).to_contain_text("Move between sessions and free times")
    keys.get_by_role("button", name="Switch the keys off").click()
    page.keyboard.press("m")
    page.get_by_role("link", name=re.compile("9:00–10:00 Otso")).focus()
    page.keyboard.press("ArrowDown")
    assert focused(page).startswith("9:00–10:00 Otso")
    heading(page, "22–28 Mar 2027")


def test_the_pointer_finds_a_free_time_and_none_where_a_session_stands(open_as: Callable[..., Page]) -> None:
    page = open_as("laptop", WEEK)
    body = box(page.locator("[data-day='2027-03-24'] .day-body"))
    hour = body["height"] / 13
    page.mouse.move(body["x"] + 40, body["y"] + 7.75 * hour)
    free = page.get_by_role("link", name="+ 14:30, Book here, Wed 24 Mar 2027")
    expect(free).to_be_visible()
    page.mouse.move(body["x"] + 40, body["y"] + 5.6 * hour)  # 12.30–13.30 is taken
    expect(page.get_by_role("link", name="Book here")).to_have_count(1)
    page.mouse.move(body["x"] + 40, body["y"] + 7.75 * hour)
    free.click()
    expect(page).to_have_url(re.compile(r"/sessions/new/\?day=2027-03-24&clock=14\.30$"))


def test_what_speaks_against_a_time_is_said_while_it_is_written(
    open_as: Callable[..., Page], busy: Cast, assert_accessible: Look
) -> None:
    page = open_as("laptop", f"/engagements/{busy.engagement.pk}/sessions/new/?day=2027-03-24&clock=14.00")
    live = page.locator("[hx-get][aria-live=polite]")
    expect(live).to_be_empty()
    page.get_by_label("Day").fill("26.3.2027")
    page.get_by_label("Starts at").fill("18")
    page.get_by_label("Starts at").blur()
    expect(live).to_contain_text("The day is a public holiday: Good Friday.")
    expect(live).to_contain_text("Outside your working hours.")
    assert_accessible(page, "book-marked")
    page.get_by_label("Starts at").fill("12")
    page.get_by_label("Starts at").blur()
    expect(live).not_to_contain_text("Outside your working hours.")
    page.get_by_label("Place", exact=True).fill("Kaarikatu 3")
    page.get_by_role("button", name="Book the session").click()
    expect(page.get_by_role("status")).to_contain_text("The session is booked.")
    expect(page.get_by_role("status")).to_contain_text("The day is a public holiday: Good Friday.")


def test_working_time_is_written_once_for_the_week(open_as: Callable[..., Page], assert_accessible: Look) -> None:
    page = open_as("phone", "/calendar/working-time/")
    page.get_by_label("Monday, from").fill("9")
    page.get_by_label("Monday, to").fill("8")
    page.get_by_role("button", name="The same from Tuesday to Friday").click()
    expect(page.get_by_label("Friday, to")).to_have_value("8")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_be_focused()
    assert_accessible(page, "working-time-wrong-phone")
    page.get_by_label("Monday, to").fill("15")
    page.get_by_role("button", name="The same from Tuesday to Friday").click()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("Your working time is saved.")


def test_without_javascript_all_is_reached_by_links(busy: Cast, chromium: Browser, server: str, enter: Enter) -> None:
    context = chromium.new_context(
        base_url=server, java_script_enabled=False, locale="en-GB", viewport={"width": 1280, "height": 800}
    )
    page = context.new_page()
    enter(page, busy.lead)
    page.goto(WEEK)
    this_week = page.get_by_role("heading", level=1).inner_text()
    page.get_by_role("link", name="The week after").click()
    expect(page.get_by_role("heading", level=1)).not_to_have_text(this_week)
    page.get_by_role("link", name="The week before").click()
    heading(page, this_week)
    for _ in range(60):
        page.keyboard.press("Tab")
        if any("Book on Wed 24 Mar 2027" in text for text in page.locator(":focus").all_inner_texts()):
            break
    page.keyboard.press("Enter")
    expect(page.locator(".eyebrow")).to_have_text("Wed 24 Mar 2027")
    page.goto(WEEK)
    page.get_by_label("Go to a day").fill("6.12.2027")
    page.get_by_role("button", name="Go to the day").click()
    heading(page, "6–12 Dec 2027")
    context.close()
