"""What waits in matters of data protection, for *Tänään* and the overview of a practice: requests, running clocks."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import DateField, DateTimeField, F, Func, Value
from django.utils.translation import gettext as _

from accounts.models import User
from formats.days import write_day
from privacy.incidents.words import clock_of
from privacy.models import DataRequest, Incident


def open_requests(user: User) -> Any:
    """What `user` has to answer, with the last day to do so as `answer`, as `DataRequest.answer_by` reckons it."""
    extended = "(due_on + CASE WHEN extended_at IS NULL THEN interval '0' ELSE interval '2 months' END)::date"
    answer = Func(F("due_on"), output_field=DateField(), template=extended)
    return DataRequest.objects.handled_by(user).open().order_by().annotate(answer=answer)


def running_clocks(user: User) -> Any:
    """Breaches of practices where `user` works whose hours run."""
    return Incident.objects.visible_to(user).running().order_by()


def both(user: User) -> Any:
    """Open requests and running clocks, as rows of an id, a day and a moment, of which each has one. One query."""
    requests = open_requests(user).values_list("pk", "answer", Value(None, DateTimeField()))
    return requests.union(running_clocks(user).values_list("pk", Value(None, DateField()), "discovered_at"), all=True)


def request_line(days: list[tuple[UUID, date]], today: date) -> tuple[str, str]:
    """Return what one line says of open requests, and its note."""
    first = min(day for _pk, day in days)
    note = _("Late") if first < today else _("By %(day)s") % {"day": write_day(first)}
    return _("Answer requests about data: %(count)d") % {"count": len(days)}, note


def clock_line(discovered_at: datetime, now: datetime) -> str:
    clock = clock_of(Incident(discovered_at=discovered_at), now)
    return _("Personal data breach: %(clock)s") % {"clock": clock}
