"""Who is asked is sent a link, and reminded twice at most; the mails tell by when, and nothing of what."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import transaction
from django.utils import timezone

from audit import asking
from audit.connecting import as_role
from audit.roles import Role
from evaluations import links
from evaluations.models import Invitation, Mode, Outcome, Round
from evaluations.rounds import actions
from formats.clock import HELSINKI
from notifications import outbox, preferring
from notifications.dispatch import Dispatcher
from notifications.models import Message
from tests.evaluation_story import give, make_round, settle

HOUR, MINUTE, DAY = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)
SANNA, ASA, LIISA = "sanna@otso.example", "asa@otso.example", "liisa@kaari.example"
ASKED, NUDGE, ENDED = "You are asked how the work goes", "There is still time", "An evaluation has ended"


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), tzinfo=HELSINKI)


class Story:
    """A round of the cast's process that opens at noon and is open for two weeks, and what the worker then says."""

    def __init__(self, cast: Any) -> None:
        self.cast = cast
        self.day = timezone.now().astimezone(HELSINKI).date() + 10 * DAY
        self.noon = at(self.day, 12)

    def lead(self) -> Any:
        return asking.acting_as(self.cast.lead)

    def open(self, days: int = 14, **values: Any) -> Round:
        with transaction.atomic():
            made = make_round(
                self.cast.engagement, self.cast.lead, opened_at=self.noon, opens_on=self.day,
                closes_on=self.day + days * DAY, **values,
            )  # fmt: skip
            made.invitations.update(sent_for=self.noon)
        return made

    def invitation(self, made: Round, place: int = 0) -> Invitation:
        with self.lead():
            return made.invitations.get(person=self.cast.people[place])

    def answer(self, made: Round, place: int = 0) -> None:
        one = self.invitation(made, place)
        with as_role(Role.WORKER):
            token = links.mint(one.pk)
        assert give(token, {"climate": 3})

    def work(self, now: datetime, words: str = ASKED) -> list[str]:
        """Let the worker plan and send; return whom it told of `words`."""
        mail.outbox.clear()
        with as_role(Role.WORKER):
            outbox.plan(now)
            Dispatcher(clock=lambda: now).run()
        return sorted(sent.to[0] for sent in mail.outbox if words in str(sent.body))

    def planned(self, now: datetime) -> None:
        with as_role(Role.WORKER):
            outbox.plan(now)


@pytest.fixture
def story(settled: Any, settings: Any) -> Story:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    mail.outbox = []
    return Story(settled)


def token_in(body: str) -> str:
    return body.split("/answer/")[1].split("/")[0]


# --- the link -------------------------------------------------------------------------------------------------------


def test_everybody_with_an_address_is_sent_a_link_of_their_own_once(story: Story) -> None:
    made = story.open()
    assert story.work(story.noon) == [ASA, SANNA]
    tokens = {sent.to[0]: token_in(str(sent.body)) for sent in mail.outbox}
    assert len(set(tokens.values())) == 2
    assert story.work(story.noon + MINUTE) == []
    assert give(tokens[SANNA], {"climate": 4})
    standing = links.standing_of(tokens[ASA])
    assert standing
    assert (standing.round, standing.stands) == (made.pk, "open")


def test_the_mail_says_by_when_and_nothing_of_what(story: Story) -> None:
    story.open()
    for now, words in ((story.noon, ASKED), (at(story.day + 5 * DAY, 9), NUDGE)):
        assert story.work(now, words)
        sent_now: list[Any] = mail.outbox
        for sent in sent_now:
            whole = sent.message().as_string() + str(sent.body) + str(sent.alternatives[0][0])
            assert not any(word in whole for word in ("Otso ", "climate", "speak about hard things", "Kaari", "Liisa"))
            assert sent.subject == "Työnohjaus"
            assert ("List-Unsubscribe" in sent.extra_headers) == (words == NUDGE)
    with story.lead():
        assert "/answer/" not in str(list(Message.objects.values()))


def test_at_night_the_link_waits_for_the_morning(story: Story) -> None:
    made = story.open()
    night = at(story.day, 21)
    with story.lead():
        made.invitations.update(sent_for=night)
    assert story.work(night) == []
    assert story.work(at(story.day + DAY, 8)) == [ASA, SANNA]


def test_another_link_is_sent_to_one_alone_and_the_first_stays_good(story: Story) -> None:
    made = story.open()
    story.work(story.noon)
    first = next(token_in(str(sent.body)) for sent in mail.outbox if sent.to == [SANNA])
    with story.lead():
        one = made.invitations.select_related("round", "person").get(person=story.cast.people[0])
        actions.invite_again(one, by=story.cast.lead, now=story.noon + HOUR)
    assert story.work(story.noon + HOUR) == [SANNA]
    assert give(first, {"climate": 2})


def test_who_has_answered_is_sent_no_link_again(story: Story) -> None:
    made = story.open()
    story.work(story.noon)
    story.answer(made)
    with story.lead():
        one = made.invitations.select_related("round", "person").get(person=story.cast.people[0])
        actions.invite_again(one, by=story.cast.lead, now=story.noon + HOUR)
    assert story.work(story.noon + HOUR) == []


def test_a_supervisor_is_led_to_the_page_by_no_link(story: Story) -> None:
    with story.lead():
        made = make_round(story.cast.engagement, story.cast.lead, kind="self", mode=Mode.OWN, closes_on=story.day)
        Invitation.objects.create(round=made, user=story.cast.lead, sent_for=at(story.day, 9))
    assert story.work(at(story.day, 9)) == [LIISA]
    assert f"/evaluations/{made.pk}/answer/" in str(mail.outbox[0].body)
    assert story.work(at(story.day, 10), NUDGE) == []


# --- reminders ------------------------------------------------------------------------------------------------------


def test_who_has_not_answered_is_reminded_twice_at_most(story: Story) -> None:
    made = story.open()
    story.work(story.noon)
    told = {}
    for number in range(16):
        for hour in (8, 9, 10, 11, 13, 19):
            now = at(story.day + number * DAY, hour)
            if now > story.noon and (people := story.work(now, NUDGE)):
                told[number, hour] = people
    assert told == {(5, 9): [ASA, SANNA], (13, 9): [ASA, SANNA]}
    assert made.closes_on == story.day + 14 * DAY


def test_a_short_round_is_reminded_of_once_on_its_last_morning(story: Story) -> None:
    story.open(days=1)
    story.work(story.noon)
    assert story.work(story.noon + 7 * HOUR, NUDGE) == []
    assert story.work(at(story.day + DAY, 9), NUDGE) == [ASA, SANNA]
    assert "Today is the last day" in str(mail.outbox[0].body)


def test_in_the_last_hours_nobody_is_reminded(story: Story) -> None:
    story.open(days=1)
    story.work(story.noon)
    assert story.work(at(story.day + DAY, 12), NUDGE) == []


def test_who_was_just_sent_another_link_is_not_reminded_beside_it(story: Story) -> None:
    made = story.open()
    story.work(story.noon)
    with story.lead():
        one = made.invitations.select_related("round", "person").get(person=story.cast.people[0])
        actions.invite_again(one, by=story.cast.lead, now=at(story.day + 4 * DAY, 15))
    assert story.work(at(story.day + 5 * DAY, 9), NUDGE) == [ASA]


def answer(story: Story, made: Round) -> None:
    story.answer(made, 0)
    story.answer(made, 1)


def leave(story: Story, made: Round) -> None:
    with story.lead():
        story.cast.engagement.participations.update(left_on=story.day)


def opt_out(story: Story, made: Round) -> None:
    with story.lead():
        for person in story.cast.people:
            preferring.choose_reminders(person.pk, ["evaluation_nudge"], None)


def close(story: Story, made: Round) -> None:
    settle(made, Outcome.NOBODY)


def call_off(story: Story, made: Round) -> None:
    with story.lead():
        actions.call_off(made, by=story.cast.lead, now=story.noon)


@pytest.mark.parametrize("planned", [False, True], ids=["before planning", "after planning"])
@pytest.mark.parametrize("change", [answer, leave, opt_out, close, call_off], ids=lambda each: each.__name__)
def test_nobody_is_reminded_of_what_is_over_for_them(
    story: Story, change: Callable[[Story, Round], None], planned: bool
) -> None:
    made = story.open()
    story.work(story.noon)
    morning = at(story.day + 13 * DAY, 9)
    if planned:
        story.planned(morning)
    change(story, made)
    assert story.work(morning, NUDGE) == []


def test_a_round_put_off_is_reminded_of_by_its_new_day(story: Story) -> None:
    made = story.open(days=4)
    story.work(story.noon)
    eve = at(story.day + 3 * DAY, 9)
    story.planned(eve)
    with story.lead():
        Round.objects.filter(pk=made.pk).update(closes_on=story.day + 6 * DAY)
    assert story.work(eve, NUDGE) == []
    assert story.work(at(story.day + 5 * DAY, 9), NUDGE) == [ASA, SANNA]
    assert story.work(at(story.day + 6 * DAY, 9), NUDGE) == []


@pytest.mark.parametrize("change", [answer, leave, close, call_off], ids=lambda each: each.__name__)
def test_a_link_that_is_wanted_no_more_is_not_sent(story: Story, change: Callable[[Story, Round], None]) -> None:
    made = story.open()
    story.planned(story.noon)
    change(story, made)
    assert story.work(story.noon) == []


# --- the end --------------------------------------------------------------------------------------------------------


def test_whoever_leads_is_told_once_that_answering_has_ended(story: Story) -> None:
    made = story.open()
    settle(made, Outcome.FEW)
    now = timezone.now().astimezone(HELSINKI).replace(hour=10) + DAY
    assert story.work(now, ENDED) == [LIISA]
    body = str(mail.outbox[0].body)
    assert f"/evaluations/{made.pk}/" in body
    assert not any(word in body for word in ("Otso", "few", "interim"))
    assert story.work(now + MINUTE, ENDED) == []


def test_nobody_is_told_that_they_have_answered_themselves(story: Story) -> None:
    with story.lead():
        made = make_round(story.cast.engagement, story.cast.lead, kind="self", mode=Mode.OWN, closes_on=story.day)
    settle(made, Outcome.NOBODY)
    assert story.work(timezone.now().astimezone(HELSINKI).replace(hour=10) + DAY, ENDED) == []
