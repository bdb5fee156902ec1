"""When a supervisor works and how long the way takes: told by them, for their own eyes; and what follows for a time."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.adapters import claim_persons
from accounts.models import Person, User
from audit import asking
from engagements.models import Engagement, Participation
from sessions.marks import Mark, marks_of
from sessions.models import Session, WorkingHours, WorkingTime
from sessions.working_time import Working, set_working_time, working_of

Cast = Any
HELSINKI = ZoneInfo("Europe/Helsinki")
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=HELSINKI)
OFFICE = {weekday: [(9 * 60, 12 * 60), (13 * 60, 16 * 60)] for weekday in range(5)}


@pytest.fixture
def at_work(cast: Cast, client: Client, time_machine: Any) -> Client:
    time_machine.move_to(NOW, tick=False)
    client.force_login(cast.lead)
    asking.become(cast.lead)
    return client


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=HELSINKI)


def span(start: str, minutes: int = 60) -> tuple[datetime, datetime]:
    return at(start), at(start) + timedelta(minutes=minutes)


def marks(user: User, start: str, minutes: int = 60, **how: Any) -> list[Mark]:
    how = {"mode": "in_person", "place": "Kaarikatu 3", **how}
    return marks_of([span(start, minutes)], supervisor=user, **how)[0]


def kinds(user: User, start: str, minutes: int = 60, **how: Any) -> list[str]:
    return [mark.kind for mark in marks(user, start, minutes, **how)]


def send(client: Client, **fields: str) -> Any:
    return client.post(
        reverse("calendar:working_time"), {name.replace("_", "-"): text for name, text in fields.items()}
    )


# --- the page -------------------------------------------------------------------------------------------------------


def test_hours_and_way_are_kept_as_people_write_them_and_shown_again(cast: Cast, at_work: Client) -> None:
    answer = send(at_work, from_0_1="9", to_0_1="12.00", from_0_2="13:30", to_0_2="klo 16", to_6_1="0.00",
                  from_6_1="18", travel="0,5 h")  # fmt: skip
    assert answer.headers["Location"] == reverse("calendar:calendar")
    asking.become(cast.lead)
    kept = working_of(cast.lead)
    assert kept == Working({0: [(540, 720), (810, 960)], 6: [(1080, 1440)]}, 30)
    form = at_work.get(reverse("calendar:working_time")).context["form"]
    shown = {name: form[name].value() for name in form.fields if form[name].value() is not None}
    assert {name: form.fields[name].prepare_value(value) for name, value in shown.items()} == {
        "travel": "30", "from-0-1": "9:00", "to-0-1": "12:00", "from-0-2": "13:30", "to-0-2": "16:00",
        "from-6-1": "18:00", "to-6-1": "0:00",
    }  # fmt: skip


def test_what_is_sent_replaces_what_was_said_and_nothing_is_said_by_nothing(cast: Cast, at_work: Client) -> None:
    send(at_work, from_0_1="9", to_0_1="12", travel="30")
    send(at_work, from_1_1="10", to_1_1="11", travel="0")
    asking.become(cast.lead)
    assert working_of(cast.lead) == Working({1: [(600, 660)]}, 0)
    send(at_work)
    asking.become(cast.lead)
    assert working_of(cast.lead) == Working({}, 0)


def test_two_spans_in_the_wrong_order_are_put_right(cast: Cast, at_work: Client) -> None:
    send(at_work, from_0_1="13", to_0_1="16", from_0_2="9", to_0_2="12")
    asking.become(cast.lead)
    assert working_of(cast.lead).spans == {0: [(540, 720), (780, 960)]}


@pytest.mark.parametrize(
    ("fields", "field", "sentence"),
    [
        ({"from_0_1": "9"}, "to-0-1", "Say also when it ends."),
        ({"to_0_2": "9"}, "from-0-2", "Say also when it begins."),
        ({"from_0_1": "12", "to_0_1": "9"}, "to-0-1", "The end is not after the start."),
        ({"from_0_1": "9", "to_0_1": "9"}, "to-0-1", "The end is not after the start."),
        (
            {"from_0_1": "9", "to_0_1": "12", "from_0_2": "11.30", "to_0_2": "13"},
            "from-0-2",
            "This overlaps the other time of that day.",
        ),
        ({"from_3_1": "25.00", "to_3_1": "26"}, "from-3-1", "There is no time 25.00."),
        ({"travel": "241"}, "travel", "The length must be between 1 and 240 minutes."),
        ({"travel": "-5"}, "travel", "This is not a length in whole minutes."),
    ],
)
def test_what_does_not_fit_is_said_beside_its_field_and_nothing_is_lost(
    cast: Cast, at_work: Client, fields: dict[str, str], field: str, sentence: str
) -> None:
    page: Any = send(at_work, **fields)
    assert page.status_code == 200
    assert any(sentence in error for error in page.context["form"].errors[field])
    assert sentence in page.text
    for name, text in fields.items():
        assert page.context["form"][name.replace("_", "-")].value() == text
    asking.become(cast.lead)
    assert working_of(cast.lead) == Working({}, 0)


def test_every_field_has_a_name_for_ears_and_the_page_says_who_sees_it(cast: Cast, at_work: Client) -> None:
    page = at_work.get(reverse("calendar:working_time")).text
    assert len(re.findall(r'<label class="sr" for="id_(?:from|to)-\d-\d">', page)) == 28
    assert "Thursday, and again from" in page
    assert "Only you" in page


# --- the database ---------------------------------------------------------------------------------------------------


def hours(user: User, **fields: Any) -> WorkingHours:
    return WorkingHours.objects.create(**{"user": user, "weekday": 0, "part": 1, "begins": 540, "ends": 720, **fields})


@pytest.mark.parametrize(
    "wrong",
    [
        {"weekday": 7},
        {"part": 3},
        {"begins": 720},
        {"ends": 1441},
        {"begins": -1},
        {"part": 2, "begins": 700, "ends": 800},
        {"begins": 800, "ends": 900},
    ],
    ids=str,
)
def test_the_database_refuses_hours_that_cannot_be(cast: Cast, at_work: Client, wrong: dict[str, int]) -> None:
    hours(cast.lead)
    with pytest.raises(IntegrityError), transaction.atomic():
        hours(cast.lead, **{"weekday": 0 if "part" in wrong or wrong.get("begins") == 800 else 1, **wrong})


def test_spans_may_touch_and_other_days_are_other_days(cast: Cast, at_work: Client) -> None:
    hours(cast.lead)
    hours(cast.lead, part=2, begins=720, ends=960)
    hours(cast.lead, weekday=1)
    assert WorkingHours.objects.count() == 3


@pytest.mark.parametrize("travel", [-1, 241])
def test_the_database_refuses_a_way_that_cannot_be(cast: Cast, at_work: Client, travel: int) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        WorkingTime.objects.create(user=cast.lead, travel_minutes=travel)


@pytest.mark.parametrize("member", ["co_supervisor", "practice_admin", "supervisee", "administrator", "stranger"])
def test_nobody_else_sees_or_writes_when_somebody_works(cast: Cast, at_work: Client, member: str) -> None:
    set_working_time(cast.lead, Working(OFFICE, 30))
    other = cast.members[member]
    asking.become(other)
    assert (WorkingHours.objects.count(), WorkingTime.objects.count()) == (0, 0)
    assert working_of(cast.lead) == Working({}, 0)
    assert WorkingHours.objects.update(begins=0) == 0
    assert WorkingTime.objects.all().delete()[0] == 0
    for write in (lambda: hours(cast.lead, weekday=6), lambda: WorkingTime.objects.create(user=cast.lead)):
        with pytest.raises(DatabaseError), transaction.atomic():
            write()


# --- what speaks against a time -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "minutes", "outside"),
    [
        ("2026-11-25 09:00", 180, False),
        ("2026-11-25 15:00", 60, False),
        ("2026-11-25 08:45", 60, True),
        ("2026-11-25 15:30", 60, True),
        ("2026-11-25 11:30", 120, True),  # over the break
        ("2026-11-28 10:00", 60, True),  # a Saturday
        ("2026-11-25 23:30", 60, True),
    ],
)
def test_a_time_outside_the_hours_is_marked(
    cast: Cast, at_work: Client, start: str, minutes: int, outside: bool
) -> None:
    set_working_time(cast.lead, Working(OFFICE, 0))
    assert kinds(cast.lead, start, minutes) == (["hours"] if outside else [])


def test_where_no_hours_are_said_no_time_is_outside_them(cast: Cast, at_work: Client) -> None:
    assert kinds(cast.lead, "2026-11-29 03:00") == []


def test_hours_that_touch_are_one_and_may_last_to_midnight(cast: Cast, at_work: Client) -> None:
    set_working_time(cast.lead, Working({2: [(540, 720), (720, 1440)]}, 0))
    assert kinds(cast.lead, "2026-11-25 11:30", 60) == []
    assert kinds(cast.lead, "2026-11-25 22:00", 120) == []
    assert kinds(cast.lead, "2026-11-25 23:00", 90) == ["hours"]


def test_hours_stay_on_the_wall_when_the_clocks_change(cast: Cast, at_work: Client) -> None:
    set_working_time(cast.lead, Working({6: [(540, 600)]}, 0))
    for day in ("2027-03-21", "2027-04-04", "2026-10-18", "2026-10-25"):
        assert kinds(cast.lead, f"{day} 09:00") == []
        assert kinds(cast.lead, f"{day} 08:00") == ["hours"]


@pytest.mark.parametrize(
    ("start", "text"),
    [
        ("2026-11-25 10:40", "10 min to come from Otso (Otsontie 2). You asked for 30 min."),
        ("2026-11-25 10:30", "0 min to come from Otso (Otsontie 2). You asked for 30 min."),
        ("2026-11-25 07:45", "15 min to get to Otso (Otsontie 2). You asked for 30 min."),
        ("2026-11-25 11:00", ""),
        ("2026-11-25 07:30", ""),
    ],
)
def test_too_little_time_on_the_way_is_marked_with_how_much_there_is(
    cast: Cast, at_work: Client, start: str, text: str
) -> None:
    """The session of the cast stands on Wednesday at 9.00–10.30."""
    set_working_time(cast.lead, Working({}, 30))
    assert [mark.text for mark in marks(cast.lead, start)] == ([text] if text else [])


@pytest.mark.parametrize(
    "how",
    [{"mode": "remote"}, {"place": " otsontie 2 "}, {"place": ""}],
    ids=["nobody travels", "the same place", "no place yet"],
)
def test_where_nobody_travels_no_way_is_marked(cast: Cast, at_work: Client, how: dict[str, Any]) -> None:
    set_working_time(cast.lead, Working({}, 30))
    assert kinds(cast.lead, "2026-11-25 10:40") == ["travel"]
    assert kinds(cast.lead, "2026-11-25 10:40", **how) == []


@pytest.mark.parametrize("fields", [{"mode": "remote"}, {"place": ""}, {"state": "cancelled"}], ids=str)
def test_a_neighbour_that_is_no_place_to_leave_from_is_not_marked(
    cast: Cast, at_work: Client, fields: dict[str, str]
) -> None:
    set_working_time(cast.lead, Working({}, 30))
    Session.objects.filter(pk=cast.session.pk).update(**fields)
    assert kinds(cast.lead, "2026-11-25 10:40") == []


def test_a_session_that_moves_is_no_neighbour_of_itself(cast: Cast, at_work: Client) -> None:
    set_working_time(cast.lead, Working({}, 30))
    assert kinds(cast.lead, "2026-11-25 10:40", ignoring=[cast.session.pk]) == []


def own_supervision(cast: Cast, start: str, **fields: Any) -> Session:
    asking.become(cast.co_supervisor)
    toto = Engagement.objects.create(practice=cast.practice, lead=cast.co_supervisor, title="ToTo", state="active")
    asking.become(cast.lead)
    person = Person.objects.create(practice=cast.practice, family_name="Lahti", email=cast.lead.email)
    claim_persons(cast.lead)
    asking.become(cast.co_supervisor)
    Participation.objects.create(engagement=toto, person=person)
    starts_at, ends_at = span(start)
    session = Session.objects.create(engagement=toto, starts_at=starts_at, ends_at=ends_at, **fields)
    asking.become(cast.lead)
    return session


def test_ones_own_supervision_at_the_same_time_is_marked_since_nothing_forbids_it(cast: Cast, at_work: Client) -> None:
    own_supervision(cast, "2026-11-26 09:00")
    assert [mark.text for mark in marks(cast.lead, "2026-11-26 09:30")] == [
        "You are a supervisee then: ToTo, Thu 26 Nov 2026 9:00–10:00."
    ]
    assert kinds(cast.lead, "2026-11-26 10:00") == []
    assert kinds(cast.lead, "2026-11-25 09:00") == []  # what one leads oneself is refused, not marked


def test_one_travels_to_ones_own_supervision_too(cast: Cast, at_work: Client) -> None:
    own_supervision(cast, "2026-11-26 09:00", place="Toinen katu 1")
    set_working_time(cast.lead, Working({}, 30))
    assert kinds(cast.lead, "2026-11-26 10:10") == ["travel"]


def test_of_a_colleague_neither_hours_nor_sessions_elsewhere_are_told(cast: Cast, at_work: Client) -> None:
    asking.become(cast.co_supervisor)
    set_working_time(cast.co_supervisor, Working({0: [(540, 600)]}, 60))
    elsewhere = Engagement.objects.create(
        practice=cast.practice, lead=cast.co_supervisor, title="Muualla", state="active"
    )
    starts_at, ends_at = span("2026-11-26 09:00")
    Session.objects.create(engagement=elsewhere, starts_at=starts_at, ends_at=ends_at, place="Muualla")
    asking.become(cast.lead)
    assert kinds(cast.co_supervisor, "2026-11-26 10:10") == []
    asking.become(cast.co_supervisor)
    assert kinds(cast.co_supervisor, "2026-11-26 10:10") == ["hours", "travel"]


def test_all_that_is_to_be_known_comes_together_for_each_time_of_many(cast: Cast, at_work: Client) -> None:
    set_working_time(cast.lead, Working(OFFICE, 30))
    times = [span("2026-12-06 10:00"), span("2026-11-25 10:40"), span("2026-11-26 10:00")]
    found = marks_of(times, supervisor=cast.lead, mode="in_person", place="Kaarikatu 3")
    assert [[mark.kind for mark in each] for each in found] == [["holiday", "hours"], ["travel"], []]


def test_fifty_times_cost_as_many_queries_as_one(cast: Cast, at_work: Client) -> None:
    set_working_time(cast.lead, Working(OFFICE, 30))
    for day in range(60):
        Session.objects.create(
            engagement=cast.engagement, starts_at=NOW + timedelta(days=30 + day),
            ends_at=NOW + timedelta(days=30 + day, hours=1), place="Otsontie 2",
        )  # fmt: skip
    times = [
        (NOW + timedelta(days=30 + day, minutes=70), NOW + timedelta(days=30 + day, minutes=130)) for day in range(50)
    ]
    counts = []
    for asked in (times[:1], times):
        with CaptureQueriesContext(connection) as queries:
            found = marks_of(asked, supervisor=cast.lead, mode="in_person", place="Kaarikatu 3")
        counts.append(len(queries))
        assert all("travel" in [mark.kind for mark in each] for each in found)
    assert counts == [4, 4]
    assert marks_of([], supervisor=cast.lead, mode="remote") == []


# --- where the marks are read ---------------------------------------------------------------------------------------


def query(**fields: str) -> dict[str, str]:
    asked = {"day": "25.11.2026", "clock": "10.40", "minutes": "60", "mode": "in_person", "place": "Kaarikatu 3"}
    return asked | fields


def test_while_a_time_is_written_the_page_asks_what_speaks_against_it(cast: Cast, at_work: Client) -> None:
    set_working_time(cast.lead, Working({}, 30))
    url = reverse("calendar:marks")
    assert "10 min to come from Otso (Otsontie 2)" in at_work.get(url, query()).text
    assert "min to come from" not in at_work.get(url, query(moving=str(cast.session.pk))).text
    assert "The day is a public holiday: Independence Day." in at_work.get(url, query(day="6.12.2026")).text


@pytest.mark.parametrize(
    "fields",
    [{"day": ""}, {"day": "x"}, {"clock": "25"}, {"minutes": "0"}, {"mode": "x"}, {"moving": "x"}, {"place": "x" * 999},
     {"day": "28.3.2027", "clock": "3.30"}, {"day": "\x00"}],
    ids=str,
)  # fmt: skip
def test_a_time_that_is_not_whole_yet_has_nothing_against_it(
    cast: Cast, at_work: Client, fields: dict[str, str]
) -> None:
    page = at_work.get(reverse("calendar:marks"), query(**fields))
    assert (page.status_code, page.text.strip()) == (200, "")


def test_a_suggested_time_is_shown_with_its_marks(cast: Cast, at_work: Client) -> None:
    url = reverse("sessions:book", args=[cast.engagement.pk])
    page = at_work.get(url, {"day": "2026-12-06", "clock": "10.00"})
    assert "The day is a public holiday: Independence Day." in page.text
    assert "The day is a public holiday" not in at_work.get(url, {"day": "2026-12-07", "clock": "10.00"}).text


def test_a_marked_time_is_booked_all_the_same_and_said_on_the_next_page(cast: Cast, at_work: Client) -> None:
    set_working_time(cast.lead, Working(OFFICE, 30))
    url = reverse("sessions:book", args=[cast.engagement.pk])
    page = at_work.post(url, query(day="6.12.2026", clock="18", link=""), follow=True)
    said = [(message.level_tag, str(message)) for message in page.context["messages"]]
    assert said == [
        ("success", "The session is booked."),
        ("warning", "The day is a public holiday: Independence Day."),
        ("warning", "Outside your working hours."),
    ]
    asking.become(cast.lead)
    assert Session.objects.filter(starts_at=at("2026-12-06 18:00")).exists()


def test_a_session_moved_to_a_marked_time_moves_and_says_so(cast: Cast, at_work: Client) -> None:
    set_working_time(cast.lead, Working(OFFICE, 0))
    url = reverse("sessions:move", args=[cast.session.pk])
    page = at_work.post(url, query(day="27.11.2026", clock="17", link=""), follow=True)
    assert "Outside your working hours." in [str(message) for message in page.context["messages"]]
    asking.become(cast.lead)
    assert Session.objects.get(pk=cast.session.pk).starts_at == at("2026-11-27 17:00")


def test_a_cancelled_or_past_session_has_no_time_to_warn_of(cast: Cast, at_work: Client) -> None:
    set_working_time(cast.lead, Working(OFFICE, 0))
    page = at_work.post(
        reverse("sessions:book", args=[cast.engagement.pk]), query(day="21.11.2026", link=""), follow=True
    )
    assert "Outside your working hours." not in [str(message) for message in page.context["messages"]]
    asking.become(cast.lead)
    Session.objects.filter(pk=cast.session.pk).update(starts_at=at("2026-11-28 10:00"), ends_at=at("2026-11-28 11:00"))
    page = at_work.post(reverse("sessions:cancel", args=[cast.session.pk]), {"who": "others"}, follow=True)
    assert [message.level_tag for message in page.context["messages"]] == ["success"]


# --- what the calendar draws of it ----------------------------------------------------------------------------------


def shades(page: Any, weekday: int) -> list[tuple[str, int, int]]:
    return [(each.kind, each.row, each.rows) for each in page.context["page"].columns[weekday].shades]


@pytest.fixture
def week(at_work: Client) -> Callable[[], Any]:
    return lambda: at_work.get(reverse("calendar:calendar"), {"view": "week", "day": "2026-11-25"})


def test_working_hours_and_the_way_are_drawn_behind_the_sessions(cast: Cast, week: Callable[[], Any]) -> None:
    assert shades(week(), 2) == []
    asking.become(cast.lead)
    set_working_time(cast.lead, Working(OFFICE, 30))
    page = week()
    assert shades(page, 2) == [("work", 8, 12), ("work", 24, 12), ("travel", 6, 2), ("travel", 14, 2)]
    assert shades(page, 5) == []
    assert shades(page, 0)[-1] == ("now", 8, 1)
    assert "Time to travel, 30 min" in page.text


def test_no_way_is_drawn_between_two_sessions_in_one_place_nor_around_remote_ones(
    cast: Cast, week: Callable[[], Any]
) -> None:
    asking.become(cast.lead)
    set_working_time(cast.lead, Working({}, 30))
    for start, fields in (("2026-11-25 10:45", {"place": "otsontie 2"}), ("2026-11-25 15:00", {"mode": "remote"})):
        starts_at, ends_at = span(start)
        Session.objects.create(engagement=cast.engagement, starts_at=starts_at, ends_at=ends_at, **fields)
    assert shades(week(), 2) == [("travel", 6, 2), ("travel", 19, 2)]


def test_the_page_of_ones_own_details_leads_to_it_for_supervisors_alone(
    cast: Cast, enter: Callable[[Any], Client]
) -> None:
    url = reverse("calendar:working_time")
    assert url in enter(cast.lead).get(reverse("accounts:profile")).text
    assert url not in enter(cast.supervisee).get(reverse("accounts:profile")).text
