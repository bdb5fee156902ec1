"""A person's sessions as an iCalendar object (RFC 5545): neutral titles, times in UTC, the same UID for ever.

Every session is an event of its own, also one of a series: a series here is what was booked together, and each of its
times stands on its own row. So no program has to reckon a recurrence, and summer time is ours to get right, not theirs.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from email.utils import parseaddr
from typing import Final

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from icalendar import Calendar, Event, vDuration

from accounts.models import User
from engagements.models.terms import Mode
from formats.clock import HELSINKI
from sessions.models import Feed, Session, SessionState

PRODID: Final = "-//Tyonohjaus//Tyonohjaus//FI"
#: How far back and ahead a feed reaches.
BACK: Final = timedelta(days=90)
AHEAD: Final = timedelta(days=732)
#: How often programs are asked to fetch it; most choose for themselves.
REFRESH: Final = timedelta(hours=1)
#: How the name of every event of ours ends, by which it is known again in another calendar.
UID_END: Final = "@tyonohjaus"
CANCELLED: Final = (SessionState.CANCELLED, SessionState.CANCELLED_LATE)


def sessions_of(user: User, now: datetime) -> Iterable[Session]:
    """Return what stands in the feed of `user`: what stands in their calendar, and what was cancelled and is to come.

    It begins and ends at midnight, so that it changes by itself once a day at most. Examples are in no calendar.
    """
    day = now.astimezone(HELSINKI).replace(hour=0, minute=0, second=0, microsecond=0)
    own = Session.objects.in_calendar_of(user).between(day - BACK, day + AHEAD).filter(engagement__example=False)
    return [each for each in own.order_by("starts_at", "pk") if each.state not in CANCELLED or each.ends_at >= day]


def feed_of(user: User, shows: str, now: datetime) -> bytes:
    """Return the feed as it is fetched: the same bytes as long as nothing in it has changed."""
    with translation.override(user.language):
        calendar = new_calendar()
        calendar.add("x-wr-calname", "Työnohjaus")
        calendar.add("x-wr-timezone", settings.TIME_ZONE)
        calendar.add("refresh-interval", vDuration(REFRESH), parameters={"VALUE": "DURATION"})
        calendar.add("x-published-ttl", vDuration(REFRESH))
        for session in sessions_of(user, now):
            calendar.add_component(event_of(session, busy=shows == Feed.Shows.BUSY))
        body: bytes = calendar.to_ical()
        return body


def new_calendar(method: str = "PUBLISH") -> Calendar:
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", PRODID)
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    return calendar


def uid_of(session: Session) -> str:
    """The name of a session for ever, in feed and invitation alike."""
    return f"{session.pk}{UID_END}"


def event_of(session: Session, *, busy: bool) -> Event:
    """Return a session as an event, in the active language. Nobody else's address stands in it, and no topic.

    The link to a remote meeting lets whoever has it into the room: it stays on the session's page.
    """
    cancelled = session.state in CANCELLED
    title = _("Taken") if busy else "Työnohjaus"
    event = Event()
    event.add("uid", uid_of(session))
    event.add("sequence", session.sequence)
    event.add("dtstamp", session.last_changed.astimezone(UTC))
    event.add("last-modified", session.last_changed.astimezone(UTC))
    event.add("dtstart", session.starts_at.astimezone(UTC))
    event.add("dtend", session.ends_at.astimezone(UTC))
    event.add("summary", _("Cancelled: %(title)s") % {"title": title} if cancelled else title)
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    event.add("transp", "TRANSPARENT" if cancelled else "OPAQUE")
    event.add("class", "PRIVATE")
    if not busy:
        address = settings.SITE_URL + reverse("sessions:detail", args=[session.pk])
        if where := place_of(session):
            event.add("location", where)
        event.add("url", address)
        event.add("description", address)
    return event


def invitation_of(session: Session, *, to: str, cancelled: bool = False) -> tuple[str, str]:
    """Return the method and the text of an invitation to `session` for one address alone (RFC 5546, iTIP).

    The organiser is the address that the mail comes from, and nobody waits for an answer.
    """
    method = "CANCEL" if cancelled else "REQUEST"
    calendar, event = new_calendar(method), event_of(session, busy=False)
    if cancelled:
        for name, value in (("status", "CANCELLED"), ("transp", "TRANSPARENT")):
            event.pop(name)
            event.add(name, value)
    event.add("organizer", f"mailto:{parseaddr(settings.DEFAULT_FROM_EMAIL)[1]}", parameters={"CN": "Työnohjaus"})
    event.add(
        "attendee", f"mailto:{to}",
        parameters={"ROLE": "REQ-PARTICIPANT", "PARTSTAT": "ACCEPTED", "RSVP": "FALSE", "CUTYPE": "INDIVIDUAL"},
    )  # fmt: skip
    calendar.add_component(event)
    return method, calendar.to_ical().decode()


def place_of(session: Session) -> str:
    if session.mode == Mode.REMOTE:
        return _("remote")
    return session.place
