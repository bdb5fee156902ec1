"""What people are told when several of their sessions change at once: one message an edit, of what holds, said once."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from django.core import mail

from audit import asking
from engagements.models import Participation
from formats.clock import HELSINKI
from notifications import outbox
from notifications.dispatch import Dispatcher
from notifications.models import Message
from sessions import actions, messages
from sessions.models import Session
from sessions.series.actions import Cancellation, Move, book_series, cancel_several, move_several
from sessions.series.rule import Rule

Worker = Callable[[], AbstractContextManager[None]]
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=HELSINKI)
FIRST = datetime(2026, 12, 2, 9, 0, tzinfo=HELSINKI)
SANNA, ASA = "sanna@otso.example", "asa@otso.example"


class Story:
    """Three sessions of a series, what their supervisor does with them, and what the worker then says."""

    def __init__(self, cast: Any, as_worker: Worker) -> None:
        self.cast, self.as_worker = cast, as_worker
        rule = Rule(1, "weeks", 3, time(9), 90, 3, FIRST.date())
        with self.lead():
            # The session of the cast is another story.
            actions.cancel(Session.objects.get(pk=cast.session.pk), by=cast.lead, now=cast.session.ends_at)
            self.pks = [
                one.pk
                for one in book_series(
                    cast.engagement, rule, [FIRST + week * 7 * DAY for week in range(3)], mode="remote",
                    by=cast.lead, now=NOW - DAY,
                )
            ]  # fmt: skip
        with asking.acting_as(cast.stranger):
            Session.objects.filter(pk=cast.foreign_session.pk).update(state="cancelled")

    def lead(self) -> AbstractContextManager[None]:
        return asking.acting_as(self.cast.lead)

    def sessions(self, *which: int) -> list[Session]:
        found = Session.objects.in_bulk(self.pks)
        return [found[self.pks[place]] for place in which or range(3)]

    def move(self, by: timedelta, now: datetime, *which: int) -> None:
        """Move some of them together, by the clock on the wall."""
        with self.lead():
            moves = [
                Move(one.pk, one.sequence, one.starts_at.astimezone(HELSINKI) + by, one.minutes)
                for one in self.sessions(*which)
            ]
            assert len(move_several(moves, by=self.cast.lead, now=now)) == len(moves)

    def move_one(self, place: int, by: timedelta, now: datetime) -> None:
        with self.lead():
            (one,) = self.sessions(place)
            to = one.starts_at.astimezone(HELSINKI) + by
            actions.move(one, starts_at=to, minutes=90, mode="remote", by=self.cast.lead, now=now)

    def cancel(self, now: datetime, *which: int) -> None:
        with self.lead():
            rows = [Cancellation(one.pk, one.sequence, late=False) for one in self.sessions(*which)]
            cancel_several(rows, by=self.cast.lead, now=now)

    def work(self, now: datetime, *, until: datetime | None = None) -> dict[str, list[str]]:
        """Let the worker plan and send, each minute; return the lines of each mail but its frame, by address."""
        mail.outbox.clear()
        with self.as_worker():
            for minute in range(1 + ((until or now) - now) // MINUTE):
                at_once(now + minute * MINUTE)
        said: dict[str, list[str]] = {}
        for message in mail.outbox:
            body = str(message.body).partition("Sign in to see it")[0]
            said.setdefault(message.to[0], []).append(" | ".join(line for line in body.splitlines() if line))
        return said


def at_once(now: datetime) -> None:
    outbox.plan(now)
    Dispatcher(clock=lambda: now).run()


@pytest.fixture
def story(settled: Any, as_worker: Worker, settings: Any) -> Story:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    mail.outbox = []
    return Story(settled, as_worker)


def everybody(*mails: str) -> dict[str, list[str]]:
    """Of three supervisees one has no address."""
    return {ASA: list(mails), SANNA: list(mails)}


THURSDAYS = (
    "Your sessions have changed"
    " | Thu 3 Dec 2026 9:00–10:30 | It was to be on Wed 2 Dec 2026 9:00."
    " | Thu 10 Dec 2026 9:00–10:30 | It was to be on Wed 9 Dec 2026 9:00."
    " | Thu 17 Dec 2026 9:00–10:30 | It was to be on Wed 16 Dec 2026 9:00."
)


def test_one_edit_of_three_sessions_is_one_mail_to_each_after_three_minutes(story: Story) -> None:
    story.move(DAY, NOW)
    assert story.work(NOW, until=NOW + 2 * MINUTE) == {}
    assert story.work(NOW + 3 * MINUTE) == everybody(THURSDAYS)
    assert story.work(NOW + 4 * MINUTE, until=NOW + 30 * MINUTE) == {}


def test_what_is_taken_back_within_three_minutes_is_not_told(story: Story) -> None:
    story.move(DAY, NOW)
    story.move(-DAY, NOW + MINUTE)
    assert story.work(NOW, until=NOW + 10 * MINUTE) == {}
    assert set(Message.objects.filter(kind="series_moved").values_list("state", flat=True)) == {"dropped"}


def test_two_edits_within_three_minutes_are_told_once_with_the_times_that_hold(story: Story) -> None:
    story.move(2 * DAY, NOW)
    story.move(-DAY, NOW + MINUTE)
    assert story.work(NOW, until=NOW + 10 * MINUTE) == everybody(THURSDAYS)


def test_what_was_told_is_told_back(story: Story) -> None:
    story.move(DAY, NOW)
    assert story.work(NOW, until=NOW + 5 * MINUTE) == everybody(THURSDAYS)
    story.move(-DAY, NOW + 10 * MINUTE, 0, 1)
    back = (
        "Your sessions have changed"
        " | Wed 2 Dec 2026 9:00–10:30 | It was to be on Thu 3 Dec 2026 9:00."
        " | Wed 9 Dec 2026 9:00–10:30 | It was to be on Thu 10 Dec 2026 9:00."
    )
    assert story.work(NOW + 10 * MINUTE, until=NOW + 20 * MINUTE) == everybody(back)


def test_one_of_them_changed_again_is_told_by_its_own_notice_and_once(story: Story) -> None:
    story.move(DAY, NOW)
    story.move_one(0, DAY, NOW + MINUTE)
    said = story.work(NOW, until=NOW + 10 * MINUTE)
    rest = THURSDAYS.replace(" | Thu 3 Dec 2026 9:00–10:30 | It was to be on Wed 2 Dec 2026 9:00.", "")
    own = "Your session has a new time | Fri 4 Dec 2026 9:00–10:30 | It was to be on Wed 2 Dec 2026 9:00."
    assert said == everybody(rest, own)


def test_one_of_them_moved_back_by_itself_is_left_out_and_nothing_more_is_said_of_it(story: Story) -> None:
    story.move(DAY, NOW)
    story.move_one(0, -DAY, NOW + MINUTE)
    rest = THURSDAYS.replace(" | Thu 3 Dec 2026 9:00–10:30 | It was to be on Wed 2 Dec 2026 9:00.", "")
    assert story.work(NOW, until=NOW + 10 * MINUTE) == everybody(rest)


def test_a_letter_that_left_one_out_does_not_count_as_having_told_it(story: Story) -> None:
    """The session was moved back in time, so nobody ever heard of the Thursday: a later move names the Wednesday."""
    story.move(DAY, NOW)
    story.move_one(0, -DAY, NOW + MINUTE)
    story.work(NOW, until=NOW + 10 * MINUTE)
    story.move_one(0, 2 * DAY, NOW + 20 * MINUTE)
    own = "Your session has a new time | Fri 4 Dec 2026 9:00–10:30 | It was to be on Wed 2 Dec 2026 9:00."
    assert story.work(NOW + 20 * MINUTE, until=NOW + 30 * MINUTE) == everybody(own)


def test_a_single_move_after_a_told_edit_names_the_time_that_was_told(story: Story) -> None:
    story.move(DAY, NOW)
    story.work(NOW, until=NOW + 5 * MINUTE)
    story.move_one(0, DAY, NOW + 10 * MINUTE)
    own = "Your session has a new time | Fri 4 Dec 2026 9:00–10:30 | It was to be on Thu 3 Dec 2026 9:00."
    assert story.work(NOW + 10 * MINUTE, until=NOW + 20 * MINUTE) == everybody(own)


def test_an_edit_after_a_single_move_on_its_way_tells_both_at_once(story: Story) -> None:
    story.move_one(0, DAY, NOW)
    story.move(DAY, NOW + MINUTE)
    said = story.work(NOW, until=NOW + 10 * MINUTE)
    assert said == everybody(THURSDAYS.replace("Thu 3 Dec", "Fri 4 Dec"))


def test_one_cancelled_after_the_edit_is_told_as_cancelled_alone(story: Story) -> None:
    story.move(DAY, NOW)
    with story.lead():
        actions.cancel(story.sessions(0)[0], by=story.cast.lead, now=NOW + MINUTE)
    rest = THURSDAYS.replace(" | Thu 3 Dec 2026 9:00–10:30 | It was to be on Wed 2 Dec 2026 9:00.", "")
    off = "Your session is cancelled | Wed 2 Dec 2026 9:00 | There is no session at this time."
    assert story.work(NOW, until=NOW + 10 * MINUTE) == everybody(rest, off)


def test_several_cancelled_are_one_mail_by_the_times_people_know(story: Story) -> None:
    story.move(DAY, NOW, 0, 1)
    story.cancel(NOW + MINUTE)
    off = (
        "Your sessions are cancelled | Wed 2 Dec 2026 9:00 | Wed 9 Dec 2026 9:00 | Wed 16 Dec 2026 9:00"
        " | There are no sessions at these times."
    )
    assert story.work(NOW, until=NOW + 10 * MINUTE) == everybody(off)
    assert story.work(FIRST - DAY, until=FIRST - DAY + 10 * MINUTE) == {}


def test_a_series_booked_and_changed_at_once_is_not_spoken_of(story: Story) -> None:
    with story.lead():
        Session.objects.filter(pk__in=story.pks).update(created_at=NOW - MINUTE)
    story.move(DAY, NOW)
    story.cancel(NOW + MINUTE)
    assert not Message.objects.exists()


def test_who_is_there_on_some_of_the_days_is_told_of_those(story: Story) -> None:
    with story.lead():
        Participation.objects.filter(person__email=ASA).update(left_on=FIRST.date() + 7 * DAY)
    story.move(DAY, NOW)
    said = story.work(NOW, until=NOW + 10 * MINUTE)
    assert said[SANNA] == [THURSDAYS]
    assert said[ASA] == [THURSDAYS.partition(" | Thu 10 Dec")[0]]


def test_another_length_is_told_without_naming_an_old_time(story: Story) -> None:
    with story.lead():
        moves = [Move(one.pk, one.sequence, one.starts_at, 60) for one in story.sessions()]
        move_several(moves, by=story.cast.lead, now=NOW)
    (said,) = story.work(NOW, until=NOW + 10 * MINUTE)[SANNA]
    assert "Wed 2 Dec 2026 9:00–10:00 | It starts when it was to start." in said


def test_the_reminder_comes_at_the_new_time_and_once(story: Story) -> None:
    story.move(DAY, NOW)
    story.work(NOW, until=NOW + 5 * MINUTE)
    assert story.work(FIRST - DAY, until=FIRST - DAY + 5 * MINUTE) == {}
    near = story.work(FIRST, until=FIRST + 5 * MINUTE)
    assert {address: len(mails) for address, mails in near.items()} == {ASA: 1, SANNA: 1}
    assert near[SANNA][0].startswith("Your session is near | Thu 3 Dec 2026 9:00–10:30")


def test_an_edit_within_the_reminders_own_hours_counts_as_the_reminder(story: Story) -> None:
    now = FIRST - timedelta(hours=40)
    story.move(timedelta(hours=-24), now)
    said = story.work(now, until=now + 30 * MINUTE)
    assert {address: len(mails) for address, mails in said.items()} == {ASA: 1, SANNA: 1}
    assert said[SANNA][0].startswith("Your sessions have changed")


def test_a_supervisor_sees_of_each_session_what_was_told(story: Story) -> None:
    story.move(DAY, NOW)
    story.work(NOW + 3 * MINUTE)
    with story.lead():
        told = {(str(one.label), one.person, one.state) for one in messages.messages_of(story.sessions(1)[0])}
    assert told == {("Notice of several moves", "Sanna Salo", "sent"), ("Notice of several moves", "Åsa Öberg", "sent")}


def test_a_letter_is_read_in_as_many_queries_for_one_edit_as_for_many(
    story: Story, django_assert_max_num_queries: Any
) -> None:
    from sessions.series.messages import several_moved

    for number in range(4):
        story.move(DAY, NOW + number * MINUTE)
    with story.as_worker():
        waiting = list(Message.objects.filter(kind="series_moved").with_recipients())
        assert len(waiting) == 8
        with django_assert_max_num_queries(7):
            several_moved(waiting, NOW + 5 * MINUTE)
