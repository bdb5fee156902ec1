"""Hours by kind, year and unit: from the log, and from sessions in which one was supervised, which are not copied."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from audit import asking
from engagements.models import Participation
from portfolio.hours import hours_of, own_toto
from portfolio.models import LogEntry
from tests.conftest import NOW
from tests.portfolio_story import Story

Enter = Callable[[User], Client]


@pytest.fixture(autouse=True)
def now(time_machine: Any) -> None:
    time_machine.move_to(NOW, tick=False)


def met_by(user: User) -> list[int]:
    asking.become(user)
    return [each.minutes for each in own_toto()]


def test_sessions_that_one_attended_as_a_supervisee_in_toto_are_shown_and_not_copied(
    story: Story, enter: Enter
) -> None:
    toto = story.supervision()
    story.met(toto, 10)
    story.logged(20, title="Toisaalla")
    page = enter(story.cast.lead).get(reverse("portfolio:log")).text
    for words in ("Kalle Kivi", "from a process", "1.5 × 60 min", "Toisaalla", "2 of 2"):
        assert words in page
    assert LogEntry.objects.owned_by(story.cast.lead).count() == 1


def test_only_held_sessions_that_were_attended_count(story: Story) -> None:
    toto = story.supervision()
    story.met(toto, 10)
    story.met(toto, 20, presence="absent")
    story.met(toto, 30, presence="", state="cancelled")
    story.met(toto, -3, presence="", state="planned")
    assert met_by(story.cast.lead) == [90]
    assert met_by(story.cast.co_supervisor) == []
    assert met_by(story.cast.stranger) == []


def test_an_example_counts_nowhere_and_other_supervision_is_no_toto(story: Story) -> None:
    other = story.supervision()
    asking.become(story.cast.co_supervisor)
    type(other[0]).objects.filter(pk=other[0].pk).update(focus="general")
    story.met(other, 10)
    assert met_by(story.cast.lead) == []


def test_what_one_attended_before_leaving_stays_ones_own(story: Story) -> None:
    toto = story.supervision()
    story.met(toto, 10)
    asking.become(story.cast.co_supervisor)
    Participation.objects.filter(pk=toto[1].pk).update(left_on=NOW.date())
    assert met_by(story.cast.lead) == [90]


def test_hours_of_45_and_of_60_minutes_are_never_added_up(story: Story, enter: Enter) -> None:
    story.logged(10, kind="education", minutes=270, unit=45)
    story.logged(11, kind="education", minutes=60, unit=60)
    story.logged(12, kind="peer", minutes=120)
    story.logged(400, kind="toto", minutes=90)
    asking.become(story.cast.lead)
    found = hours_of(story.cast.lead, [])
    assert [(each.year, each.kind, each.unit, each.minutes) for each in found.sums] == [
        (2026, "education", 60, 60), (2026, "education", 45, 270), (2026, "peer", 60, 120), (2025, "toto", 60, 90),
    ]  # fmt: skip
    assert [(bar.kind, bar.words) for bar in found.totals] == [
        ("toto", "1.5 × 60 min"), ("education", "1 × 60 min + 6 × 45 min"), ("peer", "2 × 60 min"),
    ]  # fmt: skip
    assert found.most == 330
    page = enter(story.cast.lead).get(reverse("portfolio:hours")).text
    assert page.count("1 × 60 min + 6 × 45 min") == 2  # the year's bar, and altogether
    assert page.count("<tr>") == 5


def test_the_files_hold_units_and_no_formula_and_no_note(story: Story, enter: Enter) -> None:
    story.met(story.supervision(), 10)
    story.logged(20, title="=HYPERLINK(1)", whom="@opisto", minutes=50, unit=45, kind="education", note="Ei tiedostoon")
    browser = enter(story.cast.lead)
    log = browser.get(reverse("portfolio:log_csv"))
    assert log["Content-Type"] == "text/csv; charset=utf-8"
    rows = log.content.decode("utf-8-sig").splitlines()
    assert rows[1].startswith("13 Nov 2026;supervision of supervision (ToTo);;Session;Kalle Kivi;90;60;1,50")
    assert rows[2].startswith("3 Nov 2026;continuing education;;'=HYPERLINK(1);'@opisto;50;45;1,11")
    assert "Ei tiedostoon" not in log.content.decode()
    sums = browser.get(reverse("portfolio:hours_csv")).content.decode("utf-8-sig").splitlines()
    assert sums[1:] == [
        "2026;supervision of supervision (ToTo);1;90;60;1,50", "2026;continuing education;1;50;45;1,11",
    ]  # fmt: skip


def test_a_year_is_chosen_and_what_is_no_year_shows_the_latest(story: Story, enter: Enter) -> None:
    story.logged(1, title="Tuore")
    story.logged(400, title="Vanha")
    browser, address = enter(story.cast.lead), reverse("portfolio:log")
    for asked, seen in (("", "Tuore"), ("?year=2025", "Vanha"), ("?year=1800", "Tuore"), ("?year=x", "Tuore")):
        page = browser.get(address + asked).text
        assert [title for title in ("Tuore", "Vanha") if title in page] == [seen]
