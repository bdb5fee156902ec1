"""What a supervisee does to a session themselves: cancel it, by the contract's terms, who is alone in it.

Of a group the session is held without the one who cannot come; whether it is cancelled, its supervisor says.
"""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext

from accounts.models import User
from audit import trail
from engagements.models.terms import Cancels
from sessions.actions import cancelling
from sessions.fees import percent_of
from sessions.models import Session, SessionState


def blocker_to_cancelling(session: Session, now: datetime) -> str:
    """Return why the supervisee cannot cancel `session` here, in a sentence; empty when they can."""
    if session.state != SessionState.PLANNED:
        return gettext("The session is not open any more: %(state)s.") % {"state": session.get_state_display()}
    if session.starts_at <= now:
        return gettext("The session has begun. Speak with your supervisor.")
    if session.engagement.participations.current().count() != 1:
        return gettext("There are others in it. If you cannot come, tell your supervisor: the session is held.")
    terms = cancelling(session, now=now).terms
    if terms is not None and terms.who_cancels == Cancels.CLIENT:
        return gettext("By the contract it is the client who cancels. Speak with your supervisor.")
    return ""


@transaction.atomic
def cancel(session: Session, *, reason: str = "", by: User, now: datetime) -> None:
    """Cancel `session` as the one who is supervised in it; it counts as late, and is charged, as the contract says.

    Its supervisors are told. Raises ValidationError with the reason why not, and when somebody else was first.
    """
    if why := blocker_to_cancelling(session, now):
        raise ValidationError(why)
    consequence = cancelling(session, now=now)
    state = SessionState.CANCELLED_LATE if consequence.late else SessionState.CANCELLED
    percent = percent_of(state, consequence.terms, trial=session.trial)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sec.cancel_own(%s, %s, %s, %s, %s, %s)",
            [session.pk, consequence.late, percent, reason, session.starts_at.isoformat(), now],
        )
        (done,) = cursor.fetchone()
    if not done:
        raise ValidationError(gettext("Somebody else changed this session just now. Look at it again."))
    trail.record(session.engagement_id, "session.cancelled", actor=by, obj=session, data={"own": True})
