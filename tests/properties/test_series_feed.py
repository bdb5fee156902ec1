"""Whatever is done with a series over the nights on which the clocks change: other programs have exactly the sessions
that stand, each at the instant that the database has and at the hour on the wall that a person chose.
"""

from dataclasses import replace
from datetime import date, time, timedelta
from typing import Any, Final

import pytest
from django.db import transaction
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from accounts.models import User
from audit import asking
from sessions.feeds.calendar import feed_of
from sessions.models import Feed, Session
from sessions.series.actions import book_series
from sessions.series.rule import Rule
from tests.calendar_readers import READERS, Entry
from tests.properties.test_series import HELSINKI, NOW, Edit, Expected, can_be, lived, stands

Cast = Any
#: The Sundays on which the clocks go forward at three and back at four.
FORWARD, BACK = date(2027, 3, 28), date(2027, 10, 31)
#: On those Sundays 3.15 does not come, or comes twice; 3.30 is refused in spring, and 23.15 reaches into the next day.
CLOCKS: Final = [time(9), time(16, 30), time(3, 15), time(2, 45), time(23, 15)]


@st.composite
def crossing(draw: st.DrawFn) -> Rule:
    """A rule whose sessions stand on both sides of such a night."""
    every, number = draw(st.integers(1, 2)), draw(st.integers(3, 6))
    before = draw(st.integers(1, number - 2))
    night, weekday = draw(st.sampled_from([FORWARD, BACK])), draw(st.sampled_from([7, 7, 6, 1, 3]))
    first = night - timedelta(weeks=every * before) - timedelta(days=(7 - weekday) % 7)
    clock, minutes = draw(st.sampled_from(CLOCKS)), draw(st.sampled_from([45, 90, 200]))
    return Rule(every, "weeks", weekday, clock, minutes, number, first)


moves = st.builds(
    Edit,
    verb=st.just("move"),
    place=st.integers(0, 5),
    which=st.sampled_from(["one", "following", "all"]),
    days=st.sampled_from([0, 0, 1, -1, 7, -7]),
    clock=st.sampled_from([None, *CLOCKS]),
    minutes=st.sampled_from([None, None, 60]),
)
cancellations = st.builds(
    Edit, verb=st.just("cancel"), place=st.integers(0, 5), which=st.just("one"), days=st.just(0), clock=st.none(),
    minutes=st.none(),
)  # fmt: skip
stories = st.lists(st.one_of(moves, moves, cancellations), min_size=1, max_size=4)


class Watch:
    """What two programs that fetch the same person's calendar again and again have in theirs."""

    def __init__(self, user: User, series: list[Any]) -> None:
        self.user = user
        self.series = series
        self.had: dict[str, Entry] = {}

    def look(self) -> None:
        """Fetch it anew: it is the database's calendar, and the next version of what they had."""
        with asking.acting_as(self.user):
            body = feed_of(self.user, Feed.Shows.NEUTRAL, NOW)
            rows = {f"{each.pk}@tyonohjaus": each for each in Session.objects.in_calendar_of(self.user)}
        one, other = (read(body).by_uid for read in READERS)
        assert one == other
        assert set(one) == set(rows) >= {f"{pk}@tyonohjaus" for pk in self.series}
        for uid, entry in one.items():
            assert (entry.starts_at, entry.ends_at) == (rows[uid].starts_at, rows[uid].ends_at)
            assert entry.status == ("CANCELLED" if rows[uid].state.startswith("cancelled") else "CONFIRMED")
            was = self.had.get(uid, entry)
            assert entry == was or entry.sequence > was.sequence
        assert set(self.had) <= set(one), "what is gone from a calendar without a word stays in some programs"
        self.had = one

    def on_the_wall(self) -> list[tuple[date, time]]:
        """Return where the programs show the sessions of the series, in Helsinki."""
        shown = [self.had[f"{pk}@tyonohjaus"].starts_at.astimezone(HELSINKI) for pk in self.series]
        return [(each.date(), each.time()) for each in shown]


def live(cast: Cast, rule: Rule, story: list[Edit]) -> None:
    """Book by the rule and do one edit after the other as the pages do; look at the calendars after each."""
    model = [Expected(day, rule.clock, rule.minutes) for day in rule.days()]
    in_the_way = stands([cast.session.pk])
    if not can_be(model, in_the_way):
        event("begins at an hour that does not come")
        return
    times = [one.span[0] for one in model]
    booked = book_series(cast.engagement, rule, times, mode="remote", by=cast.lead, now=NOW)
    pks = [session.pk for session in booked]
    assert len({start.utcoffset() for start in times}) == 2
    watches = [Watch(user, pks) for user in (cast.lead, cast.supervisee)]
    for edit in [None, *story]:
        if edit:
            model = lived(cast, replace(edit, place=edit.place % len(pks)), pks, model, in_the_way)
        assert stands(pks) == model
        for watch in watches:
            watch.look()
            assert watch.on_the_wall() == [(one.day, one.clock) for one in model]
        asking.become(cast.lead)


def lives(cast: Cast, rule: Rule, story: list[Edit]) -> None:
    with transaction.atomic():
        asking.become(cast.lead)
        live(cast, rule, story)
        transaction.set_rollback(True)


fixtures = [HealthCheck.function_scoped_fixture]


@settings(max_examples=20, deadline=None, suppress_health_check=fixtures)
@given(rule=crossing(), story=stories)
def test_other_programs_have_exactly_what_stands(cast: Cast, rule: Rule, story: list[Edit]) -> None:
    lives(cast, rule, story)


@pytest.mark.deep
@settings(max_examples=300, deadline=None, suppress_health_check=fixtures)
@given(rule=crossing(), story=st.lists(st.one_of(moves, moves, cancellations), min_size=1, max_size=10))
def test_other_programs_have_exactly_what_stands_after_long_stories(cast: Cast, rule: Rule, story: list[Edit]) -> None:
    lives(cast, rule, story)
