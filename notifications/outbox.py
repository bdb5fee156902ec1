"""Putting messages into the outbox: what has happened, in its own transaction, and what is due, found each minute."""

import logging
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import parseaddr
from typing import Any

from celery import Task
from django.conf import settings
from django.db import connection, transaction
from django.utils.functional import Promise
from kombu.exceptions import OperationalError as BrokerError
from redis.exceptions import ConnectionError as ValkeyUnreachable
from redis.exceptions import TimeoutError as ValkeyTooSlow

from accounts.models import Person, User
from notifications.choices import AS_USUAL, choices_of
from notifications.kinds import Draft, kinds, planners
from notifications.models import Message

log = logging.getLogger(__name__)

#: Rows an INSERT takes at once.
CHUNK = 5000

# Arrays, one a column, so that a day's messages are one statement. A message that was dropped was never said: it may
# be wanted again, as when a session is moved away and back.
INSERT = """
INSERT INTO notifications_message (id, message_id, key, kind, person_id, user_id, obj, occasion, next_at, created_at,
  state, attempts, maybe_sent, smtp_reply, last_error)
SELECT new.id, new.message_id, new.key, new.kind, new.person_id, new.user_id, new.obj, new.occasion, new.next_at, %s,
  'pending', 0, 0, '', ''
  FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::text[], %s::uuid[], %s::uuid[], %s::uuid[], %s::text[],
    %s::timestamptz[]) AS new (id, message_id, key, kind, person_id, user_id, obj, occasion, next_at)
ON CONFLICT (key) DO UPDATE SET state = 'pending', next_at = EXCLUDED.next_at, created_at = EXCLUDED.created_at
  WHERE notifications_message.state = 'dropped'
"""


def queue(
    kind: str,
    *,
    obj: uuid.UUID,
    next_at: datetime,
    now: datetime,
    occasion: str = "",
    person: Person | None = None,
    user: User | None = None,
) -> None:
    """Put a message into the outbox, in the running transaction; a key that is there already is left alone.

    `obj` is the id of what it is about; `occasion` (≤ 40 characters, numbers and times only) tells one saying of it
    from the next. It leaves at `next_at` at the earliest; what may leave now leaves once the transaction has committed.
    """
    draft = Draft(kind, obj, occasion, next_at, person.pk if person else None, user.pk if user else None)
    queue_all([draft], now=now)


def queue_all(drafts: Sequence[Draft], *, now: datetime) -> int:
    """Put many messages into the outbox and return how many of them are new; what is declined is left out."""
    added = 0
    drafts = not_declined(drafts)
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
    for start in range(0, len(drafts), CHUNK):
        chunk = drafts[start : start + CHUNK]
        ids = [uuid.uuid4() for _ in chunk]
        columns: list[list[Any]] = [
            ids,
            [f"<{pk}@{domain}>" for pk in ids],
            [draft.key for draft in chunk],
            [draft.kind for draft in chunk],
            [draft.person for draft in chunk],
            [draft.user for draft in chunk],
            [draft.obj for draft in chunk],
            [draft.occasion for draft in chunk],
            [draft.next_at for draft in chunk],
        ]
        with connection.cursor() as cursor:
            cursor.execute(INSERT, [now, *columns])
            added += cursor.rowcount
    if any(draft.next_at <= now for draft in drafts):
        transaction.on_commit(nudge)
    return added


def not_declined(drafts: Sequence[Draft]) -> Sequence[Draft]:
    """Return those whose recipients have not declined their kind, as far as whoever asks may know."""
    asked = {draft.person or draft.user for draft in drafts if can_be_declined(draft.kind)}
    if not asked:
        return drafts
    chosen = choices_of({pk for pk in asked if pk})
    return [
        draft
        for draft in drafts
        if not can_be_declined(draft.kind)
        or draft.kind not in chosen.get(draft.person or draft.user, AS_USUAL).declined  # type: ignore[arg-type]
    ]


def can_be_declined(kind: str) -> bool:
    return kind in kinds() and kinds()[kind].can_be_declined


def plan(now: datetime) -> int:
    """Put everything into the outbox that is due at `now` and was not said; return how many are new."""
    return sum(queue_all(list(planner(now)), now=now) for planner in planners())


def nudge() -> None:
    """Wake a dispatcher. Whether that works or not, the message stands in the database and beat wakes one soon."""
    from notifications.tasks import dispatch

    wake(dispatch)


def wake(task: Task) -> None:
    """Put `task` into the queue; when that is away, say so in the log and leave it to the task's next tick."""
    try:
        task.apply_async(retry=False)
    except (BrokerError, ValkeyUnreachable, ValkeyTooSlow) as error:
        log.warning("The queue cannot be reached (%s); the next tick does what is due.", type(error).__name__)


@dataclass(frozen=True)
class Told:
    """One message as the supervisor sees it; `at` is when it was sent, or when it leaves at the earliest."""

    label: Promise | str
    person: str
    state: str
    at: datetime
    delayed: bool


def messages_of(*objs: uuid.UUID) -> list[Told]:
    """Return what was, is or will be told about any of `objs`, the newest last."""
    found = Message.objects.filter(obj__in=objs).exclude(state=Message.State.DROPPED).select_related("person")
    return [
        Told(
            label=kinds()[message.kind].label if message.kind in kinds() else message.kind,
            person=message.person.name if message.person else "",
            state=message.state,
            at=message.sent_at or message.next_at,
            delayed=message.state == Message.State.PENDING and message.attempts > 0,
        )
        for message in found.order_by("created_at", "key")
    ]
