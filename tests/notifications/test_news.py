"""What whoever leads a process hears of without anybody having done anything: each once, and not when it is past."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from accounts.models import Person, User
from audit import asking
from audit.connecting import as_role
from audit.roles import Role
from engagements.models import Contract, Engagement, Participation
from engagements.models.engagement import Focus
from formats.clock import HELSINKI
from notifications import outbox
from notifications.dispatch import Dispatcher
from notifications.models import Message, Preference
from sessions.models import Session, SessionState

Worker = Callable[[], AbstractContextManager[None]]
DAY = timedelta(days=1)
LIISA = "liisa@kaari.example"


class Story:
    """What the worker says to supervisors who have declined nothing."""

    def __init__(self, cast: Any, as_worker: Worker) -> None:
        self.cast = cast
        self.as_worker = as_worker
        with asking.acting_as(cast.lead):
            Preference.objects.filter(practice=cast.practice).update(declined=[])
            Session.objects.filter(engagement=cast.engagement).update(state=SessionState.CANCELLED)

    def lead(self) -> AbstractContextManager[None]:
        return asking.acting_as(self.cast.lead)

    def book(self, starts_at: datetime, **fields: Any) -> Session:
        with self.lead():
            return Session.objects.create(
                engagement=self.cast.engagement, starts_at=starts_at, ends_at=starts_at + timedelta(hours=1), **fields
            )

    def heard(self, now: datetime) -> list[str]:
        """Let the worker plan and send; return the headlines of what the lead gets."""
        mail.outbox.clear()
        with self.as_worker():
            outbox.plan(now)
            Dispatcher(clock=lambda: now).run()
        return [str(each.body).splitlines()[0] for each in mail.outbox if each.to == [LIISA]]


@pytest.fixture
def story(settled: Any, as_worker: Worker, settings: Any) -> Story:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    mail.outbox = []
    return Story(settled, as_worker)


def at(day: date, hour: int = 10, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=HELSINKI)


def a_thursday() -> date:
    """A day in the last weeks on which no week begins."""
    today = timezone.now().astimezone(HELSINKI).date()
    return today - timedelta(days=today.weekday() - 3 + 14)


UNMARKED = "Sessions of this day have not been marked"
ENDING = "A process of yours ends soon"
TRIAL = "The trial sessions of a process are held"
RARE = "Your last own supervision (ToTo) was on this day"
INTERIM = "An interim evaluation that was agreed is due on this day"
WEEK = "The week ahead"


def test_sessions_of_a_day_that_nobody_marked_are_one_mail_the_next_morning(story: Story) -> None:
    day = a_thursday()
    for hour in (9, 11, 13):
        story.book(at(day, hour))
    assert story.heard(at(day, 22)) == []
    assert story.heard(at(day + DAY, 8)) == []
    assert story.heard(at(day + DAY, 9)) == [UNMARKED]
    assert story.heard(at(day + 2 * DAY, 9)) == []


def test_sessions_that_were_marked_in_the_evening_are_not_spoken_of(story: Story) -> None:
    day = a_thursday()
    story.book(at(day, 9), state=SessionState.HELD)
    assert story.heard(at(day + DAY, 9)) == []


def test_what_was_marked_while_the_mail_waited_is_not_spoken_of(story: Story) -> None:
    day = a_thursday()
    session = story.book(at(day, 9))
    with story.as_worker():
        outbox.plan(at(day + DAY, 9))
    with story.lead():
        Session.objects.filter(pk=session.pk).update(state=SessionState.HELD)
    assert story.heard(at(day + DAY, 9, 5)) == []
    with story.as_worker():
        assert Message.objects.get(kind="session_unmarked").state == Message.State.DROPPED


def test_an_end_that_is_near_is_told_once_and_again_when_it_is_agreed_anew(story: Story) -> None:
    today = a_thursday()
    ends(story, today + 31 * DAY)
    assert story.heard(at(today)) == []
    assert story.heard(at(today + DAY)) == [ENDING]
    assert story.heard(at(today + 2 * DAY)) == []
    ends(story, today + 20 * DAY)
    assert story.heard(at(today + 3 * DAY)) == [ENDING]


def ends(story: Story, day: date) -> None:
    with story.lead():
        assert Engagement.objects.filter(pk=story.cast.engagement.pk).update(ends_on=day)


def test_trial_sessions_that_are_held_ask_how_it_goes_on(story: Story) -> None:
    day = a_thursday()
    offered_with_trials(story, 2)
    story.book(at(day, 9), trial=True, state=SessionState.HELD)
    assert TRIAL not in story.heard(at(day + DAY))
    story.book(at(day + DAY, 9), trial=True, state=SessionState.HELD)
    assert story.heard(at(day + DAY, 12)) == [TRIAL]
    assert story.heard(at(day + DAY, 13)) == []


def test_trial_sessions_after_which_a_session_is_planned_ask_nothing(story: Story) -> None:
    day = a_thursday()
    offered_with_trials(story, 1)
    story.book(at(day, 9), trial=True, state=SessionState.HELD)
    story.book(at(day + 30 * DAY, 9))
    assert TRIAL not in story.heard(at(day + DAY))


def offered_with_trials(story: Story, number: int) -> None:
    offered = {"state": Contract.State.OFFERED, "offered_at": timezone.now()}
    story.cast.engagement = another_process(story, {"state": "offered"}, offered, trial_sessions=number)


def another_process(story: Story, state: dict[str, Any], agreed: dict[str, Any], **terms: Any) -> Engagement:
    """Another process of the lead's, whose contract has these terms."""
    first = story.cast.engagement
    with story.lead():
        engagement = Engagement.objects.create(
            practice=first.practice, lead=first.lead, title="Koe", form=first.form, client=first.client
        )
        contract = Contract.objects.create(engagement=engagement, **terms)
        Contract.objects.filter(pk=contract.pk).update(terms={"x": 1}, terms_hash="0" * 64, **agreed)
        Engagement.objects.filter(pk=engagement.pk).update(**state)
        return Engagement.objects.get(pk=engagement.pk)


def test_own_supervision_that_has_become_rare_is_spoken_of_once(story: Story) -> None:
    day = a_thursday()
    supervised(story)
    story.book(at(day, 9) - timedelta(days=200), state=SessionState.HELD)
    with story.as_worker():
        outbox.plan(at(day))
        told = list(Message.objects.filter(kind="toto_rare").values_list("user__email", flat=True))
        outbox.plan(at(day + DAY))
        assert Message.objects.filter(kind="toto_rare").count() == 1
    assert told == ["kalle@kaari.example"]


def test_own_supervision_that_is_planned_again_is_not_rare(story: Story) -> None:
    day = a_thursday()
    supervised(story)
    story.book(at(day, 9) - timedelta(days=200), state=SessionState.HELD)
    story.book(at(day + 40 * DAY, 9))
    with story.as_worker():
        outbox.plan(at(day))
        assert not Message.objects.filter(kind="toto_rare").exists()


def supervised(story: Story) -> None:
    """The co-supervisor is supervised by the lead from now on."""
    with story.lead():
        Engagement.objects.filter(pk=story.cast.engagement.pk).update(focus=Focus.TOTO)
        person = Person.objects.create(practice=story.cast.practice, family_name="Kivi", email="kalle@kaari.example")
        Participation.objects.create(engagement=story.cast.engagement, person=person)
    tie(person, story.cast.co_supervisor)


def tie(person: Any, user: User) -> None:
    with as_role(Role.OWNER):
        assert type(person).objects.filter(pk=person.pk).update(user=user)


def test_an_interim_evaluation_that_nobody_planned_is_spoken_of_a_week_before(story: Story) -> None:
    today = a_thursday()
    began = today - timedelta(days=100)
    runs = {"state": "active", "starts_on": began, "ends_on": today + timedelta(days=114)}
    agreed = {"state": Contract.State.AGREED, "agreed_on": began, "agreed_how": Contract.How.ORAL}
    another_process(story, runs, agreed, evaluation_interim="midpoint")
    assert story.heard(at(today - DAY)) == []
    assert story.heard(at(today)) == [INTERIM]
    assert story.heard(at(today + DAY)) == []


def test_the_week_ahead_comes_on_monday_morning_to_whoever_has_something_in_it(story: Story) -> None:
    monday = a_thursday() + 4 * DAY
    story.book(at(monday + 2 * DAY, 9))
    assert WEEK not in story.heard(at(monday - DAY))
    assert story.heard(at(monday, 7, 30)) == []
    assert story.heard(at(monday, 8)) == [WEEK]
    text = str(next(each.body for each in mail.outbox if each.to == [LIISA]))
    assert "9:00–10:00" in text
    assert "Otso" not in text
    assert story.heard(at(monday, 8, 1)) == []


def test_a_week_in_which_nothing_is_says_nothing_and_is_not_asked_about_every_minute(story: Story) -> None:
    monday = a_thursday() + 4 * DAY
    assert WEEK not in story.heard(at(monday, 8))
    with story.as_worker():
        assert outbox.plan(at(monday, 8, 1)) == 0
