"""Sending what is due, so that a crash anywhere loses nothing and leaves at most one message in doubt.

A dispatcher leases messages, and for each commits `sending` just before the mail server gets it and `sent` just after.
Any number of dispatchers may run at once, as Celery tasks or as `manage.py outbox --loop`. One that dies is noticed by
its leases running out; the message that it had in hand is then tried again, marked as perhaps said already.
"""

import logging
import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMessage
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import F
from django.utils import timezone

from audit.roles import Role
from notifications.choices import AS_USUAL, Choices, choices_of
from notifications.kinds import Letter, kinds
from notifications.letters import compose
from notifications.models import Message
from notifications.post import Down, Later, Post, Refused
from notifications.quiet import after_quiet

log = logging.getLogger(__name__)
T = TypeVar("T")

BATCH = 50
MOST_TRIES = 12
LONGEST_WAIT = timedelta(hours=1)
#: How long a step that the database has not taken is repeated, and how long between two tries at most.
PATIENCE = timedelta(minutes=10)
PAUSE_SECONDS = 2.0
#: After which part of its lease what is in hand is leased anew: one that a slow mail server holds up is not dead.
#: What is left is more than the text and the answers around it can take: 120 s × 7/8 against 3 × EMAIL_TIMEOUT.
KEPT_AFTER = 1 / 8
#: How old what is known of a message's object may be when it leaves.
FRESH_SECONDS = 0.5

LEASE = """UPDATE notifications_message SET token = %(token)s,
  lease_until = statement_timestamp() + make_interval(secs => %(seconds)s)
  WHERE id IN (SELECT id FROM notifications_message WHERE state = 'pending' AND next_at <= %(now)s
    AND (lease_until IS NULL OR lease_until < statement_timestamp() OR token = %(token)s)
    ORDER BY next_at LIMIT %(batch)s FOR UPDATE SKIP LOCKED) RETURNING id"""
# Said for every message: Django would take longer to write these statements than the database to obey them.
BEGIN = """UPDATE notifications_message SET state = 'sending', attempts = attempts + 1,
  lease_until = statement_timestamp() + make_interval(secs => %(seconds)s) WHERE id = %(begun)s AND token = %(token)s"""
KEEP = """UPDATE notifications_message SET lease_until = statement_timestamp() + make_interval(secs => %(seconds)s)
  WHERE id = %(kept)s AND token = %(token)s AND state = 'sending'"""
# If the lease ran out meanwhile and nobody else has begun, it is still true that the message was sent.
SENT = """UPDATE notifications_message SET state = 'sent', sent_at = %(now)s, smtp_reply = %(receipt)s, last_error = '',
  told = %(told)s::uuid[], token = NULL, lease_until = NULL
  WHERE id = %(sent)s AND (token = %(token)s OR token IS NULL AND state = 'pending')"""
SENT_AND_BEGIN = f"WITH sent AS ({SENT}) {BEGIN}"


def require_worker() -> None:
    """Raise ImproperlyConfigured in a process of another role: it would see no sessions, and drop all that is due."""
    if settings.DATABASE_ROLE != Role.WORKER:
        raise ImproperlyConfigured("Messages are planned and sent by the role worker: set DATABASE_ROLE=worker.")


def wait_after(attempts: int) -> timedelta:
    """Return how long to wait after so many tries: 1, 2, 4 … minutes, at most an hour."""
    doubled: int = 2 ** (attempts - 1)
    return min(timedelta(seconds=settings.OUTBOX_RETRY_SECONDS) * doubled, LONGEST_WAIT)


def insist(step: Callable[[], T]) -> T:
    """Repeat a step of the database through its outages; raises the last error when they last longer than PATIENCE."""
    end = time.monotonic() + PATIENCE.total_seconds()
    pause = 0.05
    while True:
        try:
            return step()
        except (OperationalError, InterfaceError) as error:
            if time.monotonic() > end or connection.in_atomic_block:
                raise
            log.warning("The database cannot be reached (%s); trying again.", type(error).__name__)
            connection.close()
            time.sleep(pause)
            pause = min(pause * 2, PAUSE_SECONDS)


def chosen_by(messages: Sequence[Message]) -> Mapping[UUID, Choices]:
    """Return what the recipients of `messages` have chosen."""
    return choices_of({pk for each in messages if (pk := each.person_id or each.user_id)})


def return_in_doubt() -> int:
    """Give back what dead dispatchers had in hand, marked as perhaps said already; return how many there were."""
    free: dict[str, Any] = {"token": None, "lease_until": None, "maybe_sent": F("maybe_sent") + 1}
    found = Message.objects.in_doubt()
    dead = found.filter(attempts__gte=MOST_TRIES).update(state=Message.State.DEAD, last_error="in doubt", **free)
    back = found.update(state=Message.State.PENDING, **free)
    if dead or back:
        log.warning("%d messages were in the hands of a dispatcher that died; %d are given up.", dead + back, dead)
    return dead + back


class Dispatcher:
    """Sends what is due over one kept connection. `stopping` is asked between two messages."""

    def __init__(
        self, *, clock: Callable[[], datetime] = timezone.now, stopping: Callable[[], bool] = lambda: False
    ) -> None:
        self.clock = clock
        self.stopping = stopping
        self.token = uuid.uuid4()
        self.post = Post()
        self.known: dict[UUID, Letter | Exception] = {}
        self.known_at = float("-inf")
        self.chosen: Mapping[UUID, Choices] = {}
        self.begun: UUID | None = None
        self.leased_at = float("-inf")
        self.sent = 0

    def run(self) -> int:
        """Send everything that is due and return how many messages have left.

        Ends early, with everything given back, when the mail server cannot be reached or `stopping` says so.
        """
        try:
            insist(return_in_doubt)
            while not self.stopping() and (batch := insist(self.lease)):
                self.deliver_all(batch)
        except Down as error:
            log.error("The mail server cannot be reached (%s); what is due waits.", error)
        finally:
            self.post.close()
        insist(self.release)
        return self.sent

    def lease(self) -> list[Message]:
        """Take up to a batch of due messages that nobody else has, for a while."""
        values: dict[str, Any] = {
            "token": self.token,
            "seconds": settings.OUTBOX_LEASE_SECONDS,
            "now": self.clock(),
            "batch": BATCH,
        }
        with connection.cursor() as cursor:
            cursor.execute(LEASE, values)
            ids = [row[0] for row in cursor.fetchall()]
        return list(Message.objects.filter(pk__in=ids).with_recipients().order_by("next_at")) if ids else []

    def release(self) -> None:
        mine = Message.objects.filter(token=self.token, state=Message.State.PENDING)
        mine.update(token=None, lease_until=None)

    def deliver_all(self, batch: Sequence[Message]) -> None:
        """Send leased messages one after the other."""
        self.known_at = float("-inf")
        for number, message in enumerate(batch):
            if self.stopping():
                self.give_back(message)
                break
            try:
                self.post.open()
            except Down:
                self.give_back(message)
                raise
            if time.monotonic() - self.known_at > FRESH_SECONDS:
                self.known, self.chosen = self.read(batch[number:]), insist(partial(chosen_by, batch[number:]))
                self.known_at = time.monotonic()
            self.deliver(message, next(iter(batch[number + 1 :]), None))

    def give_back(self, message: Message) -> None:
        """Take back that a message was begun: the mail server has seen nothing of it."""
        if message.pk == self.begun:
            self.settle(message, state=Message.State.PENDING, attempts=message.attempts)

    def read(self, messages: Sequence[Message]) -> dict[UUID, Letter | Exception]:
        """Read anew what messages are about, and return the letters of those that are still wanted."""
        by_kind: defaultdict[str, list[Message]] = defaultdict(list)
        for message in messages:
            by_kind[message.kind].append(message)
        letters: dict[UUID, Letter | Exception] = {}
        for name, those in by_kind.items():
            letters |= self.read_kind(name, those)
        return letters

    def read_kind(self, name: str, messages: Sequence[Message]) -> Mapping[UUID, Letter | Exception]:
        """Where the whole cannot be read, read each alone: one message that fails holds up no other."""
        try:
            return insist(partial(kinds()[name].letters, messages, self.clock()))
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:
            if len(messages) == 1:
                return {messages[0].pk: error}
            return {pk: letter for one in messages for pk, letter in self.read_kind(name, [one]).items()}

    def deliver(self, message: Message, following: Message | None) -> None:
        """Send one leased message if it is still wanted."""
        email = self.compose(message)
        if email is None or not self.in_hand(message):
            return
        message.attempts += 1
        try:
            receipt = self.post.send(email, keep=partial(self.keep, message))
        except Refused as error:
            self.settle(message, state=Message.State.DEAD, last_error=str(error))
            log.error("Message %s was refused for good: %s.", message.pk, error)
        except Later as error:
            self.put_off(message, str(error), in_doubt=error.in_doubt)
        except Down:
            self.put_off(message, "connection lost")
            raise
        else:
            self.sent += 1
            insist(partial(self.settle_sent, message, receipt, self.clock(), following))

    def compose(self, message: Message) -> EmailMessage | None:
        """Make the e-mail; None when the message has been dropped or put off instead, also because that failed."""
        now = self.clock()
        letter = self.known.get(message.pk)
        try:
            if isinstance(letter, Exception):
                raise letter
            kind = kinds()[message.kind]
            choices = self.chosen.get(message.person_id or message.user_id, AS_USUAL)  # type: ignore[arg-type]
            if letter is None or letter.nothing or (kind.can_be_declined and kind.name in choices.declined):
                self.drop(message, letter)
                return None
            if kind.can_wait and choices.gathers:
                self.settle(message, state=Message.State.GATHERED, attempts=message.attempts, next_at=now)
                return None
            moment = after_quiet(now, letter.before, choices.quiet) if kind.quiet else now
            if moment > now:
                self.settle(message, state=Message.State.PENDING, attempts=message.attempts, next_at=moment)
                return None
            return insist(partial(compose, kind, message, letter))
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:
            log.exception("Message %s could not be made.", message.pk)
            message.attempts += 1
            self.put_off(message, type(error).__name__)
            return None

    def drop(self, message: Message, letter: Letter | None) -> None:
        """Let go of a message that is not wanted, and of those that it would have told and that are not either."""
        if letter and letter.told:
            gathered = Message.objects.gathered(letter.told)
            insist(lambda: gathered.update(state=Message.State.DROPPED))
        self.settle(message, state=Message.State.DROPPED)

    def in_hand(self, message: Message) -> bool:
        """Have it begun, by now or long since; False when another dispatcher has it by now."""
        return self.keep(message) if message.pk == self.begun else insist(partial(self.begin, message))

    def keep(self, message: Message) -> bool:
        """Lease what is in hand anew where that takes long; False when another dispatcher has it by now."""
        if time.monotonic() - self.leased_at < settings.OUTBOX_LEASE_SECONDS * KEPT_AFTER:
            return True
        return insist(partial(self.lease_anew, message))

    def lease_anew(self, message: Message) -> bool:
        self.leased_at = time.monotonic()
        values: dict[str, Any] = {"kept": message.pk, "token": self.token, "seconds": settings.OUTBOX_LEASE_SECONDS}
        with connection.cursor() as cursor:
            cursor.execute(KEEP, values)
            return bool(cursor.rowcount)

    def begin(self, message: Message) -> bool:
        """Commit that the mail server is about to get it; False when another dispatcher has it by now."""
        self.leased_at = time.monotonic()
        with connection.cursor() as cursor:
            cursor.execute(BEGIN, {"begun": message.pk, "token": self.token, "seconds": settings.OUTBOX_LEASE_SECONDS})
            return bool(cursor.rowcount)

    def put_off(self, message: Message, why: str, *, in_doubt: bool = False) -> None:
        """Try again after a while; after the last try give up, which somebody has to look at."""
        gone = message.attempts >= MOST_TRIES
        self.settle(
            message,
            state=Message.State.DEAD if gone else Message.State.PENDING,
            next_at=self.clock() + wait_after(message.attempts),
            attempts=message.attempts,
            maybe_sent=F("maybe_sent") + int(in_doubt),
            last_error=why[:200],
        )
        log.log(logging.ERROR if gone else logging.WARNING, "Message %s did not leave: %s.", message.pk, why)

    def settle(self, message: Message, **fields: Any) -> None:
        mine = Message.objects.filter(pk=message.pk, token=self.token)
        insist(lambda: mine.update(token=None, lease_until=None, **fields))

    def settle_sent(self, message: Message, receipt: str, now: datetime, following: Message | None) -> None:
        """Write down at once that the server has taken it, and in the same breath begin the one that follows."""
        letter = self.known.get(message.pk)
        told = list(letter.told) if isinstance(letter, Letter) and letter.told is not None else None
        values: dict[str, Any] = {
            "sent": message.pk, "receipt": receipt, "told": told, "now": now, "token": self.token,
        }  # fmt: skip
        self.leased_at = time.monotonic()
        with transaction.atomic() if told else nullcontext(), connection.cursor() as cursor:
            if following is None or self.stopping():
                cursor.execute(SENT, values)
            else:
                values |= {"begun": following.pk, "seconds": settings.OUTBOX_LEASE_SECONDS}
                cursor.execute(SENT_AND_BEGIN, values)
                self.begun = following.pk if cursor.rowcount else None
            if told:
                Message.objects.gathered(told).update(state=Message.State.SENT, sent_at=now)
