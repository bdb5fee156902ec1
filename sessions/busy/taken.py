"""When supervisors are taken elsewhere, as others of our pages ask it."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from django.db import connection, models
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import Q

from accounts.models import User
from sessions.models import BusyCalendar, BusyTime

Span = tuple[datetime, datetime]
#: After so many failures, which take three and a half hours, what is kept is called old.
OLD_AFTER: Final = 3
#: Nobody is taken so often in the weeks that a page shows; it bounds what one can cost.
MOST_SHOWN: Final = 2000
COLLEAGUES: Final = "SELECT * FROM sec.taken_elsewhere(%s, %s::timestamptz[], %s::timestamptz[])"


class Taken(NamedTuple):
    """A time that is taken, by the name that its owner gave the calendar."""

    name: str
    starts_at: datetime
    ends_at: datetime


def taken_in(user: User, times: Iterable[Span]) -> list[Taken]:
    """Return when `user` is taken elsewhere during one of `times`, as far as the asker may see it. 1 query."""
    asked = Q()
    for span in times:
        asked |= Q(during__overlap=DateTimeTZRange(*span))
    if not asked:
        return []
    found = BusyTime.objects.filter(asked, calendar__user=user).order_by("during", "calendar__place")
    rows = found.values_list("calendar__name", "during")[:MOST_SHOWN]
    return [Taken(name, during.lower, during.upper) for name, during in rows]


def colleagues_taken(engagement: UUID | None, times: Sequence[Span]) -> set[int]:
    """Return the places in `times` at which another supervisor of the process has something else. At most one query."""
    if engagement is None or not times:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(COLLEAGUES, [engagement, [start for start, _end in times], [end for _start, end in times]])
        return {place for (place,) in cursor.fetchall()}


def old_of(user: User) -> models.QuerySet[BusyCalendar]:
    """Return the calendars of `user` that have not been read for hours, though it was tried."""
    return BusyCalendar.objects.filter(user=user, next_at__isnull=False, failures__gte=OLD_AFTER)
