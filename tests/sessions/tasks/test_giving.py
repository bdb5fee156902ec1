"""Tasks are given, changed, withdrawn and discussed by those who lead, and seen by those who are to know of them."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit import asking
from audit.models import Entry
from audit.roles import Role
from engagements import actions as engagements
from engagements.models import Event, State
from sessions.models import Session, Task, TaskFor
from sessions.tasks import actions
from tests.conftest import NOW, make_session

Group = Any
Enter = Callable[[Any], Client]
Look = Callable[[Any, Any], Any]


def sending(**values: Any) -> dict[str, Any]:
    return {"text": "Kirjoita yksi havainto", "whom": "all", "due": "next", "visibility": "supervisors", **values}


def tasks(group: Group) -> list[Any]:
    asking.become(group.cast.lead)
    return list(Task.objects.with_due().order_by("created_at", "pk"))


def test_a_task_is_given_to_everybody_by_the_next_session(group: Group, enter: Enter) -> None:
    browser, cast = enter(group.cast.lead), group.cast
    answer = browser.post(reverse("tasks:give", args=[cast.engagement.pk]), sending(), follow=True)
    assert "The task is given." in answer.text
    assert "Kirjoita yksi havainto" in answer.text
    assert "By the session Wed 25 Nov 2026 9:00" in answer.text
    (task,) = tasks(group)
    assert (task.to_all, task.until_next, task.due_on, task.next_at) == (True, True, None, cast.session.starts_at)
    assert Event.objects.get(kind="task").audience == "participants"
    entry = Entry.objects.get(event="task.given")
    assert (entry.actor, entry.obj) == (cast.lead.pk, task.pk)


def test_a_task_given_in_a_session_is_due_at_the_one_after_it_and_stands_on_its_page(
    group: Group, enter: Enter
) -> None:
    asking.become(group.cast.lead)
    session = group.cast.session
    cancelled = make_session(group.cast.engagement, session.starts_at + timedelta(days=7), state="cancelled")
    after = make_session(group.cast.engagement, session.starts_at + timedelta(days=14))
    browser = enter(group.cast.lead)
    address = f"{reverse('tasks:give', args=[group.cast.engagement.pk])}?session={session.pk}"
    assert browser.post(address, sending()).headers["Location"] == reverse("sessions:detail", args=[session.pk])
    (task,) = tasks(group)
    assert (task.session, task.next_at) == (session, after.starts_at)
    given_there = browser.get(reverse("sessions:detail", args=[session.pk])).context["tasks"]
    assert [line.task for line in given_there["given"]] == [task]
    for later in (cancelled, after):
        panel = browser.get(reverse("sessions:detail", args=[later.pk])).context["tasks"]
        assert [line.task for line in panel["talk_about"]] == [task]


def test_the_text_lies_sealed(group: Group) -> None:
    task = group.give(text="SALAINEN TEHTÄVÄ")
    asking.become(group.cast.lead)
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(t)::text, t.text FROM supervision_task t WHERE id = %s", [task.pk])
        row, text = cursor.fetchone()
    assert "SALAINEN" not in row
    assert b"SALAINEN" not in bytes(text)


@pytest.mark.parametrize(("values", "field", "said"), [
    ({"text": " "}, "text", "This field is required."),
    ({"text": "x" * 4001}, "text", "at most 4000 characters"),
    ({"whom": "some"}, "to", "Choose who is to do the task."),
    ({"due": "day"}, "due_on", "Give the last day."),
    ({"due": "day", "due_on": "22.11.2026"}, "due_on", "The earliest possible day is"),
    ({"due": "day", "due_on": "1.1.2099"}, "due_on", "The last possible day is"),
    ({"visibility": "client"}, "visibility", "Select a valid choice"),
])  # fmt: skip
def test_bad_input_is_said_beside_its_field_and_kept(
    group: Group, enter: Enter, values: dict[str, str], field: str, said: str
) -> None:
    answer = enter(group.cast.lead).post(reverse("tasks:give", args=[group.cast.engagement.pk]), sending(**values))
    form = answer.context["form"]
    assert said in str(form.errors[field])
    if "text" not in values:
        assert "Kirjoita yksi havainto" in answer.text
    assert tasks(group) == []


def test_lines_end_in_one_character_whatever_the_browser_sends(group: Group, enter: Enter) -> None:
    text = "\r\n".join(["x" * 39] * 100)
    enter(group.cast.lead).post(reverse("tasks:give", args=[group.cast.engagement.pk]), sending(text=text))
    assert len(tasks(group)) == 1


def test_a_day_that_is_not_asked_for_is_not_looked_at(group: Group, enter: Enter) -> None:
    enter(group.cast.lead).post(
        reverse("tasks:give", args=[group.cast.engagement.pk]), sending(due="none", due_on="eilen")
    )
    (task,) = tasks(group)
    assert (task.due_on, task.until_next) == (None, False)


def test_nobody_of_another_process_is_given_a_task(group: Group, enter: Enter) -> None:
    asking.become(group.cast.stranger)
    foreign = group.cast.foreign_engagement.participations.all()[0]
    address = reverse("tasks:give", args=[group.cast.engagement.pk])
    answer = enter(group.cast.lead).post(address, sending(whom="some", to=[str(foreign.pk)]))
    assert "to" in answer.context["form"].errors
    task = group.give("sanna")
    with pytest.raises(DatabaseError), transaction.atomic():
        TaskFor.objects.create(task=task, participation=foreign)


def test_no_task_is_given_in_a_closed_process(group: Group, enter: Enter) -> None:
    asking.become(group.cast.lead)
    Session.objects.filter(engagement=group.cast.engagement).update(state="cancelled")
    engagements.close(group.cast.engagement, ending="completed", by=group.cast.lead, now=NOW)
    address = reverse("tasks:give", args=[group.cast.engagement.pk])
    browser = enter(group.cast.lead)
    assert "Tasks are given in a process that is on offer or under way." in browser.get(address).text
    assert browser.post(address, sending()).status_code == 200
    assert tasks(group) == []


# --- who knows of it ------------------------------------------------------------------------------------------------


def test_a_task_for_one_is_known_to_that_one_and_the_supervisors(group: Group, page: Look) -> None:
    task = group.give("sanna")
    seen = {name: page(user, task).status_code for name, user in group.users.items()}
    assert seen == {"sanna": 200, "asa": 404, "ville": 404}
    assert page(group.cast.co_supervisor, task).status_code == 200
    for name in ("contact", "practice_admin", "administrator", "stranger", "stranger_supervisee"):
        assert page(group.cast.members[name], task).status_code == 404
    asking.become(group.users["asa"])
    assert not Task.objects.exists()
    assert not TaskFor.objects.exists()
    assert not Event.objects.filter(kind="task").exists()


def test_a_task_whose_answers_all_see_is_known_to_all_who_take_part(group: Group, page: Look) -> None:
    task = group.give("sanna", visibility="everyone")
    answer = page(group.users["asa"], task)
    assert "This task was given to others." in answer.text
    assert "Your answer" not in answer.text


def test_who_joins_later_has_the_tasks_of_everybody(group: Group, page: Look) -> None:
    ville = group.part("ville")
    type(ville).objects.filter(pk=ville.pk).update(left_on=NOW.date())
    to_all, to_some = group.give(), group.give("sanna", "asa")
    assert page(group.users["ville"], to_all).status_code == 404
    asking.become(group.cast.lead)
    type(ville).objects.create(engagement=group.cast.engagement, person=group.cast.people[2], joined_on=NOW.date())
    assert page(group.users["ville"], to_all).context["asked"]
    assert page(group.users["ville"], to_some).status_code == 404


# --- afterwards -----------------------------------------------------------------------------------------------------


def test_a_task_changes_until_somebody_has_answered_then_only_by_when_it_is_due(group: Group, enter: Enter) -> None:
    task = group.give()
    address = reverse("tasks:change", args=[task.pk])
    browser = enter(group.cast.lead)
    chosen = [str(group.part("sanna").pk)]
    browser.post(address, {"text": "Toinen tehtävä", "whom": "some", "to": chosen, "due": "next"})
    (task,) = tasks(group)
    assert (task.to_all, task.until_next, task.recipients.count()) == (False, True, 1)
    assert "Toinen tehtävä" in browser.get(reverse("tasks:detail", args=[task.pk])).text
    group.answer(task, "sanna")
    answer = browser.post(address, {"text": "Kolmas", "whom": "all", "due": "day", "due_on": "30.11.2026"}, follow=True)
    assert "Toinen tehtävä" in answer.text
    (task,) = tasks(group)
    assert (task.to_all, task.due_on) == (False, date(2026, 11, 30))


def test_the_database_keeps_what_was_answered_to_and_who_sees_the_answers(group: Group) -> None:
    task = group.give()
    asking.become(group.cast.lead)
    with pytest.raises(DatabaseError), transaction.atomic():
        Task.objects.filter(pk=task.pk).update(visibility="everyone")
    group.answer(task, "sanna")
    asking.become(group.cast.lead)
    with pytest.raises(DatabaseError, match="stays as it was"), transaction.atomic():
        Task.objects.filter(pk=task.pk).update(text=b"x")


@pytest.mark.parametrize(("verb", "tag"), [("withdraw", "Withdrawn"), ("discuss", "Discussed")])
def test_a_task_is_withdrawn_or_discussed_and_opened_again(group: Group, enter: Enter, verb: str, tag: str) -> None:
    task = group.give()
    browser = enter(group.cast.lead)
    assert tag in browser.post(reverse(f"tasks:{verb}", args=[task.pk]), follow=True).text
    twice = browser.post(reverse(f"tasks:{verb}", args=[task.pk]), follow=True)
    assert "The task is not open any more" in twice.text
    assert "The task is open again." in browser.post(reverse("tasks:reopen", args=[task.pk]), follow=True).text
    assert tasks(group)[0].is_open


def test_it_is_ticked_as_discussed_on_the_page_of_the_session(group: Group, enter: Enter) -> None:
    task, session = group.give(), group.cast.session
    answer = enter(group.cast.lead).post(reverse("tasks:discuss", args=[task.pk]), {"session": str(session.pk)})
    assert answer.headers["Location"] == reverse("sessions:detail", args=[session.pk])
    assert tasks(group)[0].discussed_in == session
    assert f"Discussed {'Wed 25 Nov 2026'}" in enter(group.users["sanna"]).get(
        reverse("tasks:detail", args=[task.pk])
    ).text  # fmt: skip


def test_a_session_of_another_process_is_not_where_it_is_discussed(group: Group, enter: Enter) -> None:
    task = group.give()
    foreign = {"session": str(group.cast.foreign_session.pk)}
    enter(group.cast.lead).post(reverse("tasks:discuss", args=[task.pk]), foreign)
    assert tasks(group)[0].discussed_in is None
    with pytest.raises(DatabaseError), transaction.atomic():
        Task.objects.filter(pk=task.pk).update(discussed_in=group.cast.foreign_session)


def test_an_open_task_is_late_once_its_day_or_its_session_has_come(
    group: Group, enter: Enter, time_machine: Any
) -> None:
    group.give(due_on=NOW.date())
    group.give(until_next=True)
    address = reverse("tasks:list", args=[group.cast.engagement.pk])
    browser = enter(group.cast.lead)
    assert [line.late for line in browser.get(address).context["open"]] == [False, False]
    time_machine.move_to(NOW + timedelta(days=1), tick=False)
    browser.force_login(group.cast.lead)
    assert [line.late for line in browser.get(address).context["open"]] == [True, False]
    time_machine.move_to(group.cast.session.starts_at, tick=False)
    browser.force_login(group.cast.lead)
    assert [line.late for line in browser.get(address).context["open"]] == [True, True]


def test_what_cannot_be_opened_is_said_and_the_page_stands(group: Group, enter: Enter, page: Look) -> None:
    task = group.give()
    asking.become(group.cast.lead)
    Task.objects.filter(pk=task.pk).update(text=b"\x01\x05" + bytes(60))
    assert "This text cannot be opened." in page(group.cast.lead, task).text
    assert "This text cannot be opened." in page(group.users["sanna"], task).text
    listed = enter(group.cast.lead).get(reverse("tasks:list", args=[group.cast.engagement.pk]))
    assert "A task that cannot be opened" in listed.text


def test_tasks_are_read_in_as_many_queries_for_thirty_as_for_one(group: Group, enter: Enter) -> None:
    def queries(url: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(url).status_code == 200
        return len(captured)

    engagement = group.cast.engagement.pk
    pages = [reverse("tasks:list", args=[engagement]), reverse("sessions:detail", args=[group.cast.session.pk])]
    group.give(until_next=True)
    for who, urls in ((group.cast.lead, pages), (group.users["sanna"], [*pages, reverse("tasks:own"), "/own/"])):
        browser = enter(who)
        [browser.get(url) for url in urls]
        few = [queries(url) for url in urls]
        for number in range(15):
            made = group.give(*(["sanna", "asa"] if number % 2 else []), until_next=True)
            group.answer(made, "asa", giving=number % 3 > 0)
        browser = enter(who)
        browser.get(urls[0])
        assert [queries(url) for url in urls] == few


def test_the_open_tasks_that_their_reader_may_see_stand_by_when_they_are_due(group: Group) -> None:
    later, soon = group.give(due_on=date(2026, 12, 1)), group.give("sanna", due_on=date(2026, 11, 30))
    discussed = group.give()
    actions.discuss(discussed, session=None, by=group.cast.lead, now=NOW)
    for who, seen in ((group.cast.lead, [soon, later]), (group.users["sanna"], [soon, later]),
                      (group.users["asa"], [later]), (group.cast.contact, [])):  # fmt: skip
        asking.become(who)
        tasks = Task.objects.visible_to(who).filter(engagement=group.cast.engagement)
        assert list(tasks.open().with_due().nearest_first()) == seen


def test_no_task_and_no_comment_is_longer_than_may_be_whoever_asks(group: Group) -> None:
    with pytest.raises(ValidationError, match="at most 4000"):
        group.give(text="x" * 4001)
    answer = group.answer(group.give(), "asa", giving=True)
    asking.become(group.cast.lead)
    with pytest.raises(ValidationError, match="at most 1000"):
        actions.comment(answer, "x" * 1001, by=group.cast.lead, now=NOW)


@pytest.mark.parametrize("table", [
    "supervision_task", "supervision_taskfor", "supervision_taskanswer", "supervision_answerfile",
    "supervision_answerfilecontent", "supervision_answercomment", "supervision_answerread",
])  # fmt: skip
def test_the_administrators_role_has_no_column_of_it(db: None, table: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT has_any_column_privilege(%s, %s, 'SELECT, INSERT, UPDATE')",
            [settings.DATABASE_ROLE_NAMES[Role.ADMIN], table],
        )
        assert cursor.fetchone() == (False,)


def test_the_state_of_the_process_does_not_matter_for_reading(group: Group, page: Look) -> None:
    task = group.give()
    asking.become(group.cast.lead)
    type(group.cast.engagement).objects.filter(pk=group.cast.engagement.pk).update(state=State.PAUSED)
    assert page(group.users["sanna"], task).context["form"] is not None
