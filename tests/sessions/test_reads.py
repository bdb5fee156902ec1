"""Who has opened: a person sees others' readings of what concerns them, and nothing else of the chain."""

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.models import User
from audit import asking, trail
from engagements.models import Goal
from sessions.closing.actions import add_to_memo, save_memo
from tests.conftest import NOW, Cast, make_session

Enter = Callable[[User], Client]


def read(cast: Cast, name: str, event: str, obj: object = None) -> None:
    """Let somebody of the cast open something, as the page of it writes it down."""
    asking.become(cast.members[name])
    trail.record(cast.engagement.pk, event, actor=cast.members[name], obj=obj, data={})  # type: ignore[arg-type]


def seen(cast: Cast, browser: Client) -> list[tuple[str, str]]:
    page = browser.get(reverse("reads:reads", args=[cast.engagement.pk]))
    return [(one.who, one.what) for one in page.context["readings"]]


@pytest.fixture
def own_goal(cast: Cast) -> Goal:
    asking.become(cast.lead)
    owner = cast.engagement.participations.get(person=cast.people[0])
    return Goal.objects.create(engagement=cast.engagement, theme="identity", text="Oma", owner=owner)


def test_others_readings_stand_there_the_latest_first_and_own_ones_do_not(cast: Cast, enter: Enter) -> None:
    for name in ("lead", "supervisee", "co_supervisor"):
        read(cast, name, "memo.read")
    assert seen(cast, enter(cast.supervisee)) == [("Kalle Kivi", "A memo"), ("Liisa Lahti", "A memo")]
    assert seen(cast, enter(cast.lead)) == [("Kalle Kivi", "A memo"), ("Sanna Salo", "A memo")]


def test_a_memo_and_what_was_added_to_it_are_told_with_the_day_of_their_session(cast: Cast, enter: Enter) -> None:
    asking.become(cast.lead)
    held = make_session(cast.engagement, cast.session.starts_at - timedelta(days=7), state="held")
    asking.become(cast.co_supervisor)
    save_memo(held, "Muistio", 0, by=cast.co_supervisor, now=NOW)
    asking.become(cast.supervisee)
    add_to_memo(held, "Lisään tämän", by=cast.supervisee, now=NOW)
    assert enter(cast.lead).get(reverse("sessions:detail", args=[held.pk])).status_code == 200
    assert seen(cast, enter(cast.supervisee)) == [("Liisa Lahti", "The memo of the session 18 Nov 2026")] * 2


def test_of_a_private_goal_its_owner_alone_sees_who_read_the_remarks(cast: Cast, own_goal: Goal, enter: Enter) -> None:
    asking.become(cast.lead)
    foreign = Goal.objects.create(
        engagement=cast.engagement, theme="identity", text="Toisen",
        owner=cast.engagement.participations.get(person=cast.people[1]),
    )  # fmt: skip
    read(cast, "co_supervisor", "progress.read", own_goal)
    read(cast, "co_supervisor", "progress.read", foreign)
    assert seen(cast, enter(cast.supervisee)) == [("Kalle Kivi", "Remarks on your own goal")]
    assert seen(cast, enter(cast.lead)) == []


def test_the_client_who_opens_the_contract_is_the_client_and_fellows_are_left_out(cast: Cast, enter: Enter) -> None:
    contract = reverse("engagements:contract", args=[cast.engagement.pk])
    enter(cast.contact).get(contract)
    enter(cast.co_supervisor).get(contract)
    assert seen(cast, enter(cast.supervisee)) == [("The client", "The contract, version 1")]


def test_other_events_of_the_chain_stay_out(cast: Cast, enter: Enter) -> None:
    for event in ("memo.written", "engagement.paused", "participation.left", "note.created"):
        read(cast, "lead", event)
    assert seen(cast, enter(cast.supervisee)) == []


def test_what_cannot_be_told_apart_as_ones_own_is_left_out(cast: Cast, enter: Enter) -> None:
    class Somewhere:
        pk = uuid4()

    for event in ("answer.read", "note.read", "progress.read"):
        read(cast, "lead", event, Somewhere())
    assert seen(cast, enter(cast.supervisee)) == []


def test_a_reader_whose_name_one_may_not_know_has_none(cast: Cast, enter: Enter) -> None:
    read(cast, "stranger", "memo.read")
    assert seen(cast, enter(cast.supervisee)) == [("Somebody who had access then", "A memo")]


def test_what_was_read_before_one_joined_does_not_concern_one(cast: Cast, enter: Enter) -> None:
    read(cast, "lead", "memo.read")
    asking.become(cast.lead)
    tomorrow = NOW.date() + timedelta(days=3650)
    cast.engagement.participations.filter(person=cast.people[0]).update(joined_on=tomorrow)
    assert seen(cast, enter(cast.supervisee)) == []


@pytest.mark.parametrize("who", ["contact", "practice_admin", "administrator", "stranger", "stranger_supervisee"])
def test_the_database_tells_nobody_else(cast: Cast, enter: Enter, who: str) -> None:
    read(cast, "lead", "memo.read")
    assert enter(cast.members[who]).get(reverse("reads:reads", args=[cast.engagement.pk])).status_code == 404
    asking.become(cast.members[who])
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM sec.reads_of(%s)", [cast.engagement.pk])
        assert cursor.fetchone() == (0,)
