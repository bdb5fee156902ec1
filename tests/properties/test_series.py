"""Whatever is done with a series over summer time and holidays: no session is lost, doubled or overlapping, and each
stands on the wall where the person who moved it saw it.
"""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from audit import asking
from engagements.models import Engagement
from formats import Unreadable
from formats.clock import moment_at, write_clock
from formats.days import write_day
from sessions.models import Booking, Session
from sessions.series.actions import Cancellation, cancel_several, overlaps
from sessions.series.forms import Dates, Moves, ShiftForm
from sessions.series.rule import LAST, Rule
from tests.conftest import make_engagement, make_session

HELSINKI = ZoneInfo("Europe/Helsinki")
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=HELSINKI)
LATEST = NOW + timedelta(days=731)

rules = st.builds(
    Rule,
    every=st.integers(1, 5),
    unit=st.sampled_from(["weeks", "weeks", "months"]),
    weekday=st.sampled_from([3, 5, 7, 7]),  # Sundays, on which the clocks change, and Fridays, which are holidays
    clock=st.sampled_from([time(9), time(3, 30), time(2, 45), time(23, 15), time(12)]),
    minutes=st.sampled_from([30, 90, 200]),
    count=st.integers(1, 10),
    starting=st.sampled_from([date(2027, *day) for day in ((1, 4), (3, 1), (3, 28), (10, 1), (12, 20))]),
)  # fmt: skip


@given(rule=rules)
def test_a_rhythm_gives_as_many_days_as_asked_each_on_its_weekday(rule: Rule) -> None:
    days = rule.days()
    assert len(days) == rule.count
    assert {day.isoweekday() for day in days} == {rule.weekday}
    assert rule.starting <= days[0] < rule.starting + timedelta(days=7)
    for place, day in enumerate(days):
        if rule.unit == "weeks":
            assert day == days[0] + timedelta(weeks=rule.every * place)
            continue
        assert (day.year * 12 + day.month) - (days[0].year * 12 + days[0].month) == rule.every * place
        last_of_month = (day + timedelta(days=7)).month != day.month
        assert last_of_month if rule.week == LAST else (day.day - 1) // 7 + 1 == rule.week


@dataclass(frozen=True)
class Edit:
    """What a person does: from which session, how many of them, by how many days, at which clock (None: its own)."""

    verb: str
    place: int
    which: str
    days: int
    clock: time | None
    minutes: int | None


edits = st.builds(
    Edit,
    verb=st.sampled_from(["move", "move", "move", "cancel", "hold"]),
    place=st.integers(0, 9),
    which=st.sampled_from(["one", "following", "all"]),
    days=st.sampled_from([0, 1, -1, 7, 21, -7, 3]),
    clock=st.sampled_from([None, None, time(10), time(3, 15), time(23, 30)]),
    minutes=st.sampled_from([None, 45, 180]),
)


@dataclass(frozen=True)
class Expected:
    """Where the model has a session: as on the wall."""

    day: date
    clock: time
    minutes: int
    state: str = "planned"

    @property
    def span(self) -> tuple[datetime, datetime]:
        start = moment_at(self.day, self.clock)
        return start, start.astimezone(UTC) + timedelta(minutes=self.minutes)


def can_be(changed: list[Expected], others: list[Expected]) -> bool:
    """Say whether all of `changed` may stand where they are to stand, beside `others`."""
    try:
        new = [one.span for one in changed]
    except Unreadable:
        return False
    standing = [one.span for one in others if one.state != "cancelled"]
    return not overlaps([*new, *standing]) and all(start <= LATEST for start, _end in new)


def stands(pks: list[Any]) -> list[Expected]:
    found = Session.objects.in_bulk(pks)
    assert set(found) == set(pks)
    return [
        Expected(local.date(), local.time(), found[pk].minutes, found[pk].state)
        for pk in pks
        for local in [found[pk].starts_at.astimezone(HELSINKI)]
    ]


def assert_whole(cast: Any, engagement: Engagement, pks: list[Any]) -> None:
    """No session lost or doubled, none over another, and each takes the time of both supervisors as it stands."""
    sessions = Session.objects.filter(engagement=engagement, series__isnull=False)
    assert sorted(sessions.values_list("pk", flat=True)) == sorted(pks)
    for user in (cast.lead, cast.co_supervisor):
        taken = Booking.objects.filter(user=user).select_related("session")
        spans = [(booking.during.lower, booking.during.upper) for booking in taken]
        assert not overlaps(spans)
        for booking in taken:
            assert (booking.during.lower, booking.during.upper) == (booking.session.starts_at, booking.session.ends_at)
        mine = [booking.session_id for booking in taken if booking.session_id in pks]
        assert sorted(mine) == sorted(sessions.exclude(state="cancelled").values_list("pk", flat=True))


def chosen(edit: Edit, model: list[Expected]) -> list[int]:
    """Return the places of the sessions that an edit is for, as the pages choose them."""
    anchor = model[edit.place]
    planned = [place for place, one in enumerate(model) if one.state == "planned"]
    if edit.which == "one":
        return [edit.place] if anchor.state == "planned" else []
    if edit.which == "all":
        return planned
    return [place for place in planned if model[place].span[0] >= anchor.span[0]]


def moved(edit: Edit, anchor: Expected, one: Expected) -> Expected:
    new_clock = edit.clock if edit.clock not in (None, anchor.clock) else None
    new_minutes = edit.minutes if edit.minutes not in (None, anchor.minutes) else None
    return replace(
        one, day=one.day + timedelta(days=edit.days), clock=new_clock or one.clock, minutes=new_minutes or one.minutes
    )


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rule=rules, story=st.lists(edits, max_size=5), blocked=st.integers(0, 40))
def test_a_series_is_whole_after_any_edits(cast: Any, rule: Rule, story: list[Edit], blocked: int) -> None:
    with transaction.atomic():
        asking.become(cast.lead)
        other = make_engagement(cast.practice, cast.lead, None, cast.people, title="Toinen")
        at = moment_at(rule.first + timedelta(days=blocked), time(10))
        obstacle = make_session(other, at)
        in_the_way = [*stands([cast.session.pk]), *stands([obstacle.pk])]
        live(cast, rule, story, in_the_way)
        transaction.set_rollback(True)


def live(cast: Any, rule: Rule, story: list[Edit], in_the_way: list[Expected]) -> None:
    wanted = [Expected(day, rule.clock, rule.minutes) for day in rule.days()]
    given_dates = Dates(
        {
            "mode": "remote", "link": "", "rows-TOTAL_FORMS": str(rule.count), "rows-INITIAL_FORMS": "0",
            **{f"rows-{place}-day": write_day(day) for place, day in enumerate(rule.days())},
            **{f"rows-{place}-clock": write_clock(rule.clock, bare=True) for place in range(rule.count)},
        },
        engagement=cast.engagement, rule=rule, terms=None, user=cast.lead, now=NOW,
    )  # fmt: skip
    booked = given_dates.done()
    assert (booked is not None) == can_be(wanted, in_the_way)
    if booked is None:
        event("refused at booking")
        assert given_dates.wrong
        assert not Session.objects.filter(series__isnull=False).exists()
        return
    pks = [session.pk for session in booked]
    model = stands(pks)
    assert model == wanted
    for edit in story:
        model = lived(cast, replace(edit, place=edit.place % len(pks)), pks, model, in_the_way)
        assert stands(pks) == model
        assert_whole(cast, cast.engagement, pks)


def lived(cast: Any, edit: Edit, pks: list[Any], model: list[Expected], in_the_way: list[Expected]) -> list[Expected]:
    """Do one edit as the pages do it, and return what the model says of it."""
    places = chosen(edit, model)
    if edit.verb == "hold" and model[edit.place].state == "planned":
        Session.objects.filter(pk=pks[edit.place]).update(state="held")
        return [replace(one, state="held") if place == edit.place else one for place, one in enumerate(model)]
    if edit.verb == "hold" or not places:
        return model
    found = Session.objects.select_related("engagement").in_bulk(pks)
    sessions = [found[pks[place]] for place in places]
    if edit.verb == "cancel":
        rows = [Cancellation(session.pk, session.sequence, late=False) for session in sessions]
        cancel_several(rows, by=cast.lead, now=NOW)
        return [replace(one, state="cancelled") if place in places else one for place, one in enumerate(model)]
    anchor = model[edit.place]
    shift = ShiftForm(
        {
            "day": write_day(anchor.day + timedelta(days=edit.days)),
            "clock": write_clock(edit.clock or anchor.clock, bare=True),
            "minutes": str(edit.minutes or anchor.minutes),
        },
        session=found[pks[edit.place]],
    )
    assert shift.is_valid()
    moves = Moves(None, shift=shift, sessions=sessions, user=cast.lead, now=NOW)
    done = moves.done()
    after = [moved(edit, anchor, one) if place in places else one for place, one in enumerate(model)]
    staying = [one for place, one in enumerate(model) if place not in places]
    assert (done is not None) == can_be([after[place] for place in places], [*staying, *in_the_way])
    if done is None:
        event("refused at moving")
        assert moves.errors or moves.others
        return model
    event("moved")
    return after
