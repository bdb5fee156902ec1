"""In which phase a process is: start, working, closing. It follows from what is held, agreed and dated; who leads the
process may say otherwise.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from engagements.models import Engagement, State
from engagements.progress import Progress
from formats.clock import HELSINKI

#: Which part of the sessions, or of the time, is the start; and which is the closing.
PART: Final = 5
#: However long a process is: this near its last day it is closing.
NEAR: Final = timedelta(days=21)


class Phase(models.TextChoices):
    START = "start", _("start")
    WORKING = "working", _("working")
    CLOSING = "closing", _("closing")


#: Why a phase is what it is, in a sentence.
WHY: Final[dict[str, Promise]] = {
    "by_hand": _("A supervisor of the process has set it."),
    "over": _("The process is closed."),
    "ending": _("The last day of the process is near."),
    "first": _("The first sessions of the process are being held."),
    "last": _("The last of the agreed sessions are left."),
    "no_goals": _("No shared goals are agreed on yet."),
    "midway": _("The goals are agreed on, and the last sessions are still ahead."),
}


@dataclass(frozen=True)
class Found:
    phase: Phase
    reason: str

    @property
    def label(self) -> str:
        return str(self.phase.label)

    @property
    def why(self) -> str:
        return str(WHY[self.reason])

    @property
    def by_hand(self) -> bool:
        return self.reason == "by_hand"


def phase_of(engagement: Engagement, progress: Progress, now: datetime) -> Found:
    """Return the phase of `engagement`: what was set by hand, else what follows. Two queries."""
    # The room of sessions stands above this one: what was set by hand is reached through its process.
    by_hand = engagement.phase_by_hand.first()
    if by_hand is not None and engagement.state != State.CLOSED:
        return Found(Phase(by_hand.phase), "by_hand")
    goals = engagement.goals.filter(owner=None).exists()
    return derived(engagement, progress, goals=goals, today=now.astimezone(HELSINKI).date())


def derived(engagement: Engagement, progress: Progress, *, goals: bool, today: date) -> Found:
    """Return the phase that follows from sessions and days.

    The start is about the first fifth, and lasts until goals are agreed; the closing about the last fifth, and whatever
    is near the last day. Of a process with one session that session is the start, and what comes after it the closing.
    """
    if engagement.state == State.CLOSED:
        return Found(Phase.CLOSING, "over")
    if progress.held and is_ending(engagement, today):
        return Found(Phase.CLOSING, "ending")
    share = max(1, round(progress.agreed / PART)) if progress.agreed else 1
    if progress.held < share:
        return Found(Phase.START, "first")
    if progress.agreed is not None and progress.agreed - progress.held <= share:
        return Found(Phase.CLOSING, "last")
    return Found(Phase.WORKING, "midway") if goals else Found(Phase.START, "no_goals")


def is_ending(engagement: Engagement, today: date) -> bool:
    """Return whether the last day is near: within three weeks, or within the last fifth of a longer time."""
    if engagement.ends_on is None:
        return False
    whole = engagement.ends_on - engagement.starts_on if engagement.starts_on else timedelta()
    return engagement.ends_on - today <= max(NEAR, whole / PART)
