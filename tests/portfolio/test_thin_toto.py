"""Own supervision that has become rarer than somebody wants: from processes and from the log, said once."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from audit import asking
from notifications import outbox
from notifications.models import Message, Preference
from portfolio import actions
from portfolio.news import toto_rare
from tests.conftest import NOW
from tests.portfolio_story import Story

Worker = Callable[[], AbstractContextManager[None]]
Enter = Callable[[User], Client]


@pytest.fixture
def thin(settled: Any, as_worker: Worker) -> Callable[..., list[str]]:
    """Say of whom the worker finds that their own supervision is thin, some days from now."""

    def found(days: int = 0, among: list[User] | None = None) -> list[str]:
        with as_worker():
            news = toto_rare(NOW + timedelta(days=days), None if among is None else [user.pk for user in among])
            names = {settled.lead.pk: "lead", settled.co_supervisor.pk: "co"}
            return [f"{names[each.user]} {each.occasion}" for each in news]

    return found


@pytest.fixture
def story(settled: Any) -> Story:
    return Story(settled)


def choose(story: Story, least: int) -> None:
    with asking.acting_as(story.cast.lead):
        actions.choose(story.cast.lead, toto_least=least)


def test_who_has_never_kept_any_is_asked_nothing(story: Story, thin: Callable[..., list[str]]) -> None:
    story.logged(300, kind="peer")
    assert thin() == []


def test_two_in_half_a_year_are_enough_unless_somebody_wants_more(story: Story, thin: Callable[..., list[str]]) -> None:
    story.logged(150)
    assert thin() == ["lead 2026-06-26"]
    story.logged(120)
    assert thin() == []
    choose(story, 3)
    assert thin() == ["lead 2026-07-26"]
    choose(story, 1)
    assert thin() == []


def test_shortly_after_one_nobody_is_asked(story: Story, thin: Callable[..., list[str]]) -> None:
    story.logged(10)
    assert thin() == []
    assert thin(days=80) == []
    assert thin(days=90) == ["lead 2026-11-13"]


def test_who_wants_no_reminder_gets_none(story: Story, thin: Callable[..., list[str]]) -> None:
    story.logged(300)
    choose(story, 0)
    assert thin() == []


def test_sessions_in_processes_and_the_log_count_together(story: Story, thin: Callable[..., list[str]]) -> None:
    toto = story.supervision()
    story.met(toto, 150)
    assert thin() == ["lead 2026-06-26"]
    story.logged(130)
    assert thin() == []
    choose(story, 3)
    story.met(toto, -30, state="planned", presence="")
    assert thin() == []  # something is planned


def test_a_session_one_missed_does_not_count(story: Story, thin: Callable[..., list[str]]) -> None:
    toto = story.supervision()
    story.met(toto, 150)
    story.met(toto, 5, presence="absent")
    assert thin() == ["lead 2026-06-26"]


def test_what_is_two_years_ago_is_asked_about_no_more(story: Story, thin: Callable[..., list[str]]) -> None:
    story.logged(750)
    assert thin() == []


def test_only_those_asked_about_are_looked_at(story: Story, thin: Callable[..., list[str]]) -> None:
    story.logged(300)
    assert thin(among=[story.cast.co_supervisor]) == []
    assert thin(among=[story.cast.lead]) == ["lead 2026-01-27"]


def test_it_is_said_once_and_not_to_who_declined(story: Story, as_worker: Worker) -> None:
    story.logged(300)
    story.logged(300, by=story.cast.co_supervisor)
    with asking.acting_as(story.cast.lead):
        Preference.objects.filter(practice=story.cast.practice).update(declined=[])
    with asking.acting_as(story.cast.co_supervisor):
        Preference.objects.create(user=story.cast.co_supervisor, declined=["toto_rare"])
    morning = NOW + timedelta(hours=1)
    with as_worker():
        outbox.plan(morning)
        outbox.plan(morning + timedelta(days=1))
        told = Message.objects.filter(kind="toto_rare").values_list("user__email", flat=True)
        assert list(told) == ["liisa@kaari.example"]


def test_the_threshold_is_chosen_on_its_page(cast: Any, enter: Enter) -> None:
    browser, address = enter(cast.lead), reverse("portfolio:reminder")
    assert browser.get(address).context["form"].initial == {"toto_least": 2}
    browser.post(address, {"toto_least": "4"})
    asking.become(cast.lead)
    assert actions.choice_of(cast.lead).toto_least == 4
    assert "You are not reminded" in browser.post(address, {"toto_least": "0"}, follow=True).text
    for wrong in ("99", "-1", "x", ""):
        assert browser.post(address, {"toto_least": wrong}).status_code == 200
