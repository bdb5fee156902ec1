"""A supervisee of a group says beforehand that they cannot come, or that they come after all; the session is held."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext

from accounts.models import User
from audit import trail
from sessions.models import CannotCome, Session, SessionState
from sessions.models.session import SessionQuerySet


def blocker(session: Session, now: datetime) -> str:
    """Return why a supervisee cannot say of `session` that they cannot come, in a sentence; empty when they can."""
    if session.state != SessionState.PLANNED:
        return gettext("The session is not open any more: %(state)s.") % {"state": session.get_state_display()}
    if session.starts_at <= now:
        return gettext("The session has begun. Speak with your supervisor.")
    if session.engagement.participations.current().count() < 2:
        return gettext("You are alone in it: cancel the session, by the terms of the contract.")
    return ""


@transaction.atomic
def say(session: Session, *, comes: bool, by: User, now: datetime) -> None:
    """Say whether `by` comes. Raises ValidationError with the reason why that cannot be said any more."""
    if why := blocker(session, now):
        raise ValidationError(why)
    with connection.cursor() as cursor:
        cursor.execute("SELECT sec.say_coming(%s, %s, %s)", [session.pk, comes, now])
        (done,) = cursor.fetchone()
    if not done:
        raise ValidationError(gettext("Somebody else changed this session just now. Look at it again."))
    trail.record(session.engagement_id, "session.coming" if comes else "session.not_coming", actor=by, obj=session)


def missing_from(session: Session) -> list[CannotCome]:
    """Return who cannot come, with their names; for whoever leads. One query."""
    told = CannotCome.objects.standing().filter(session=session, participation__left_on=None)
    return list(told.select_related("participation__person").order_by("participation__person__sort_key"))


def with_away(sessions: SessionQuerySet) -> SessionQuerySet:
    """Annotate `away`: how many supervisees cannot come, as whoever leads sees it; of a supervisee whether they do."""
    told = CannotCome.objects.standing().filter(session=OuterRef("pk"), participation__left_on=None)
    number = told.order_by().values("session").annotate(count=Count("pk")).values("count")
    return sessions.annotate(away=Coalesce(Subquery(number), 0))
