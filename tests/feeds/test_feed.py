"""The calendar that other programs fetch: read by two libraries that did not write it, and asked for as programs do."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import vobject
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from ical.calendar_stream import IcsCalendarStream

from accounts.models import User
from audit import asking
from sessions import actions
from sessions.feeds.actions import make, revoke
from sessions.models import Feed, Session
from tests.conftest import HELSINKI, NOW, make_engagement, make_session
from tyonohjaus.example import make_example

Cast = Any
Enter = Callable[[User], Client]


@pytest.fixture(autouse=True)
def now(time_machine: Any) -> None:
    time_machine.move_to(NOW, tick=False)


def address(user: User, shows: str = "neutral") -> str:
    asking.become(user)
    return reverse("feeds:feed", args=[make(user, shows, now=NOW)])


def fetch(where: str, **headers: str) -> Any:
    return Client().get(where, headers=headers)


def by_vobject(body: bytes) -> dict[str, Any]:
    calendar = vobject.readOne(body.decode())
    return {event.uid.value: event for event in calendar.contents.get("vevent", [])}


def by_ical(body: bytes) -> dict[str, Any]:
    return {event.uid: event for event in IcsCalendarStream.calendar_from_ics(body.decode()).events}


def test_two_libraries_read_the_same_times_and_titles(cast: Cast) -> None:
    answer = fetch(address(cast.lead))
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    one, other = by_vobject(answer.content), by_ical(answer.content)
    uid = f"{cast.session.pk}@tyonohjaus"
    assert set(one) == set(other) == {uid}
    for starts, ends in (
        (one[uid].dtstart.value, one[uid].dtend.value),
        (other[uid].dtstart, other[uid].dtend),
    ):
        assert (starts, ends) == (cast.session.starts_at, cast.session.ends_at)
    assert one[uid].summary.value == other[uid].summary == "Työnohjaus"
    assert one[uid].location.value == other[uid].location == "Otsontie 2"
    assert one[uid].status.value == "CONFIRMED"
    assert str(other[uid].url).endswith(reverse("sessions:detail", args=[cast.session.pk]))


def test_nothing_in_it_says_with_whom_or_of_what(cast: Cast) -> None:
    for user in (cast.lead, cast.supervisee):
        text = fetch(address(user)).content.decode()
        for name in ("Otso,", "Päiväkoti", "Salo", "Öberg", "Lahti", "example", "ATTENDEE", "ORGANIZER", "@otso"):
            assert name not in text, name


def test_busy_says_nothing_but_that(cast: Cast) -> None:
    body = fetch(address(cast.lead, Feed.Shows.BUSY)).content
    (event,) = by_vobject(body).values()
    assert event.summary.value == "Taken"
    assert set(event.contents) == {
        "uid", "sequence", "dtstamp", "last-modified", "dtstart", "dtend", "summary", "status", "transp", "class",
    }  # fmt: skip
    assert "Työnohjaus" not in body.decode().replace("X-WR-CALNAME:Työnohjaus", "")


def test_the_link_to_a_remote_meeting_stays_on_its_page(cast: Cast) -> None:
    asking.become(cast.lead)
    Session.objects.filter(pk=cast.session.pk).update(mode="remote", link="https://meet.example/secret")
    (event,) = by_vobject(fetch(address(cast.lead)).content).values()
    assert event.location.value == "remote"
    assert "meet.example" not in event.serialize()


def test_a_move_keeps_the_name_and_raises_the_number(cast: Cast) -> None:
    where = address(cast.lead)
    (before,) = by_vobject(fetch(where).content).values()
    later = cast.session.starts_at + timedelta(days=1)
    asking.become(cast.lead)
    actions.move(cast.session, starts_at=later, minutes=90, mode="in_person", place="Otsontie 2", by=cast.lead, now=NOW)
    (after,) = by_vobject(fetch(where).content).values()
    assert after.uid.value == before.uid.value
    assert int(after.sequence.value) > int(before.sequence.value)
    assert after.dtstart.value == later
    assert after.dtstamp.value > before.dtstamp.value


def test_what_was_cancelled_says_so_until_its_day_is_over(cast: Cast, time_machine: Any) -> None:
    where = address(cast.lead)
    asking.become(cast.lead)
    actions.cancel(cast.session, by=cast.lead, now=NOW)
    (event,) = by_vobject(fetch(where).content).values()
    assert (event.status.value, event.summary.value) == ("CANCELLED", "Cancelled: Työnohjaus")
    assert event.transp.value == "TRANSPARENT"
    time_machine.move_to(cast.session.ends_at + timedelta(days=1), tick=False)
    assert by_vobject(fetch(where).content) == {}


def test_every_time_of_a_series_stands_by_itself_across_summer_time(cast: Cast) -> None:
    asking.become(cast.lead)
    days = [datetime(2027, 3, day, 9, tzinfo=HELSINKI) for day in (20, 27, 28)] + [
        datetime(2027, 4, 3, 9, tzinfo=HELSINKI)
    ]
    for day in days:
        make_session(cast.engagement, day)
    body = fetch(address(cast.lead)).content
    for read in (
        sorted(event.dtstart.value for event in by_vobject(body).values())[1:],
        sorted(event.dtstart for event in by_ical(body).values())[1:],
    ):
        assert [each.astimezone(HELSINKI).hour for each in read] == [9, 9, 9, 9]
        assert [each.astimezone(UTC).hour for each in read] == [7, 7, 6, 6]


def test_each_sees_their_own_and_no_example(cast: Cast) -> None:
    asking.become(cast.lead)
    make_example(cast.practice, by=cast.lead, now=NOW)
    second = make_engagement(cast.practice, cast.lead, None, cast.people[1:2], title="Toinen")
    mine = make_session(second, NOW + timedelta(days=5))
    uids = {f"{each.pk}@tyonohjaus" for each in (cast.session, mine)}
    assert set(by_vobject(fetch(address(cast.lead)).content)) == uids
    assert set(by_vobject(fetch(address(cast.supervisee)).content)) == {f"{cast.session.pk}@tyonohjaus"}
    assert set(by_vobject(fetch(address(cast.stranger)).content)) == {f"{cast.foreign_session.pk}@tyonohjaus"}


# --- as programs ask --------------------------------------------------------------------------------------------------


def test_what_has_not_changed_is_not_sent_again(cast: Cast, time_machine: Any) -> None:
    where = address(cast.lead)
    first = fetch(where)
    assert first["Cache-Control"] == "private, no-cache"
    time_machine.move_to(NOW + timedelta(hours=3), tick=False)
    same = fetch(where, if_none_match=first["ETag"])
    assert (same.status_code, same.content) == (304, b"")
    assert fetch(where, if_modified_since=first["Last-Modified"]).status_code == 304
    asking.become(cast.lead)
    actions.cancel(cast.session, by=cast.lead, now=NOW + timedelta(hours=3))
    for header in ({"if_none_match": first["ETag"]}, {"if_modified_since": first["Last-Modified"]}):
        assert fetch(where, **header).status_code == 200


def test_what_somebody_has_left_is_gone_for_those_who_ask_by_date_too(cast: Cast, time_machine: Any) -> None:
    where = address(cast.supervisee)
    first = fetch(where)
    asking.become(cast.lead)
    cast.engagement.participations.filter(person__user=cast.supervisee).update(left_on=NOW.date())
    time_machine.move_to(NOW + timedelta(minutes=5), tick=False)
    answer = fetch(where, if_modified_since=first["Last-Modified"])
    assert answer.status_code == 200
    assert by_vobject(answer.content) == {}


def test_an_address_is_good_until_it_is_revoked_or_another_is_made(cast: Cast) -> None:
    first = address(cast.lead)
    second = address(cast.lead)
    assert (fetch(first).status_code, fetch(second).status_code) == (404, 200)
    asking.become(cast.lead)
    assert revoke(cast.lead)
    assert fetch(second).status_code == 404
    for token in ("x", "a" * 43, "a" * 400):
        assert fetch(reverse("feeds:feed", args=[token])).status_code == 404


def test_one_who_is_deactivated_has_no_calendar(cast: Cast) -> None:
    where = address(cast.lead)
    User.objects.filter(pk=cast.lead.pk).update(is_active=False)
    assert fetch(where).status_code == 404


def test_the_database_keeps_no_address_and_shows_nobody_anothers(cast: Cast) -> None:
    token = address(cast.lead).removesuffix(".ics").rpartition("/")[2]
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(f)::text FROM supervision_feed f")
        (row,) = cursor.fetchone()
    assert token not in row
    asking.become(cast.stranger)
    assert not Feed.objects.exists()


def test_the_page_shows_the_address_once(cast: Cast, enter: Enter) -> None:
    browser, page = enter(cast.supervisee), reverse("feeds:own")
    made = browser.post(page, {"shows": "busy"}).content.decode()
    where = made.partition('<code id="feed-address">')[2].partition("</code>")[0]
    assert fetch(where.removeprefix("http://testserver")).status_code == 200
    again = browser.get(page).content.decode()
    assert where not in again
    assert "Only that you are taken" in again
    assert browser.post(reverse("feeds:revoke"), follow=True).status_code == 200
    assert fetch(where.removeprefix("http://testserver")).status_code == 404
    with transaction.atomic():
        asking.become(cast.supervisee)
        assert not Feed.objects.exists()


def test_what_a_feed_is_to_show_has_to_be_said(cast: Cast, enter: Enter) -> None:
    answer = enter(cast.lead).post(reverse("feeds:own"), {"shows": "everything"})
    assert answer.status_code == 200
    asking.become(cast.lead)
    assert not Feed.objects.exists()
