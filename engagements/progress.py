"""How far a process is: sessions held, booked and agreed, the trial sessions among them, and what is left to book."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Max, Q
from django.utils.translation import ngettext

from engagements.models import Contract, Engagement, State


@dataclass(frozen=True)
class Progress:
    """`planned` counts the held ones too, as the meter shows them; `taken` also those to which nobody came.

    agreed, trials_agreed: what the contract says, None and 0 when it says nothing. next, last: of those to come.
    """

    held: int
    agreed: int | None
    planned: int
    taken: int
    unmarked: int
    used: str
    next: Any
    last: datetime | None
    coming: int
    trials: int
    trials_agreed: int
    going_on: bool

    @property
    def left(self) -> int | None:
        """How many of the agreed sessions are neither held nor booked; None when no number was agreed."""
        return None if self.agreed is None else max(0, self.agreed - self.taken)

    @property
    def all_booked(self) -> bool:
        return self.left == 0 and self.coming > 0

    @property
    def all_over(self) -> bool:
        """Whether the last of the agreed sessions is behind: the process goes on by agreement, or ends."""
        return self.left == 0 and self.coming == 0


def progress_of(engagement: Engagement, contract: Contract | None, now: datetime) -> Progress:
    """Return how far `engagement` is by `contract`. Two queries."""
    to_come = Q(state="planned", ends_at__gt=now)
    numbers = engagement.sessions.aggregate(
        held=Count("pk", filter=Q(state="held")),
        planned=Count("pk", filter=Q(state="planned")),
        absent=Count("pk", filter=Q(state="no_show")),
        unmarked=Count("pk", filter=Q(state="planned", ends_at__lte=now)),
        coming=Count("pk", filter=to_come),
        last=Max("starts_at", filter=to_come),
        trials=Count("pk", filter=Q(trial=True, state__in=["planned", "held", "no_show"])),
    )
    agreed = contract.sessions_agreed if contract else None
    held, planned = numbers["held"], numbers["held"] + numbers["planned"]
    return Progress(
        held=held,
        agreed=agreed,
        planned=planned,
        taken=planned + numbers["absent"],
        unmarked=numbers["unmarked"],
        used=used(held, agreed),
        next=engagement.sessions.filter(to_come).order_by("starts_at").first(),
        last=numbers["last"],
        coming=numbers["coming"],
        trials=numbers["trials"],
        trials_agreed=contract.trial_sessions if contract else 0,
        going_on=engagement.state == State.ACTIVE,
    )


def used(held: int, agreed: int | None) -> str:
    """Return how much of what was agreed is used: `3/8 sessions`."""
    if agreed is None:
        return ngettext("%(number)d session held", "%(number)d sessions held", held) % {"number": held}
    return ngettext("%(held)d/%(agreed)d session", "%(held)d/%(agreed)d sessions", agreed) % {
        "held": held,
        "agreed": agreed,
    }
