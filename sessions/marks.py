"""What speaks against a time without forbidding it. What forbids it, the database says (`actions.clashes`)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts.models import User
from formats.clock import HELSINKI
from formats.holidays import holiday_on


@dataclass(frozen=True)
class Mark:
    """One thing to know of a time before it is booked. `kind` is the same in every language, `text` is for people."""

    kind: str
    text: str


def marks_of(
    times: Sequence[tuple[datetime, datetime]],
    *,
    supervisor: User,
    mode: str,
    place: str = "",
    ignoring: Collection[UUID] = (),
) -> list[list[Mark]]:
    """Return for each [start, end) of `times` what is to be known of it, in as many queries for one as for fifty.

    `supervisor` is whose time it is, `mode` and `place` are how and where the session would be met, `ignoring` are
    sessions that would no longer stand where they stand.
    """
    return [holiday(starts_at) for starts_at, _ends_at in times]


def holiday(starts_at: datetime) -> list[Mark]:
    name = holiday_on(starts_at.astimezone(HELSINKI).date())
    return [Mark("holiday", name)] if name else []
