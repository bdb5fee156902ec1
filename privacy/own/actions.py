"""Asking about one's data, and answering: received, extended once, decided once, each with a trace."""

from datetime import datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Person, User
from audit import trail
from engagements.models import Engagement
from formats.clock import HELSINKI
from privacy.models import DataRequest, Kind, Outcome
from privacy.models.request import ANSWERED_WITHIN


@transaction.atomic
def ask(
    person: Person,
    kind: str,
    text: str,
    *,
    engagement: Engagement | None = None,
    author: User | None = None,
    by: User,
    now: datetime,
) -> DataRequest:
    """Put a request of `person`'s where it is answered, within a month; those who answer it hear of it by mail.

    `author`: of whose own notes it asks, in `engagement`; they alone read it then.
    """
    received_on = now.astimezone(HELSINKI).date()
    made = DataRequest(
        practice_id=person.practice_id,
        person=person,
        engagement=engagement,
        author=author,
        kind=kind,
        received_at=now,
        due_on=received_on + ANSWERED_WITHIN,
    )
    made.put("text", text.strip())
    made.save(force_insert=True)
    trail.record(stream_of(made), "data_request.received", actor=by, obj=made, data={"kind": str(kind)})
    return made


@transaction.atomic
def extend(request: DataRequest, grounds: str, *, by: User, now: datetime) -> None:
    """Take two months more to answer (GDPR 12(3)); the person is told, with the grounds.

    Raises ValidationError when it is answered, was extended before, or its month is over.
    """
    if why := blocker_to_extending(request, now):
        raise ValidationError(why)
    request.extended_at = now
    request.put("extension", grounds.strip())
    request.save(update_fields=["extended_at", "extension"])
    trail.record(stream_of(request), "data_request.extended", actor=by, obj=request)


def blocker_to_extending(request: DataRequest, now: datetime) -> str:
    if not request.is_open:
        return _("The request is answered already.")
    if request.extended_at:
        return _("The time to answer was extended already; it can be extended once.")
    if now.astimezone(HELSINKI).date() > request.due_on:
        return _("The month is over: the time to answer can only be extended before its last day has passed.")
    return ""


@transaction.atomic
def decide(request: DataRequest, outcome: str, grounds: str, *, by: User, now: datetime) -> None:
    """Answer a request, once, with grounds; the person is told by mail that there is an answer.

    Raises ValidationError when it is answered already.
    """
    if not request.is_open:
        raise ValidationError(_("The request is answered already."))
    request.outcome, request.decided_at, request.decided_by = outcome, now, by
    request.put("grounds", grounds.strip())
    request.save(update_fields=["outcome", "decided_at", "decided_by", "grounds"])
    trail.record(stream_of(request), "data_request.decided", actor=by, obj=request, data={"outcome": str(outcome)})


def stream_of(request: DataRequest) -> UUID:
    return request.engagement_id or request.practice_id


def can_be_erased(request: DataRequest) -> bool:
    """Whether the person of an answered request can be erased now: it was asked of the practice, and agreed to."""
    agreed = request.outcome in (Outcome.DONE, Outcome.PARTLY)
    return request.kind == Kind.ERASE and request.engagement_id is None and agreed and request.person_id is not None
