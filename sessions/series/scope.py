"""Which sessions of a series a change is for: this one, this and the following, or all to come."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.urls import reverse
from django.utils.translation import gettext

from accounts.models import User
from sessions.models import Session

FOLLOWING: Final = "following"
ALL: Final = "all"


@dataclass(frozen=True)
class Scope:
    """One answer, as a link to the page that changes so many."""

    label: str
    url: str
    count: int
    current: bool


def scopes(user: User, session: Session, verb: str, now: datetime, *, chosen: str = "") -> Sequence[Scope]:
    """Return the answers for the page `verb` (move, place, cancel); none where the session goes alone. One query."""
    if session.series_id is None:
        return []
    together = Session.objects.led_by(user).to_be_changed_with(session, now, following=False)
    times = list(together.values_list("starts_at", flat=True))
    if len(times) < 2:
        return []
    following = sum(1 for starts_at in times if starts_at >= session.starts_at)
    several = reverse(f"sessions:{verb}_several", args=[session.pk])
    alone = reverse(f"sessions:{verb}", args=[session.pk])
    return [
        Scope(gettext("This one"), alone, 1, chosen == ""),
        Scope(gettext("This and the following"), f"{several}?which={FOLLOWING}", following, chosen == FOLLOWING),
        Scope(gettext("All to come"), f"{several}?which={ALL}", len(times), chosen == ALL),
    ]
