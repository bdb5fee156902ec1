"""Requests about one's own data: to whom they go, who reads them, by when they are answered, and what is told."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from django.core import mail
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse

from audit import asking
from audit.connecting import as_role
from audit.models import Entry
from audit.roles import Role
from engagements.models import Engagement
from formats.clock import HELSINKI
from notifications import outbox
from notifications.dispatch import Dispatcher
from privacy import erasing
from privacy.models import DataRequest, Kind, Outcome
from privacy.own.actions import ask, decide, extend

Cast = Any
Enter = Callable[[Any], Client]
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=HELSINKI)
SECRET = "SALAINENPYYNTO"


@pytest.fixture(autouse=True)
def now(time_machine: Any) -> None:
    time_machine.move_to(NOW, tick=False)


def asked(cast: Cast, kind: str = Kind.CORRECT, **where: Any) -> DataRequest:
    with asking.acting_as(cast.supervisee):
        return ask(cast.people[0], kind, SECRET, by=cast.supervisee, now=NOW, **where)


def opens(enter: Enter, user: Any, request: DataRequest, page: str = "handle") -> int:
    return enter(user).get(reverse(f"own:{page}", args=[request.pk])).status_code


# --- who reads it ---------------------------------------------------------------------------------------------------


def test_what_is_asked_of_the_practice_only_its_administrators_read(cast: Cast, enter: Enter) -> None:
    request = asked(cast)
    may = {name for name, user in cast.members.items() if opens(enter, user, request) == 200}
    assert may == {"lead", "practice_admin"}  # who founded a practice administers it


def test_what_is_asked_about_a_process_only_its_lead_reads(cast: Cast, enter: Enter) -> None:
    request = asked(cast, engagement=cast.engagement)
    assert {name for name, user in cast.members.items() if opens(enter, user, request) == 200} == {"lead"}


def test_what_is_asked_about_notes_only_their_author_reads(cast: Cast, enter: Enter) -> None:
    request = asked(cast, Kind.NOTES, engagement=cast.engagement, author=cast.co_supervisor)
    assert {name for name, user in cast.members.items() if opens(enter, user, request) == 200} == {"co_supervisor"}


def test_the_page_of_a_request_is_the_persons_alone(cast: Cast, enter: Enter) -> None:
    request = asked(cast)
    assert {n for n, user in cast.members.items() if opens(enter, user, request, "request") == 200} == {"supervisee"}


def test_the_database_says_the_same(cast: Cast) -> None:
    request = asked(cast, engagement=cast.engagement)
    seen = {}
    for name, user in cast.members.items():
        asking.become(user)
        seen[name] = DataRequest.objects.filter(pk=request.pk).exists()
    assert {name for name, sees in seen.items() if sees} == {"lead", "supervisee"}


def test_its_words_rest_sealed_and_open_nowhere_else(cast: Cast) -> None:
    one, other = asked(cast), asked(cast)
    assert SECRET.encode() not in bytes(one.text)
    other.text = one.text
    with pytest.raises(InvalidTag):
        other.words("text")


def test_the_worker_reads_no_word_of_it(settled: Cast) -> None:
    with transaction.atomic():
        asking.become(settled.supervisee)
        ask(settled.people[0], Kind.OTHER, SECRET, by=settled.supervisee, now=NOW)
    with as_role(Role.WORKER), pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        list(DataRequest.objects.values_list("text"))


def test_opening_a_request_is_written_down(cast: Cast, enter: Enter) -> None:
    request = asked(cast)
    enter(cast.practice_admin).get(reverse("own:handle", args=[request.pk]))
    assert Entry.objects.filter(event="data_request.read", obj=request.pk, actor=cast.practice_admin.pk).count() == 1


# --- asking ---------------------------------------------------------------------------------------------------------


def test_a_person_asks_on_the_page_and_sees_how_it_stands(cast: Cast, enter: Enter) -> None:
    browser = enter(cast.supervisee)
    place = f"process:{cast.engagement.pk}"
    answer = browser.post(reverse("own:ask"), {"kind": "object", "place": place, "text": SECRET})
    asking.become(cast.supervisee)
    request = DataRequest.objects.get()
    assert answer.headers["Location"] == reverse("own:request", args=[request.pk])
    assert (request.kind, request.engagement_id, request.due_on) == ("object", cast.engagement.pk, date(2026, 12, 23))
    assert SECRET in browser.get(answer.headers["Location"]).content.decode()


def test_notes_are_asked_of_their_author_and_nothing_else_is(cast: Cast, enter: Enter) -> None:
    browser = enter(cast.supervisee)
    notes = f"notes:{cast.engagement.pk}:{cast.co_supervisor.pk}"
    wrong = browser.post(reverse("own:ask"), {"kind": "notes", "place": f"practice:{cast.practice.pk}", "text": "a"})
    assert "Choose whose own notes you ask about." in wrong.content.decode()
    wrong = browser.post(reverse("own:ask"), {"kind": "erase", "place": notes, "text": SECRET})
    assert "can only be asked about" in wrong.content.decode()
    assert SECRET in wrong.content.decode()
    assert browser.post(reverse("own:ask"), {"kind": "notes", "place": notes, "text": "a"}).status_code == 302


@pytest.mark.parametrize("place", ["", "practice:nobody", "process:00000000-0000-0000-0000-000000000000"])
def test_a_place_that_is_not_ones_own_is_refused(cast: Cast, enter: Enter, place: str) -> None:
    answer = enter(cast.supervisee).post(reverse("own:ask"), {"kind": "erase", "place": place, "text": "a"})
    assert answer.status_code == 200
    assert not DataRequest.objects.exists()


def test_nobody_asks_in_anothers_name_nor_about_a_foreign_process(cast: Cast) -> None:
    asking.become(cast.supervisee)
    for person, engagement in ((cast.people[1], None), (cast.people[0], Engagement(pk=cast.foreign_engagement.pk))):
        with pytest.raises(DatabaseError), transaction.atomic():
            ask(person, Kind.ERASE, "a", engagement=engagement, by=cast.supervisee, now=NOW)


@pytest.mark.parametrize(
    ("day", "due"),
    [((2027, 1, 31), date(2027, 2, 28)), ((2028, 1, 31), date(2028, 2, 29)), ((2026, 12, 5), date(2027, 1, 5))],
)
def test_a_month_is_a_month_of_the_calendar(cast: Cast, day: tuple[int, int, int], due: date) -> None:
    with asking.acting_as(cast.supervisee):
        at = datetime(*day, 23, 30, tzinfo=HELSINKI)
        assert ask(cast.people[0], Kind.OTHER, "a", by=cast.supervisee, now=at).due_on == due


# --- answering ------------------------------------------------------------------------------------------------------


def test_an_answer_is_given_once_and_the_person_reads_it(cast: Cast, enter: Enter) -> None:
    request = asked(cast)
    url = reverse("own:handle", args=[request.pk])
    enter(cast.practice_admin).post(url, {"outcome": "partly", "grounds": "Nimi korjattu."})
    body = enter(cast.supervisee).get(reverse("own:request", args=[request.pk])).content.decode()
    assert "Nimi korjattu." in body
    assert "Done in part" in body
    asking.become(cast.practice_admin)
    request.refresh_from_db()
    with pytest.raises(ValidationError):
        decide(request, Outcome.DONE, "Toisin.", by=cast.practice_admin, now=NOW)
    with pytest.raises(DatabaseError), transaction.atomic():
        DataRequest.objects.filter(pk=request.pk).update(outcome="done")


def test_without_grounds_there_is_no_answer(cast: Cast, enter: Enter) -> None:
    request = asked(cast)
    answer = enter(cast.practice_admin).post(reverse("own:handle", args=[request.pk]), {"outcome": "refused"})
    assert "This field is required." in answer.content.decode()
    with asking.acting_as(cast.practice_admin), pytest.raises(DatabaseError), transaction.atomic():
        DataRequest.objects.filter(pk=request.pk).update(
            outcome="refused", decided_at=NOW, decided_by=cast.practice_admin
        )


def test_the_time_is_extended_once_by_two_months_and_before_it_is_over(cast: Cast) -> None:
    request, late = asked(cast), asked(cast)
    asking.become(cast.practice_admin)
    extend(request, "Pyyntöjä on paljon.", by=cast.practice_admin, now=NOW)
    assert request.answer_by == date(2027, 2, 23)
    with pytest.raises(ValidationError):
        extend(request, "Vielä.", by=cast.practice_admin, now=NOW)
    with pytest.raises(ValidationError):
        extend(late, "Unohtui.", by=cast.practice_admin, now=NOW + timedelta(days=31))


def test_a_person_is_erased_after_it_was_agreed_to_and_what_they_asked_stays_without_them(
    cast: Cast, enter: Enter
) -> None:
    request = asked(cast, Kind.ERASE)
    page, door = reverse("own:handle", args=[request.pk]), reverse("retention:erase", args=[request.person_id])
    browser = enter(cast.practice_admin)
    assert door not in browser.get(page).content.decode()
    with asking.acting_as(cast.practice_admin):
        decide(request, Outcome.DONE, "Poistetaan.", by=cast.practice_admin, now=NOW)
    assert door in browser.get(page).content.decode()
    asking.become(cast.practice_admin)
    erasing.erase(cast.people[0], by=cast.practice_admin, now=NOW)
    after = browser.get(page).content.decode()
    assert "Somebody who was erased" in after
    assert door not in after


# --- what is told ---------------------------------------------------------------------------------------------------


def sent(at: datetime) -> list[tuple[str, str]]:
    mail.outbox.clear()
    with as_role(Role.WORKER):
        outbox.plan(at)
        Dispatcher(clock=lambda: at).run()
    return sorted((each.to[0], str(each.body)) for each in mail.outbox if "about" in each.body and "data" in each.body)


def test_handlers_and_the_person_hear_of_it_once_and_read_nothing_of_it(settled: Cast) -> None:
    with transaction.atomic():
        request = asked(settled)
    first = sent(NOW)
    assert [to for to, _body in first] == ["liisa@kaari.example", "paula@kaari.example"]
    assert all(SECRET not in body and "Salo" not in body for _to, body in first)
    assert sent(NOW + timedelta(minutes=2)) == []
    with asking.acting_as(settled.practice_admin):
        decide(request, Outcome.DONE, SECRET, by=settled.practice_admin, now=NOW + timedelta(hours=1))
    told = sent(NOW + timedelta(hours=2))
    assert [to for to, _body in told] == ["sanna@otso.example"]
    assert SECRET not in told[0][1]
    assert sent(NOW + timedelta(hours=3)) == []


def test_it_waits_on_the_home_page_of_who_answers_in_one_line(cast: Cast, enter: Enter) -> None:
    for _each in range(3):
        asked(cast)
    asked(cast, engagement=cast.engagement)
    body = enter(cast.lead).get(reverse("today")).content.decode()
    assert "Answer requests about data: 4" in body
    assert "Answer requests about data: 3" in enter(cast.practice_admin).get(reverse("practice_home")).content.decode()
    assert "Answer requests" not in enter(cast.co_supervisor).get(reverse("today")).content.decode()
    with connection.cursor():
        assert reverse("own:received") in body
