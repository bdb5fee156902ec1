"""That own supervision has become rarer than somebody wants: what is kept in processes and what stands in the log."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

from django.db import connection
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from notifications.news import News, news_of

#: At which minutes of an hour everybody is looked through: what has become rare has not to the minute.
MINUTES: Final = 5


def toto_rare(now: datetime, among: Sequence[UUID] | None = None) -> Iterator[News]:
    """A supervisor has had own supervision more seldom than they want, and nothing is planned.

    Said once after each that was the last. The worker reads nobody's portfolio: one function tells it whose and when.
    """
    if among is None and now.minute >= MINUTES:
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM sec.toto_thin(%s, %s)", [now, None if among is None else list(among)])
        rows: list[tuple[UUID, date]] = cursor.fetchall()
    for user, day in rows:
        yield News(user, user, day.isoformat(), reverse("portfolio:log"), on=day)


_kind, _planner = news_of(
    "toto_rare",
    _("Own supervision (ToTo) has become rare"),
    toto_rare,
    what=_("Your last own supervision (ToTo) was on this day"),
    more=_(
        "That is more seldom than you want, and nothing is planned. If you have had it elsewhere, write it into your"
        " log; there you also choose how often is enough."
    ),
    rule=_(
        "Once, when own supervision has been rarer than its owner wants (two sessions in half a year unless they choose"
        " otherwise) and nothing is planned. Counted from processes kept here and from one’s own log."
    ),
    with_day=True,
)
KINDS = [_kind]
PLANNERS = [_planner]
