"""The sessions in somebody's calendar, each as one item of ready strings."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from django.db.models import Case, F, Q, Value, When
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from engagements.models.terms import Mode
from formats.clock import HELSINKI, moment_at, write_clock
from sessions.marks import IN_A_ROOM
from sessions.models import Session, SessionState
from sessions.models.session import TAKING_TIME, SessionQuerySet

DAY_MINUTES: Final = 24 * 60
#: What is said of a session that is not simply to come.
SAID: Final[Mapping[str, Promise]] = {
    "now": _("Now"),
    "unmarked": _("Not marked yet"),
    SessionState.HELD: _("Held"),
    SessionState.CANCELLED: _("Cancelled"),
    SessionState.CANCELLED_LATE: _("Cancelled late"),
    SessionState.NO_SHOW: _("Nobody came"),
}
HOW: Final[Mapping[str, Promise]] = {
    Mode.IN_PERSON: _("in person"),
    Mode.REMOTE: _("remote"),
    Mode.HYBRID: _("hybrid"),
    Mode.MIXED: _("mixed-location"),
}


@dataclass(frozen=True)
class Item:
    """A session as a calendar shows it. `begins` and `ends` are minutes of its day, by the clock on the wall."""

    url: str
    title: str
    day: date
    starts: str
    clock: str
    where: str
    state: str
    said: str
    leads: bool
    #: Where the supervisor travels to for it; empty when they do not, or it is not known.
    room: str
    begins: int
    ends: int

    @property
    def takes_time(self) -> bool:
        return self.state not in (SessionState.CANCELLED, SessionState.CANCELLED_LATE)


def in_calendar(user: User, *, now: datetime, cancelled: bool) -> SessionQuerySet:
    """Return the sessions in the calendar of `user` with their process and `shown`, the state as it is at `now`.

    Whether a session was held is for its supervisor to say: a supervisee is not told that it waits to be marked.
    """
    planned = Q(state=SessionState.PLANNED)
    shown = Case(
        When(planned & Q(starts_at__lte=now, ends_at__gt=now), then=Value("now")),
        When(planned & Q(leads=True, ends_at__lte=now), then=Value("unmarked")),
        default=F("state"),
    )
    mine = Session.objects.in_calendar_of(user).annotate(shown=shown).select_related("engagement")
    return mine if cancelled else mine.filter(state__in=TAKING_TIME)


def within(sessions: SessionQuerySet, first: date, last: date) -> SessionQuerySet:
    """Return those that begin from the day `first` to the day `last`, in order."""
    return sessions.between(midnight(first), midnight(last + timedelta(days=1))).order_by("starts_at", "pk")


def midnight(day: date) -> datetime:
    return moment_at(day, time())


def items_of(sessions: Iterable[Session]) -> list[Item]:
    """Return an item for each of `sessions`, which come from `in_calendar`."""
    nobody = UUID(int=0)
    before, after = reverse("sessions:detail", args=[nobody]).split(str(nobody))
    return [item_of(session, f"{before}{session.pk}{after}") for session in sessions]


def item_of(session: Any, url: str) -> Item:
    start, end = session.starts_at.astimezone(HELSINKI), session.ends_at.astimezone(HELSINKI)
    begins = minutes_of(start)
    ends = minutes_of(end) if end.date() == start.date() else DAY_MINUTES
    starts = write_clock(start, bare=True)
    return Item(
        url=url,
        title=session.engagement.title,
        day=start.date(),
        starts=starts,
        clock=f"{starts}–{write_clock(end, bare=True)}",
        where=where_of(session.mode, session.place),
        state=session.shown,
        said=str(SAID.get(session.shown, "")),
        leads=session.leads,
        room=session.place.strip().casefold() if session.mode in IN_A_ROOM else "",
        begins=begins,
        ends=max(ends, begins),  # in the hour that comes twice a session may end before it began
    )


def minutes_of(local: datetime) -> int:
    return local.hour * 60 + local.minute


def where_of(mode: str, place: str) -> str:
    how = str(HOW[mode])
    if mode == Mode.REMOTE or not place:
        return how
    return place if mode == Mode.IN_PERSON else f"{place} · {how}"
