"""The calendar: what stands in it and where, the same three ways, for its supervisor alone."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.adapters import claim_persons
from accounts.models import Person
from audit import asking
from engagements.models import CoSupervisor, Engagement, Participation
from sessions.models import Session
from sessions.working_time import Working, set_working_time

Cast = Any
HELSINKI = ZoneInfo("Europe/Helsinki")
#: A Monday.
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=HELSINKI)
MOST = 12
FRAME = ("django_session", "accounts_user", "mfa_authenticator", "set_config", "SAVEPOINT", "usersessions")
VIEWS = ("week", "month", "agenda")


@pytest.fixture
def at_work(cast: Cast, client: Client, time_machine: Any) -> Client:
    time_machine.move_to(NOW, tick=False)
    client.force_login(cast.lead)
    return client


def url(view: str, day: str = "2026-11-23", **more: str) -> str:
    query = "&".join(f"{name}={value}" for name, value in {"view": view, "day": day, **more}.items())
    return f"{reverse('calendar:calendar')}?{query}"


def meet(engagement: Engagement, at: str, minutes: int = 60, **fields: Any) -> Session:
    """A session at `2026-11-24 09:00` by the clock in Helsinki."""
    starts_at = datetime.fromisoformat(at).replace(tzinfo=HELSINKI)
    ends_at = starts_at.astimezone(ZoneInfo("UTC")) + timedelta(minutes=minutes)
    return Session.objects.create(engagement=engagement, starts_at=starts_at, ends_at=ends_at, **fields)


def supervised(cast: Cast, *, title: str = "ToTo") -> Engagement:
    """A process led by the co-supervisor in which our lead is the supervisee."""
    asking.become(cast.co_supervisor)
    engagement = Engagement.objects.create(
        practice=cast.practice, lead=cast.co_supervisor, title=title, focus="toto", state="active"
    )
    asking.become(cast.lead)
    person = Person.objects.create(
        practice=cast.practice, given_name="Liisa", family_name="Lahti", email=cast.lead.email, language="en"
    )
    claim_persons(cast.lead)
    asking.become(cast.co_supervisor)
    Participation.objects.create(engagement=engagement, person=person)
    return engagement


def titles(page: Any) -> list[str]:
    """The sessions of a page in order, whichever way it shows them."""
    shown = page.context["page"]
    if hasattr(shown, "columns"):
        days = [column.day for column in shown.columns]
    elif hasattr(shown, "weeks"):
        days = [day for week in shown.weeks for day in week.days]
    else:
        days = shown.days
    return [item.title for day in days for item in day.items]


def placed(page: Any, weekday: int) -> list[tuple[str, int, int, int, int]]:
    column = page.context["page"].columns[weekday]
    return [(one.item.title, one.row, one.rows, one.lane, one.lanes) for one in column.placed]


def asked(client: Client, address: str) -> list[str]:
    """Return the queries of a page beyond the frame."""
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return [each["sql"] for each in queries if not any(part in each["sql"] for part in FRAME)]


# --- whose calendar it is -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("view", VIEWS)
def test_all_that_one_leads_and_ones_own_supervision_stand_in_one_calendar(
    cast: Cast, at_work: Client, view: str
) -> None:
    toto = supervised(cast)
    meet(toto, "2026-11-24 08:30")
    asking.become(cast.lead)
    other = Engagement.objects.create(practice=cast.practice, lead=cast.lead, title="Toinen", state="active")
    meet(other, "2026-11-24 12:00")
    page = at_work.get(url(view))
    assert titles(page) == ["ToTo", "Toinen", "Otso"]
    assert page.text.count("In your own supervision") == 1


@pytest.mark.parametrize("view", VIEWS)
def test_nothing_of_anybody_else_stands_in_it(cast: Cast, enter: Callable[[Any], Client], view: str) -> None:
    stranger = enter(cast.stranger)
    assert set(titles(stranger.get(url(view)))) == {"Vieras"}
    assert set(titles(enter(cast.co_supervisor).get(url(view)))) == {"Otso"}


def test_a_session_that_one_led_before_is_gone(cast: Cast, enter: Callable[[Any], Client]) -> None:
    asking.become(cast.lead)
    CoSupervisor.objects.update(until=NOW)
    assert titles(enter(cast.co_supervisor).get(url("week"))) == []


@pytest.mark.parametrize("member", ["supervisee", "contact", "practice_admin", "administrator"])
def test_who_supervises_nowhere_has_no_calendar(cast: Cast, enter: Callable[[Any], Client], member: str) -> None:
    for name in ("calendar", "working_time", "marks"):
        assert enter(cast.members[member]).get(reverse(f"calendar:{name}")).status_code == 404


# --- a week ---------------------------------------------------------------------------------------------------------


def test_a_week_begins_on_monday_with_its_number_and_its_holidays(cast: Cast, at_work: Client) -> None:
    page = at_work.get(url("week", "2026-12-06"))
    shown = page.context["page"]
    assert (shown.number, shown.title) == ("Week 49", "30 Nov–6 Dec 2026")
    assert [column.day.day.day for column in shown.columns] == [30, 1, 2, 3, 4, 5, 6]
    assert [column.day.holiday for column in shown.columns][-1] == "Independence Day"
    assert "Sun 6 Dec 2026, Independence Day, no sessions" in page.text


@pytest.mark.parametrize(
    ("language", "holiday", "week"),
    [("fi", "Itsenäisyyspäivä", "Viikko 49"), ("sv", "Självständighetsdagen", "Vecka 49")],
)
def test_holidays_and_weeks_are_named_in_the_language_of_the_page(
    cast: Cast, at_work: Client, language: str, holiday: str, week: str
) -> None:
    at_work.post(reverse("set_language"), {"language": language})
    page = at_work.get(url("week", "2026-12-06"))
    assert holiday in page.text
    assert week in page.text


def test_a_session_stands_at_its_quarter_of_the_day(cast: Cast, at_work: Client) -> None:
    asking.become(cast.lead)
    meet(cast.engagement, "2026-11-24 09:00", 90)
    meet(cast.engagement, "2026-11-24 12:05", 50)
    page = at_work.get(url("week"))
    assert placed(page, 1) == [("Otso", 8, 6, 1, 1), ("Otso", 20, 4, 1, 1)]
    assert 'class="item planned r8 n6"' in page.text
    assert page.context["page"].hours[0] == "7:00"
    assert len(page.context["page"].hours) == 13


def test_one_right_after_another_is_never_beside_it(cast: Cast, at_work: Client) -> None:
    asking.become(cast.lead)
    for start, minutes in (("09:00", 50), ("09:50", 20), ("10:10", 15), ("10:25", 38)):
        meet(cast.engagement, f"2026-11-24 {start}", minutes)
    rows = placed(at_work.get(url("week")), 1)
    assert [one[3:] for one in rows] == [(1, 1)] * 4
    assert all(first[1] + first[2] <= second[1] for first, second in pairwise(rows))


def test_ones_own_supervision_at_the_same_time_stands_beside(cast: Cast, at_work: Client) -> None:
    toto = supervised(cast)
    meet(toto, "2026-11-24 09:30")
    asking.become(cast.lead)
    alone = Engagement.objects.create(practice=cast.practice, lead=cast.lead, title="Toinen", state="active")
    meet(alone, "2026-11-24 09:00")
    meet(alone, "2026-11-24 13:00")
    page = at_work.get(url("week"))
    assert placed(page, 1) == [("Toinen", 8, 4, 1, 2), ("ToTo", 10, 4, 2, 2), ("Toinen", 24, 4, 1, 1)]


def test_early_and_late_sessions_widen_the_day(cast: Cast, at_work: Client) -> None:
    asking.become(cast.lead)
    meet(cast.engagement, "2026-11-24 05:30")
    meet(cast.engagement, "2026-11-26 22:00", 180)
    page = at_work.get(url("week"))
    shown = page.context["page"]
    assert (shown.opens, shown.hours[0], shown.hours[-1]) == (5, "5:00", "23:00")
    assert placed(page, 1)[0][1:3] == (2, 4)
    assert placed(page, 3)[0][1:3] == (68, 8)  # cut at midnight
    assert "22:00–1:00" in page.text


@pytest.mark.parametrize(("day", "starts_at"), [("2027-03-28", "02:30"), ("2026-10-25", "03:30")])
def test_on_the_days_the_clocks_change_a_session_stands_by_the_wall(
    cast: Cast, at_work: Client, day: str, starts_at: str
) -> None:
    asking.become(cast.lead)
    meet(cast.engagement, f"{day} {starts_at}", 120)
    meet(cast.engagement, f"{day} 09:00", 60)
    page = at_work.get(url("week", day))
    opens = page.context["page"].opens
    (_title, row, rows, *_lanes), morning = placed(page, 6)
    assert row == int((int(starts_at[:2]) + 0.5 - opens) * 4)
    assert rows >= 1
    assert morning[1:3] == ((9 - opens) * 4, 4)


def test_every_place_in_the_grid_has_a_class_of_its_own() -> None:
    sheet = (Path(__file__).resolve().parents[2] / "static/css/calendar.css").read_text()
    assert {int(row): int(line) for row, line in re.findall(r"\.r(\d+) \{ grid-row-start: (\d+); \}", sheet)} == {
        row: row + 1 for row in range(96)
    }
    assert {int(rows): int(span) for rows, span in re.findall(r"\.n(\d+) \{ grid-row-end: span (\d+); \}", sheet)} == {
        rows: rows for rows in range(1, 97)
    }
    lanes = set(re.findall(r"\.(l\dof\d) \{", sheet))
    assert lanes == {f"l{lane}of{lanes}" for lanes in (2, 3, 4) for lane in range(1, lanes + 1)}


# --- states ---------------------------------------------------------------------------------------------------------


def test_what_became_of_a_session_is_said_in_words(cast: Cast, at_work: Client) -> None:
    asking.become(cast.lead)
    meet(cast.engagement, "2026-11-23 07:00", state="held")
    meet(cast.engagement, "2026-11-23 08:00", 30)
    meet(cast.engagement, "2026-11-23 08:45", 45)
    meet(cast.engagement, "2026-11-24 08:00", state="cancelled")
    meet(cast.engagement, "2026-11-24 09:00", state="cancelled_late")
    meet(cast.engagement, "2026-11-24 10:00", state="no_show")
    page = at_work.get(url("agenda"))
    said = [item.said for day in page.context["page"].days for item in day.items]
    assert said == ["Held", "Not marked yet", "Now", "Cancelled", "Cancelled late", "Nobody came", ""]
    for words in said:
        assert words in page.text


def test_that_a_session_waits_to_be_marked_is_no_matter_of_its_supervisee(cast: Cast, at_work: Client) -> None:
    meet(supervised(cast), "2026-11-23 07:00", 30)
    page = at_work.get(url("agenda"))
    assert [item.said for day in page.context["page"].days for item in day.items] == ["", ""]


@pytest.mark.parametrize("view", VIEWS)
def test_cancelled_sessions_are_hidden_until_they_are_wanted_again(cast: Cast, at_work: Client, view: str) -> None:
    asking.become(cast.lead)
    meet(cast.engagement, "2026-11-24 08:00", state="cancelled")
    assert len(titles(at_work.get(url(view)))) == 2
    assert len(titles(at_work.get(url(view, cancelled="hide")))) == 1
    assert len(titles(at_work.get(url(view)))) == 1
    assert len(titles(at_work.get(url(view, cancelled="show")))) == 2


# --- a month --------------------------------------------------------------------------------------------------------


def test_a_month_is_whole_weeks_with_their_numbers(cast: Cast, at_work: Client) -> None:
    page = at_work.get(url("month", "2027-01-13"))
    shown = page.context["page"]
    assert shown.title == "January 2027"
    assert [week.label for week in shown.weeks] == ["Week 53", "Week 1", "Week 2", "Week 3", "Week 4"]
    assert all(len(week.days) == 7 and week.days[0].day.weekday() == 0 for week in shown.weeks)
    assert "Wed 6 Jan 2027, Epiphany, no sessions" in page.text


def test_a_full_day_of_a_month_leads_to_the_rest(cast: Cast, at_work: Client) -> None:
    asking.become(cast.lead)
    for hour in range(8, 13):
        meet(cast.engagement, f"2026-11-26 {hour:02}:00", 45)
    page = at_work.get(url("month"))
    day = next(day for week in page.context["page"].weeks for day in week.days if day.day.isoformat() == "2026-11-26")
    assert ([item.clock for item in day.items], day.more, day.count) == (
        ["8:00–8:45", "9:00–9:45", "10:00–10:45"], 2, "5 sessions",
    )  # fmt: skip
    assert "2 more" in page.text
    assert day.agenda_url.replace("&", "&amp;") in page.text
    assert len(titles(at_work.get(day.agenda_url))) == 5


# --- an agenda ------------------------------------------------------------------------------------------------------


def test_an_agenda_goes_on_and_back_by_key_without_a_gap(cast: Cast, at_work: Client) -> None:
    asking.become(cast.lead)
    Session.objects.filter(pk=cast.session.pk).update(state="cancelled")
    made = [
        meet(cast.engagement, f"{(NOW + timedelta(days=number)).date()} {hour:02}:00", 45).pk
        for number in range(-20, 30)
        for hour in (10, 12)
    ]
    page = at_work.get(url("agenda", cancelled="hide"))
    forward = ids(page)
    assert forward[0] == str(made[40])
    while later := page.context["page"].later:
        page = at_work.get(reverse("calendar:calendar"), {"view": "agenda", "after": later})
        forward += ids(page)
    assert forward == [str(pk) for pk in made[40:]]
    page = at_work.get(url("agenda"))
    back: list[str] = []
    while earlier := page.context["page"].earlier:
        page = at_work.get(reverse("calendar:calendar"), {"view": "agenda", "before": earlier})
        back = ids(page) + back
    assert back == [str(pk) for pk in made[:40]]
    onward = at_work.get(reverse("calendar:calendar"), {"view": "agenda", "after": page.context["page"].later})
    assert ids(onward) == [str(pk) for pk in made[10:40]]


def ids(page: Any) -> list[str]:
    return [item.url.split("/")[-2] for day in page.context["page"].days for item in day.items]


def test_an_agenda_with_nothing_to_come_offers_to_book_and_the_way_back(cast: Cast, at_work: Client) -> None:
    page = at_work.get(url("agenda", "2028-01-01"))
    assert "Nothing is booked from this day on" in page.text
    assert "Earlier sessions" in page.text
    assert "Later sessions" not in page.text


def test_a_cursor_that_nobody_wrote_counts_as_none(cast: Cast, at_work: Client) -> None:
    for nonsense in ("x", "2026~x", "~", "%00", "2026-11-23T09:00:00~" + str(cast.session.pk)):
        assert titles(at_work.get(url("agenda", after=nonsense))) == ["Otso"]


# --- going about ----------------------------------------------------------------------------------------------------


def test_the_way_it_was_seen_last_is_remembered(cast: Cast, at_work: Client) -> None:
    assert at_work.get(reverse("calendar:calendar")).context["view"] == "week"
    at_work.get(url("month"))
    assert at_work.get(reverse("calendar:calendar")).context["view"] == "month"
    cookie = at_work.cookies["calendar_view"]
    assert (cookie.value, cookie["httponly"], cookie["samesite"]) == ("month", True, "Lax")


def test_a_way_that_does_not_exist_is_the_one_before(cast: Cast, at_work: Client) -> None:
    at_work.get(url("agenda"))
    assert at_work.get(url("year")).context["view"] == "agenda"
    at_work.cookies["calendar_view"] = '"><script>'
    assert at_work.get(reverse("calendar:calendar")).context["view"] == "week"


@pytest.mark.parametrize("day", ["13.1.2027", "2027-01-13", "ke 13.1.2027", "13 Jan 2027"])
def test_a_day_is_asked_for_as_people_write_it(cast: Cast, at_work: Client, day: str) -> None:
    assert at_work.get(reverse("calendar:calendar"), {"view": "week", "day": day}).context["page"].number == "Week 2"


@pytest.mark.parametrize(
    ("day", "sentence"),
    [
        ("31.2.2027", "There is no day 31.2.2027."),
        ("huomenna", "This is not a date."),
        ("31.12.1999", "The earliest possible day is 1 Jan 2000."),
        ("1.1.2101", "The year must be between 1900 and 2100."),
        ("x" * 5000, "The text is too long."),
    ],
)
@pytest.mark.parametrize("view", VIEWS)
def test_a_day_that_cannot_be_is_said_beside_the_field_above_the_page_of_today(
    cast: Cast, at_work: Client, view: str, day: str, sentence: str
) -> None:
    page = at_work.get(reverse("calendar:calendar"), {"view": view, "day": day})
    assert page.status_code == 200
    assert sentence in page.text
    assert page.context["day"] == NOW.date()
    assert f'value="{day}"' in page.text


@pytest.mark.parametrize("view", ["week", "month"])
def test_the_first_and_the_last_page_are_whole_and_lead_no_further(cast: Cast, at_work: Client, view: str) -> None:
    first, last = at_work.get(url(view, "2000-01-01")), at_work.get(url(view, "2100-12-31"))
    assert (first.context["page"].previous, last.context["page"].next) == ("", "")
    assert at_work.get(first.context["page"].next).status_code == 200
    assert at_work.get(last.context["page"].previous).status_code == 200


@pytest.mark.parametrize(
    ("view", "day", "before", "after"),
    [
        ("week", "2027-03-24", "2027-03-17", "2027-03-31"),
        ("month", "2027-03-31", "2027-02-28", "2027-04-30"),
        ("week", "2000-01-05", "2000-01-01", "2000-01-12"),
    ],
)
def test_a_step_keeps_the_day_of_the_week_or_the_month(
    cast: Cast, at_work: Client, view: str, day: str, before: str, after: str
) -> None:
    page = at_work.get(url(view, day)).context["page"]
    assert (page.previous, page.next) == (url(view, before), url(view, after))


def test_a_free_time_is_carried_on_to_where_it_is_booked(cast: Cast, at_work: Client) -> None:
    asked_for = {"day": "2026-11-26", "clock": "13.30"}
    choose = at_work.get(reverse("sessions:book_any"), asked_for)
    assert "Thu 26 Nov 2026 13:30" in choose.text
    link = re.search(rf'href="({reverse("sessions:book", args=[cast.engagement.pk])}[^"]*)"', choose.text)
    assert link
    page = at_work.get(link[1].replace("&amp;", "&"))
    assert (page.context["form"]["day"].value(), page.context["form"]["clock"].value()) == (
        "26 Nov 2026", "13:30",
    )  # fmt: skip
    assert "The time comes from the calendar" in page.text
    searched = at_work.post(reverse("sessions:book_any"), asked_for | {"q": "ots"}, follow=True)
    assert searched.context["words"] == "ots"
    assert "day=2026-11-26" in searched.text
    assert "26 Nov 2026" not in at_work.get(reverse("sessions:book_any"), follow=True).text


def test_a_time_that_cannot_be_read_is_not_carried_on(cast: Cast, at_work: Client) -> None:
    for nonsense in ({"day": "x", "clock": "y"}, {"day": "2026-02-31"}, {"clock": "25.00"}, {"day": "\x00"}):
        page = at_work.get(reverse("sessions:book_any"), nonsense)
        assert page.context["carried"] == ""
        assert at_work.get(reverse("sessions:book", args=[cast.engagement.pk]), nonsense).status_code == 200


# --- what it costs --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("view", VIEWS)
def test_a_page_asks_the_same_for_ten_sessions_as_for_ten_thousand(cast: Cast, at_work: Client, view: str) -> None:
    asking.become(cast.lead)
    set_working_time(cast.lead, Working({0: [(480, 960)]}, 30))
    ten = [NOW + timedelta(hours=number) for number in range(10)]
    Session.objects.bulk_create(
        Session(engagement=cast.engagement, starts_at=at, ends_at=at + timedelta(minutes=30)) for at in ten
    )
    at_work.get(url(view))
    few = asked(at_work, url(view))
    asking.become(cast.lead)
    others = Engagement.objects.bulk_create(
        Engagement(practice=cast.practice, lead=cast.lead, title=f"Muu {number}", state="active")
        for number in range(100)
    )
    first = NOW.astimezone(ZoneInfo("UTC")) - timedelta(days=800)
    Session.objects.bulk_create(
        Session(engagement=others[number % 100], starts_at=at, ends_at=at + timedelta(minutes=30), state=state)
        for number in range(10_000)
        if (at := first + timedelta(hours=4 * number, minutes=150)) and (state := "held" if at < NOW else "planned")
    )
    many = asked(at_work, url(view))
    assert len(titles(at_work.get(url(view)))) > 20
    assert len(many) == len(few), "\n".join(many)
    assert len(many) <= MOST
