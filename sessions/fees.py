"""What a session is charged, by the contract: said when it is marked or cancelled, and kept as it was said then.

Held: the whole price, a trial session nothing where the contract says so. Cancelled late, or nobody came: the fee that
the contract names, nothing where it names none. Cancelled in time, or by the supervisor: nothing.
"""

from collections.abc import Iterable
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext

from accounts.models import User
from audit import trail
from engagements.models import Audience, Contract, Engagement, Event
from engagements.models.contract import TODAY
from formats.clock import HELSINKI
from sessions.models import Fee, Session, SessionState

#: What a session is charged that was held as agreed.
WHOLE = 100


def terms_on(engagement: Engagement, day: date) -> Contract | None:
    """Return the version of the contract in force on `day`, else the one people go by today, else None."""
    in_force = engagement.contracts.in_force(day).first()
    return in_force or engagement.contracts.standing(TODAY).order_by("state", "-version").first()


def terms_of_session(session: Session) -> Contract | None:
    return terms_on(session.engagement, session.starts_at.astimezone(HELSINKI).date())


def percent_of(state: str, terms: Contract | None, *, trial: bool) -> int:
    """Return how many per cent of its price a session in `state` is charged by `terms`."""
    if state == SessionState.CANCELLED or (trial and terms is not None and terms.trial_free):
        return 0
    if state == SessionState.HELD:
        return WHOLE
    if terms is None:
        return 0
    fee = terms.cancel_fee_percent if state == SessionState.CANCELLED_LATE else terms.no_show_fee_percent
    return fee or 0


def fee_if(state: str, session: Session) -> int:
    """Return what `session` would be charged if it came to be in `state`: what is shown before that is said."""
    return percent_of(state, terms_of_session(session), trial=session.trial)


def freeze(session: Session, terms: Contract | None, now: datetime) -> None:
    """Keep what `session`, as it has just been marked or cancelled, is charged by `terms`."""
    freeze_all([(session, terms)], now)


def freeze_all(sessions: Iterable[tuple[Session, Contract | None]], now: datetime) -> None:
    """Keep it for each of `sessions`, with the terms that hold for it."""
    Fee.objects.bulk_create(
        [
            Fee(session=session, percent=percent_of(session.state, terms, trial=session.trial), since=now)
            for session, terms in sessions
        ]
    )


@transaction.atomic
def waive(session: Session, *, reason: str, by: User, now: datetime) -> Fee:
    """Charge nothing for `session` after all, and keep why. The supervisors see it on the timeline.

    Raises ValidationError without a reason, when nothing was to be charged and when it was waived already.
    """
    fee = Fee.objects.select_for_update(no_key=True).filter(session=session).first()
    if fee is None or not fee.percent:
        raise ValidationError(gettext("Nothing is charged for this session as it is."))
    if fee.waived_at:
        raise ValidationError(gettext("The fee has been waived already."))
    if not (reason := reason.strip()):
        raise ValidationError({"reason": gettext("Say why nothing is charged.")})
    fee.waived_at, fee.waived_by, fee.waived_reason = now, by, reason
    fee.save(update_fields=["waived_at", "waived_by", "waived_reason"])
    values = {"session": str(session.pk), "starts_at": session.starts_at.isoformat()}
    Event.tell(session.engagement, Event.Kind.WAIVED, by=by, now=now, audience=Audience.SUPERVISORS, **values)
    trail.record(session.engagement_id, "session.fee_waived", actor=by, obj=session, data={"percent": fee.percent})
    return fee
