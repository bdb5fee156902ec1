"""What waits in matters of data protection, for *Tänään* and the overview of a practice: requests, running clocks."""

from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import DateField, DateTimeField, F, Func, Value
from django.utils.translation import gettext as _

from accounts.models import User
from formats.days import write_day
from privacy.incidents.words import clock_of
from privacy.models import DataRequest, Incident

#: So many of each are looked at for a line.
MOST: Final = 20


def open_requests(user: User) -> Any:
    """What `user` has to answer: its id, by when, and nothing in place of a moment."""
    answer_by = Func(
        F("due_on"), F("extended_at"), output_field=DateField(),
        template="(due_on + CASE WHEN extended_at IS NULL THEN interval '0' ELSE interval '2 months' END)::date",
    )  # fmt: skip
    requests = DataRequest.objects.handled_by(user).open().order_by().annotate(answer=answer_by)
    return requests.values_list("pk", "answer", Value(None, DateTimeField()))


def running_clocks(user: User) -> Any:
    """Breaches of practices where `user` works whose hours run: id, nothing in place of a day, since when."""
    incidents = Incident.objects.visible_to(user).running().order_by()
    return incidents.values_list("pk", Value(None, DateField()), "discovered_at")


def request_line(days: list[tuple[UUID, date]], today: date) -> tuple[str, str]:
    """Return what one line says of open requests, and its note."""
    first = min(day for _pk, day in days)
    note = _("Late") if first < today else _("By %(day)s") % {"day": write_day(first)}
    return _("Answer requests about data: %(count)d") % {"count": len(days)}, note


def clock_line(discovered_at: datetime, now: datetime) -> str:
    clock = clock_of(Incident(discovered_at=discovered_at), now)
    return _("Personal data breach: %(clock)s") % {"clock": clock}
