"""What other pages show of tasks: the session's page, the supervisee's home, *Tänään*."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, F, Min, Q
from django.utils import timezone

from accounts.models import User
from engagements.models import Engagement
from sessions.models import Session, Task, TaskAnswer
from sessions.tasks.actions import GIVEN_IN
from sessions.tasks.reading import Line, lines

#: How many tasks a page shows beside what it is about.
SHOWN: Final = 12


def of_session(user: User, session: Session) -> Mapping[str, Any]:
    """Return what `templates/tasks/_of_session.html` shows beside a session that `user` may see.

    `talk_about`: tasks that were open before it, or were discussed in it; `given`: tasks given in it. Seven queries.
    """
    leads = Engagement.objects.led_by(user).filter(pk=session.engagement_id).exists()
    around = Q(session=session) | Q(discussed_in=session) | Q(closed_at=None, discussed_at=None)
    tasks = Task.objects.visible_to(user).filter(around, engagement=session.engagement_id)
    found = lines(tasks.with_due().nearest_first()[:SHOWN], user, timezone.now(), leads=leads)
    return {
        "leads": leads,
        "session": session,
        "talk_about": [line for line in found if line.task.session_id != session.pk],
        "given": [line for line in found if line.task.session_id == session.pk],
        "can_give": leads and session.engagement.state in GIVEN_IN,
    }


def to_do(user: User, *, most: int) -> list[Line]:
    """Return what `user` is to do as a supervisee and has not, at most `most`, the nearest first. Six queries."""
    tasks = Task.objects.waiting_for(user).with_due().nearest_first()
    return lines(tasks[:most], user, timezone.now(), leads=False)


def to_read(user: User, *, most: int) -> Sequence[Mapping[str, Any]]:
    """Return the processes with answers that are new to `user`, who leads: `tasks`, `engagement`, `title`, `count`."""
    new = TaskAnswer.objects.unread_by(user)
    rows = new.values(engagement=F("task__engagement"), title=F("task__engagement__title"))
    found = rows.annotate(count=Count("pk"), tasks=ArrayAgg("task", distinct=True), first=Min("task__created_at"))
    return list(found.order_by("first", "engagement")[:most])
