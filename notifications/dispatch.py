"""Sending what is due, so that a crash anywhere loses nothing and leaves at most one message in doubt.

A dispatcher leases messages, and for each commits `sending` just before the mail server gets it and `sent` just after.
Any number of dispatchers may run at once, as Celery tasks or as `manage.py outbox --loop`. One that dies is noticed by
its leases running out; the message that it had in hand is then tried again, marked as perhaps said already.
"""

import logging
import time
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMessage
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone

from audit.roles import Role
from notifications.kinds import kinds
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


def lease_end() -> Any:
    """When a lease that is taken or renewed now runs out, by the database's clock."""
    return Now() + timedelta(seconds=settings.OUTBOX_LEASE_SECONDS)


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

    def run(self) -> int:
        """Send everything that is due and return how many messages have left.

        Ends early, with everything given back, when the mail server cannot be reached or `stopping` says so.
        """
        sent = 0
        try:
            insist(return_in_doubt)
            while not self.stopping() and (batch := insist(self.lease)):
                for message in batch:
                    if self.stopping():
                        break
                    sent += self.deliver(message)
        except Down as error:
            log.error("The mail server cannot be reached (%s); what is due waits.", error)
        finally:
            self.post.close()
        insist(self.release)
        return sent

    def lease(self) -> list[Message]:
        """Take up to a batch of due messages that nobody else has, for a while."""
        with transaction.atomic():
            free = Message.objects.due(self.clock()).free_for(self.token).select_for_update(skip_locked=True)
            ids = list(free.values_list("pk", flat=True)[:BATCH])
            Message.objects.filter(pk__in=ids).update(token=self.token, lease_until=lease_end())
        leased = Message.objects.filter(pk__in=ids).select_related("person__user", "user")
        return list(leased.order_by("next_at"))

    def release(self) -> None:
        mine = Message.objects.filter(token=self.token, state=Message.State.PENDING)
        mine.update(token=None, lease_until=None)

    def deliver(self, message: Message) -> bool:
        """Send one leased message if it is still wanted; return whether it has left."""
        self.post.open()
        email = self.compose(message)
        if email is None or not insist(lambda: self.begin(message)):
            return False
        try:
            receipt = self.post.send(email)
        except Refused as error:
            self.settle(message, state=Message.State.DEAD, last_error=str(error))
            log.error("Message %s was refused for good: %s.", message.pk, error)
        except Later as error:
            self.put_off(message, str(error), in_doubt=error.in_doubt)
        except Down:
            self.put_off(message, "connection lost")
            raise
        else:
            self.settle_sent(message, receipt)
            return True
        return False

    def compose(self, message: Message) -> EmailMessage | None:
        """Read anew what the message is about; None when it has been dropped or put off instead."""
        now = self.clock()
        try:
            kind = kinds()[message.kind]
            letter = insist(lambda: kind.letter(message, now))
            if letter is None:
                self.settle(message, state=Message.State.DROPPED)
                return None
            moment = after_quiet(now, letter.before) if kind.quiet else now
            if moment > now:
                self.settle(message, next_at=moment)
                return None
            return compose(kind, message, letter)
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:
            # One message that cannot be made, for whatever reason, must not hold up the others.
            log.exception("Message %s could not be made.", message.pk)
            message.attempts += 1
            self.put_off(message, type(error).__name__)
            return None

    def begin(self, message: Message) -> bool:
        """Commit that the mail server is about to get it; False when another dispatcher has it by now."""
        mine = Message.objects.filter(pk=message.pk, token=self.token)
        message.attempts += 1
        return bool(mine.update(state=Message.State.SENDING, attempts=message.attempts, lease_until=lease_end()))

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

    def settle_sent(self, message: Message, receipt: str) -> None:
        """Write down at once, and through any outage, that the server has taken it.

        If the lease ran out meanwhile and nobody else has begun, that is still true.
        """
        held = Q(token=self.token) | Q(token=None, state=Message.State.PENDING)
        done = {"state": Message.State.SENT, "sent_at": self.clock(), "smtp_reply": receipt, "last_error": ""}
        insist(lambda: Message.objects.filter(held, pk=message.pk).update(token=None, lease_until=None, **done))
