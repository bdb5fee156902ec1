"""Verbs of phases: a supervisor says in which phase a process is, and fills an agenda from a template."""

from collections.abc import Sequence
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext

from accounts.models import User
from audit import trail
from engagements.models import Engagement, State
from sessions.closing import agenda
from sessions.models import PhaseByHand, Session
from vault.content import Content


def blocker_to_setting(engagement: Engagement) -> str:
    """Return why the phase cannot be set, in a sentence; empty when it can."""
    if engagement.state == State.CLOSED:
        return gettext("The process is closed.")
    if engagement.example:
        return gettext("This is an example: its phase follows from its sessions.")
    return ""


@transaction.atomic
def set_phase(engagement: Engagement, phase: str, *, by: User, now: datetime) -> None:
    """Say in which phase `engagement` is; an empty `phase` lets it follow from the sessions again.

    Raises ValidationError where it cannot be set.
    """
    if why := blocker_to_setting(engagement):
        raise ValidationError({"phase": why})
    if phase:
        PhaseByHand.objects.update_or_create(engagement=engagement, defaults={"phase": phase, "by": by, "at": now})
    else:
        PhaseByHand.objects.filter(engagement=engagement).delete()
    trail.record(engagement.pk, "phase.set", actor=by, data={"phase": phase})


@transaction.atomic
def fill(session: Session, lines: Sequence[str], *, by: User, now: datetime) -> int:
    """Put `lines` on the agenda of `session`, but for those that stand there; return how many came.

    Raises ValidationError, and puts nothing there, when the session is not to come or they do not all fit.
    """
    if why := agenda.blocker_to_adding(session):
        raise ValidationError(why)
    standing = {point.text for point in agenda.points_of(session, Content([session.engagement_id]), by)}
    coming = [line for line in dict.fromkeys(lines) if line not in standing]
    if len(standing) + len(coming) > agenda.MOST_POINTS:
        raise ValidationError(gettext("The agenda is full: thirty points stand on it."))
    for line in coming:
        agenda.add(session, line, by=by, now=now)
    return len(coming)
