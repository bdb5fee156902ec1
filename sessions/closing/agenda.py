"""The agenda of a session to come: points that its supervisors and supervisees put on it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext

from accounts.models import User
from audit import trail
from engagements.models import State
from formats.fields import check_length
from sessions.closing.actions import tidy
from sessions.models import AgendaItem, Session, SessionState
from vault.content import Content

TABLE: Final = "supervision_agendaitem"
MOST: Final = 500
MOST_POINTS: Final = 30


@dataclass(frozen=True)
class Point:
    """One point, ready to be shown. `text` is None when it cannot be opened."""

    pk: UUID
    text: str | None
    author: str
    own: bool
    done: bool


def points_of(session: Session, content: Content, user: User) -> list[Point]:
    """Return the points on the agenda of `session`, in the order in which they were brought. One query."""
    return [
        Point(
            row.pk, content.read_text(session.engagement_id, row.sealed, TABLE, row.pk), row.author.name,
            row.author_id == user.pk, row.done,
        )
        for row in session.agenda.select_related("author")
    ]  # fmt: skip


def blocker_to_adding(session: Session) -> str:
    """Return why nothing can be put on the agenda, in a sentence; empty when something can."""
    if session.state != SessionState.PLANNED:
        return gettext("The session is not open any more: %(state)s.") % {"state": session.get_state_display()}
    if session.engagement.state == State.CLOSED:
        return gettext("The process is closed.")
    return ""


@transaction.atomic
def add(session: Session, text: str, *, by: User, now: datetime) -> AgendaItem:
    """Put a point on the agenda. Raises ValidationError: nothing, too long, too many, the session is not to come."""
    text = " ".join(tidy(text).split())
    if not text:
        raise ValidationError({"point": gettext("Write what you would like to talk about.")})
    check_length(text, MOST, "point")
    if why := blocker_to_adding(session):
        raise ValidationError({"point": why})
    if session.agenda.count() >= MOST_POINTS:
        raise ValidationError({"point": gettext("The agenda is full: thirty points stand on it.")})
    item = AgendaItem(session=session, author=by, created_at=now)
    content = Content([session.engagement_id])
    item.sealed = content.seal_text(session.engagement_id, text, TABLE, item.pk, now=now)
    item.save(force_insert=True)
    trail.record(session.engagement_id, "agenda.added", actor=by, obj=item)
    return item


@transaction.atomic
def remove(item: AgendaItem, *, by: User) -> None:
    """Take one's own point away."""
    trail.record(item.session.engagement_id, "agenda.removed", actor=by, obj=item)
    item.delete()


@transaction.atomic
def settle(item: AgendaItem, *, done: bool, by: User) -> None:
    """Say that a point has been talked about, or that it has not."""
    item.done = done
    item.save(update_fields=["done"])
    trail.record(item.session.engagement_id, "agenda.done" if done else "agenda.reopened", actor=by, obj=item)


def carry(session: Session, points: Collection[UUID], *, by: User, now: datetime) -> int:
    """Take open points on to the next session that is booked; return how many went.

    Raises ValidationError when there is none, or when they do not fit there.
    """
    going = list(session.agenda.filter(pk__in=points, done=False))
    if not going:
        return 0
    following = next_after(session, now)
    if following is None:
        raise ValidationError(gettext("No next session is booked, so the points cannot go on to it."))
    if following.agenda.count() + len(going) > MOST_POINTS:
        raise ValidationError(gettext("The agenda is full: thirty points stand on it."))
    AgendaItem.objects.filter(pk__in=[item.pk for item in going]).update(session=following)
    trail.record_each(session.engagement_id, "agenda.carried", going, actor=by)
    return len(going)


def next_after(session: Session, now: datetime) -> Session | None:
    """Return the nearest planned session of the same process that comes after `session` and is not over."""
    coming = Session.objects.filter(engagement=session.engagement_id).to_come(now)
    return coming.filter(starts_at__gt=session.starts_at).first()
