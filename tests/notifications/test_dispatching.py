"""What a dispatcher does with each answer of the mail server, over one kept connection."""

import smtplib
import time
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Person
from audit import asking
from audit.roles import Role
from notifications import kinds, outbox, tasks
from notifications.dispatch import FRESH_SECONDS, MOST_TRIES, Dispatcher, return_in_doubt, wait_after
from notifications.kinds import Audience, Draft, Kind, Letter, recipient_of
from notifications.models import Message
from notifications.post import Down, Post, acceptance, dotted, reason

Sink = Any
Worker = Callable[[], AbstractContextManager[None]]
State = Message.State


#: Persons who no longer want what they were to be told.
Unwanted = set[UUID]


def plain_letters(messages: Sequence[Message], now: datetime, unwanted: Unwanted) -> dict[UUID, Letter]:
    wanted = [message for message in messages if message.person_id not in unwanted]
    return {message.pk: Letter(to, {"expires_at": now}) for message in wanted if (to := recipient_of(message))}


def broken_letters(messages: Sequence[Message], now: datetime, unwanted: Unwanted) -> dict[UUID, Letter]:
    if any(message.occasion == "broken" for message in messages):
        raise KeyError("what a broken letter would say")
    return plain_letters(messages, now, unwanted)


@pytest.fixture(autouse=True)
def unwanted(monkeypatch: pytest.MonkeyPatch) -> Unwanted:
    """A kind that says always the same, at any hour, and one that fails at some; return whom not to tell."""
    unwanted: Unwanted = set()
    said: Any = {"to": Audience.CONCERNED, "rule": _("Invitation"), "sample": {}, "quiet": False}
    plain = Kind("plain", _("Invitation"), "invitation", partial(plain_letters, unwanted=unwanted), **said)
    broken = Kind("broken", _("Invitation"), "invitation", partial(broken_letters, unwanted=unwanted), **said)
    monkeypatch.setattr(kinds, "kinds", lambda: {"plain": plain, "broken": broken})
    monkeypatch.setattr("notifications.dispatch.kinds", lambda: {"plain": plain, "broken": broken})
    return unwanted


@pytest.fixture
def people(settled: Any) -> list[Person]:
    with asking.acting_as(settled.lead):
        return Person.objects.bulk_create(
            Person(practice=settled.practice, family_name=f"N{n}", email=f"n{n}@otso.example") for n in range(5)
        )


def put(people: list[Person], kind: str = "plain", occasion: str = "") -> None:
    now = timezone.now() - timedelta(seconds=1)
    drafts = [
        Draft(kind, uuid.uuid4(), occasion, now + timedelta(microseconds=n), person=one.pk)
        for n, one in enumerate(people)
    ]
    assert outbox.queue_all(drafts, now=now) == len(people)


def send(as_worker: Worker) -> int:
    with as_worker():
        return Dispatcher().run()


def states() -> Counter[str]:
    return Counter(Message.objects.values_list("state", flat=True))


def test_a_batch_leaves_over_one_connection_each_to_its_recipient_alone(
    people: list[Person], as_worker: Worker, by_smtp: Sink
) -> None:
    put(people)
    assert send(as_worker) == 5
    assert by_smtp.connections == 1
    assert by_smtp.recipients == [person.email for person in people]
    assert [message["To"] for message in by_smtp.taken] == by_smtp.recipients
    assert states() == {State.SENT: 5}
    message = Message.objects.get(person=people[0])
    assert by_smtp.taken[0]["Message-ID"] == message.message_id
    assert message.smtp_reply == "250 2.0.0 Ok: queued as 000001"
    assert message.sent_at
    assert (message.token, message.lease_until, message.maybe_sent) == (None, None, 0)
    assert send(as_worker) == 0


def test_a_key_is_put_once_whoever_puts_it_and_said_once(
    people: list[Person], as_worker: Worker, by_smtp: Sink
) -> None:
    now = timezone.now()
    draft = Draft("plain", uuid.uuid4(), "x", now, person=people[0].pk)
    assert outbox.queue_all([draft], now=now) == 1
    assert outbox.queue_all([draft], now=now) == 0
    outbox.queue("plain", obj=draft.obj, occasion="x", next_at=now, now=now, person=people[0])
    assert Message.objects.count() == 1
    assert send(as_worker) == 1
    assert outbox.queue_all([draft], now=now) == 0
    assert send(as_worker) == 0


def test_an_address_that_does_not_exist_is_given_up_at_once_and_the_others_get_theirs(
    people: list[Person], as_worker: Worker, by_smtp: Sink
) -> None:
    unknown = people[2].email
    by_smtp.at_recipient = lambda address, port: f"550 5.1.1 <{address}> unknown" if address == unknown else None
    put(people)
    assert send(as_worker) == 4
    dead = Message.objects.get(state=State.DEAD)
    assert dead.person_id == people[2].pk
    assert dead.last_error == "RCPT 550 5.1.1"
    assert by_smtp.connections == 1


@pytest.mark.parametrize("stage", ["at_recipient", "at_text"])
def test_a_full_mailbox_is_tried_again_later_with_the_same_message_id(
    stage: str, people: list[Person], as_worker: Worker, by_smtp: Sink
) -> None:
    setattr(by_smtp, stage, lambda address, port: "452 4.2.2 mailbox full")
    put(people[:1])
    assert send(as_worker) == 0
    message = Message.objects.get()
    assert (message.state, message.attempts, message.maybe_sent) == (State.PENDING, 1, 0)
    assert message.last_error.endswith("452 4.2.2")
    assert timedelta(seconds=50) < message.next_at - timezone.now() <= timedelta(seconds=60)
    assert send(as_worker) == 0
    setattr(by_smtp, stage, lambda address, port: None)
    Message.objects.update(next_at=timezone.now())
    assert send(as_worker) == 1
    assert by_smtp.taken[0]["Message-ID"] == message.message_id
    assert Message.objects.get().last_error == ""


def test_after_the_last_try_somebody_has_to_look(people: list[Person], as_worker: Worker, by_smtp: Sink) -> None:
    by_smtp.at_recipient = lambda address, port: "451 4.3.0 later"
    put(people[:1])
    Message.objects.update(attempts=MOST_TRIES - 1)
    send(as_worker)
    assert states() == {State.DEAD: 1}


def test_a_server_that_hangs_up_before_the_text_has_nothing_to_repeat(
    people: list[Person], as_worker: Worker, by_smtp: Sink
) -> None:
    by_smtp.at_recipient = lambda address, port: "421 4.3.2 going down" if address == people[0].email else None
    put(people)
    assert send(as_worker) == 4
    message = Message.objects.get(person=people[0])
    assert (message.state, message.attempts, message.maybe_sent) == (State.PENDING, 1, 0)
    assert by_smtp.connections == 2


def test_a_server_that_is_not_heard_of_after_the_text_leaves_the_message_in_doubt(
    people: list[Person], as_worker: Worker, by_smtp: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut_off(self: smtplib.SMTP) -> Any:
        answer = heard(self)
        if by_smtp.taken and not cut:
            cut.append(True)
            raise smtplib.SMTPServerDisconnected("cut off")
        return answer

    cut: list[bool] = []
    heard = smtplib.SMTP.getreply
    monkeypatch.setattr(smtplib.SMTP, "getreply", cut_off)
    put(people[:1])
    assert send(as_worker) == 0
    message = Message.objects.get()
    assert (message.state, message.maybe_sent, message.last_error) == (State.PENDING, 1, "SMTPServerDisconnected")


def test_a_server_that_ends_a_connection_after_some_messages_is_asked_again(
    people: list[Person], as_worker: Worker, by_smtp: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = smtplib.SMTP.mail

    def twice_a_connection(self: Any, sender: str, options: Any = ()) -> Any:
        self.uses = getattr(self, "uses", 0) + 1
        if self.uses > 2:
            self.close()
        return said(self, sender, options)

    monkeypatch.setattr(smtplib.SMTP, "mail", twice_a_connection)
    put(people)
    assert send(as_worker) == 5
    assert by_smtp.connections == 3
    assert set(Message.objects.values_list("attempts", flat=True)) == {1}


def test_a_server_that_cannot_be_reached_costs_no_try(
    people: list[Person], as_worker: Worker, settings: Any, free_ports: list[int]
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_ports[0]
    put(people)
    assert send(as_worker) == 0
    assert set(Message.objects.values_list("state", "attempts", "token")) == {(State.PENDING, 0, None)}


def test_a_message_that_cannot_be_made_holds_up_no_other(
    people: list[Person], as_worker: Worker, by_smtp: Sink
) -> None:
    put(people[:1], kind="broken", occasion="broken")
    put(people[1:2], kind="unheard of")
    put(people[2:4], kind="broken")
    put(people[4:])
    assert send(as_worker) == 3
    errors = Message.objects.filter(state=State.PENDING).values_list("last_error", "attempts")
    assert set(errors) == {("KeyError", 1)}, "the error's own words may hold what the message would say"


def test_a_dispatcher_leaves_alone_what_another_has(people: list[Person], as_worker: Worker, by_smtp: Sink) -> None:
    put(people)
    with as_worker():
        first, second = Dispatcher(), Dispatcher()
        leased = first.lease()
        assert len(leased) == 5
        assert second.lease() == []
        first.release()
        stolen = second.lease()
        assert len(stolen) == 5
        first.deliver_all(leased)
        assert first.sent == 0, "its lease is over"
        first.post.close()
    assert by_smtp.taken == []


def test_what_is_no_longer_wanted_when_its_turn_comes_is_not_sent(
    people: list[Person], as_worker: Worker, by_smtp: Sink, unwanted: Unwanted
) -> None:
    def slow(address: str, port: int) -> None:
        if address == people[1].email:
            unwanted.add(people[2].pk)
            time.sleep(2 * FRESH_SECONDS)

    by_smtp.at_recipient = slow
    put(people)
    assert send(as_worker) == 4
    assert states() == {State.SENT: 4, State.DROPPED: 1}
    assert people[2].email not in by_smtp.recipients


def test_a_server_that_goes_away_between_two_messages_costs_the_second_no_try(
    people: list[Person], as_worker: Worker, by_smtp: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Post.open

    def open_once(self: Post) -> None:
        if by_smtp.taken:
            raise Down("gone")
        real(self)

    monkeypatch.setattr(Post, "open", open_once)
    put(people)
    assert send(as_worker) == 1
    left = Message.objects.exclude(state=State.SENT).values_list("state", "attempts", "maybe_sent", "token")
    assert set(left) == {(State.PENDING, 0, 0, None)}


def test_what_a_dead_dispatcher_had_in_hand_comes_back_flagged_and_what_it_had_not_begun_unflagged(
    people: list[Person], as_worker: Worker, by_smtp: Sink
) -> None:
    put(people)
    with as_worker():
        dead = Dispatcher()
        assert dead.begin(dead.lease()[0])
        Message.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        assert return_in_doubt() == 1
    assert send(as_worker) == 5
    flagged = Message.objects.filter(maybe_sent=1)
    assert [message.person_id for message in flagged] == [people[0].pk]
    assert set(Message.objects.values_list("token", flat=True)) == {None}


def test_a_message_that_kills_every_dispatcher_is_given_up(people: list[Person], as_worker: Worker) -> None:
    put(people[:1])
    expired = timezone.now() - timedelta(seconds=1)
    Message.objects.update(state=State.SENDING, token=uuid.uuid4(), lease_until=expired, attempts=MOST_TRIES)
    with as_worker():
        return_in_doubt()
    message = Message.objects.get()
    assert (message.state, message.last_error) == (State.DEAD, "in doubt")


def test_what_was_taken_is_written_down_though_the_lease_ran_out(
    people: list[Person], as_worker: Worker, by_smtp: Sink
) -> None:
    def slow(address: str, port: int) -> None:
        Message.objects.update(state=State.PENDING, token=None, lease_until=None, maybe_sent=1)
        connection.close()  # This is a thread of the mail server's.

    by_smtp.after_text = slow
    put(people[:1])
    assert send(as_worker) == 1
    assert states() == {State.SENT: 1}
    by_smtp.after_text = lambda address, port: None
    assert send(as_worker) == 0


def test_what_another_has_taken_over_meanwhile_is_left_to_them(
    people: list[Person], as_worker: Worker, by_smtp: Sink, settings: Any
) -> None:
    others = {"token": uuid.uuid4(), "lease_until": timezone.now() + timedelta(minutes=2)}

    def taken_over(address: str, port: int) -> None:
        if address == people[0].email:
            Message.objects.filter(person=people[0]).update(**others)
            connection.close()  # This is a thread of the mail server's.

    settings.OUTBOX_LEASE_SECONDS = 0.01
    by_smtp.at_recipient = taken_over
    put(people[:2])
    assert send(as_worker) == 1
    assert by_smtp.recipients == [people[1].email]
    assert by_smtp.connections == 1
    left = Message.objects.get(person=people[0])
    assert (left.state, left.token, left.lease_until) == (State.SENDING, *others.values())


def test_a_dispatcher_that_is_told_to_stop_gives_back_what_it_has_not_begun(
    people: list[Person], as_worker: Worker, by_smtp: Sink
) -> None:
    put(people)
    with as_worker():
        assert Dispatcher(stopping=lambda: len(by_smtp.taken) >= 2).run() == 2
    assert states() == {State.SENT: 2, State.PENDING: 3}
    left = Message.objects.filter(state=State.PENDING).values_list("attempts", "maybe_sent", "token")
    assert set(left) == {(0, 0, None)}


def test_waiting_doubles_from_a_minute_to_an_hour() -> None:
    minutes = [wait_after(attempts).total_seconds() / 60 for attempts in range(1, MOST_TRIES + 1)]
    assert minutes == [1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60, 60]


@pytest.mark.parametrize("task", [tasks.plan, tasks.dispatch])
def test_a_process_of_another_role_refuses_to_work_since_it_would_drop_everything(task: Any, settings: Any) -> None:
    assert settings.DATABASE_ROLE == Role.APP
    with pytest.raises(ImproperlyConfigured, match="DATABASE_ROLE=worker"):
        task()


def test_a_receipt_holds_the_queue_number_and_no_address() -> None:
    assert acceptance(250, b"2.1.5 <asa@otso.example> Ok: queued as 4XyZ\r\n") == "250 2.1.5 … Ok: queued as 4XyZ"
    assert len(acceptance(250, b"x" * 1000)) == 200


def test_a_refusal_is_kept_in_codes_alone() -> None:
    assert reason("RCPT", 550, b"5.1.1 asa@otso.example: no Asa here") == "RCPT 550 5.1.1"
    assert reason("MAIL", 451, b"asa is greylisted") == "MAIL 451"


def test_dots_that_begin_a_line_survive() -> None:
    assert dotted(b"a\r\n.b\r\n..\r\n") == b"a\r\n..b\r\n...\r\n.\r\n"
    assert dotted(b"a") == b"a\r\n.\r\n"
