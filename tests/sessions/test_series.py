"""Booking a series: every date seen beforehand, none moved in silence, all of them booked or none."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit import asking
from audit.models import Entry
from engagements.models import Contract, Engagement, Event
from notifications.models import Message
from sessions import actions
from sessions.actions import end_of
from sessions.models import Booking, Series, Session
from sessions.series.actions import RowsRefused, book_series, out_of_bounds, overlaps
from sessions.series.rule import Rule
from tests.conftest import conclude, make_engagement, make_session

AgreeAnew = Callable[..., Contract]
HELSINKI = ZoneInfo("Europe/Helsinki")
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=HELSINKI)
WEDNESDAY = date(2026, 12, 2)


def rule(**values: Any) -> Rule:
    usual: dict[str, Any] = {
        "every": 3, "unit": "weeks", "weekday": 3, "clock": time(9), "minutes": 90, "count": 10, "starting": WEDNESDAY,
    }  # fmt: skip
    return Rule(**usual | values)


def times_of(series: Rule) -> list[datetime]:
    return [datetime.combine(day, series.clock, tzinfo=HELSINKI) for day in series.days()]


def book(cast: Any, series: Rule, times: list[datetime] | None = None) -> list[Session]:
    return book_series(
        cast.engagement, series, times or times_of(series), mode="remote", link="https://kokous.example/1",
        by=cast.lead, now=NOW,
    )  # fmt: skip


# --- the rhythm -----------------------------------------------------------------------------------------------------


def test_a_series_begins_on_the_weekday_that_follows_the_day_it_is_asked_from() -> None:
    assert rule(starting=date(2026, 12, 1)).first == WEDNESDAY
    assert rule(starting=date(2026, 12, 3)).first == date(2026, 12, 9)
    assert rule().days()[:3] == [WEDNESDAY, date(2026, 12, 23), date(2027, 1, 13)]


@pytest.mark.parametrize(
    ("starting", "expected", "words"),
    [
        # the second Wednesday of every month
        (date(2026, 12, 9), [date(2026, 12, 9), date(2027, 1, 13), date(2027, 2, 10), date(2027, 3, 10)], "second"),
        # the fifth Wednesday is the last one, in months of four as well
        (date(2026, 12, 30), [date(2026, 12, 30), date(2027, 1, 27), date(2027, 2, 24), date(2027, 3, 31)], "last"),
    ],
)
def test_by_months_it_keeps_to_the_week_of_the_month(starting: date, expected: list[date], words: str) -> None:
    monthly = rule(unit="months", every=1, count=4, starting=starting)
    assert monthly.days() == expected
    assert monthly.in_words() == f"once a month, the {words} Wednesday of the month 9:00"


def test_the_rhythm_is_said_in_words() -> None:
    assert rule().in_words() == "every 3 weeks, Wednesday 9:00"


# --- the action -----------------------------------------------------------------------------------------------------


def test_a_series_takes_every_supervisors_time_and_leaves_one_line_on_the_timeline(cast: Any) -> None:
    asking.become(cast.lead)
    booked = book(cast, rule())
    assert [session.starts_at for session in booked] == times_of(rule())
    assert {session.minutes for session in booked} == {90}
    assert Booking.objects.filter(session__in=booked).count() == 20  # the co-supervisor's too
    series = Series.objects.get()
    assert (series.every, series.weekday, series.sessions.count()) == (3, 3, 10)
    event = Event.objects.get(engagement=cast.engagement)
    assert (event.kind, event.data["count"]) == (Event.Kind.SERIES_BOOKED, 10)
    entries = Entry.objects.filter(stream=str(cast.engagement.pk), event="session.booked")
    assert set(entries.values_list("obj", flat=True)) == {session.pk for session in booked}
    assert not Message.objects.exists()  # as of a single booking, people are reminded, not told


def test_if_one_of_the_dates_is_taken_none_is_booked(cast: Any) -> None:
    asking.become(cast.lead)
    other = make_engagement(cast.practice, cast.lead, None, cast.people, title="Toinen")
    make_session(other, times_of(rule())[4] + timedelta(minutes=60))
    with pytest.raises(RowsRefused) as refused:
        book(cast, rule())
    assert refused.value.rows == {4: ["You already have a session then: Toinen, Wed 24 Feb 2027 10:00–11:30."]}
    assert not Series.objects.exists()
    assert cast.engagement.sessions.count() == 1


def test_two_dates_of_one_series_do_not_overlap(cast: Any) -> None:
    asking.become(cast.lead)
    first, second = times_of(rule(count=2))
    with pytest.raises(RowsRefused) as refused:
        book(cast, rule(count=3), [first, second, second + timedelta(minutes=30)])
    assert refused.value.rows == {2: ["Overlaps another session of this list: Wed 23 Dec 2026 9:00–10:30."]}
    assert cast.engagement.sessions.count() == 1


def test_after_a_series_a_single_booking_is_still_checked_at_once(cast: Any) -> None:
    """The check is put off for the series alone, not for what else the transaction does."""
    asking.become(cast.lead)
    with transaction.atomic():
        book(cast, rule())
        with pytest.raises(actions.Taken):
            actions.book(
                cast.engagement, starts_at=times_of(rule())[0], minutes=60, mode="remote", by=cast.lead, now=NOW
            )
    assert cast.engagement.sessions.count() == 11


@pytest.mark.parametrize("state", ["draft", "offered", "paused", "closed"])
def test_a_series_is_booked_under_an_agreed_contract_only(cast: Any, state: str) -> None:
    asking.become(cast.lead)
    ended = {"closed_at": NOW, "ending": "completed"} if state == "closed" else {}
    Engagement.objects.filter(pk=cast.engagement.pk).update(state=state, **ended)
    with pytest.raises(ValidationError):
        book(cast, rule())
    assert not Series.objects.exists()


def test_a_date_too_far_away_and_too_many_dates_are_refused(cast: Any) -> None:
    asking.become(cast.lead)
    with pytest.raises(RowsRefused) as refused:
        book(cast, rule(every=26, count=6))
    assert refused.value.rows == {place: ["Sessions are booked at most two years ahead."] for place in (4, 5)}
    with pytest.raises(ValidationError, match="At most 60 sessions"):
        book(cast, rule(every=1), times_of(rule(every=1, count=61)))
    with pytest.raises(ValidationError, match="at least one"):
        book_series(cast.engagement, rule(), [], mode="remote", by=cast.lead, now=NOW)


def test_a_session_is_never_in_a_series_of_another_process(cast: Any) -> None:
    asking.become(cast.lead)
    (first, *_others) = book(cast, rule(count=2))
    other = make_engagement(cast.practice, cast.lead, None, cast.people, title="Toinen")
    make_session(other, NOW + timedelta(days=300), series=first.series)
    with pytest.raises(IntegrityError, match="session_series_of_its_process"):
        connection.check_constraints()


def test_overlaps_are_found_also_behind_a_long_session() -> None:
    at = [NOW + timedelta(hours=hours) for hours in range(6)]
    spans = [(at[0], at[5]), (at[1], at[2]), (at[3], at[4]), (at[5], at[5] + timedelta(hours=1))]
    assert overlaps(spans) == [(1, 0), (2, 0)]


# --- the pages ------------------------------------------------------------------------------------------------------

QUERY = {
    "every": "3", "unit": "weeks", "weekday": "3", "clock": "9.00", "minutes": "90", "count": "10",
    "starting": "1.12.2026",
}  # fmt: skip


@pytest.fixture
def at_work(cast: Any, client: Client, time_machine: Any) -> Client:
    time_machine.move_to(NOW, tick=False)
    client.force_login(cast.lead)
    return client


def page(cast: Any, **values: str) -> str:
    return f"{reverse('sessions:series_dates', args=[cast.engagement.pk])}?{urlencode(QUERY | values)}"


def sent(answer: Any, **changed: str) -> dict[str, str]:
    """Return what the page of dates would send as it stands, but for what is `changed`."""
    given = answer.context["given"]
    data = {"rows-TOTAL_FORMS": str(len(given.rows.forms)), "rows-INITIAL_FORMS": "0", "mode": "remote", "link": ""}
    for row in given.rows:
        data |= {f"{row.prefix}-{name}": str(row[name].value() or "") for name in ("day", "clock")}
    return data | changed


def test_the_rhythm_is_preset_from_the_contract(cast: Any, at_work: Client, agree_anew: AgreeAnew) -> None:
    asking.become(cast.lead)
    agree_anew(cast.engagement, rhythm="weeks", rhythm_every=3, weekday=3, time=time(9))
    form = at_work.get(reverse("sessions:series", args=[cast.engagement.pk])).context["form"]
    preset = {name: form[name].value() for name in form.fields}
    assert preset == {
        "every": 3, "unit": "weeks", "weekday": 3, "clock": "9:00", "minutes": "90",
        "count": 7,  # of eight agreed one is booked
        "starting": "16 Dec 2026",  # three weeks after the last
    }  # fmt: skip


def test_three_steps_from_the_list_to_a_booked_series(cast: Any, at_work: Client) -> None:
    listed = at_work.get(reverse("sessions:list", args=[cast.engagement.pk])).text
    assert reverse("sessions:series", args=[cast.engagement.pk]) in listed
    shown = at_work.get(page(cast))
    assert len(shown.context["given"].kept) == 10
    answer = at_work.post(page(cast), sent(shown, book="1"), follow=True)
    assert "10 sessions are booked." in answer.text
    assert cast.engagement.sessions.filter(series__isnull=False).count() == 10


def test_holidays_are_marked_and_nothing_is_moved(cast: Any, at_work: Client) -> None:
    shown = at_work.get(page(cast, weekday="5", starting="25.12.2026", every="1", count="3"))
    marks = [[mark.text for mark in row.marks] for row in shown.context["given"].rows]
    assert marks == [["Christmas Day"], ["New Year's Day"], []]
    assert "Christmas Day" in shown.text
    at_work.post(page(cast, weekday="5", starting="25.12.2026", every="1", count="3"), sent(shown, book="1"))
    booked = cast.engagement.sessions.filter(series__isnull=False).order_by("starts_at")
    assert booked[0].starts_at.astimezone(HELSINKI).date() == date(2026, 12, 25)


def test_a_taken_date_says_with_what_and_is_changed_or_left_out(cast: Any, at_work: Client) -> None:
    asking.become(cast.lead)
    other = make_engagement(cast.practice, cast.lead, None, cast.people, title="Toinen")
    make_session(other, times_of(rule())[1])
    shown = at_work.get(page(cast))
    sentence = "You already have a session then: Toinen, Wed 23 Dec 2026 9:00–10:30."
    assert shown.context["given"].rows[1].errors == {"clock": [sentence]}
    assert sentence in shown.text
    refused = at_work.post(page(cast), sent(shown, book="1"))
    assert refused.status_code == 200
    assert "This cannot be done as it stands" in refused.text
    assert cast.engagement.sessions.count() == 1
    changed = at_work.post(page(cast), sent(shown, book="1", **{"rows-1-clock": "11"}))
    assert changed.status_code == 302
    assert cast.engagement.sessions.count() == 11


def test_a_row_that_is_left_out_is_not_booked_whatever_stands_in_it(cast: Any, at_work: Client) -> None:
    shown = at_work.get(page(cast))
    data = sent(shown, book="1", **{"rows-2-skip": "on", "rows-2-day": "x", "rows-3-skip": "on"})
    at_work.post(page(cast), data)
    assert cast.engagement.sessions.filter(series__isnull=False).count() == 8


def test_checking_again_marks_what_was_edited_and_books_nothing(cast: Any, at_work: Client) -> None:
    shown = at_work.get(page(cast))
    edited = {"rows-0-day": "24.12.2026", "rows-1-day": "31.2.2027", "rows-2-clock": ""}
    again = at_work.post(page(cast), sent(shown, check="1", **edited))
    rows = again.context["given"].rows
    assert [mark.text for mark in rows[0].marks] == ["Christmas Eve"]
    assert rows[1].errors == {"day": ["There is no day 31.2.2027."]}
    assert rows[1]["day"].value() == "31.2.2027"  # what was typed stays
    assert rows[2].errors == {"clock": ["Write a time."]}
    assert cast.engagement.sessions.count() == 1
    # htmx names the last button that was pressed, even when it only asks what is known of the rows
    in_place = at_work.post(page(cast), sent(shown, book="1", add="rows", **edited), headers={"HX-Request": "true"})
    assert cast.engagement.sessions.count() == 1
    assert "<html" not in in_place.text
    assert in_place.text.count('class="date-said"') == 10
    assert "Christmas Eve" in in_place.text


def test_a_time_that_summer_time_skips_is_refused_beside_its_row(cast: Any, at_work: Client) -> None:
    shown = at_work.get(page(cast, weekday="7", clock="3.30", starting="21.3.2027", every="1", count="3"))
    errors = [dict(row.errors) for row in shown.context["given"].rows]
    assert errors == [{}, {"clock": ["There is no time 3.30 on 28 Mar 2027: the clocks go forward."]}, {}]


def test_a_row_can_be_added_without_javascript(cast: Any, at_work: Client) -> None:
    shown = at_work.get(page(cast, count="2"))
    more = at_work.post(page(cast, count="2"), sent(shown, add="rows"))
    assert len(more.context["given"].rows.forms) == 3
    data = sent(more, book="1", **{"rows-2-day": "7.1.2027", "rows-2-clock": "14"})
    at_work.post(page(cast, count="2"), data)
    assert cast.engagement.sessions.filter(series__isnull=False).count() == 3


def test_more_than_was_agreed_is_said_and_not_forbidden(cast: Any, at_work: Client) -> None:
    shown = at_work.get(page(cast))
    assert "Of the agreed sessions 7 are left to book." in shown.text
    assert "left to book. More" not in at_work.get(page(cast, count="7")).text


@pytest.mark.parametrize(
    "nonsense",
    [
        {"count": "61"}, {"count": "0"}, {"every": "27"}, {"unit": "agreed"}, {"weekday": "8"}, {"clock": "25"},
        {"minutes": "5"}, {"minutes": "601"}, {"starting": "31.2.2027"}, {"every": "\x00"}, {"count": "9" * 5000},
    ],
)  # fmt: skip
def test_a_rhythm_that_cannot_be_is_asked_for_again(cast: Any, at_work: Client, nonsense: dict[str, str]) -> None:
    answer = at_work.get(page(cast, **nonsense))
    assert answer.status_code == 200
    assert list(answer.context["form"].errors) == list(nonsense)


@pytest.mark.parametrize("total", ["", "x", "-1", "61", "999999999999"])
def test_rows_beyond_bounds_book_nothing(cast: Any, at_work: Client, total: str) -> None:
    data = sent(at_work.get(page(cast)), book="1", **{"rows-TOTAL_FORMS": total})
    assert at_work.post(page(cast), data).status_code == 200
    assert cast.engagement.sessions.count() == 1


def test_before_the_contract_is_agreed_the_page_says_why_and_what_trial_sessions_are_left(
    cast: Any, at_work: Client
) -> None:
    asking.become(cast.lead)
    offered = make_engagement(cast.practice, cast.lead, None, cast.people, title="Tarjottu", state="draft")
    offered.contracts.update(trial_sessions=2)
    conclude(offered.contracts.get(), agreed=False)
    Engagement.objects.filter(pk=offered.pk).update(state="offered")
    for name in ("series", "series_dates"):
        answer = at_work.get(reverse(f"sessions:{name}", args=[offered.pk]), QUERY)
        assert "Until then only trial sessions can be booked." in answer.text
        assert "2 trial sessions are left" in answer.text
        assert reverse("sessions:book", args=[offered.pk]) in answer.text


def test_the_dates_ask_the_same_for_three_as_for_sixty(cast: Any, at_work: Client) -> None:
    asking.become(cast.lead)
    other = make_engagement(cast.practice, cast.lead, None, cast.people, title="Toinen")
    for at in times_of(rule(every=1, count=60)):
        make_session(other, at)

    def asked(count: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            shown = at_work.get(page(cast, every="1", count=count))
        assert sum(1 for row in shown.context["given"].rows if row.errors) == int(count)
        return len(queries)

    asked("3")
    assert asked("3") == asked("60")


def test_strangers_find_no_series(cast: Any, at_work: Client) -> None:
    url = reverse("sessions:series_dates", args=[cast.foreign_engagement.pk])
    assert at_work.get(url, QUERY).status_code == 404
    assert at_work.post(url, {}).status_code == 404


# --- how far the process is -----------------------------------------------------------------------------------------


def test_the_process_says_what_is_used_booked_and_left(cast: Any, at_work: Client) -> None:
    url = reverse("engagements:detail", args=[cast.engagement.pk])
    assert "Book the 7 sessions that are left" in at_work.get(url).text
    asking.become(cast.lead)
    book(cast, rule(count=7))
    text = " ".join(at_work.get(url).text.split())
    assert "8 booked, the last one on Wed 7 Apr 2027" in text
    assert "All agreed sessions are booked. After Wed 7 Apr 2027" in text
    assert "A series of 7 sessions was booked: 2 Dec 2026–7 Apr 2027" in text


def test_after_the_last_session_the_next_steps_are_offered(cast: Any, at_work: Client) -> None:
    asking.become(cast.lead)
    book(cast, rule(count=7))
    cast.engagement.sessions.update(state="held")
    for name in ("engagements:detail", "sessions:list"):
        text = at_work.get(reverse(name, args=[cast.engagement.pk])).text
        assert "The agreed sessions are over" in text
        assert reverse("engagements:close", args=[cast.engagement.pk]) in text
        assert reverse("sessions:series", args=[cast.engagement.pk]) in text


def test_trial_sessions_are_counted(cast: Any, at_work: Client, agree_anew: AgreeAnew) -> None:
    asking.become(cast.lead)
    agree_anew(cast.engagement, trial_sessions=2)
    cast.engagement.sessions.update(trial=True)
    text = at_work.get(reverse("sessions:list", args=[cast.engagement.pk])).text
    assert "trial sessions 1/2" in " ".join(text.split())


def test_in_the_hour_that_comes_twice_a_session_has_its_length() -> None:
    starts_at = datetime(2027, 10, 31, 3, 30, tzinfo=HELSINKI)
    assert out_of_bounds(starts_at, end_of(starts_at, 30), NOW) == []
