"""What can still be done with a goal. The database holds the same: see migration 0021."""

from django.utils.translation import gettext

from engagements.blockers import Blocker
from engagements.models import Goal, State


def is_scored(goal: Goal) -> bool:
    """Return whether a level was noted for `goal`: from then on its words and its weight stay."""
    return goal.progress.filter(level__isnull=False).exists()


def may_still_be_written(goal: Goal) -> bool:
    """Return whether the levels may be written over: only in a draft that nobody was offered."""
    return goal.engagement.state == State.DRAFT


def blockers_to_describing(goal: Goal) -> list[Blocker]:
    if goal.engagement.state == State.OFFERED:
        return [Blocker(gettext("The contract is on offer with its goals. Withdraw it to change the levels."))]
    if goal.engagement.state == State.CLOSED:
        return [Blocker(gettext("The process is closed."))]
    return []


def blockers_to_removing(goal: Goal) -> list[Blocker]:
    if goal.progress.exists():
        return [Blocker(gettext("Progress has been noted for this goal: it stays."))]
    return []
