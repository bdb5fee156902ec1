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


@dataclass(frozen=True)
class Troubled:
    """A message that did not go as it should. `recipient` is a name, never an address."""

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
    def given_up(self) -> bool:
        return self.state == Message.State.DEAD

    @property
    def delayed(self) -> bool:
        return self.state in (Message.State.PENDING, Message.State.SENDING)


def troubled(now: datetime) -> list[Troubled]:
    """Return what did not go as it should in practices that the asker administers, the given up first. One query."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM sec.troubled_messages(%s)", [now - LATELY])
        return [Troubled(*row) for row in cursor.fetchall()]


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
