"""That the key of somebody's notes is about to be destroyed, as the contract says: told to whoever wrote them."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import connection
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from notifications.news import News, news_of
from sessions.messages import local_day

#: So long before the day its author is told, and can still take what they may keep.
AHEAD: Final = timedelta(days=14)


def keys_going(now: datetime, among: Sequence[UUID] | None = None) -> Iterator[News]:
    today = local_day(now)
    with connection.cursor() as cursor:
        cursor.execute("SELECT engagement, author, goes_on FROM sec.keys_going(%s, %s)", [today, today + AHEAD])
        rows = cursor.fetchall()
    for engagement, author, day in rows:
        if among is None or engagement in among:
            page = reverse("notes:of_engagement", args=[engagement])
            yield News(author, engagement, day.isoformat(), page, on=day)


_kind, _planner = news_of(
    "keys_going",
    _("Notes are about to be destroyed"),
    keys_going,
    what=_("Notes of a closed process will be destroyed on this day"),
    more=_("The contract says so. They cannot be read after that, by anybody."),
    rule=_("Fourteen days before the keys of somebody’s notes are destroyed, as the contract says."),
    with_day=True,
    declinable=False,
)
KINDS = [_kind]
PLANNERS = [_planner]
