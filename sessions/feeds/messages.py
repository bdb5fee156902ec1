"""Sessions as invitations by e-mail, to those who chose them instead of a feed: each as it comes near, and each change.

Everything follows from the rows: who is in a session, which version of it they were sent last, and whether it stands.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Exists, OuterRef, Q
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from engagements.models import CoSupervisor, Participation
from formats.clock import HELSINKI
from notifications import samples
from notifications.kinds import Audience, Draft, Kind, Letter, recipient_of
from notifications.models import Message
from notifications.occasions import stamp
from sessions.community.reach import outside_of
from sessions.feeds.calendar import CANCELLED, invitation_of
from sessions.messages import SPOKEN_OF, UNDO, page_of
from sessions.models import CalendarMail, Session

INVITED: Final = "session_invited"
UNINVITED: Final = "session_uninvited"
#: How long before it a session is sent: a long series does not come at once.
AHEAD: Final = timedelta(weeks=8)
Pair = tuple[UUID, UUID]


def occasion_of(session: Session) -> str:
    """The version of a session that an invitation speaks of."""
    return f"{session.sequence} {stamp(session.starts_at)}"


def people_of(sessions: Iterable[Session]) -> set[Pair]:
    """Return (session, user) for each who leads or attends one of `sessions` and chose invitations. Four queries."""
    sessions = list(sessions)
    processes = {each.engagement_id for each in sessions}
    chose = set(CalendarMail.objects.values_list("user", flat=True))
    if not chose:
        return set()
    others = CoSupervisor.objects.current().filter(engagement__in=processes, user__in=chose)
    leading: set[Pair] = set(others.values_list("engagement", "user"))
    leading |= {(each.engagement_id, each.engagement.lead_id) for each in sessions if each.engagement.lead_id in chose}
    attending = list(
        Participation.objects.filter(engagement__in=processes, person__user__in=chose).select_related("person")
    )
    outside = outside_of({each.pk: each for each in sessions}, {one.person_id for one in attending})
    found: set[Pair] = set()
    for session in sessions:
        day = session.starts_at.astimezone(HELSINKI).date()
        found |= {(session.pk, user) for process, user in leading if process == session.engagement_id}
        found |= {
            (session.pk, one.person.user_id)
            for one in attending
            if one.engagement_id == session.engagement_id
            and one.person.user_id
            and (session.pk, one.person_id) not in outside
            and (one.joined_on is None or one.joined_on <= day)
            and (one.left_on is None or one.left_on > day)
        }
    return found


def coming(now: datetime) -> list[Session]:
    """Return the sessions that stand and are near enough to be sent, or were sent to somebody already."""
    spoken_of = Q(engagement__state__in=SPOKEN_OF, engagement__example=False)
    sent = Message.objects.filter(kind=INVITED, state=Message.State.SENT, obj=OuterRef("pk"))
    due = Q(starts_at__lte=now + AHEAD) | Exists(sent)
    return list(Session.objects.planned().filter(spoken_of, due, starts_at__gt=now).select_related("engagement"))


def to_invite(now: datetime) -> Iterator[Draft]:
    """Say to whom which session is to be sent as it stands now, once that has stood for three minutes.

    Who has it in their calendar is also told that it has moved far away.
    """
    if not CalendarMail.objects.exists():
        return
    sessions = {each.pk: each for each in coming(now)}
    sent = Message.objects.filter(kind=INVITED, obj__in=sessions).exclude(state=Message.State.DROPPED)
    had = set(sent.values_list("obj", "user", "occasion"))
    holding = {(session, user) for session, user, _occasion in had}
    for session, user in people_of(sessions.values()):
        occasion = occasion_of(sessions[session])
        wanted = sessions[session].starts_at <= now + AHEAD or (session, user) in holding
        if wanted and (session, user, occasion) not in had:
            yield Draft(INVITED, session, occasion, max(now, sessions[session].last_changed + UNDO), user=user)


def to_take_back(now: datetime) -> Iterator[Draft]:
    """Say who was sent a session that is to come and does not stand any more, or in which they are no more."""
    ahead = Session.objects.filter(starts_at__gt=now)
    sent = Message.objects.filter(kind=INVITED, state=Message.State.SENT, obj__in=ahead.values("pk"))
    pairs: set[Pair] = {(obj, user) for obj, user in sent.values_list("obj", "user") if user}
    sessions = ahead.filter(pk__in={session for session, _user in pairs})
    known = {each.pk: each for each in sessions.select_related("engagement")}
    standing = people_of(each for each in known.values() if each.state not in CANCELLED)
    said = Message.objects.filter(kind=UNINVITED, obj__in=known).exclude(state=Message.State.DROPPED)
    told = set(said.values_list("obj", "user", "occasion"))
    chose = set(CalendarMail.objects.values_list("user", flat=True))
    for session, user in pairs - standing:
        if session not in known or user not in chose:
            continue
        occasion = occasion_of(known[session])
        if (session, user, occasion) not in told:
            yield Draft(UNINVITED, session, occasion, max(now, known[session].last_changed + UNDO), user=user)


def letters(messages: Sequence[Message], now: datetime, *, cancelled: bool) -> dict[UUID, Letter]:
    """As long as the session is as it was when the message was written, and its reader is in it, or is not."""
    found = Session.objects.filter(pk__in=[message.obj for message in messages], starts_at__gt=now)
    sessions = {each.pk: each for each in found.select_related("engagement")}
    standing = people_of(each for each in sessions.values() if each.state not in CANCELLED)
    written = {}
    for message in messages:
        session, to = sessions.get(message.obj), recipient_of(message)
        if session is None or to is None or message.user_id is None or occasion_of(session) != message.occasion:
            continue
        if ((session.pk, message.user_id) in standing) == cancelled:
            continue
        context = {"starts_at": session.starts_at, "ends_at": session.ends_at, "link": page_of(session)}
        with translation.override(to.language):
            calendar = invitation_of(session, to=to.email, cancelled=cancelled)
        written[message.pk] = Letter(to, context, session.starts_at, calendar=calendar)
    return written


def invitations(messages: Sequence[Message], now: datetime) -> dict[UUID, Letter]:
    return letters(messages, now, cancelled=False)


def taken_back(messages: Sequence[Message], now: datetime) -> dict[UUID, Letter]:
    return letters(messages, now, cancelled=True)


KINDS = [
    Kind(
        INVITED,
        _("Invitation to a session"),
        "session_invited",
        invitations,
        to=Audience.CONCERNED,
        rule=_("To those who want their sessions as invitations, and again when one changes."),
        sample=samples.TIMES,
    ),
    Kind(
        UNINVITED,
        _("Invitation taken back"),
        "session_uninvited",
        taken_back,
        to=Audience.CONCERNED,
        rule=_("When a session to which somebody was invited is cancelled."),
        sample=samples.TIMES,
    ),
]
PLANNERS = [to_invite, to_take_back]
