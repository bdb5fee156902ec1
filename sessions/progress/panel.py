"""What a session's page shows of goals."""

from typing import Any

from django.utils import timezone

from accounts.models import User
from sessions.models import Progress, Session
from sessions.progress.actions import blockers_to_noting
from sessions.progress.history import opened, read
from sessions.progress.scope import SHARED_FIRST, leads, seen_goals


def of_session(user: User, session: Session) -> dict[str, Any]:
    """Return what `goals/_of_session.html` shows: `goals`, each with what was noted at this session, and `may_note`."""
    now = timezone.now()
    goals = list(seen_goals(user).filter(engagement=session.engagement).order_by(*SHARED_FIRST))
    noted = opened(Progress.objects.visible_to(user).filter(session=session).order_by("at", "pk"), user)
    rows = [(goal, [each for each in noted if each.goal == goal.pk]) for goal in goals]
    read(session.engagement_id, rows, user)
    own = any(goal.owner and goal.owner.person.user_id == user.pk for goal in goals)
    started = session.starts_at <= now and not blockers_to_noting(session.engagement)
    return {
        "session": session,
        "goals": rows,
        "may_note": bool(goals) and started and (own or leads(user, session.engagement)),
    }
