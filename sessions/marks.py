"""What speaks against a time without forbidding it. What forbids it, the database says (`actions.clashes`)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext

from accounts.models import User
from engagements.models.terms import Mode
from formats.clock import HELSINKI, write_span
from formats.holidays import holiday_on
from sessions.busy.taken import Taken, colleagues_taken, taken_in
from sessions.models import Session
from sessions.models.session import TAKING_TIME
from sessions.working_time import Working, working_of

#: Ways to meet for which the supervisor travels to a place.
IN_A_ROOM: Final = (Mode.IN_PERSON, Mode.HYBRID, Mode.MIXED)
Times = Sequence[tuple[datetime, datetime]]


@dataclass(frozen=True)
class Mark:
    """One thing to know of a time before it is booked. `kind` is the same in every language, `text` is for people."""

    kind: str
    text: str

    @property
    def sentence(self) -> str:
        """The text where it stands alone: a holiday is only a name."""
        if self.kind == "holiday":
            return gettext("The day is a public holiday: %(name)s.") % {"name": self.text}
        return self.text


def marks_of(
    times: Times,
    *,
    supervisor: User,
    mode: str,
    place: str = "",
    ignoring: Collection[UUID] = (),
    engagement: UUID | None = None,
) -> list[list[Mark]]:
    """Return for each [start, end) of `times` what is to be known of it, in as many queries for one as for fifty.

    `supervisor` is whose time it is, `mode` and `place` are how and where the session would be met, `ignoring` are
    sessions that would no longer stand where they stand, `engagement` is the process it would be a session of. Of
    another's working time and sessions elsewhere nothing is said: they are not for the asker to see. That whoever leads
    the process with them is taken elsewhere is said, and no more than that.
    """
    working = working_of(supervisor)
    elsewhere, colleagues = taken_in(supervisor, times), colleagues_taken(engagement, times)
    around = neighbours(times, supervisor, working.way, ignoring)
    return [
        [
            *holiday(starts_at),
            *outside_hours(starts_at, ends_at, working),
            *supervised_then(starts_at, ends_at, around),
            *taken_then(starts_at, ends_at, elsewhere),
            *(colleague_taken() if number in colleagues else ()),
            *(no_way(starts_at, ends_at, place, around, working) if mode in IN_A_ROOM else ()),
        ]
        for number, (starts_at, ends_at) in enumerate(times)
    ]


def neighbours(times: Times, supervisor: User, way: timedelta, ignoring: Collection[UUID]) -> list[Any]:
    """Return the sessions that take the supervisor's time during or within `way` of one of `times`. One query."""
    near = Q()
    for starts_at, ends_at in times:
        near |= Q(starts_at__lt=ends_at + way, ends_at__gt=starts_at - way)
    if not near:
        return []
    mine = Session.objects.in_calendar_of(supervisor).filter(near, state__in=TAKING_TIME).exclude(pk__in=ignoring)
    return list(mine.select_related("engagement").order_by("starts_at", "pk"))


def holiday(starts_at: datetime) -> list[Mark]:
    name = holiday_on(starts_at.astimezone(HELSINKI).date())
    return [Mark("holiday", name)] if name else []


def outside_hours(starts_at: datetime, ends_at: datetime, working: Working) -> list[Mark]:
    return [] if working.covers(starts_at, ends_at) else [Mark("hours", gettext("Outside your working hours."))]


def supervised_then(starts_at: datetime, ends_at: datetime, around: list[Any]) -> list[Mark]:
    """Their own supervision at that time: nothing forbids it, since only supervisors are kept from double booking."""
    return [
        Mark(
            "supervised",
            gettext("You are a supervisee then: %(title)s, %(when)s.")
            % {"title": one.engagement.title, "when": write_span(one.starts_at, one.ends_at)},
        )
        for one in around
        if not one.leads and one.starts_at < ends_at and one.ends_at > starts_at
    ]


def taken_then(starts_at: datetime, ends_at: datetime, elsewhere: Sequence[Taken]) -> list[Mark]:
    """What another calendar of theirs says: it may hold birthdays and what is not certain, so it forbids nothing."""
    return [
        Mark(
            "elsewhere",
            gettext("You are taken elsewhere then: %(name)s, %(when)s.")
            % {"name": one.name, "when": write_span(one.starts_at, one.ends_at)},
        )
        for one in elsewhere
        if one.starts_at < ends_at and one.ends_at > starts_at
    ]


def colleague_taken() -> list[Mark]:
    """Not who it is, not for how long, not what it is."""
    return [Mark("colleague", gettext("A supervisor who leads this process with you has something else then."))]


def no_way(starts_at: datetime, ends_at: datetime, place: str, around: list[Any], working: Working) -> list[Mark]:
    """The way from the session before, and to the one after, where both places are known and are not the same."""
    here = place.strip().casefold()
    marks = []
    for one in around:
        there = one.place.strip().casefold()
        if one.mode not in IN_A_ROOM or not here or not there or here == there:
            continue
        values = {"title": one.engagement.title, "place": one.place.strip(), "wanted": working.travel}
        before, after = starts_at - one.ends_at, one.starts_at - ends_at
        if timedelta() <= before < working.way:
            text = gettext("%(minutes)d min to come from %(title)s (%(place)s). You asked for %(wanted)d min.")
            marks.append(Mark("travel", text % {**values, "minutes": minutes_of(before)}))
        elif timedelta() <= after < working.way:
            text = gettext("%(minutes)d min to get to %(title)s (%(place)s). You asked for %(wanted)d min.")
            marks.append(Mark("travel", text % {**values, "minutes": minutes_of(after)}))
    return marks


def minutes_of(length: timedelta) -> int:
    return int(length.total_seconds() // 60)
