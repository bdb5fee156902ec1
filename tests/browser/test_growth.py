"""A diary on a phone, kept through a second window and a lost connection; the page of a goal in the dark."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone
from playwright.sync_api import Page, expect

from audit import asking
from engagements.actions import describe_levels
from engagements.models import LEVELS, Goal, GoalLevels
from sessions.diary.actions import text_of
from sessions.models import DiaryEntry
from sessions.progress.actions import note_progress

Cast = Any
NewPage = Callable[..., Page]
Enter = Callable[[Page, Any], None]
STORED = "JSON.stringify(localStorage) + JSON.stringify(sessionStorage)"


def kept(cast: Cast) -> list[str | None]:
    with asking.acting_as(cast.supervisee):
        return [text_of(each) for each in DiaryEntry.objects.order_by("created_at")]


def wait_until_saved(page: Page) -> None:
    expect(page.locator("[data-said]")).to_contain_text("Saved at", timeout=20_000)


@pytest.mark.browser
def test_an_entry_is_kept_while_one_writes_on_a_phone(
    settled: Cast, new_page: NewPage, enter: Enter, assert_accessible: Callable[..., None]
) -> None:
    page = new_page("phone")
    enter(page, settled.supervisee)
    page.goto("/own/")
    page.get_by_role("link", name="Write", exact=True).click()
    assert_accessible(page)
    field = page.get_by_label("What stayed with you")
    field.fill("Ensin näin")
    wait_until_saved(page)
    assert kept(settled) == ["Ensin näin"]
    field.press_sequentially(" ja sitten näin")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/diary/")
    assert kept(settled) == ["Ensin näin ja sitten näin"]
    assert_accessible(page)
    page.get_by_role("link", name="Ensin näin").click()
    assert_accessible(page)
    assert "näin" not in page.evaluate(STORED)


@pytest.mark.browser
def test_two_windows_lose_no_character_of_either(
    settled: Cast, new_page: NewPage, enter: Enter, assert_accessible: Callable[..., None]
) -> None:
    one, other = new_page(), new_page("dark")
    enter(one, settled.supervisee)
    enter(other, settled.supervisee)
    one.goto("/diary/new/")
    one.get_by_label("What stayed with you").fill("Alku")
    one.get_by_role("button", name="Save").click()
    one.get_by_role("link", name="Alku").click()
    other.goto(one.url)
    one.get_by_label("What stayed with you").fill("Yhdestä ikkunasta")
    wait_until_saved(one)
    other.get_by_label("What stayed with you").fill("Toisesta ikkunasta")
    expect(other.locator("[data-standing]")).to_have_text("Yhdestä ikkunasta", timeout=20_000)
    assert other.get_by_label("What stayed with you").input_value() == "Toisesta ikkunasta"
    assert kept(settled) == ["Yhdestä ikkunasta"]
    assert_accessible(other)
    other.get_by_role("button", name="Put mine in its place").click()
    wait_until_saved(other)
    assert kept(settled) == ["Toisesta ikkunasta"]


@pytest.mark.browser
def test_both_texts_are_kept_with_one_press(settled: Cast, new_page: NewPage, enter: Enter) -> None:
    one = new_page()
    enter(one, settled.supervisee)
    one.goto("/diary/new/")
    one.get_by_label("What stayed with you").fill("Alku")
    one.get_by_role("button", name="Save").click()
    one.get_by_role("link", name="Alku").click()
    other = one.context.new_page()
    other.goto(one.url)
    for page, text in ((one, "Yksi"), (other, "Toinen")):
        page.get_by_label("What stayed with you").fill(text)
        expect(page.locator("[data-said]")).not_to_be_empty(timeout=20_000)
    other.get_by_role("button", name="Keep both texts").click()
    wait_until_saved(other)
    assert kept(settled) == ["Yksi\n\n---\n\nToinen"]


@pytest.mark.browser
def test_nothing_is_given_to_another_who_has_signed_in_since(settled: Cast, new_page: NewPage, enter: Enter) -> None:
    page = new_page()
    enter(page, settled.supervisee)
    page.goto("/diary/new/")
    enter(page, settled.stranger_supervisee)
    page.context.clear_cookies(name=settings.CSRF_COOKIE_NAME)  # a log-in gives a new token
    page.get_by_label("What stayed with you").fill("Vain minun")
    expect(page.locator("[data-said]")).to_contain_text("somebody else is signed in here", timeout=20_000)
    page.get_by_role("button", name="Save").click()
    enter(page, settled.supervisee)
    wait_until_saved(page)
    assert kept(settled) == ["Vain minun"]
    with asking.acting_as(settled.stranger_supervisee):
        assert not DiaryEntry.objects.exists()


@pytest.mark.browser
def test_what_is_written_without_a_connection_or_a_log_in_is_saved_afterwards(
    settled: Cast, new_page: NewPage, enter: Enter
) -> None:
    page = new_page(expecting=["ERR_INTERNET_DISCONNECTED"])
    enter(page, settled.supervisee)
    page.goto("/diary/new/")
    field = page.get_by_label("What stayed with you")
    note = page.locator("[data-said]")
    page.route("**/diary/**", lambda route: route.abort("internetdisconnected"))
    field.fill("Junassa tunnelissa")
    expect(note).to_contain_text("Not saved: no connection.", timeout=20_000)
    assert kept(settled) == []
    page.unroute("**/diary/**")
    wait_until_saved(page)
    assert kept(settled) == ["Junassa tunnelissa"]
    page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    field.fill("Kirjauduttu ulos")
    expect(note).to_contain_text("Not saved: you are signed out.", timeout=20_000)
    page.get_by_role("button", name="Save").click()  # a log-in page would stand in the place of the text
    assert field.input_value() == "Kirjauduttu ulos"
    enter(page, settled.supervisee)
    page.context.clear_cookies(name=settings.CSRF_COOKIE_NAME)  # a log-in gives a new token
    expect(note).to_contain_text("Saved at", timeout=40_000)
    assert kept(settled) == ["Kirjauduttu ulos"]


@pytest.mark.browser
def test_a_diary_is_written_without_scripts(settled: Cast, new_page: NewPage, enter: Enter) -> None:
    page = new_page(scripts=False)
    enter(page, settled.supervisee)
    page.goto("/diary/new/")
    page.get_by_label("What stayed with you").fill("Ilman skriptejä")
    page.get_by_role("button", name="Save").click()
    assert kept(settled) == ["Ilman skriptejä"]


@pytest.fixture
def goal(settled: Cast) -> Goal:
    now = timezone.now()
    with asking.acting_as(settled.lead):
        goal = Goal.objects.create(engagement=settled.engagement, theme="dialogue", text="Puhumme suoraan")
        texts = {level: f"Sanat {level}" for level in LEVELS}
        describe_levels(
            goal, texts, agreed_how=GoalLevels.How.SESSION, agreed_on=timezone.localdate(), agreed_by="Ryhmä",
            by=settled.lead, now=now,
        )  # fmt: skip
        for days, level in ((20, -1), (10, 0), (1, 2)):
            day = timezone.localdate() - timedelta(days=days)
            note_progress(goal, level=level, remark="Huomio", on=day, by=settled.lead, now=now)
    return goal


@pytest.mark.browser
@pytest.mark.parametrize("device", ["dark", "laptop", "narrow"])
def test_the_page_of_a_goal_is_whole(
    settled: Cast, goal: Goal, new_page: NewPage, enter: Enter, assert_accessible: Callable[..., None], device: str
) -> None:
    page = new_page(device)
    enter(page, settled.lead)
    process = settled.engagement.pk
    page.goto(f"/goals/{goal.pk}/")
    expect(page.get_by_role("img", name="Levels over time")).to_be_visible()
    assert_accessible(page, f"goal-{device}")
    for path in (
        f"/engagements/{process}/progress/", f"/engagements/{process}/goals/{goal.pk}/levels/",
        f"/engagements/{process}/board/", f"/engagements/{process}/reads/", f"/sessions/{settled.session.pk}/",
    ):  # fmt: skip
        page.goto(path)
        assert_accessible(page)
