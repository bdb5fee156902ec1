"""Noting how far a goal is, and taking back what one noted oneself."""

from datetime import date, datetime
from typing import Final
from uuid import uuid4

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from audit import trail
from engagements.models import Audience, Engagement, Event, Goal, State
from formats.clock import HELSINKI
from formats.fields import check_length
from sessions.models import Progress, Session
from vault.content import Content

TABLE: Final = "supervision_progress"
MOST: Final = 2000


def may_note(goal: Goal, user: User) -> bool:
    """Return whether `user` may note progress: as a supervisor, or as the supervisee whose own goal it is."""
    if Engagement.objects.led_by(user).filter(pk=goal.engagement_id).exists():
        return True
    attends = Engagement.objects.attended_by(user).filter(pk=goal.engagement_id).exists()
    return attends and goal.owner is not None and goal.owner.person.user_id == user.pk


def blockers_to_noting(engagement: Engagement) -> list[str]:
    if engagement.state not in (State.ACTIVE, State.PAUSED):
        return [_("Progress is noted while the process is under way.")]
    return []


@transaction.atomic
def note_progress(
    goal: Goal,
    *,
    level: int | None = None,
    remark: str = "",
    session: Session | None = None,
    on: date | None = None,
    by: User,
    now: datetime,
) -> Progress:
    """Note how far `goal` is: a level (−2 … +2), a remark, or both; at `session`, else on the day `on`, else today.

    Raises ValidationError when the goal has no described levels to be scored by, when nothing is said, when the day is
    still to come, and when the process is not under way.
    """
    engagement, today = goal.engagement, now.astimezone(HELSINKI).date()
    if session is not None:
        on = session.starts_at.astimezone(HELSINKI).date()
    on, remark = on or today, remark.strip()
    if reasons := blockers_to_noting(engagement):
        raise ValidationError(reasons)
    if not may_note(goal, by):
        raise ValidationError(_("Progress is noted by the supervisors, and by a supervisee of their own goal."))
    if level is None and not remark:
        raise ValidationError(_("Choose a level or write a remark."))
    check_length(remark, MOST)
    if on > today:
        raise ValidationError(_("Progress is noted on its day or afterwards."))
    levels = goal.levels.order_by("version").last() if level is not None else None
    if level is not None and levels is None:
        raise ValidationError(_("Describe the levels of the goal before it is scored."))
    noted = Progress(
        pk=uuid4(), engagement=engagement, goal=goal, levels=levels, level=level, session=session, on=on, by=by, at=now
    )
    if remark:
        noted.remark = Content([engagement.pk]).seal_text(engagement.pk, remark, TABLE, noted.pk, "remark", now=now)
    noted.save(force_insert=True)
    audience = Audience.SUPERVISORS if goal.owner_id else Audience.PARTICIPANTS
    about = {"session": str(session.pk)} if session else {}
    Event.tell(engagement, Event.Kind.PROGRESS, by=by, now=now, audience=audience, **about)
    trail.record(engagement.pk, "progress.noted", actor=by, obj=goal, data={"progress": str(noted.pk)})
    return noted


@transaction.atomic
def take_back(noted: Progress, *, by: User) -> None:
    """Take away what `by` noted. That it was there stands in the trail. Raises ValidationError when it is another's."""
    if noted.by_id != by.pk:
        raise ValidationError(_("What somebody else noted stays."))
    if reasons := blockers_to_noting(noted.engagement):
        raise ValidationError(reasons)
    noted.delete()
    trail.record(noted.engagement_id, "progress.taken_back", actor=by, obj=noted.goal)
