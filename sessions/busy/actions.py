"""Adding another calendar of one's own, reading it again, taking it away; putting times in place of earlier ones."""

import json
import logging
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from audit import trail
from notifications.outbox import wake
from sessions.busy.reading import Found, Refused
from sessions.busy.sealing import seal
from sessions.feeds.calendar import UID_END
from sessions.models import BusyCalendar, BusyTime, Fault
from sessions.models.busy import MOST_CALENDARS

logger = logging.getLogger(__name__)

READER: Final = Path(__file__).with_name("reading.py")
#: Seconds that one file may take, its process included.
PATIENCE: Final = 20.0
#: Nobody asks another service more often than this by pressing a button.
AGAIN_AFTER: Final = timedelta(minutes=1)


# --- reading --------------------------------------------------------------------------------------------------------


def read(content: bytes, *, now: datetime) -> Found:
    """Return the times of a file, read in a process of its own. Raises reading.Refused."""
    head = json.dumps({"now": now.timestamp(), "ours": UID_END}).encode()
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-B", str(READER)], input=head + b"\n" + content, capture_output=True,
            timeout=PATIENCE, env={}, check=True,
        )  # fmt: skip
    except (subprocess.TimeoutExpired, subprocess.CalledProcessError) as error:
        # What it was is no business of the log; that the reader failed is.
        logger.warning("A calendar could not be read: %s", type(error).__name__)
        raise Refused(Fault.MUCH) from None
    said = json.loads(done.stdout)
    if "refused" in said:
        raise Refused(said["refused"])
    times = [(datetime.fromtimestamp(first, UTC), datetime.fromtimestamp(last, UTC)) for first, last in said["times"]]
    return Found(times, said["unread"])


def put(calendar: BusyCalendar, found: Found) -> None:
    """Put the times that were found in place of those that are kept; what stays the same is not written again."""
    kept = {(during.lower, during.upper): pk for pk, during in calendar.times.values_list("pk", "during")}
    wanted = set(found.times)
    BusyTime.objects.filter(pk__in=[pk for span, pk in kept.items() if span not in wanted]).delete()
    BusyTime.objects.bulk_create(
        (BusyTime(calendar=calendar, during=DateTimeTZRange(*span)) for span in found.times if span not in kept),
        batch_size=1000,
    )
    calendar.unread = min(found.unread, 32767)


# --- verbs ----------------------------------------------------------------------------------------------------------


@transaction.atomic
def add_address(user: User, name: str, address: str, *, now: datetime) -> BusyCalendar:
    """Keep the address of another calendar, which the worker reads in a moment. Raises ValidationError at six."""
    calendar = BusyCalendar(user=user, place=free_place(user), name=name, added_at=now, next_at=now)
    calendar.sealed = seal(address, calendar.pk)
    calendar.save(force_insert=True)
    trail.record("accounts", "busy_calendar_added", actor=user, obj=calendar, data={"by": "address"})
    transaction.on_commit(nudge)
    return calendar


@transaction.atomic
def add_file(user: User, name: str, found: Found, *, now: datetime) -> BusyCalendar:
    """Keep the times of a file. Raises ValidationError at six."""
    calendar = BusyCalendar.objects.create(user=user, place=free_place(user), name=name, added_at=now)
    replace(calendar, found, now=now)
    trail.record("accounts", "busy_calendar_added", actor=user, obj=calendar, data={"by": "file"})
    return calendar


@transaction.atomic
def replace(calendar: BusyCalendar, found: Found, *, now: datetime) -> None:
    """Put the times of a newer file in place of the older one's."""
    calendar = BusyCalendar.objects.select_for_update().get(pk=calendar.pk)
    put(calendar, found)
    calendar.tried_at = calendar.read_at = calendar.whole_at = now
    calendar.save(update_fields=["tried_at", "read_at", "whole_at", "unread"])


@transaction.atomic
def remove(calendar: BusyCalendar, *, by: User) -> None:
    """Forget a calendar and its times."""
    calendar.delete()
    trail.record("accounts", "busy_calendar_removed", actor=by, obj=calendar)


def again(calendar: BusyCalendar, *, now: datetime) -> bool:
    """Have a calendar read again in a moment. Return whether it will be: not for a file, nor twice in a minute."""
    if not may_be_read_again(calendar, now=now):
        return False
    BusyCalendar.objects.filter(pk=calendar.pk, next_at__isnull=False).update(next_at=now)
    transaction.on_commit(nudge)
    return True


def may_be_read_again(calendar: BusyCalendar, *, now: datetime) -> bool:
    return calendar.by_address and (calendar.tried_at is None or calendar.tried_at + AGAIN_AFTER <= now)


def free_place(user: User) -> int:
    """Return the first of the five places that is free. Raises ValidationError when none is."""
    list(User.objects.select_for_update(no_key=True).filter(pk=user.pk).values_list("pk"))  # two at once take turns
    taken = set(BusyCalendar.objects.filter(user=user).values_list("place", flat=True))
    free = [place for place in range(1, MOST_CALENDARS + 1) if place not in taken]
    if not free:
        raise ValidationError(_("You have five calendars here. Remove one before you add another."), code="five")
    return free[0]


def nudge() -> None:
    """Wake the worker; if that does not work, beat does soon."""
    from sessions.busy.tasks import refresh

    wake(refresh)
