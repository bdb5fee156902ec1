"""What a supervisor writes down of their profession, and how it is shown."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from audit import asking
from portfolio import actions, ethics
from portfolio.models import Commitment, Guideline, KeptFile, LogEntry, Standing, Training
from tests.conftest import NOW, Cast
from tests.portfolio_story import Story

Enter = Callable[[User], Client]
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f64540"
    "0000000049454e44ae426082"
)


@pytest.fixture(autouse=True)
def now(time_machine: Any) -> None:
    time_machine.move_to(NOW, tick=False)


def add(sort: str) -> str:
    return reverse("portfolio:add", args=[sort])


OVERVIEW = "portfolio:overview"
ENTRY = {"kind": "toto", "day": "1.1.2026", "minutes": "60", "unit": "60", "title": "x"}


def test_an_empty_portfolio_leads_on(cast: Cast, enter: Enter) -> None:
    browser = enter(cast.lead)
    page = browser.get(reverse(OVERVIEW)).text
    assert "Begin with your training" in page
    assert add("training") in page
    assert "You have not committed yourself to this version" in page
    assert "Nothing is in the log yet" in browser.get(reverse("portfolio:log")).text
    assert "No hours yet" in browser.get(reverse("portfolio:hours")).text


def test_training_is_written_down_with_its_points_and_who_has_seen_the_certificate(cast: Cast, enter: Enter) -> None:
    browser = enter(cast.lead)
    values = {"kind": "supervisor", "programme": "Työnohjaajakoulutus", "provider": "Opisto", "points": "45,5",
              "finished": "2019", "verified_by": "Kaari", "verified_on": "1.2.2020"}  # fmt: skip
    assert browser.post(add("training"), values)["Location"] == reverse(OVERVIEW)
    page = browser.get(reverse(OVERVIEW)).text
    for words in (
        "Työnohjaajakoulutus",
        "45.5 study points of the 60 that STOry recommends",
        "Certificate seen by Kaari",
    ):
        assert words in page
    row = Training.objects.get()
    browser.post(reverse("portfolio:change", args=["training", row.pk]), values | {"points": "60"})
    row.refresh_from_db()
    assert row.points == 60
    browser.post(reverse("portfolio:remove", args=["training", row.pk]))
    assert not Training.objects.exists()


@pytest.mark.parametrize(
    ("sort", "values", "field"),
    [
        ("training", {"programme": "", "provider": "x", "kind": "supervisor"}, "programme"),
        ("training", {"programme": "x", "provider": "x", "kind": "supervisor", "points": "6000"}, "points"),
        ("training", {"programme": "x", "provider": "x", "kind": "other", "finished": "1066"}, "finished"),
        ("training", {"programme": "x", "provider": "x", "kind": "other", "verified_on": "1.1.2020"}, "verified_by"),
        ("standing", {"kind": "full", "since": "1.1.2020", "until": "1.1.2019"}, "until"),
        ("standing", {"kind": "king", "since": "1.1.2020"}, "kind"),
        ("standing", {"kind": "full", "since": "1.1.2099"}, "since"),
        ("sector", {"sector": "early", "first": "2010", "last": "2001"}, "last"),
        ("sector", {"sector": "other", "first": "2010"}, "what"),
        ("sector", {"sector": "early", "first": "2050"}, "first"),
        ("language", {"language": "other", "level": "fluent"}, "name"),
        ("language", {"language": "fi", "name": "suomi", "level": "fluent"}, "name"),
        ("guideline", {"title": "Omat", "dated": "1.1.2020", "link": "javascript:alert(1)"}, "link"),
        ("log", ENTRY | {"branch": "theory"}, "branch"),
        ("log", ENTRY | {"day": "1.1.2027"}, "day"),
        ("log", ENTRY | {"minutes": "9999"}, "minutes"),
        ("log", ENTRY | {"unit": "50"}, "unit"),
        ("log", ENTRY | {"title": "x" * 161}, "title"),
        ("log", ENTRY | {"note": "x" * 2001}, "note"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_beside_its_field(
    cast: Cast, enter: Enter, sort: str, values: dict[str, str], field: str
) -> None:
    answer = enter(cast.lead).post(add(sort), values)
    assert answer.status_code == 200
    assert list(answer.context["form"].errors) == [field]


def test_only_one_membership_is_open_and_a_language_stands_once(cast: Cast, enter: Enter) -> None:
    browser = enter(cast.lead)
    for number in (0, 1):
        first = browser.post(add("standing"), {"kind": "full", "since": "1.1.2020"})
        second = browser.post(add("language"), {"language": "fi", "level": "native"})
        assert (first.status_code, second.status_code) == ((302, 302), (200, 200))[number]
    assert "One membership is open already" in first.text
    assert "This language is there already" in second.text


@pytest.mark.parametrize(
    ("kind", "titled"),
    [("full", True), ("senior", True), ("student", False), ("supporting", False), ("honorary", False)],
)
def test_only_full_and_senior_members_may_use_the_title(cast: Cast, enter: Enter, kind: str, titled: bool) -> None:
    asking.become(cast.lead)
    actions.keep(Standing(), {"kind": kind, "since": NOW.date()}, by=cast.lead)
    page = enter(cast.lead).get(reverse(OVERVIEW)).text
    assert ("You may use the title" in page) == titled
    assert ("Only full and senior members may" in page) != titled


def test_a_membership_that_has_ended_carries_no_title() -> None:
    ended = Standing(kind="full", since=NOW.date() - timedelta(days=9), until=NOW.date() - timedelta(days=1))
    assert not ended.carries_title(NOW.date())


def test_a_certificate_is_checked_sealed_and_given_back_to_its_owner(story: Story, enter: Enter) -> None:
    training = story.training()
    browser = enter(story.cast.lead)
    address = reverse("portfolio:change", args=["training", training.pk])
    values = {"kind": "supervisor", "programme": "Koulutus", "provider": "Opisto"}
    refused = browser.post(address, values | {"attached": SimpleUploadedFile("a.pdf", b"MZ not a pdf")})
    assert "attached" in refused.context["form"].errors
    for _again in range(2):  # a second file takes the place of the first
        browser.post(address, values | {"attached": SimpleUploadedFile("oma.png", PNG)})
    file = KeptFile.objects.get()
    assert "oma.png" in browser.get(address).text
    given = browser.get(reverse("portfolio:file", args=[file.pk]))
    assert given.content.startswith(b"\x89PNG")
    assert given["Content-Disposition"] == 'attachment; filename="todistus.png"'
    assert "sandbox" in given["Content-Security-Policy"]
    browser.post(reverse("portfolio:file_remove", args=[file.pk]))
    assert not KeptFile.objects.exists()


def test_one_commits_oneself_once_and_to_each_version_anew(
    cast: Cast, enter: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = enter(cast.lead)
    version = ethics.SHIPPED[0]
    for _again in range(2):
        browser.post(reverse("portfolio:commit", args=[version.version]))
    made = Commitment.objects.get()
    assert (made.version, made.title, made.dated, made.at) == (version.version, version.title, version.dated, NOW)
    assert "Committed on 23 Nov 2026" in browser.get(reverse("portfolio:ethics")).text
    assert "You have not committed yourself" not in browser.get(reverse(OVERVIEW)).text
    newer = ethics.Shipped("story-2027", "Uudet periaatteet", "STOry", "https://story.example/", NOW.date())
    monkeypatch.setattr(ethics, "SHIPPED", (newer, version))
    assert "You have not committed yourself to this version" in browser.get(reverse(OVERVIEW)).text
    monkeypatch.setattr(ethics, "SHIPPED", (newer,))  # what was committed to stays readable
    assert version.title in browser.get(reverse("portfolio:ethics")).text
    assert browser.post(reverse("portfolio:commit", args=["nothing-such"])).status_code == 404


def test_own_guidelines_stay_as_they_were_committed_to(cast: Cast, enter: Enter) -> None:
    browser = enter(cast.lead)
    values = {"title": "Kaaren ohjeet", "dated": "1.3.2026", "link": "https://kaari.example/ohjeet"}
    browser.post(add("guideline"), values)
    own = Guideline.objects.get()
    browser.post(reverse("portfolio:commit", args=[str(own.pk)]))
    answer = browser.post(reverse("portfolio:change", args=["guideline", own.pk]), values | {"title": "Toiset"})
    assert "You have committed yourself to this version" in answer.text
    browser.post(reverse("portfolio:remove", args=["guideline", own.pk]))
    assert "Kaaren ohjeet" in browser.get(reverse("portfolio:ethics")).text


def test_an_entry_of_the_log_keeps_minutes_unit_and_a_note(cast: Cast, enter: Enter) -> None:
    browser = enter(cast.lead)
    values = {"kind": "education", "branch": "theory", "day": "1.10.2026", "minutes": "6 x 45 min", "unit": "45",
              "title": "Ratkaisukeskeisyys", "whom": "Opisto", "note": "Kokeilen tätä."}  # fmt: skip
    assert browser.post(add("log"), values).status_code == 302
    entry = LogEntry.objects.get()
    assert (entry.minutes, entry.unit, str(entry.amount)) == (270, 45, "6.00")
    page = browser.get(reverse("portfolio:log")).text
    assert "6 × 45 min" in page
    assert "Kokeilen tätä." not in page
    assert "Kokeilen tätä." in browser.get(reverse("portfolio:change", args=["log", entry.pk])).text


def test_there_is_a_bound_to_how_many_rows_one_keeps(
    story: Story, enter: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "MOST", {Training: 1})
    story.training()
    answer = enter(story.cast.lead).post(add("training"), {"kind": "other", "programme": "x", "provider": "y"})
    assert "There are 1 of these already" in answer.text


@pytest.mark.parametrize("sort", ["nothing", "commitment"])
def test_there_are_no_other_sorts_of_rows(cast: Cast, enter: Enter, sort: str) -> None:
    assert enter(cast.lead).get(add(sort)).status_code == 404


@pytest.mark.parametrize("name", ["overview", "log", "hours", "ethics"])
def test_pages_cost_the_same_with_one_row_and_with_thirty(story: Story, enter: Enter, name: str) -> None:
    browser, counts = enter(story.cast.lead), []
    toto = story.supervision()
    for rows in (1, 30):
        for number in range(rows):
            story.logged(number + 1)
            story.training(programme=f"Koulutus {number}")
            story.met(toto, 40 + rows + number)
        browser.get(reverse(f"portfolio:{name}"))
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert browser.get(reverse(f"portfolio:{name}")).status_code == 200
        counts.append(
            len(
                [
                    query
                    for query in asked.captured_queries
                    if "portfolio_" in query["sql"] or "own_toto" in query["sql"]
                ]
            )
        )
    assert counts[0] == counts[1]
    assert counts[1] <= 12
