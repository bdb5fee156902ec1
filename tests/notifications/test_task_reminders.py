"""Of a task each who has not answered is reminded once, in time, and the mail says nothing of what it is."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from audit import asking
from engagements.models import Engagement, Participation, State
from formats.clock import HELSINKI
from notifications import outbox, preferring
from notifications.dispatch import Dispatcher
from notifications.models import Message
from sessions.models import Session, SessionState, Task
from sessions.tasks import actions, answering

Worker = Callable[[], AbstractContextManager[None]]
HOUR, MINUTE, DAY = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)
SANNA, ASA = "sanna@otso.example", "asa@otso.example"
SECRET = "SALAINEN TEHTÄVÄ"


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), tzinfo=HELSINKI)


class Story:
    """A task of the cast's process, what becomes of it, and what the worker then says."""

    def __init__(self, cast: Any, as_worker: Worker) -> None:
        self.cast, self.as_worker = cast, as_worker
        self.day = timezone.now().astimezone(HELSINKI).date() + 10 * DAY
        with self.lead():  # far from the task, unless a test wants it near
            starts = at(self.day + 30 * DAY, 9)
            Session.objects.filter(engagement=cast.engagement).update(starts_at=starts, ends_at=starts + HOUR)
            # As long ago as matters to none of these tests, whatever the day on which they run.
            Participation.objects.filter(engagement=cast.engagement).update(joined_on=date(2026, 1, 1))

    def lead(self) -> AbstractContextManager[None]:
        return asking.acting_as(self.cast.lead)

    def give(self, **values: Any) -> Task:
        fields: dict[str, Any] = {"text": SECRET, "to": None, "until_next": False, "session": None}
        fields |= {"visibility": "everyone", "by": self.cast.lead, "now": at(self.day - 8 * DAY, 12)}
        fields["due_on"] = None if values.get("until_next") else self.day
        with self.lead():
            return actions.give(self.cast.engagement, **fields | values)

    def part(self, place: int) -> Participation:
        return Participation.objects.get(engagement=self.cast.engagement, person=self.cast.people[place])

    def meet(self, starts_at: datetime) -> None:
        with self.lead():
            Session.objects.filter(pk=self.cast.session.pk).update(starts_at=starts_at, ends_at=starts_at + HOUR)

    def work(self, now: datetime) -> list[str]:
        """Let the worker plan and send; return whom it reminded of a task."""
        mail.outbox.clear()
        with self.as_worker():
            outbox.plan(now)
            Dispatcher(clock=lambda: now).run()
        return sorted(sent.to[0] for sent in mail.outbox if "A task of yours is due soon" in str(sent.body))


@pytest.fixture
def story(settled: Any, as_worker: Worker, settings: Any) -> Story:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    mail.outbox = []
    return Story(settled, as_worker)


def test_everybody_with_an_address_is_reminded_once_the_day_before_at_nine(story: Story) -> None:
    story.give()
    due = at(story.day - DAY, 9)
    assert story.work(due - MINUTE) == []
    assert story.work(due) == [ASA, SANNA]
    assert story.work(due + MINUTE) == []
    assert story.work(at(story.day, 12)) == []


def test_the_mail_says_by_when_and_where_and_nothing_of_the_task(story: Story) -> None:
    task = story.give()
    story.work(at(story.day - DAY, 9))
    outgoing: list[Any] = mail.outbox
    for sent in outgoing:
        whole = sent.message().as_string() + str(sent.body) + str(sent.alternatives[0][0])
        assert "SALAINEN" not in whole
        assert "Otso" not in str(sent.body)
        assert sent.subject == "Työnohjaus"
        assert f"/tasks/{task.pk}/" in str(sent.body)
        assert "List-Unsubscribe" in sent.extra_headers
    assert SECRET not in str(list(Message.objects.values()))


def test_by_the_next_session_it_is_two_days_before_it(story: Story) -> None:
    story.meet(at(story.day, 13, 30))
    story.give(until_next=True)
    due = at(story.day - 2 * DAY, 13, 30)
    assert story.work(due - MINUTE) == []
    assert story.work(due) == [ASA, SANNA]
    assert story.work(at(story.day - DAY, 14)) == []


@pytest.mark.parametrize(("meets", "reminded"), [
    (datetime(2027, 3, 29, 9, 0, tzinfo=HELSINKI), datetime(2027, 3, 27, 7, 0, tzinfo=UTC)),
    (datetime(2027, 11, 1, 9, 0, tzinfo=HELSINKI), datetime(2027, 10, 30, 6, 0, tzinfo=UTC)),
])  # fmt: skip
def test_it_is_nine_by_the_clock_across_daylight_saving(story: Story, meets: datetime, reminded: datetime) -> None:
    story.meet(meets)
    story.give(until_next=True)
    story.give(due_on=meets.date() - DAY)
    assert story.work(reminded - MINUTE) == []
    assert story.work(reminded) == [ASA, ASA, SANNA, SANNA]


def test_quiet_hours_are_kept(story: Story) -> None:
    story.meet(at(story.day, 7, 30))
    story.give(until_next=True)
    assert story.work(at(story.day - 3 * DAY, 19, 54)) == []
    assert story.work(at(story.day - 3 * DAY, 19, 55)) == [ASA, SANNA]


def test_what_is_given_late_is_reminded_of_an_hour_later_but_not_at_night(story: Story) -> None:
    given = at(story.day - DAY, 19, 30)
    story.give(now=given)
    assert story.work(given + 59 * MINUTE) == []
    assert story.work(given + HOUR) == []
    assert story.work(at(story.day, 8)) == [ASA, SANNA]


def test_who_has_answered_is_not_reminded_and_a_draft_is_no_answer(story: Story) -> None:
    task = story.give()
    sanna = story.cast.supervisee
    with asking.acting_as(sanna):
        answering.save(task, story.part(0), text="Luonnos", rev=0, by=sanna, now=at(story.day - 3 * DAY, 9))
    with story.as_worker():
        assert outbox.plan(at(story.day - DAY, 9)) == 2
    with asking.acting_as(sanna):
        answering.save(
            task, story.part(0), text="Vastaus", rev=1, by=sanna, now=at(story.day - DAY, 8), giving=True
        )  # fmt: skip
    assert story.work(at(story.day - DAY, 9)) == [ASA]


def test_only_those_to_whom_it_is_given_are_reminded(story: Story) -> None:
    with story.lead():
        to = [story.part(1), story.part(2)]
    story.give(to=to)
    assert story.work(at(story.day - DAY, 9)) == [ASA]


def close(task: Task, story: Story) -> None:
    actions.withdraw(task, by=story.cast.lead, now=at(story.day - 2 * DAY, 9))


def talk(task: Task, story: Story) -> None:
    actions.discuss(task, session=None, by=story.cast.lead, now=at(story.day - 2 * DAY, 9))


def leave(task: Task, story: Story) -> None:
    Participation.objects.filter(engagement=task.engagement_id).update(left_on=story.day - 2 * DAY)


def opt_out(task: Task, story: Story) -> None:
    for person in story.cast.people:
        preferring.choose_reminders(person.pk, ["task_due"], None)


def end(task: Task, story: Story) -> None:
    values = {"state": State.CLOSED, "ending": "completed", "closed_at": timezone.now()}
    Engagement.objects.filter(pk=task.engagement_id).update(**values)


@pytest.mark.parametrize("planned", [False, True], ids=["before planning", "after planning"])
@pytest.mark.parametrize("change", [close, talk, leave, opt_out, end], ids=lambda change: change.__name__)
def test_nobody_is_reminded_of_what_is_over_for_them(
    story: Story, change: Callable[[Task, Story], None], planned: bool
) -> None:
    task = story.give()
    if planned:
        with story.as_worker():
            assert outbox.plan(at(story.day - DAY, 9)) == 2
    with story.lead():
        change(task, story)
    assert story.work(at(story.day - DAY, 9)) == []


def test_a_task_put_off_is_reminded_of_by_its_new_day_alone(story: Story) -> None:
    task = story.give()
    with story.as_worker():
        assert outbox.plan(at(story.day - DAY, 9)) == 2
    with story.lead():
        later = story.day + 3 * DAY
        actions.change_due(task, due_on=later, until_next=False, by=story.cast.lead, now=at(story.day - DAY, 9))
    assert story.work(at(story.day - DAY, 9)) == []
    assert story.work(at(story.day + 2 * DAY, 9)) == [ASA, SANNA]
    with story.lead():
        actions.change_due(task, due_on=story.day + 9 * DAY, until_next=False, by=story.cast.lead, now=at(story.day, 9))
    assert story.work(at(story.day + 8 * DAY, 9)) == []


def test_when_the_session_moves_the_reminder_moves_with_it(story: Story) -> None:
    story.meet(at(story.day, 13))
    story.give(until_next=True)
    story.meet(at(story.day + 7 * DAY, 13))
    assert story.work(at(story.day - 2 * DAY, 13)) == []
    assert story.work(at(story.day + 5 * DAY, 13)) == [ASA, SANNA]


def test_without_a_next_session_nobody_is_reminded(story: Story) -> None:
    story.give(until_next=True)
    with story.lead():
        Session.objects.filter(engagement=story.cast.engagement).update(state=SessionState.CANCELLED)
    assert story.work(at(story.day + 28 * DAY, 9)) == []
    story.give(due_on=None)
    assert story.work(at(story.day - DAY, 9)) == []


def test_what_is_late_is_not_reminded_of_any_more(story: Story) -> None:
    story.give()
    assert story.work(at(story.day + DAY, 9)) == []


@pytest.mark.parametrize("query", [
    "SELECT text FROM supervision_task",
    "SELECT text FROM supervision_taskanswer",
    "SELECT name FROM supervision_answerfile",
    "SELECT sealed FROM supervision_answerfilecontent",
    "SELECT text FROM supervision_answercomment",
    "SELECT at FROM supervision_answerread",
    "SELECT sealed FROM vault_contentkey",
    "UPDATE supervision_task SET closed_at = NULL",
])  # fmt: skip
def test_the_worker_reads_no_text(story: Story, query: str) -> None:
    refused = pytest.raises(DatabaseError, match="permission denied")
    with story.as_worker(), connection.cursor() as cursor, refused, transaction.atomic():
        cursor.execute(query)
