"""Moving, placing and cancelling several sessions of a series: shown first, all or none, told once."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit import asking
from audit.models import Entry
from engagements.models import Event
from notifications.models import Message
from sessions import actions
from sessions.models import Session, Shift
from sessions.series.actions import (
    Cancellation,
    Move,
    RowsRefused,
    Seen,
    book_series,
    cancel_several,
    move_several,
    relocate_several,
)
from sessions.series.rule import Rule
from tests.conftest import make_engagement, make_session

HELSINKI = ZoneInfo("Europe/Helsinki")
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=HELSINKI)
DAY = timedelta(days=1)


@pytest.fixture
def series(cast: Any) -> list[Session]:
    """Six Wednesdays at nine, booked long ago, over the change to summer time on 28.3.2027; the lead asks."""
    asking.become(cast.lead)
    rule = Rule(3, "weeks", 3, time(9), 90, 6, date(2027, 2, 3))
    times = [datetime.combine(day, time(9), tzinfo=HELSINKI) for day in rule.days()]
    booked = book_series(
        cast.engagement, rule, times, mode="in_person", place="Otsontie 2", by=cast.lead, now=NOW - 30 * DAY
    )
    return list(Session.objects.filter(pk__in=[one.pk for one in booked]).order_by("starts_at"))


@pytest.fixture
def at_work(cast: Any, series: list[Session], client: Client, time_machine: Any) -> Client:
    time_machine.move_to(NOW, tick=False)
    client.force_login(cast.lead)
    return client


def shifted(sessions: list[Session], by: timedelta) -> list[Move]:
    """Moves by the calendar and the clock on the wall, as the form reckons them."""
    return [Move(one.pk, one.sequence, one.starts_at.astimezone(HELSINKI) + by, one.minutes) for one in sessions]


def on_the_wall(sessions: list[Session]) -> list[str]:
    found = Session.objects.filter(pk__in=[one.pk for one in sessions]).order_by("starts_at")
    return [f"{one.starts_at.astimezone(HELSINKI):%d.%m. %H.%M}" for one in found]


# --- the actions ----------------------------------------------------------------------------------------------------


def test_a_series_moves_by_its_own_rhythm_without_hitting_itself(cast: Any, series: list[Session]) -> None:
    """Each goes where the next one stood: checked one by one, the first move would be refused."""
    moved = move_several(shifted(series, 21 * DAY), by=cast.lead, now=NOW)
    assert len(moved) == 6
    assert on_the_wall(series) == [
        "24.02. 09.00", "17.03. 09.00", "07.04. 09.00", "28.04. 09.00", "19.05. 09.00", "09.06. 09.00"
    ]  # fmt: skip
    assert {one.sequence for one in Session.objects.filter(series__isnull=False)} == {1}


def test_what_is_in_the_way_is_said_by_row_and_nothing_moves(cast: Any, series: list[Session]) -> None:
    other = make_engagement(cast.practice, cast.lead, None, cast.people, title="Toinen")
    make_session(other, series[3].starts_at + DAY)
    before = on_the_wall(series)
    with pytest.raises(RowsRefused) as refused:
        move_several(shifted(series, DAY), by=cast.lead, now=NOW)
    assert refused.value.rows == {3: ["You already have a session then: Toinen, Thu 8 Apr 2027 9:00–10:30."]}
    assert on_the_wall(series) == before
    assert not Message.objects.exists()
    assert not Event.objects.filter(kind=Event.Kind.SERIES_MOVED).exists()


def test_one_that_stays_is_in_the_way_of_one_that_moves(cast: Any, series: list[Session]) -> None:
    with pytest.raises(RowsRefused) as refused:
        move_several(shifted(series[:1], 21 * DAY), by=cast.lead, now=NOW)
    assert refused.value.rows == {0: ["You already have a session then: Otso, Wed 24 Feb 2027 9:00–10:30."]}


def test_two_sessions_change_places(cast: Any, series: list[Session]) -> None:
    first, second = series[:2]
    swapped = [
        Move(first.pk, 0, second.starts_at, first.minutes),
        Move(second.pk, 0, first.starts_at, second.minutes),
    ]
    assert len(move_several(swapped, by=cast.lead, now=NOW)) == 2
    first.refresh_from_db()
    assert first.starts_at == second.starts_at


@pytest.mark.parametrize("fields", [{"state": "held"}, {"state": "cancelled"}, {"sequence": 1}])
def test_one_that_has_changed_meanwhile_stops_them_all(
    cast: Any, series: list[Session], fields: dict[str, Any]
) -> None:
    Session.objects.filter(pk=series[2].pk).update(**fields)
    verbs: list[Callable[[], Any]] = [
        lambda: move_several(shifted(series, DAY), by=cast.lead, now=NOW),
        lambda: cancel_several([Cancellation(one.pk, 0, late=False) for one in series], by=cast.lead, now=NOW),
        lambda: relocate_several([Seen(one.pk, 0) for one in series], mode="remote", by=cast.lead, now=NOW),
    ]
    for verb in verbs:
        with pytest.raises(RowsRefused) as refused:
            verb()
        assert list(refused.value.rows) == [2]
    assert Session.objects.filter(series__isnull=False, state="planned", mode="in_person").count() == 6 - (
        "state" in fields
    )


def test_a_session_that_has_begun_is_not_changed_with_the_others(cast: Any, series: list[Session]) -> None:
    with pytest.raises(RowsRefused) as refused:
        move_several(shifted(series, DAY), by=cast.lead, now=series[0].starts_at)
    assert refused.value.rows == {0: ["The session has begun."]}


def test_several_moves_leave_one_line_and_an_entry_for_each(cast: Any, series: list[Session]) -> None:
    move_several(shifted(series, DAY), by=cast.lead, now=NOW)
    event = Event.objects.get(kind=Event.Kind.SERIES_MOVED)
    assert event.data["count"] == 6
    entries = Entry.objects.filter(event="session.moved")
    assert set(entries.values_list("obj", flat=True)) == {one.pk for one in series}
    assert Shift.objects.values("edit").distinct().count() == 1
    assert Message.objects.values_list("kind", flat=True).distinct().get() == "series_moved"
    assert Message.objects.count() == 2  # one to each who has an address


def test_of_several_only_what_changes_is_changed(cast: Any, series: list[Session]) -> None:
    moves = [*shifted(series[:1], DAY), *shifted(series[1:], timedelta())]
    assert len(move_several(moves, by=cast.lead, now=NOW)) == 1
    assert Event.objects.filter(kind=Event.Kind.MOVED).count() == 1
    assert Message.objects.values_list("kind", flat=True).distinct().get() == "session_moved"
    assert move_several(shifted(series[1:], timedelta()), by=cast.lead, now=NOW) == []


def test_several_are_met_elsewhere_and_nobody_is_mailed(cast: Any, series: list[Session]) -> None:
    changed = relocate_several(
        [Seen(one.pk, 0) for one in series], mode="remote", link="https://kokous.example/2", by=cast.lead, now=NOW
    )
    assert len(changed) == 6
    assert set(Session.objects.filter(series__isnull=False).values_list("mode", "link", "sequence")) == {
        ("remote", "https://kokous.example/2", 1)
    }
    assert Event.objects.filter(kind=Event.Kind.SERIES_RELOCATED).count() == 1
    assert not Message.objects.exists()


def test_several_are_cancelled_each_late_or_not(cast: Any, series: list[Session]) -> None:
    rows = [Cancellation(one.pk, 0, late=place == 0) for place, one in enumerate(series)]
    cancel_several(rows, reason="Este", by=cast.lead, now=NOW)
    states = list(Session.objects.filter(series__isnull=False).order_by("starts_at").values_list("state", flat=True))
    assert states == ["cancelled_late", *["cancelled"] * 5]
    event = Event.objects.get(kind=Event.Kind.SERIES_CANCELLED)
    assert (event.data["count"], event.data["late"]) == (6, 1)
    assert not cast.engagement.sessions.filter(bookings__isnull=False, series__isnull=False).exists()
    assert Message.objects.count() == 2


# --- the pages ------------------------------------------------------------------------------------------------------


def url(verb: str, session: Session, query: str = "") -> str:
    return f"{reverse(f'sessions:{verb}_several', args=[session.pk])}?which={query}"


def sent(answer: Any, **changed: str) -> dict[str, str]:
    given = answer.context["given"]
    data = {"rows-TOTAL_FORMS": str(len(given.rows.forms)), "rows-INITIAL_FORMS": "0"}
    for row in given.rows:
        names = [name for name in ("pk", "version", "day", "clock", "late") if name in row.fields]
        data |= {f"{row.prefix}-{name}": str(row[name].value() or "") for name in names}
        data[f"{row.prefix}-version"] = str(row["version"].value())
    return data | changed


def test_the_page_of_one_session_asks_which_ones(series: list[Session], at_work: Client) -> None:
    for verb in ("move", "place", "cancel"):
        answer = at_work.get(reverse(f"sessions:{verb}", args=[series[2].pk]))
        assert [(scope.label, scope.count) for scope in answer.context["scopes"]] == [
            ("This one", 1), ("This and the following", 4), ("All to come", 6)
        ]  # fmt: skip
        assert url(verb, series[2], "following") in answer.text


def test_a_session_of_no_series_goes_alone(cast: Any, at_work: Client) -> None:
    assert at_work.get(reverse("sessions:move", args=[cast.session.pk])).context["scopes"] == []
    assert at_work.get(url("move", cast.session)).status_code == 404


def test_the_others_move_along_by_days_and_keep_their_clock_over_daylight_saving(
    cast: Any, series: list[Session], at_work: Client
) -> None:
    page = url("move", series[2], "following&day=18.3.2027&clock=9&minutes=90")
    shown = at_work.get(page)
    text = " ".join(shown.text.split())
    assert "Each moves 1 day later. Each keeps its own time of day, also across daylight saving." in text
    assert "Wed 7 Apr 2027 9:00–10:30" in text  # as it was
    assert Session.objects.filter(sequence=1).count() == 0  # nothing is written before it is seen
    answer = at_work.post(page, sent(shown, apply="1"), follow=True)
    assert "4 sessions are moved. Those in them are told once." in answer.text
    assert on_the_wall(series) == [
        "03.02. 09.00", "24.02. 09.00", "18.03. 09.00", "08.04. 09.00", "29.04. 09.00", "20.05. 09.00"
    ]  # fmt: skip


def test_one_that_was_moved_by_itself_keeps_its_difference(cast: Any, series: list[Session], at_work: Client) -> None:
    asking.become(cast.lead)
    odd = series[3].starts_at.astimezone(HELSINKI).replace(hour=14) + DAY
    actions.move(series[3], starts_at=odd, minutes=60, mode="in_person", place="Otsontie 2", by=cast.lead, now=NOW)
    days = url("move", series[2], "following&day=19.3.2027&clock=9.00&minutes=90")
    at_work.post(days, sent(at_work.get(days), apply="1"))
    assert on_the_wall(series)[2:] == ["19.03. 09.00", "10.04. 14.00", "30.04. 09.00", "21.05. 09.00"]
    clock = url("move", series[2], "following&day=19.3.2027&clock=10&minutes=45")
    shown = at_work.get(clock)
    assert "Each begins at 10:00. Each lasts 45 min." in shown.text
    at_work.post(clock, sent(shown, apply="1"))
    assert on_the_wall(series)[2:] == ["19.03. 10.00", "10.04. 10.00", "30.04. 10.00", "21.05. 10.00"]
    assert set(Session.objects.filter(pk__in=[one.pk for one in series[2:]]).values_list("ends_at", flat=True)) == {
        one.starts_at + timedelta(minutes=45) for one in Session.objects.filter(pk__in=[one.pk for one in series[2:]])
    }


def test_a_row_may_be_edited_or_left_as_it_is(cast: Any, series: list[Session], at_work: Client) -> None:
    page = url("move", series[0], "all&day=4.2.2027&clock=9&minutes=90")
    shown = at_work.get(page)
    at_work.post(
        page, sent(shown, apply="1", **{"rows-1-skip": "on", "rows-2-day": "19.3.2027", "rows-2-clock": "8.15"})
    )
    assert on_the_wall(series)[:4] == ["04.02. 09.00", "24.02. 09.00", "19.03. 08.15", "08.04. 09.00"]


def test_a_conflict_stands_beside_its_row_before_and_after(cast: Any, series: list[Session], at_work: Client) -> None:
    asking.become(cast.lead)
    other = make_engagement(cast.practice, cast.lead, None, cast.people, title="Toinen")
    make_session(other, series[3].starts_at + DAY)
    page = url("move", series[2], "following&day=18.3.2027&clock=9&minutes=90")
    shown = at_work.get(page)
    sentence = "You already have a session then: Toinen, Thu 8 Apr 2027 9:00–10:30."
    assert [list(row.errors.values()) for row in shown.context["given"].rows] == [[], [[sentence]], [], []]
    before = on_the_wall(series)
    refused = at_work.post(page, sent(shown, apply="1"))
    assert "This cannot be done as it stands" in refused.text
    assert on_the_wall(series) == before
    left = at_work.post(page, sent(shown, apply="1", **{"rows-1-skip": "on"}))
    assert left.status_code == 302
    assert on_the_wall(series)[2:4] == ["18.03. 09.00", "07.04. 09.00"]


def test_a_list_that_is_no_longer_true_changes_nothing(cast: Any, series: list[Session], at_work: Client) -> None:
    page = url("move", series[0], "all&day=4.2.2027&clock=9&minutes=90")
    data = sent(at_work.get(page), apply="1")
    asking.become(cast.lead)
    Session.objects.filter(pk=series[1].pk).update(state="cancelled")
    gone = at_work.post(page, data)
    assert "A session of this list has changed meanwhile." in gone.text
    foreign = data | {"rows-0-pk": str(cast.foreign_session.pk)}
    assert "A session of this list has changed meanwhile." in at_work.post(page, foreign).text
    twice = data | {"rows-0-pk": data["rows-2-pk"]}
    assert "A session of this list has changed meanwhile." in at_work.post(page, twice).text
    asking.become(cast.lead)
    assert Session.objects.filter(sequence=1).count() == 0


def test_held_and_cancelled_sessions_are_not_on_the_list(cast: Any, series: list[Session], at_work: Client) -> None:
    asking.become(cast.lead)
    Session.objects.filter(pk=series[0].pk).update(state="held")
    Session.objects.filter(pk=series[4].pk).update(state="cancelled_late")
    shown = at_work.get(url("place", series[1], "all"))
    assert [row.session for row in shown.context["given"].rows] == [series[1], series[2], series[3], series[5]]


def test_the_page_of_places_changes_those_that_are_not_left(cast: Any, series: list[Session], at_work: Client) -> None:
    page = url("place", series[0], "all")
    shown = at_work.get(page)
    data = sent(shown, mode="in_person", place="", **{"rows-2-skip": "on"})
    refused = at_work.post(page, data)
    assert refused.context["given"].form.errors == {"place": ["Say where you meet."]}
    answer = at_work.post(page, data | {"place": "Kaarikatu 3"}, follow=True)
    assert "The place of 5 sessions is changed." in answer.text
    assert Session.objects.filter(place="Kaarikatu 3").count() == 5


def test_the_page_of_cancelling_says_of_each_what_the_contract_says(
    cast: Any, series: list[Session], at_work: Client, time_machine: Any
) -> None:
    time_machine.move_to(series[0].starts_at - timedelta(hours=5), tick=False)
    at_work.force_login(cast.lead)
    page = url("cancel", series[0], "all")
    shown = at_work.get(page)
    assert [row.consequence.late for row in shown.context["given"].rows] == [True, *[False] * 5]
    assert shown.text.count("Late by the contract") == 1
    assert "Free of charge until Mon 22 Feb 2027 9:00" in shown.text
    answer = at_work.post(page, sent(shown, who="others", reason="Este", **{"rows-5-skip": "on"}), follow=True)
    assert "5 sessions are cancelled." in answer.text
    asking.become(cast.lead)
    states = Session.objects.filter(series__isnull=False).order_by("starts_at").values_list("state", flat=True)
    assert list(states) == ["cancelled_late", *["cancelled"] * 4, "planned"]


@pytest.mark.parametrize("changed", [{"who": "supervisor"}, {"who": "others", "rows-0-late": ""}])
def test_what_need_not_count_as_late_does_not(
    cast: Any, series: list[Session], at_work: Client, time_machine: Any, changed: dict[str, str]
) -> None:
    time_machine.move_to(series[0].starts_at - timedelta(hours=5), tick=False)
    at_work.force_login(cast.lead)
    page = url("cancel", series[0], "all")
    data = sent(at_work.get(page), **changed)
    at_work.post(page, {name: value for name, value in data.items() if value})
    asking.become(cast.lead)
    assert set(Session.objects.filter(series__isnull=False).values_list("state", flat=True)) == {"cancelled"}


def test_the_row_of_one_not_late_cannot_be_made_late(cast: Any, series: list[Session], at_work: Client) -> None:
    page = url("cancel", series[0], "all")
    at_work.post(page, sent(at_work.get(page), who="others", **{"rows-0-late": "on"}))
    asking.become(cast.lead)
    assert set(Session.objects.filter(series__isnull=False).values_list("state", flat=True)) == {"cancelled"}


@pytest.mark.parametrize("verb", ["move", "place", "cancel"])
def test_nothing_chosen_is_said(series: list[Session], at_work: Client, verb: str) -> None:
    query = "all&day=4.2.2027&clock=9&minutes=90"
    page = url(verb, series[0], query)
    skipped = {f"rows-{place}-skip": "on" for place in range(6)}
    where = {"mode": "remote", "who": "others", "apply": "1"}
    assert "Choose at least one session." in at_work.post(page, sent(at_work.get(page), **where, **skipped)).text


@pytest.mark.parametrize("verb", ["move", "place", "cancel"])
def test_the_pages_ask_the_same_for_three_sessions_as_for_sixty(
    cast: Any, series: list[Session], at_work: Client, verb: str
) -> None:
    page = url(verb, series[3], "following&day=8.4.2027&clock=9&minutes=90")

    def asked() -> tuple[int, int]:
        with CaptureQueriesContext(connection) as queries:
            shown = at_work.get(page)
        return len(queries), len(shown.context["given"].rows.forms)

    asked()
    few, three = asked()
    asking.become(cast.lead)
    for number in range(57):
        make_session(cast.engagement, series[5].starts_at + (1 + number) * DAY, series=series[0].series)
    many, sixty = asked()
    assert (three, sixty, many) == (3, 60, few)


def test_a_session_no_longer_planned_shows_why(series: list[Session], at_work: Client, cast: Any) -> None:
    asking.become(cast.lead)
    Session.objects.filter(pk=series[0].pk).update(state="held")
    answer = at_work.get(url("cancel", series[0], "all"), follow=True)
    assert "The session is not open any more: held." in answer.text


def test_strangers_find_nothing(cast: Any, series: list[Session], enter: Callable[[Any], Client]) -> None:
    for member in ("stranger", "supervisee", "contact", "practice_admin", "administrator"):
        browser = enter(cast.members[member])
        for verb in ("move", "place", "cancel"):
            page = url(verb, series[0], "all")
            assert (browser.get(page).status_code, browser.post(page).status_code) == (404, 404), (member, verb)
