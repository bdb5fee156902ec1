"""The levels of a goal: put into words, and changed when those whose goal it is agree."""

from collections.abc import Mapping
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext

from accounts.models import User
from audit import trail
from engagements.blockers import refuse
from engagements.goals import blockers_to_describing, may_still_be_written
from engagements.models import Audience, Event, Goal, GoalLevels, State
from formats.clock import HELSINKI

#: The columns of the five texts, by level.
COLUMNS = {2: "much_more", 1: "more", 0: "expected", -1: "less", -2: "much_less"}


@transaction.atomic
def describe_levels(
    goal: Goal,
    texts: Mapping[int, str],
    *,
    agreed_how: str = GoalLevels.How.CONTRACT,
    agreed_on: date | None = None,
    agreed_by: str = "",
    reason: str = "",
    by: User,
    now: datetime,
) -> GoalLevels:
    """Put the five levels (−2 … +2) of `goal` into words.

    In a draft they are written over. Afterwards they are agreed on a day, by somebody, and what was there before stays
    beside the new version, which says its reason. Raises ValidationError when one of these is missing.
    """
    engagement = goal.engagement
    refuse(blockers_to_describing(goal))
    if any(not texts.get(level, "").strip() for level in COLUMNS):
        raise ValidationError(gettext("Describe all five levels."))
    before = goal.levels.order_by("version").last()
    written = {column: texts[level].strip() for level, column in COLUMNS.items()}
    if may_still_be_written(goal):
        described = before or GoalLevels(goal=goal)
        for column, text in written.items():
            setattr(described, column, text)
        described.described_at, described.described_by = now, by
        described.save()
    else:
        if agreed_on is None or not agreed_by.strip() or agreed_how == GoalLevels.How.CONTRACT:
            raise ValidationError(gettext("Say on which day the levels were agreed, and who agreed."))
        if agreed_on > now.astimezone(HELSINKI).date():
            raise ValidationError(gettext("What will be agreed later is recorded later."))
        if before and not reason.strip():
            raise ValidationError(gettext("Say why the levels change."))
        described = GoalLevels.objects.create(
            goal=goal, version=before.version + 1 if before else 1, agreed_how=agreed_how, agreed_on=agreed_on,
            agreed_by=agreed_by.strip(), reason=reason.strip(), described_at=now, described_by=by, **written,
        )  # fmt: skip
    if engagement.state != State.DRAFT:
        audience = Audience.SUPERVISORS if goal.owner_id else Audience.PARTICIPANTS
        Event.tell(engagement, Event.Kind.LEVELS, by=by, now=now, audience=audience, version=described.version)
    trail.record(engagement.pk, "goal.levels", actor=by, obj=goal, data={"version": described.version})
    return described
