"""What is said by e-mail of times that are offered, and of somebody who cannot come: once, and not when it is over."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail

from audit import asking
from formats.clock import HELSINKI
from notifications import outbox
from notifications.dispatch import Dispatcher
from sessions import coming
from sessions.models import Offer, OfferedTime, Session
from sessions.offers import actions

Worker = Callable[[], AbstractContextManager[None]]
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SANNA, ASA = "sanna@otso.example", "asa@otso.example"
LIISA, KALLE = "liisa@kaari.example", "kalle@kaari.example"
WAIT = "Times that you offered wait for your choice"
AWAY = "A supervisee cannot come to the session on this day"
CHOOSE, AGREED = "Times for the next session", "The time of your next session is agreed"
#: A Thursday at ten, on which no week begins.
TEN = datetime(2027, 1, 14, 10, 0, tzinfo=HELSINKI)


class Story:
    def __init__(self, cast: Any, as_worker: Worker) -> None:
        self.cast, self.as_worker = cast, as_worker

    def offer(self, kind: str = "poll") -> Offer:
        with asking.acting_as(self.cast.lead):
            return actions.offer(
                self.cast.engagement, times=[TEN + 5 * DAY, TEN + 6 * DAY], minutes=60, kind=kind, mode="remote",
                place="", link="", answer_by=(TEN + 3 * DAY).date(), by=self.cast.lead, now=TEN,
            )  # fmt: skip

    def answer(self, offer: Offer, place: int, now: datetime) -> None:
        with asking.acting_as(self.cast.lead):
            one = self.cast.engagement.participations.get(person=self.cast.people[place])
            times = {time.pk: "yes" for time in offer.times.all()}
            actions.answer(offer, times, of=one, by=self.cast.lead, recorded=True, now=now)

    def work(self, now: datetime) -> list[tuple[str, str]]:
        mail.outbox.clear()
        with self.as_worker():
            outbox.plan(now)
            Dispatcher(clock=lambda: now).run()
        return sorted((each.to[0], str(each.body).splitlines()[0]) for each in mail.outbox)


@pytest.fixture
def story(settled: Any, as_worker: Worker, settings: Any) -> Story:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    mail.outbox = []
    with asking.acting_as(settled.lead):
        Session.objects.filter(engagement=settled.engagement).update(state="held")
    return Story(settled, as_worker)


def test_everybody_who_can_be_reached_is_asked_once_after_three_minutes(story: Story) -> None:
    story.offer()
    assert story.work(TEN + 2 * MINUTE) == []
    assert story.work(TEN + 3 * MINUTE) == [(ASA, CHOOSE), (SANNA, CHOOSE)]
    assert story.work(TEN + HOUR) == []


def test_an_offer_that_was_withdrawn_within_three_minutes_is_not_spoken_of(story: Story) -> None:
    offer = story.offer()
    assert story.work(TEN + MINUTE) == []
    with asking.acting_as(story.cast.lead):
        actions.withdraw(offer, by=story.cast.lead, now=TEN + 2 * MINUTE)
    assert story.work(TEN + 4 * MINUTE) == []


def test_the_supervisor_is_told_once_when_everybody_has_answered(story: Story) -> None:
    offer = story.offer()
    story.work(TEN + 3 * MINUTE)
    story.answer(offer, 0, TEN + HOUR)
    story.answer(offer, 1, TEN + HOUR)
    assert story.work(TEN + HOUR) == []
    story.answer(offer, 2, TEN + HOUR)
    assert story.work(TEN + 2 * HOUR) == [(KALLE, WAIT), (LIISA, WAIT)]
    assert story.work(TEN + 3 * HOUR) == []


def test_when_no_time_is_left_the_supervisors_are_told_once(story: Story) -> None:
    story.offer("first")
    story.work(TEN + 3 * MINUTE)
    with asking.acting_as(story.cast.lead):
        for days in (5, 6):
            Session.objects.create(
                engagement=story.cast.engagement, starts_at=TEN + days * DAY, ends_at=TEN + days * DAY + HOUR
            )
    assert [each for each in story.work(TEN + HOUR) if each[1] == WAIT] == [(KALLE, WAIT), (LIISA, WAIT)]
    assert [each for each in story.work(TEN + 2 * HOUR) if each[1] == WAIT] == []


def test_when_a_time_is_chosen_those_in_it_are_told_the_time(story: Story) -> None:
    offer = story.offer()
    story.work(TEN + 3 * MINUTE)
    with asking.acting_as(story.cast.lead):
        actions.choose(offer, offer.times.all()[1], by=story.cast.lead, now=TEN + HOUR)
    assert story.work(TEN + HOUR + 3 * MINUTE) == [(ASA, AGREED), (SANNA, AGREED)]
    assert "10:00–11:00" in str(mail.outbox[0].body)
    assert story.work(TEN + 2 * HOUR) == []


def test_a_time_that_was_picked_is_told_to_the_supervisor_too(story: Story) -> None:
    offer = story.offer("first")
    story.work(TEN + 3 * MINUTE)
    with asking.acting_as(story.cast.supervisee):
        time = OfferedTime.objects.select_related("offer__engagement").filter(offer=offer)[0]
        actions.pick(time, by=story.cast.supervisee, now=TEN + HOUR)
    picked = "A supervisee has picked one of the times that you offered"
    assert story.work(TEN + HOUR + 3 * MINUTE) == [(ASA, AGREED), (KALLE, picked), (LIISA, picked)]


def test_who_cannot_come_is_told_to_the_supervisor_and_what_was_taken_back_is_not(story: Story) -> None:
    cast = story.cast
    with asking.acting_as(cast.lead):
        session = Session.objects.create(
            engagement=cast.engagement, starts_at=TEN + 9 * DAY, ends_at=TEN + 9 * DAY + HOUR
        )

    def say(now: datetime, *, comes: bool) -> None:
        with asking.acting_as(cast.supervisee):
            coming.say(session, comes=comes, by=cast.supervisee, now=now)

    say(TEN, comes=False)
    say(TEN + 2 * MINUTE, comes=True)
    assert story.work(TEN + 4 * MINUTE) == []
    say(TEN + HOUR, comes=False)
    assert story.work(TEN + HOUR + 3 * MINUTE) == [(KALLE, AWAY), (LIISA, AWAY)]
    say(TEN + 2 * HOUR, comes=True)
    say(TEN + 2 * HOUR, comes=False)
    assert story.work(TEN + 3 * HOUR) == []
