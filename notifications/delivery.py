"""How the messages of a practice fare, for its administrators: what was given up, delayed, or perhaps said twice."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import connection

from audit import trail
from audit.asking import HasKey
from notifications.kinds import kinds
from notifications.models import Message

#: For how long counts and doubts are shown.
LATELY: Final = timedelta(days=7)


#: How many messages the log shows at once.
PAGE: Final = 100


@dataclass(frozen=True)
class Logged:
    """How a message fares. `recipient` is a name, never an address."""

    id: UUID
    kind: str
    state: str
    recipient: str
    created_at: datetime
    next_at: datetime
    sent_at: datetime | None
    attempts: int
    maybe_sent: int

    @property
    def label(self) -> str:
        return str(kinds()[self.kind].label) if self.kind in kinds() else self.kind

    @property
    def doubtful(self) -> bool:
        """Whether it cannot be known that it was said once: the connection broke while the server was taking it."""
        return self.maybe_sent > 0

    @property
    def given_up(self) -> bool:
        return self.state == Message.State.DEAD

    @property
    def delayed(self) -> bool:
        return self.state in (Message.State.PENDING, Message.State.SENDING)


def troubled(now: datetime) -> list[Logged]:
    """Return what did not go as it should in practices that the asker administers, the given up first. One query."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM sec.troubled_messages(%s)", [now - LATELY])
        return [Logged(*row) for row in cursor.fetchall()]


def log(now: datetime, after: tuple[datetime, UUID] | None = None) -> list[Logged]:
    """Return how the messages of the last week fare there, the latest first: a page of them, and one more where there
    are more. `after`: the last one of the page before. One query.
    """
    before, earlier = after or (now, UUID(int=2**128 - 1))
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM sec.delivery_log(%s, %s, %s, %s)", [now - LATELY, before, earlier, PAGE + 1])
        return [Logged(*row) for row in cursor.fetchall()]


def counts(now: datetime) -> Mapping[str, int]:
    """Return how many messages of the last week are in which state, there. One query."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM sec.message_counts(%s)", [now - LATELY])
        return dict(cursor.fetchall())


def send_again(message: UUID, *, by: HasKey) -> bool:
    """Have what was given up sent after all, if it is still wanted then; return whether it was one of theirs."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT sec.send_again(%s)", [message])
        (done,) = cursor.fetchone()
    if done:
        trail.record("accounts", "message_sent_again", actor=by, obj=Message(pk=message))
    return bool(done)
