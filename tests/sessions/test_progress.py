"""How far a goal is: noted by level or in words, seen by those whose goal it is, never changed afterwards."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import User
from audit import asking
from audit.models import Entry
from engagements.actions import describe_levels
from engagements.models import Event, Goal, State
from sessions.models import Progress
from sessions.progress.actions import note_progress, take_back
from tests.conftest import NOW, Cast
from vault.models import ContentKey

Enter = Callable[[User], Client]
TEXTS = {2: "Kaikki puhuvat", 1: "Useimmat puhuvat", 0: "Puolet puhuu", -1: "Muutama puhuu", -2: "Kukaan ei puhu"}
AGREED: dict[str, Any] = {"agreed_how": "session", "agreed_on": date(2026, 11, 1), "agreed_by": "Koko ryhmä"}
MARK = "Merkitty huomio 7781"


@pytest.fixture(autouse=True)
def now() -> Any:
    with time_machine.travel(NOW + timedelta(days=3), tick=False):
        yield


@pytest.fixture
def goals(cast: Cast) -> dict[str, Goal]:
    """A shared goal, the supervisee's own and another's own, each with its levels."""
    asking.become(cast.lead)
    part = {person.pk: cast.engagement.participations.get(person=person) for person in cast.people}
    owners = {"shared": None, "own": part[cast.people[0].pk], "foreign": part[cast.people[1].pk]}
    made = {}
    for name, owner in owners.items():
        made[name] = Goal.objects.create(
            engagement=cast.engagement, theme="dialogue", text=f"Tavoite {name}", owner=owner
        )
        describe_levels(made[name], TEXTS, by=cast.lead, now=NOW, **AGREED)
    return made


def url(goal: Goal) -> str:
    return reverse("progress:goal", args=[goal.pk])


def test_a_supervisor_notes_a_level_and_a_remark_and_the_page_tells_them(
    cast: Cast, goals: dict[str, Goal], enter: Enter
) -> None:
    browser = enter(cast.lead)
    browser.post(url(goals["shared"]), {"level": "-1", "remark": MARK, "on": "23.11.2026"})
    browser.post(url(goals["shared"]), {"level": "1", "remark": "", "on": "25.11.2026"})
    page = browser.get(url(goals["shared"]))
    text = page.content.decode()
    assert MARK in text
    assert "Muutama puhuu" in text
    assert "<svg" in text
    assert "From −1 on" in text
    assert MARK.encode() not in b"".join(bytes(row.remark) for row in Progress.objects.all())
    assert "60" in browser.get(reverse("progress:goals", args=[cast.engagement.pk])).content.decode()


def test_the_words_of_the_level_stand_before_the_figure(cast: Cast, goals: dict[str, Goal], enter: Enter) -> None:
    note_progress(goals["shared"], level=1, by=cast.lead, now=NOW)
    text = enter(cast.lead).get(reverse("progress:goals", args=[cast.engagement.pk])).content.decode()
    assert text.index("Useimmat puhuvat") < text.index("T = 60.00")


def test_a_goal_that_weighs_more_counts_for_more_once_all_are_scored(
    cast: Cast, goals: dict[str, Goal], enter: Enter
) -> None:
    asking.become(cast.lead)
    address = reverse("progress:goals", args=[cast.engagement.pk])
    heavy = Goal.objects.create(engagement=cast.engagement, theme="quality", text="Painava", weight=2)
    describe_levels(heavy, TEXTS, by=cast.lead, now=NOW, **AGREED)
    note_progress(goals["shared"], level=1, by=cast.lead, now=NOW)
    browser = enter(cast.lead)
    assert "T = " not in browser.get(address).content.decode()
    note_progress(heavy, level=1, by=cast.lead, now=NOW)
    assert "T = 62.05" in browser.get(address).content.decode()


def test_no_figure_stands_beside_a_persons_name(cast: Cast, goals: dict[str, Goal], enter: Enter) -> None:
    for name in ("own", "foreign"):
        note_progress(goals[name], level=2, by=cast.lead, now=NOW)
    assert "T = " not in enter(cast.lead).get(reverse("progress:goals", args=[cast.engagement.pk])).content.decode()


def test_a_goal_is_not_scored_before_its_levels_are_described(cast: Cast, enter: Enter) -> None:
    asking.become(cast.lead)
    goal = Goal.objects.create(engagement=cast.engagement, theme="dialogue", text="Ilman tasoja")
    browser = enter(cast.lead)
    assert "level" not in browser.get(url(goal)).context["form"].fields
    with pytest.raises(ValidationError, match="Describe the levels"):
        note_progress(goal, level=0, by=cast.lead, now=NOW)
    browser.post(url(goal), {"remark": "Sana riittää", "on": "23.11.2026"})
    assert goal.progress.get().level is None


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"level": "", "remark": ""}, None),
        ({"level": "3", "remark": ""}, "level"),
        ({"level": "1", "remark": "x" * 2001}, "remark"),
        ({"level": "1", "on": "1.1.2027"}, "on"),
        ({"level": "1", "on": "eilen"}, "on"),
    ],
)
def test_what_cannot_be_noted_is_refused_in_words(
    cast: Cast, goals: dict[str, Goal], enter: Enter, sent: dict[str, str], field: str | None
) -> None:
    answer = enter(cast.lead).post(url(goals["shared"]), {"on": "23.11.2026"} | sent)
    assert (field or "__all__") in answer.context["form"].errors
    assert not Progress.objects.exists()


def test_a_supervisee_notes_their_own_goal_and_no_other(cast: Cast, goals: dict[str, Goal], enter: Enter) -> None:
    browser = enter(cast.supervisee)
    assert browser.post(url(goals["own"]), {"level": "0", "on": ""}).status_code == 302
    assert browser.get(url(goals["shared"])).context["form"] is None
    browser.post(url(goals["shared"]), {"level": "0"})
    assert browser.get(url(goals["foreign"])).status_code == 404
    asking.become(cast.lead)
    assert [row.goal for row in Progress.objects.all()] == [goals["own"]]
    asking.become(cast.supervisee)
    shared = {
        "engagement": cast.engagement,
        "goal": goals["shared"],
        "on": NOW.date(),
        "at": NOW,
        "by": cast.supervisee,
    }
    with pytest.raises(DatabaseError), transaction.atomic():
        Progress.objects.create(remark=b"x", **shared)


def test_what_is_noted_of_a_private_goal_reaches_nobody_else(cast: Cast, goals: dict[str, Goal], enter: Enter) -> None:
    for goal in goals.values():
        note_progress(goal, level=1, remark=f"{MARK} {goal.text}", by=cast.lead, now=NOW)
    every, nothing = {"shared", "own", "foreign"}, set[str]()
    sees = {"lead": every, "co_supervisor": every, "supervisee": {"shared", "own"}}
    for name, user in cast.members.items():
        asking.become(user)
        found = {row.goal_id for row in Progress.objects.all()}
        assert found == {goals[each].pk for each in sees.get(name, nothing)}, name
        browser = enter(user)
        for each, goal in goals.items():
            seen = each in sees.get(name, nothing)
            assert (MARK in browser.get(url(goal)).content.decode()) is seen, (name, each)
    asking.become(cast.supervisee)
    told = Event.objects.seen_by(cast.supervisee).filter(kind=Event.Kind.PROGRESS)
    assert told.count() == 1


def test_the_page_of_the_session_shows_what_was_noted_there_to_those_it_is_for(
    cast: Cast, goals: dict[str, Goal], enter: Enter
) -> None:
    browser = enter(cast.lead)
    data = {f"{goals['shared'].pk}-remark": f"{MARK} yhteinen", f"{goals['foreign'].pk}-level": "2"}
    assert browser.post(reverse("progress:session", args=[cast.session.pk]), data).status_code == 302
    assert {(row.goal, row.level, row.session) for row in Progress.objects.all()} == {
        (goals["shared"], None, cast.session), (goals["foreign"], 2, cast.session),
    }  # fmt: skip
    text = enter(cast.supervisee).get(reverse("sessions:detail", args=[cast.session.pk])).content.decode()
    assert f"{MARK} yhteinen" in text
    assert "Tavoite foreign" not in text
    assert "Tavoite own" in text


def test_nothing_is_noted_before_a_session_and_one_wrong_field_notes_nothing(
    cast: Cast, goals: dict[str, Goal], enter: Enter
) -> None:
    browser = enter(cast.lead)
    address = reverse("progress:session", args=[cast.session.pk])
    wrong = {f"{goals['shared'].pk}-remark": "Hyvä", f"{goals['own'].pk}-level": "9"}
    assert browser.post(address, wrong).status_code == 200
    assert not Progress.objects.exists()
    with time_machine.travel(NOW, tick=False):
        assert "once the session has begun" in browser.get(address).content.decode()
        browser.post(address, {f"{goals['shared'].pk}-remark": "Hyvä"})
    assert not Progress.objects.exists()


def test_what_was_noted_never_changes_and_only_who_noted_it_takes_it_back(
    cast: Cast, goals: dict[str, Goal], enter: Enter
) -> None:
    noted = note_progress(goals["shared"], level=1, by=cast.lead, now=NOW)
    with pytest.raises(DatabaseError), transaction.atomic():
        Progress.objects.update(level=2)
    asking.become(cast.co_supervisor)
    with pytest.raises(ValidationError):
        take_back(noted, by=cast.co_supervisor)
    assert enter(cast.co_supervisor).post(reverse("progress:take_back", args=[noted.pk])).status_code == 404
    enter(cast.lead).post(reverse("progress:take_back", args=[noted.pk]))
    asking.become(cast.lead)
    assert not Progress.objects.exists()
    assert Entry.objects.filter(event="progress.taken_back", obj=goals["shared"].pk).exists()


def test_a_goal_that_was_scored_keeps_its_words_its_weight_and_its_owner(
    cast: Cast, goals: dict[str, Goal], enter: Enter
) -> None:
    note_progress(goals["own"], level=1, by=cast.lead, now=NOW)
    address = reverse("engagements:goal", args=[cast.engagement.pk, goals["own"].pk])
    browser = enter(cast.lead)
    other = str(goals["foreign"].owner_id)
    browser.post(address, {"text": "Helpompi", "theme": "meaning", "weight": "3", "owner": other})
    after = Goal.objects.get(pk=goals["own"].pk)
    assert (after.text, after.weight, after.owner_id, after.theme) == (
        "Tavoite own",
        1,
        goals["own"].owner_id,
        "meaning",
    )
    browser.post(address, {"remove": "1"})
    assert Goal.objects.filter(pk=goals["own"].pk).exists()
    for change in ({"text": "Helpompi"}, {"weight": 3}, {"owner": goals["foreign"].owner}, {"owner": None}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Goal.objects.filter(pk=goals["own"].pk).update(**change)


def test_a_score_stays_with_the_levels_it_was_given_by(cast: Cast, goals: dict[str, Goal], enter: Enter) -> None:
    goal = goals["shared"]
    note_progress(goal, level=0, by=cast.lead, now=NOW)
    describe_levels(goal, TEXTS | {0: "Uudet sanat"}, reason="Tiimi kasvoi", by=cast.lead, now=NOW, **AGREED)
    note_progress(goal, level=0, by=cast.lead, now=NOW + timedelta(minutes=1))
    table = enter(cast.lead).get(url(goal)).context["noted"]
    assert [one.words for one in table] == ["Uudet sanat", "Puolet puhuu"]
    old = goal.levels.get(version=1)
    common = {"engagement": cast.engagement, "goal": goal, "on": NOW.date(), "at": NOW, "by": cast.lead}
    with pytest.raises(DatabaseError), transaction.atomic():
        Progress.objects.create(levels=old, level=1, **common)


def test_progress_is_of_its_own_process(cast: Cast, goals: dict[str, Goal]) -> None:
    asking.become(cast.stranger)
    foreign = cast.foreign_session
    asking.become(cast.lead)
    common = {"engagement": cast.engagement, "goal": goals["shared"], "on": NOW.date(), "at": NOW, "by": cast.lead}
    with pytest.raises(DatabaseError), transaction.atomic():
        Progress.objects.create(session=foreign, remark=b"x", **common)


def test_after_the_end_nothing_is_noted_and_all_is_read(cast: Cast, goals: dict[str, Goal], enter: Enter) -> None:
    note_progress(goals["shared"], level=1, remark=MARK, by=cast.lead, now=NOW)
    cast.engagement.move_to(State.CLOSED, ending="completed", closed_at=NOW)
    browser = enter(cast.supervisee)
    page = browser.get(url(goals["shared"]))
    assert MARK in page.content.decode()
    goals["shared"].refresh_from_db()
    with pytest.raises(ValidationError):
        note_progress(Goal.objects.get(pk=goals["shared"].pk), remark="Vielä", by=cast.lead, now=NOW)


def test_a_remark_whose_key_is_gone_is_shown_as_one_that_cannot_be_opened(
    cast: Cast, goals: dict[str, Goal], enter: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    note_progress(
        goals["shared"], level=1, remark=MARK, session=cast.session, by=cast.lead, now=NOW + timedelta(days=3)
    )
    monkeypatch.setattr(ContentKey.objects, "filter", lambda **_: ContentKey.objects.none())
    browser = enter(cast.lead)
    assert "Cannot be opened" in browser.get(url(goals["shared"])).content.decode()
    assert "Cannot be opened" in browser.get(reverse("sessions:detail", args=[cast.session.pk])).content.decode()


def test_reading_anothers_remark_is_written_down_once_an_hour(cast: Cast, goals: dict[str, Goal], enter: Enter) -> None:
    note_progress(goals["own"], remark=MARK, by=cast.lead, now=NOW)
    browser = enter(cast.lead)
    browser.get(url(goals["own"]))
    browser = enter(cast.co_supervisor)
    browser.get(url(goals["own"]))
    browser.get(url(goals["own"]))
    asking.become(cast.co_supervisor)
    assert [entry.actor for entry in Entry.objects.filter(event="progress.read")] == [cast.co_supervisor.pk]
