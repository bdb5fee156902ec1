"""The worker reads calendars again: each when it is due, the old times standing until new ones take their place."""

import time
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils import timezone

from sessions.busy import actions, fetching, reading
from sessions.busy.sealing import unseal
from sessions.models import BusyCalendar, BusyTime, Fault
from vault.blobs import Unopenable

EVERY: Final = timedelta(minutes=30)
LONGEST_WAIT: Final = timedelta(hours=24)
#: For how long whoever took a calendar in hand keeps it, though nothing be heard of them.
LEASE: Final = timedelta(minutes=3)
#: What recurs is kept for 400 days ahead: so it is asked for whole once in a while, though it has not changed.
WHOLE_EVERY: Final = timedelta(days=7)
#: Seconds after which a round takes no other calendar in hand: the worker has other things to do.
ROUND_SECONDS: Final = 60.0
#: How long a time is kept that is over.
KEPT_AFTER: Final = timedelta(days=60)
#: What the worker may see of a calendar: never its name.
SEEN: Final = ("id", "user_id", "sealed", "etag", "last_modified", "whole_at", "failures", "tried_at", "next_at")


def refresh_due() -> int:
    """Read the calendars that are due, the longest due first; return how many were tried."""
    began, tried = time.monotonic(), 0
    while time.monotonic() - began < ROUND_SECONDS and (taken := take(timezone.now())):
        refresh(taken)
        tried += 1
    forget_what_is_over(timezone.now())
    return tried


@transaction.atomic
def take(now: datetime) -> BusyCalendar | None:
    """Return a calendar that is due and that nobody else has in hand; for a while it is nobody else's."""
    due = BusyCalendar.objects.filter(next_at__lte=now, user__is_active=True).order_by("next_at").only(*SEEN)
    calendar = due.select_for_update(skip_locked=True, no_key=True, of=("self",)).first()
    if calendar is not None:
        calendar.tried_at, calendar.next_at = now, now + LEASE
        calendar.save(update_fields=["tried_at", "next_at"])
    return calendar


def refresh(calendar: BusyCalendar) -> None:
    """Fetch and read a calendar, and keep what came of it. Nothing waits for another service inside a transaction."""
    try:
        fetched = fetched_anew(calendar)
        found = None if fetched.content is None else actions.read(fetched.content, now=timezone.now())
    except fetching.Refused as refusal:
        settle(calendar.pk, timezone.now(), failed=refusal.fault)
    except reading.Refused as refusal:
        settle(calendar.pk, timezone.now(), failed=Fault(refusal.code))
    except Unopenable:
        settle(calendar.pk, timezone.now(), failed=Fault.SEALED)
    else:
        settle(calendar.pk, timezone.now(), fetched=fetched, found=found)


def fetched_anew(calendar: BusyCalendar) -> fetching.Fetched:
    """Return what its address answers. Raises fetching.Refused and Unopenable."""
    whole = calendar.whole_at is None or calendar.whole_at + WHOLE_EVERY <= timezone.now()
    marks = {} if whole else {"etag": calendar.etag, "last_modified": calendar.last_modified}
    return fetching.fetch(unseal(calendar.sealed or b"", calendar.pk), **marks)


@transaction.atomic
def settle(
    pk: UUID,
    now: datetime,
    *,
    fetched: fetching.Fetched | None = None,
    found: reading.Found | None = None,
    failed: str = "",
) -> None:
    """Keep what came of trying a calendar, and say when it is tried next. One that was removed meanwhile stays gone."""
    calendar = BusyCalendar.objects.select_for_update(no_key=True).only(*SEEN).filter(pk=pk).order_by("pk").first()
    if calendar is None:
        return
    fields: dict[str, Any] = {"fault": failed, "failures": min(calendar.failures + 1, 1000) if failed else 0}
    if fetched is not None:
        fields |= {"read_at": now, "etag": fetched.etag, "last_modified": fetched.last_modified}
    if found is not None:
        actions.put(calendar, found)
        fields |= {"whole_at": now, "unread": calendar.unread}
    fields["next_at"] = now + wait_after(fields["failures"])
    BusyCalendar.objects.filter(pk=pk).update(**fields)


def wait_after(failures: int) -> timedelta:
    """Return how long to wait: half an hour, and after failures one, two, four hours and so on, at most a day."""
    doubled: int = 2 ** min(failures, 10)
    return min(EVERY * doubled, LONGEST_WAIT)


def forget_what_is_over(now: datetime) -> None:
    """Remove times that have long been over; those of a file would stay as long as it."""
    BusyTime.objects.filter(during__fully_lt=DateTimeTZRange(now - KEPT_AFTER, now)).delete()
