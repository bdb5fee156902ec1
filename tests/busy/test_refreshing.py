"""The worker reads calendars again: when, what stays, what is said, and what each role may see of it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.test import Client
from django.urls import reverse
from psycopg import sql

from accounts.models import User
from audit import asking
from audit.connecting import as_role
from audit.models import Entry
from audit.roles import Role
from sessions.busy import actions, fetching, refreshing
from sessions.busy.fetching import Fetched
from sessions.busy.reading import Found
from sessions.busy.sealing import seal, unseal
from sessions.models import BusyCalendar, BusyTime, Fault
from tests.conftest import HELSINKI, NOW
from vault.blobs import Unopenable

Cast = Any
ADDRESS = "https://calendar.example/salainen-9f8e7d.ics"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=HELSINKI)


def one_event(start: str, end: str, *more: str) -> bytes:
    lines = ["BEGIN:VCALENDAR", "BEGIN:VEVENT", "UID:1", f"DTSTART:{start}", f"DTEND:{end}", *more]
    return "\r\n".join([*lines, "END:VEVENT", "END:VCALENDAR", ""]).encode()


MORNING = one_event("20261125T090000", "20261125T100000", "SUMMARY:Salainen tapaaminen")
EVENING = one_event("20261125T180000", "20261125T190000")


@pytest.fixture
def fetched(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the address answers (`answer`), and how it was asked (`asked`)."""
    told: dict[str, Any] = {"answer": Fetched(MORNING, '"1"', "then"), "asked": []}

    def fetch(address: str, **marks: str) -> Fetched:
        told["asked"].append((address, marks))
        if isinstance(told["answer"], Fault):
            raise fetching.Refused(told["answer"])
        answer: Fetched = told["answer"]
        return answer

    monkeypatch.setattr(fetching, "fetch", fetch)
    return told


@pytest.fixture(autouse=True)
def now(time_machine: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    monkeypatch.setattr(actions, "nudge", lambda: None)

    def move(to: datetime) -> None:
        time_machine.move_to(to, tick=False)

    move(NOW)
    return move


@contextmanager
def by(user: User) -> Iterator[None]:
    with asking.acting_as(user):
        yield


def added(user: User, **fields: Any) -> BusyCalendar:
    with by(user):
        return actions.add_address(user, "Työ", ADDRESS, now=NOW, **fields)


def work() -> int:
    with as_role(Role.WORKER):
        return refreshing.refresh_due()


def as_it_stands(calendar: BusyCalendar, user: User) -> BusyCalendar:
    with by(user):
        return BusyCalendar.objects.get(pk=calendar.pk)


def times_of(calendar: BusyCalendar, user: User) -> list[tuple[datetime, datetime]]:
    with by(user):
        return [(each.during.lower, each.during.upper) for each in calendar.times.order_by("during")]


# --- reading again --------------------------------------------------------------------------------------------------


def test_a_calendar_is_read_and_what_is_taken_is_kept_and_nothing_else(settled: Cast, fetched: dict[str, Any]) -> None:
    calendar = added(settled.lead)
    assert work() == 1
    assert fetched["asked"] == [(ADDRESS, {})]
    assert times_of(calendar, settled.lead) == [(at("2026-11-25 09:00"), at("2026-11-25 10:00"))]
    kept = as_it_stands(calendar, settled.lead)
    assert (kept.fault, kept.failures, kept.read_at, kept.next_at) == ("", 0, NOW, NOW + timedelta(minutes=30))
    with as_role(Role.BACKUP), connection.cursor() as cursor:
        for table in (BusyCalendar, BusyTime, Entry):
            cursor.execute(sql.SQL("SELECT t::text FROM {} t").format(sql.Identifier(table._meta.db_table)))
            whole = " ".join(row[0] for row in cursor.fetchall())
            for word in ("Salainen", "salainen", "calendar.example", "9f8e7d", ADDRESS.encode().hex()):
                assert word not in whole


def test_until_it_is_due_nobody_asks_again(
    settled: Cast, fetched: dict[str, Any], now: Callable[[datetime], None]
) -> None:
    added(settled.lead)
    assert [work(), work()] == [1, 0]
    now(NOW + timedelta(minutes=29))
    assert work() == 0
    now(NOW + timedelta(minutes=30))
    assert work() == 1


def test_what_has_not_changed_stays_and_is_asked_for_by_its_marks_but_whole_once_a_week(
    settled: Cast, fetched: dict[str, Any], now: Callable[[datetime], None]
) -> None:
    calendar = added(settled.lead)
    work()
    fetched["answer"] = Fetched(None, '"1"', "then")
    later = NOW + timedelta(hours=1)
    now(later)
    work()
    assert fetched["asked"][-1][1] == {"etag": '"1"', "last_modified": "then"}
    kept = as_it_stands(calendar, settled.lead)
    assert (kept.read_at, kept.whole_at) == (later, NOW)
    assert len(times_of(calendar, settled.lead)) == 1
    fetched["answer"] = Fetched(MORNING, '"1"', "then")
    now(NOW + timedelta(days=7))
    work()
    assert fetched["asked"][-1][1] == {}


def test_old_times_stand_until_new_ones_take_their_place(
    settled: Cast, fetched: dict[str, Any], now: Callable[[datetime], None]
) -> None:
    calendar = added(settled.lead)
    work()
    before = times_of(calendar, settled.lead)
    for hours, answer in enumerate([Fault.SLOW, Fetched(b"<html>"), Fetched(MORNING[:-20])], start=1):
        fetched["answer"] = answer
        now(NOW + timedelta(days=hours))
        assert work() == 1
        assert times_of(calendar, settled.lead) == before
    kept = as_it_stands(calendar, settled.lead)
    assert (kept.fault, kept.failures, kept.read_at) == (Fault.CALENDAR, 3, NOW)
    fetched["answer"] = Fetched(EVENING)
    now(NOW + timedelta(days=5))
    work()
    assert times_of(calendar, settled.lead) == []  # it was on the 25th, which is over by now
    kept = as_it_stands(calendar, settled.lead)
    assert (kept.fault, kept.failures) == ("", 0)


def test_the_pauses_after_failures_grow_to_a_day(
    settled: Cast, fetched: dict[str, Any], now: Callable[[datetime], None]
) -> None:
    calendar = added(settled.lead)
    fetched["answer"] = Fault.UNREACHABLE
    moment, pauses = NOW, []
    for _try in range(8):
        assert work() == 1
        next_at = as_it_stands(calendar, settled.lead).next_at
        assert next_at
        pauses.append((next_at - moment) / timedelta(hours=1))
        moment = next_at
        now(moment)
    assert pauses == [1, 2, 4, 8, 16, 24, 24, 24]


def test_of_two_workers_one_has_a_calendar_in_hand(settled: Cast, fetched: dict[str, Any]) -> None:
    calendar = added(settled.lead)
    with as_role(Role.WORKER):
        taken = refreshing.take(NOW)
        assert taken
        assert taken.pk == calendar.pk
        assert refreshing.take(NOW) is None
        assert refreshing.take(NOW + refreshing.LEASE) is not None  # nothing was heard of the first one


def test_one_that_is_removed_while_it_is_read_stays_gone(settled: Cast, fetched: dict[str, Any]) -> None:
    calendar = added(settled.lead)
    with as_role(Role.WORKER):
        taken = refreshing.take(NOW)
    with by(settled.lead):
        actions.remove(BusyCalendar.objects.get(pk=calendar.pk), by=settled.lead)
    with as_role(Role.WORKER):
        assert taken
        refreshing.refresh(taken)
        assert BusyTime.objects.count() == 0


def test_nothing_is_fetched_for_who_is_deactivated(settled: Cast, fetched: dict[str, Any]) -> None:
    added(settled.lead)
    with transaction.atomic():
        User.objects.filter(pk=settled.lead.pk).update(is_active=False)
    assert work() == 0


def test_an_address_sealed_with_a_key_that_is_gone_is_said(
    settled: Cast, fetched: dict[str, Any], settings: Any
) -> None:
    calendar = added(settled.lead)
    settings.CALENDAR_KEY = "2:another-one"
    assert work() == 1
    assert fetched["asked"] == []
    assert as_it_stands(calendar, settled.lead).fault == Fault.SEALED


def test_an_address_opens_for_its_own_row_alone_and_after_a_new_key_too(settled: Cast, settings: Any) -> None:
    one, other = added(settled.lead), added(settled.lead)
    old = settings.CALENDAR_KEY
    assert one.sealed
    assert unseal(one.sealed, one.pk) == ADDRESS
    with pytest.raises(Unopenable):
        unseal(one.sealed, other.pk)
    settings.CALENDAR_KEY = f"2:newer,1:{old}"
    assert unseal(one.sealed, one.pk) == ADDRESS
    assert unseal(seal(ADDRESS, one.pk), one.pk) == ADDRESS


def test_times_that_have_long_been_over_are_forgotten(
    settled: Cast, fetched: dict[str, Any], now: Callable[[datetime], None]
) -> None:
    with by(settled.lead):
        spans = [(at("2026-11-25 09:00"), at("2026-11-25 10:00")), (at("2027-03-01 09:00"), at("2027-03-01 10:00"))]
        calendar = actions.add_file(settled.lead, "Tiedosto", Found(spans, 0), now=NOW)
    work()
    assert len(times_of(calendar, settled.lead)) == 2
    now(at("2027-02-01 09:00"))
    work()
    assert times_of(calendar, settled.lead) == spans[1:]


def test_another_file_replaces_the_times_and_what_stays_is_not_written_again(settled: Cast) -> None:
    spans = [(at(f"2026-11-{day} 09:00"), at(f"2026-11-{day} 10:00")) for day in (25, 26, 27)]
    with by(settled.lead):
        calendar = actions.add_file(settled.lead, "Tiedosto", Found(spans[:2], 0), now=NOW)
        before = dict(calendar.times.values_list("during", "pk"))
        actions.replace(calendar, Found(spans[1:], 1), now=NOW)
        after = dict(calendar.times.values_list("during", "pk"))
        assert BusyCalendar.objects.get(pk=calendar.pk).unread == 1
    stays = DateTimeTZRange(*spans[1])
    assert len(after) == 2
    assert before[stays] == after[stays]


# --- what its owner is told ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", list(Fault))
def test_the_page_says_in_words_why_a_calendar_is_not_read(
    settled: Cast, fetched: dict[str, Any], now: Callable[[datetime], None], client: Client, fault: Fault
) -> None:
    calendar = added(settled.lead)
    work()
    fetched["answer"] = fault
    for hours in (1, 3, 8):
        now(NOW + timedelta(hours=hours))
        client.force_login(settled.lead)
        assert "last read on" not in client.get(reverse("calendar:calendar")).text
        assert "cannot be read" not in client.get(reverse("today")).text
        assert work() == 1
    page = client.get(reverse("busy:own")).text
    assert str(fault.label) in page.replace("&#x27;", "'")
    assert "What was read before is kept." in page
    assert "“Työ” was last read on" in client.get(reverse("calendar:calendar")).text
    assert "Your other calendar cannot be read: Työ" in client.get(reverse("today")).text
    assert len(times_of(calendar, settled.lead)) == 1


# --- the database ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("member", ["co_supervisor", "practice_admin", "supervisee", "administrator", "stranger"])
def test_nobody_else_sees_or_writes_another_calendar_or_its_times(cast: Cast, member: str) -> None:
    with by(cast.lead):
        calendar = actions.add_file(cast.lead, "Työ", Found([(NOW, NOW + timedelta(hours=1))], 0), now=NOW)
    other = cast.members[member]
    with by(other):
        assert (BusyCalendar.objects.count(), BusyTime.objects.count()) == (0, 0)
        assert BusyCalendar.objects.update(next_at=None) == 0
        assert BusyTime.objects.all().delete()[0] == 0
        later = DateTimeTZRange(NOW + timedelta(days=1), NOW + timedelta(days=2))
        for write in (
            lambda: BusyTime.objects.create(calendar=calendar, during=later),
            lambda: BusyCalendar.objects.create(user=cast.lead, place=2, name="Vieras"),
        ):
            with pytest.raises(DatabaseError), transaction.atomic():
                write()
    with by(cast.lead):
        assert BusyTime.objects.count() == 1


def test_the_worker_knows_no_name_and_the_administrators_role_nothing(settled: Cast) -> None:
    added(settled.lead)
    for role, tables in (
        (Role.WORKER, ("SELECT name FROM supervision_busycalendar", "DELETE FROM supervision_busycalendar")),
        (Role.ADMIN, ("SELECT id FROM supervision_busycalendar", "SELECT id FROM supervision_busytime")),
    ):
        with as_role(role):
            for query in tables:
                with pytest.raises(DatabaseError, match="permission denied"), connection.cursor() as cursor:
                    cursor.execute(query)


@pytest.mark.parametrize("wrong", [{"place": 6}, {"place": 0}, {"place": 1}, {"next_at": NOW}, {"sealed": b"x"}])
def test_the_database_refuses_calendars_that_cannot_be(cast: Cast, wrong: dict[str, Any]) -> None:
    with by(cast.lead):
        actions.add_file(cast.lead, "Työ", Found([], 0), now=NOW)
        with pytest.raises(IntegrityError), transaction.atomic():
            BusyCalendar.objects.create(**{"user": cast.lead, "place": 2, "name": "Toinen", **wrong})


@pytest.mark.parametrize("during", [(1, 3), (0, 1), (None, 1), (5, None), (7, 7)])
def test_the_database_refuses_times_that_overlap_or_do_not_end(cast: Cast, during: Any) -> None:
    first, last = (None if hours is None else NOW + timedelta(hours=hours) for hours in during)
    with by(cast.lead):
        calendar = actions.add_file(cast.lead, "Työ", Found([(NOW, NOW + timedelta(hours=2))], 0), now=NOW)
        with pytest.raises(IntegrityError), transaction.atomic():
            BusyTime.objects.create(calendar=calendar, during=DateTimeTZRange(first, last))


def test_adding_and_removing_leave_their_traces_without_name_or_address(cast: Cast) -> None:
    with by(cast.lead):
        calendar = actions.add_address(cast.lead, "Työ", ADDRESS, now=NOW)
        pk = calendar.pk
        actions.remove(calendar, by=cast.lead)
        traces = list(Entry.objects.filter(event__startswith="busy_calendar").order_by("number"))
    assert [(each.event, each.actor) for each in traces] == [
        ("busy_calendar_added", cast.lead.pk),
        ("busy_calendar_removed", cast.lead.pk),
    ]
    assert traces[0].obj == pk
    assert traces[0].data == {"by": "address"}
