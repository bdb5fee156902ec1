"""What people in a session are told, and what they are spared."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import transaction
from django.utils import timezone, translation

from audit import asking
from engagements.models import Participation, State
from formats.clock import HELSINKI
from notifications import outbox, preferring
from notifications.dispatch import Dispatcher
from notifications.models import Message
from sessions import coming, messages
from sessions.models import Session, SessionState

Worker = Callable[[], AbstractContextManager[None]]
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


class Story:
    """A session, what its supervisor does with it, and what the worker then says, minute by minute."""

    def __init__(self, cast: Any, as_worker: Worker) -> None:
        self.cast = cast
        self.as_worker = as_worker
        with self.lead():
            self.session = Session.objects.get(pk=cast.session.pk)
            long_ago = self.session.starts_at - timedelta(days=30)
            Session.objects.filter(pk=self.session.pk).update(created_at=long_ago)
        with asking.acting_as(cast.stranger):  # Theirs is another story.
            Session.objects.filter(pk=cast.foreign_session.pk).update(state=SessionState.CANCELLED)
        self.reload()
        self.starts_at = self.session.starts_at.astimezone(HELSINKI)

    def lead(self) -> AbstractContextManager[None]:
        return asking.acting_as(self.cast.lead)

    def write(self, **fields: Any) -> None:
        with self.lead():
            assert Session.objects.filter(pk=self.session.pk).update(**fields)
        self.reload()

    def reload(self) -> None:
        with self.lead():
            self.session = Session.objects.select_related("engagement").get(pk=self.session.pk)

    def move(self, to: datetime, now: datetime) -> None:
        before = self.session.starts_at
        fields = {"starts_at": to, "ends_at": to + 1.5 * HOUR, "sequence": self.session.sequence + 1}
        self.write(**fields)
        with self.lead():
            messages.queue_moved(self.session, before, now)

    def cancel(self, now: datetime) -> None:
        self.write(state=SessionState.CANCELLED, sequence=self.session.sequence + 1)
        with self.lead():
            messages.queue_cancelled(self.session, now)

    def work(self, now: datetime, *, until: datetime | None = None, every: timedelta = MINUTE) -> list[tuple[str, str]]:
        """Let the worker plan and send, once or again and again; return (address, kind of mail) of what it said."""
        mail.outbox.clear()
        with self.as_worker():
            for number in range(1 + ((until or now) - now) // every):
                at_once(now + number * every)
        return sorted((message.to[0], headline(message)) for message in mail.outbox)


def at_once(now: datetime) -> None:
    outbox.plan(now)
    Dispatcher(clock=lambda: now).run()


def headline(message: Any) -> str:
    return str(message.body).splitlines()[0]


NEAR, NEW_TIME, CHANGED, OFF = (
    "Your session is near",
    "Your session has a new time",
    "Your session has changed",
    "Your session is cancelled",
)
SANNA, ASA = "sanna@otso.example", "asa@otso.example"


@pytest.fixture
def story(settled: Any, as_worker: Worker, settings: Any) -> Story:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    mail.outbox = []
    return Story(settled, as_worker)


def everybody(kind: str) -> list[tuple[str, str]]:
    """Of three supervisees one has no address."""
    return [(ASA, kind), (SANNA, kind)]


# --- reminders ------------------------------------------------------------------------------------------------------


def test_everybody_who_has_an_address_is_reminded_a_day_before_and_once(story: Story) -> None:
    due = story.starts_at - 24 * HOUR
    assert story.work(due - MINUTE) == []
    assert story.work(due) == everybody(NEAR)
    assert story.work(due + MINUTE, until=due + 30 * MINUTE) == []


def test_a_practice_chooses_how_long_before(story: Story) -> None:
    with story.lead():
        story.cast.practice.reminder_hours = 48
        story.cast.practice.save()
    assert story.work(story.starts_at - 48 * HOUR) == everybody(NEAR)


def test_only_supervisees_of_that_day_are_reminded(story: Story) -> None:
    day = story.starts_at.date()
    with story.lead():
        people = Participation.objects.filter(engagement=story.cast.engagement)
        people.filter(person__email=ASA).update(left_on=day)
        people.filter(person__email=SANNA).update(joined_on=day)
    assert story.work(story.starts_at - 24 * HOUR) == [(SANNA, NEAR)]
    assert Message.objects.count() == 1


def test_one_who_leaves_or_declines_after_planning_is_not_reminded(story: Story) -> None:
    due = story.starts_at - 24 * HOUR
    with story.as_worker():
        assert outbox.plan(due) == 2
    with story.lead():
        Participation.objects.filter(person__email=ASA).update(left_on=story.starts_at.date())
        sanna = story.cast.people[0]
        preferring.choose_reminders(sanna.pk, ["session_reminder"], None)
    assert story.work(due) == []
    assert set(Message.objects.values_list("state", flat=True)) == {Message.State.DROPPED}


@pytest.mark.parametrize("when", ["before planning", "after planning"])
def test_who_has_said_that_they_cannot_come_is_not_reminded(story: Story, when: str) -> None:
    due = story.starts_at - 24 * HOUR
    if when == "after planning":
        with story.as_worker():
            assert outbox.plan(due) == 2
    sanna = story.cast.supervisee
    with asking.acting_as(sanna):
        coming.say(story.session, comes=False, by=sanna, now=due - HOUR)
    assert [each for each in story.work(due) if each[1] == NEAR] == [(ASA, NEAR)]


NOT_SPOKEN_OF = pytest.mark.parametrize(
    "fields", [{"state": State.DRAFT}, {"state": State.CLOSED, "ending": "completed", "closed_at": timezone.now()}]
)


def change_engagement(story: Story, fields: dict[str, Any]) -> None:
    with story.lead():
        assert type(story.cast.engagement).objects.filter(pk=story.cast.engagement.pk).update(**fields)


@NOT_SPOKEN_OF
def test_an_engagement_that_is_a_draft_or_closed_reminds_nobody(story: Story, fields: dict[str, Any]) -> None:
    change_engagement(story, fields)
    assert story.work(story.starts_at - 24 * HOUR) == []
    assert not Message.objects.exists()


@NOT_SPOKEN_OF
def test_an_engagement_that_ends_after_planning_reminds_nobody(story: Story, fields: dict[str, Any]) -> None:
    with story.as_worker():
        assert outbox.plan(story.starts_at - 24 * HOUR) == 2
    change_engagement(story, fields)
    assert story.work(story.starts_at - 24 * HOUR) == []


def test_a_session_booked_late_is_reminded_of_at_once(story: Story) -> None:
    soon = story.starts_at - 20 * HOUR
    story.write(created_at=soon)
    assert story.work(soon) == everybody(NEAR)


def test_a_reminder_booked_at_night_waits_for_the_morning(story: Story) -> None:
    night = story.starts_at.replace(hour=22, minute=30) - timedelta(days=1)
    assert story.work(night) == []
    morning = story.starts_at.replace(hour=8, minute=0)
    assert story.work(morning - MINUTE) == []
    assert story.work(morning) == everybody(NEAR)


def test_a_message_that_an_outage_carried_into_the_night_waits_too(story: Story) -> None:
    due = story.starts_at - 24 * HOUR
    with story.as_worker():
        assert outbox.plan(due) == 2
    assert story.work(due.replace(hour=21)) == []
    assert story.work(story.starts_at.replace(hour=8)) == everybody(NEAR)


def test_nobody_is_reminded_of_what_has_begun(story: Story) -> None:
    assert story.work(story.starts_at) == []
    with story.as_worker():
        outbox.plan(story.starts_at - 24 * HOUR)
    assert story.work(story.starts_at) == []


def test_the_clock_set_back_or_forward_an_hour_says_it_once(story: Story) -> None:
    due = story.starts_at - 24 * HOUR
    said = story.work(due, until=due + 5 * MINUTE)
    said += story.work(due - HOUR, until=due + 3 * MINUTE)
    said += story.work(due + HOUR, until=due + HOUR + 3 * MINUTE)
    assert sorted(said) == everybody(NEAR)


@pytest.mark.parametrize("day", [date(2026, 3, 28), date(2026, 10, 24), date(2027, 3, 27)])
def test_a_day_on_which_the_clocks_change_reminds_once(story: Story, day: date) -> None:
    start = datetime.combine(day, time(8), tzinfo=UTC) + 24 * HOUR
    story.write(starts_at=start, ends_at=start + HOUR, created_at=start - timedelta(days=60))
    with story.lead():
        Participation.objects.filter(engagement=story.cast.engagement).update(joined_on=None)
    said: list[tuple[str, str]] = []
    for step in range(0, 48 * 60, 30):
        said += story.work(start - 48 * HOUR + step * MINUTE)
    assert sorted(said) == everybody(NEAR)


# --- what has moved -------------------------------------------------------------------------------------------------


def test_a_move_is_told_after_three_minutes_and_reminded_of_anew(story: Story) -> None:
    reminded = story.starts_at - 24 * HOUR
    assert story.work(reminded) == everybody(NEAR)
    later = story.starts_at + timedelta(days=6)
    now = reminded + HOUR
    story.move(later, now)
    assert story.work(now + 2 * MINUTE) == []
    assert story.work(now + 3 * MINUTE) == everybody(NEW_TIME)
    assert story.work(story.starts_at - HOUR) == []
    assert story.work(later - 24 * HOUR) == everybody(NEAR)


def test_a_session_moved_twice_is_told_once_with_the_time_that_holds(story: Story) -> None:
    now = story.starts_at - 46 * HOUR
    story.move(story.starts_at + timedelta(days=1), now)
    story.move(story.starts_at + timedelta(days=2), now + MINUTE)
    assert story.work(now, until=now + 10 * MINUTE) == everybody(NEW_TIME)
    final = story.starts_at + timedelta(days=2)
    assert all(f"{final.day} Nov 2026" in str(message.body) for message in mail.outbox)
    assert all(f"It was to be on Wed {story.starts_at.day} Nov" in str(message.body) for message in mail.outbox)


def test_a_session_moved_and_moved_back_is_not_told(story: Story) -> None:
    now = story.starts_at - 46 * HOUR
    story.move(story.starts_at + timedelta(days=1), now)
    story.move(story.starts_at, now + MINUTE)
    assert story.work(now, until=now + 10 * MINUTE) == []
    assert story.work(story.starts_at - 24 * HOUR) == everybody(NEAR)


def test_every_move_that_was_told_is_told_back(story: Story) -> None:
    other = story.starts_at + timedelta(days=9)
    now = story.starts_at - 68 * HOUR
    for to in (other, story.starts_at, other, story.starts_at):
        story.move(to, now)
        assert story.work(now, until=now + 5 * MINUTE) == everybody(NEW_TIME)
        now += HOUR / 2


def test_a_reminder_dropped_by_a_move_comes_when_the_session_is_back(story: Story) -> None:
    due = story.starts_at - 24 * HOUR
    with story.as_worker():
        assert outbox.plan(due) == 2
    story.move(story.starts_at + timedelta(days=1), due)
    assert story.work(due) == []
    story.move(story.starts_at, due + MINUTE)
    assert story.work(due + MINUTE, until=due + 10 * MINUTE) == everybody(NEAR)


def test_a_move_into_the_reminders_own_hours_is_told_once_not_twice(story: Story) -> None:
    now = story.starts_at - 46 * HOUR
    soon = now + 6 * HOUR
    story.move(soon, now)
    assert story.work(now, until=soon, every=10 * MINUTE) == everybody(NEW_TIME)


def test_a_move_told_at_night_waits_but_not_too_long(story: Story) -> None:
    night = story.starts_at.replace(hour=22) - timedelta(days=1)
    story.work(story.starts_at - 24 * HOUR)
    story.move(story.starts_at + timedelta(days=7), night)
    assert story.work(night, until=night + 20 * MINUTE) == []
    assert story.work(story.starts_at.replace(hour=8)) == everybody(NEW_TIME)


def test_one_who_would_set_out_before_the_morning_is_told_at_night(story: Story) -> None:
    early = story.starts_at.replace(hour=7, minute=30)
    story.write(starts_at=early, ends_at=early + HOUR)
    night = early.replace(hour=22) - timedelta(days=1)
    story.move(early + timedelta(days=7), night)
    assert story.work(night, until=night + 5 * MINUTE) == everybody(NEW_TIME)


def test_another_place_or_length_is_told_without_saying_which(story: Story) -> None:
    now = story.starts_at - 40 * HOUR
    story.write(place="Toinen katu 5", sequence=story.session.sequence + 1)
    with story.lead():
        messages.queue_moved(story.session, story.session.starts_at, now)
    assert story.work(now, until=now + 10 * MINUTE) == everybody(CHANGED)
    assert not any("Toinen" in str(message.message()) for message in mail.outbox)


def test_a_session_moved_and_then_changed_otherwise_is_told_once(story: Story) -> None:
    now = story.starts_at - 40 * HOUR
    story.move(story.starts_at + timedelta(days=1), now)
    story.write(place="Toinen katu 5", sequence=story.session.sequence + 1)
    with story.lead():
        messages.queue_moved(story.session, story.session.starts_at, now + MINUTE)
    assert story.work(now, until=now + 10 * MINUTE) == everybody(NEW_TIME)


def test_one_who_leaves_between_two_days_still_hears_of_the_move(story: Story) -> None:
    now = story.starts_at - 46 * HOUR
    with story.lead():
        asa = Participation.objects.filter(person__email=ASA)
        asa.update(left_on=(story.starts_at + timedelta(days=1)).date())
    story.move(story.starts_at + timedelta(days=3), now)
    story.move(story.starts_at + timedelta(days=4), now + MINUTE)
    assert story.work(now, until=now + 10 * MINUTE) == everybody(NEW_TIME)


# --- what is cancelled ----------------------------------------------------------------------------------------------


def test_a_cancelled_session_is_told_once_and_not_reminded_of(story: Story) -> None:
    now = story.starts_at - 46 * HOUR
    story.cancel(now)
    assert story.work(now, until=now + 10 * MINUTE) == everybody(OFF)
    assert story.work(story.starts_at - 24 * HOUR, until=story.starts_at - 23 * HOUR) == []


def test_a_session_cancelled_between_planning_and_sending_is_not_reminded_of(story: Story) -> None:
    due = story.starts_at - 24 * HOUR
    with story.as_worker():
        assert outbox.plan(due) == 2
    story.cancel(due)
    assert story.work(due, until=due + 5 * MINUTE) == everybody(OFF)


def test_what_was_booked_and_cancelled_at_once_is_not_spoken_of(story: Story) -> None:
    now = story.starts_at - 46 * HOUR
    story.write(created_at=now - MINUTE)
    story.cancel(now)
    assert story.work(now, until=now + 10 * MINUTE) == []


def test_a_session_moved_and_then_cancelled_is_told_of_by_the_time_people_know(story: Story) -> None:
    now = story.starts_at - 46 * HOUR
    story.move(story.starts_at + timedelta(days=3), now)
    story.cancel(now + MINUTE)
    assert story.work(now, until=now + 10 * MINUTE) == everybody(OFF)
    assert all(f"Wed {story.starts_at.day} Nov 2026" in str(message.body) for message in mail.outbox)


def test_a_cancellation_on_the_way_is_told_though_the_session_would_have_begun(story: Story) -> None:
    now = story.starts_at - MINUTE
    story.work(now)
    story.cancel(now)
    assert story.work(now + 3 * MINUTE) == everybody(OFF)


def test_a_cancellation_recorded_afterwards_is_not_told(story: Story) -> None:
    story.cancel(story.starts_at + HOUR)
    assert story.work(story.starts_at + HOUR, until=story.starts_at + 1.2 * HOUR) == []


def test_a_cancellation_is_told_when_the_process_ends_with_it(story: Story) -> None:
    now = story.starts_at - 46 * HOUR
    story.cancel(now)
    change_engagement(story, {"state": State.CLOSED, "ending": "early", "closed_at": now})
    assert story.work(now, until=now + 10 * MINUTE) == everybody(OFF)


# --- in the transaction ---------------------------------------------------------------------------------------------


def test_a_change_that_is_taken_back_leaves_no_message(story: Story) -> None:
    now = story.starts_at - 46 * HOUR
    with transaction.atomic():
        asking.become(story.cast.lead)
        messages.queue_cancelled(story.session, now)
        assert Message.objects.exists()
        transaction.set_rollback(True)
    assert not Message.objects.exists()


def test_a_supervisor_sees_what_was_told_to_whom(story: Story) -> None:
    due = story.starts_at - 24 * HOUR
    story.work(due)
    with story.lead(), translation.override("en"):
        told = {(str(one.label), one.person, one.state, one.at) for one in messages.messages_of(story.session)}
    words = "Reminder of a session"
    assert told == {(words, "Sanna Salo", "sent", due), (words, "Åsa Öberg", "sent", due)}
