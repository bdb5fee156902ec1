"""Every reading by another than the author is written down: once per reader, thing and hour."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.db.models.functions import Now

from accounts.models import User
from audit import trail
from audit.asking import HasKey
from audit.models import Entry
from engagements.models import Engagement

#: Within this time a second look at the same is the same reading.
ONCE_IN: Final = timedelta(hours=1)


def write_down(
    reader: User,
    engagement: UUID,
    event: str,
    objs: Sequence[HasKey],
    *,
    data: Mapping[str, trail.Value] | None = None,
) -> None:
    """Write in the chain of `engagement` that `reader` has read `objs`, as far as that was not written this last hour.

    `event` says what they are: `memo.read`; `data` which part of them, by id. The hour is by the clock of the database,
    as the entries are. Two queries, or none without `objs`.
    """
    if not objs:
        return
    lately = Entry.objects.filter(
        obj__in=[obj.pk for obj in objs], actor=reader.pk, event=event, data=data or {}, at__gt=Now() - ONCE_IN
    ).values_list("obj", flat=True)
    known = set(lately)
    if unread := [obj for obj in objs if obj.pk not in known]:
        trail.record_each(engagement, event, unread, actor=reader, data=data)


def write_down_each(reader: User, event: str, engagements: Sequence[UUID], *, data: Mapping[str, trail.Value]) -> None:
    """Write in the chain of each of `engagements` that `reader` has looked at something of it, once an hour.

    `event` says what: `year.viewed`; `data` which. Two queries, or none without engagements.
    """
    if not engagements:
        return
    lately = Entry.objects.filter(
        obj__in=engagements, actor=reader.pk, event=event, data=dict(data), at__gt=Now() - ONCE_IN
    )
    known = set(lately.values_list("obj", flat=True))
    trail.append([trail.entry(pk, event, reader, Engagement(pk=pk), data) for pk in engagements if pk not in known])
