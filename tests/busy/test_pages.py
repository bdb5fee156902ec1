"""Other calendars in the pages: added and removed, told while booking, shown in the calendar to their owner alone."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from audit import asking
from sessions.busy import actions
from sessions.busy.reading import Found
from sessions.busy.sealing import unseal
from sessions.marks import marks_of
from sessions.models import BusyCalendar, BusyTime, Session
from tests.conftest import HELSINKI, NOW

Cast = Any
ICS = b"""BEGIN:VCALENDAR\r
BEGIN:VEVENT\r
UID:1\r
SUMMARY:Salainen\r
DTSTART:20261126T090000\r
DTEND:20261126T100000\r
END:VEVENT\r
END:VCALENDAR\r
"""
FRAME = ("django_session", "sec.", "accounts_", "set_config", "SAVEPOINT", "current_setting", "vault_")


@pytest.fixture(autouse=True)
def now(time_machine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    time_machine.move_to(NOW, tick=False)
    monkeypatch.setattr(actions, "nudge", lambda: None)


@pytest.fixture
def at_work(cast: Cast, client: Client) -> Client:
    client.force_login(cast.lead)
    asking.become(cast.lead)
    return client


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=HELSINKI)


def span(start: str, minutes: int = 60) -> tuple[datetime, datetime]:
    return at(start), at(start) + timedelta(minutes=minutes)


def taken(user: User, *spans: tuple[datetime, datetime], name: str = "Outlook") -> BusyCalendar:
    with asking.acting_as(user):
        return actions.add_file(user, name, Found(sorted(spans), 0), now=NOW)


def sentences(user: User, start: str, minutes: int = 60, **how: Any) -> list[str]:
    return [mark.sentence for mark in marks_of([span(start, minutes)], supervisor=user, mode="remote", **how)[0]]


def upload(content: bytes = ICS, name: str = "calendar.ics") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="text/calendar")


# --- adding, reading again, removing --------------------------------------------------------------------------------


def test_an_empty_page_says_what_comes_there_and_leads_on(cast: Cast, at_work: Client) -> None:
    page = at_work.get(reverse("busy:own"))
    assert "No other calendar is read" in page.text
    assert reverse("busy:add_address") in page.text
    assert reverse("busy:add_file") in page.text
    assert "Only you" in page.text


def test_an_address_is_kept_sealed_and_never_shown(cast: Cast, at_work: Client) -> None:
    secret = "webcal://p12.calendar.example/published/2/abcDEF"
    answer = at_work.post(
        reverse("busy:add_address"), {"name": "  Koti   ja koulu ", "address": f" {secret} "}, follow=True
    )
    assert "“Koti ja koulu” is added and read in a moment." in answer.text
    assert "being read" in answer.text
    assert 'hx-trigger="every 3s"' in answer.text
    assert "abcDEF" not in answer.text
    asking.become(cast.lead)
    calendar = BusyCalendar.objects.get()
    assert calendar.sealed
    assert unseal(calendar.sealed, calendar.pk) == secret.replace("webcal", "https")


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("", "Paste the address of the calendar."),
        ("calendar.example/x.ics", "Write an address that begins with https:// or webcal://."),
        ("http://calendar.example/x.ics", "Write an address that begins with https:// or webcal://."),
        ("https://meri:salasana@calendar.example/x.ics", "A user name or password stands in this address."),
        ("https://localhost:5432/", "This address does not lead to a calendar on the open internet."),
        ("https://192.168.0.1/x.ics", "This address does not lead to a calendar on the open internet."),
        ("https://[::1/x.ics", "This address does not lead to a calendar on the open internet."),
        ("https://calendar.example/" + "x" * 1600, "This address is too long to be one of a calendar."),
        ("https://calendar.example/\x00", "Null characters are not allowed."),
    ],
)
def test_an_address_that_does_not_do_is_said_beside_its_field_and_kept(
    cast: Cast, at_work: Client, address: str, sentence: str
) -> None:
    page: Any = at_work.post(reverse("busy:add_address"), {"name": "Koti", "address": address})
    assert page.status_code == 200
    assert any(sentence in error for error in page.context["form"].errors["address"])
    assert page.context["form"]["address"].value() == address
    asking.become(cast.lead)
    assert not BusyCalendar.objects.exists()


def test_a_file_is_read_at_once_and_a_newer_one_takes_its_place(cast: Cast, at_work: Client) -> None:
    page = at_work.post(reverse("busy:add_file"), {"name": "Outlook", "file": upload()}, follow=True)
    assert "“Outlook” is read: 1 time at which you are taken." in page.text
    assert "1 time to come" in page.text
    asking.become(cast.lead)
    calendar = BusyCalendar.objects.get()
    assert [(each.during.lower, each.during.upper) for each in calendar.times.all()] == [span("2026-11-26 09:00")]
    newer = ICS.replace(b"T090000", b"T120000").replace(b"T100000", b"T130000")
    at_work.post(reverse("busy:replace", args=[calendar.pk]), {"file": upload(newer)})
    asking.become(cast.lead)
    assert [(each.during.lower, each.during.upper) for each in calendar.times.all()] == [span("2026-11-26 12:00")]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "This file is empty."),
        (b"<html>", "This is not a calendar file, or not a whole one."),
        (ICS[:-20], "This is not a calendar file, or not a whole one."),
        (b"x" * (5 * 1024 * 1024 + 1), "The file is larger than 5 MB."),
    ],
    ids=["empty", "html", "torn", "large"],
)
def test_a_file_that_cannot_be_read_is_said_beside_its_field_and_the_times_before_stay(
    cast: Cast, at_work: Client, content: bytes, sentence: str
) -> None:
    calendar = taken(cast.lead, span("2026-11-26 09:00"))
    url = reverse("busy:replace", args=[calendar.pk])
    page: Any = at_work.post(url, {"file": upload(content)})
    assert any(sentence in error for error in page.context["form"].errors["file"])
    page = at_work.post(reverse("busy:add_file"), {"name": "Toinen", "file": upload(content)})
    assert page.context["form"]["name"].value() == "Toinen"
    asking.become(cast.lead)
    assert BusyTime.objects.count() == BusyCalendar.objects.count() == 1


def test_five_calendars_and_no_more(cast: Cast, at_work: Client) -> None:
    for number in range(5):
        taken(cast.lead, name=f"Kalenteri {number}")
    assert "You have five calendars here." in at_work.get(reverse("busy:own")).text
    sent = {"name": "Kuudes", "address": "https://calendar.example/x.ics"}
    for page in ("busy:add_address", "busy:add_file"):
        assert "You have five calendars here." in at_work.post(reverse(page), sent | {"file": upload()}).text
    asking.become(cast.lead)
    assert BusyCalendar.objects.count() == 5


def test_reading_again_is_asked_for_at_most_once_a_minute(cast: Cast, at_work: Client) -> None:
    calendar = actions.add_address(cast.lead, "Työ", "https://calendar.example/x.ics", now=NOW)
    later = NOW + timedelta(minutes=30)
    BusyCalendar.objects.filter(pk=calendar.pk).update(tried_at=NOW - timedelta(seconds=30), next_at=later)
    url = reverse("busy:again", args=[calendar.pk])
    assert "was asked less than a minute ago" in at_work.post(url, follow=True).text
    asking.become(cast.lead)
    assert BusyCalendar.objects.get().next_at == later
    BusyCalendar.objects.update(tried_at=NOW - timedelta(minutes=2))
    assert "is read in a moment" in at_work.post(url, follow=True).text
    asking.become(cast.lead)
    assert BusyCalendar.objects.get().next_at == NOW


def test_what_is_removed_is_gone_with_its_times(cast: Cast, at_work: Client) -> None:
    calendar = taken(cast.lead, span("2026-11-26 09:00"))
    page = at_work.post(reverse("busy:remove", args=[calendar.pk]), follow=True)
    assert "“Outlook” and its times are removed." in page.text
    asking.become(cast.lead)
    assert BusyTime.objects.count() == 0


# --- booking --------------------------------------------------------------------------------------------------------


def test_a_time_taken_elsewhere_is_said_with_the_name_one_gave(cast: Cast, at_work: Client) -> None:
    taken(cast.lead, span("2026-11-26 09:00"))
    said = "You are taken elsewhere then: Outlook, Thu 26 Nov 2026 9:00–10:00."
    assert sentences(cast.lead, "2026-11-26 09:30") == [said]
    assert sentences(cast.lead, "2026-11-26 10:00") == sentences(cast.lead, "2026-11-26 08:00") == []


def test_it_is_told_while_the_time_is_written_and_booked_all_the_same(cast: Cast, at_work: Client) -> None:
    taken(cast.lead, span("2026-11-26 09:00"))
    values = {
        "day": "26.11.2026",
        "clock": "9.30",
        "minutes": "60",
        "mode": "in_person",
        "place": "Otsontie 2",
        "link": "",
    }
    beside = at_work.get(reverse("calendar:marks"), values).text
    assert "You are taken elsewhere then: Outlook" in beside
    assert "It can be booked all the same." in beside
    page = at_work.post(reverse("sessions:book", args=[cast.engagement.pk]), values, follow=True)
    assert "The session is booked." in page.text
    assert "You are taken elsewhere then: Outlook" in page.text
    asking.become(cast.lead)
    assert Session.objects.filter(starts_at=at("2026-11-26 09:30")).exists()


def test_a_moved_session_is_told_too(cast: Cast, at_work: Client) -> None:
    taken(cast.lead, span("2026-11-26 09:00"))
    values = {"day": "26.11.2026", "clock": "9.30", "minutes": "60", "mode": "remote", "place": "", "link": ""}
    page = at_work.post(reverse("sessions:move", args=[cast.session.pk]), values, follow=True)
    assert "You are taken elsewhere then: Outlook" in page.text


def test_each_row_of_a_series_is_marked(cast: Cast, at_work: Client) -> None:
    taken(cast.lead, span("2026-12-16 09:00"), span("2027-01-06 08:00", 90))
    query = {"every": "1", "unit": "weeks", "weekday": "3", "clock": "9.00", "minutes": "60", "count": "6",
             "starting": "2.12.2026"}  # fmt: skip
    page: Any = at_work.get(f"{reverse('sessions:series_dates', args=[cast.engagement.pk])}?{urlencode(query)}")
    kinds = [[mark.kind for mark in row.marks] for row in page.context["given"].kept]
    assert kinds == [[], [], ["elsewhere"], [], [], ["holiday", "elsewhere"]]
    assert page.text.count("You are taken elsewhere then: Outlook") == 2


def test_of_who_leads_it_too_no_more_is_told_than_that_they_have_something_else(cast: Cast, at_work: Client) -> None:
    taken(cast.co_supervisor, span("2026-11-26 09:00", 240), name="Salainen")
    said = "A supervisor who leads this process with you has something else then."
    process = {"engagement": cast.engagement.pk}
    assert sentences(cast.lead, "2026-11-26 10:00", **process) == [said]
    assert sentences(cast.lead, "2026-11-26 14:00", **process) == []
    assert sentences(cast.lead, "2026-11-26 10:00") == []
    values = {"day": "26.11.2026", "clock": "10", "minutes": "60", "mode": "remote", "engagement": cast.engagement.pk}
    page = at_work.get(reverse("calendar:marks"), values).text
    assert said in page
    assert "Salainen" not in page
    assert cast.co_supervisor.full_name not in page
    form = at_work.get(reverse("sessions:book", args=[cast.engagement.pk])).text
    assert f"marks/?engagement={cast.engagement.pk}" in form


@pytest.mark.parametrize("member", ["stranger", "supervisee", "practice_admin", "contact"])
def test_who_does_not_lead_the_process_is_told_nothing_of_who_does(cast: Cast, member: str) -> None:
    taken(cast.co_supervisor, span("2026-11-26 09:00"))
    taken(cast.lead, span("2026-11-26 09:00"))
    user = cast.members[member]
    with asking.acting_as(user):
        assert sentences(user, "2026-11-26 09:00", engagement=cast.engagement.pk) == []
        assert sentences(cast.lead, "2026-11-26 09:00", engagement=cast.engagement.pk) == []


def test_ones_own_times_are_not_told_as_a_colleagues(cast: Cast, at_work: Client) -> None:
    taken(cast.lead, span("2026-11-26 09:00"))
    marks = marks_of([span("2026-11-26 09:00")], supervisor=cast.lead, mode="remote", engagement=cast.engagement.pk)
    assert [mark.kind for mark in marks[0]] == ["elsewhere"]


def test_fifty_times_cost_as_many_queries_as_one(cast: Cast, at_work: Client) -> None:
    taken(cast.lead, *(span(f"2027-{month:02d}-15 09:00") for month in range(1, 13)))
    times = [(NOW + timedelta(days=day), NOW + timedelta(days=day, hours=1)) for day in range(50)]
    counts = []
    for asked in (times[:1], times):
        with CaptureQueriesContext(connection) as queries:
            marks_of(asked, supervisor=cast.lead, mode="remote", engagement=cast.engagement.pk)
        counts.append(len(queries))
    assert counts == [5, 5]


# --- the calendar ---------------------------------------------------------------------------------------------------

WEEK = "?view=week&day=25.11.2026"


def blocks(page: Any) -> list[list[str]]:
    return [[block.of.clock for block in column.elsewhere] for column in page.context["page"].columns]


def test_the_week_shows_when_one_is_taken_and_nothing_else(cast: Cast, at_work: Client) -> None:
    taken(cast.lead, span("2026-11-25 13:00", 90), span("2026-11-26 22:00", 60 * 28), name="Salainen")
    page = at_work.get(reverse("calendar:calendar") + WEEK)
    assert blocks(page) == [[], [], ["13:00–14:30"], ["22:00–0:00"], ["all day"], ["0:00–2:00"], []]
    text = page.text
    assert text.count('class="day-elsewhere"') == 4
    assert "Salainen" not in text
    assert re.search(r'class="key elsewhere".*?Only you', text, re.DOTALL)


def test_times_of_two_calendars_are_one_where_they_overlap(cast: Cast, at_work: Client) -> None:
    taken(cast.lead, span("2026-11-25 13:00"))
    taken(cast.lead, span("2026-11-25 13:30"), name="Google")
    assert blocks(at_work.get(reverse("calendar:calendar") + WEEK))[2] == ["13:00–14:30"]


@pytest.mark.parametrize("view", ["week", "month", "agenda"])
def test_every_view_shows_it_to_its_owner_alone(cast: Cast, at_work: Client, client: Client, view: str) -> None:
    taken(cast.lead, span("2026-11-25 13:00"))
    url = f"{reverse('calendar:calendar')}?view={view}&day=23.11.2026"
    assert "13:00–14:00" in at_work.get(url).text
    client.force_login(cast.co_supervisor)
    text = client.get(url).text
    assert "13:00–14:00" not in text
    assert "day-elsewhere" not in text


@pytest.mark.parametrize("where", ["busy:own", "calendar:calendar"])
def test_pages_cost_the_same_however_much_is_taken(cast: Cast, at_work: Client, where: str) -> None:
    counts = []
    at_work.get(reverse(where))
    asking.become(cast.lead)
    for number in range(5):
        days: Sequence[int] = range(24, 30)
        taken(cast.lead, *(span(f"2026-11-{day} {number + 8:02d}:00") for day in days), name=f"Kalenteri {number}")
        with CaptureQueriesContext(connection) as queries:
            assert at_work.get(reverse(where)).status_code == 200
        counts.append(len([each for each in queries if not any(part in each["sql"] for part in FRAME)]))
        asking.become(cast.lead)
    assert counts[0] == counts[-1] <= 12


def test_both_ways_lead_to_each_other(cast: Cast, at_work: Client) -> None:
    for where in ("calendar:calendar", "feeds:own"):
        assert reverse("busy:own") in at_work.get(reverse(where)).text


def test_a_supervisee_is_not_led_where_they_have_nothing_to_do(cast: Cast, client: Client) -> None:
    client.force_login(cast.supervisee)
    assert reverse("busy:own") not in client.get(reverse("feeds:own")).text
