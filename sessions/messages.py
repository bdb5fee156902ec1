"""What the people in a session are told by e-mail: that it is near, that it has moved, that it is cancelled.

Reminders follow from the rows alone. What has moved or been cancelled waits three minutes, in which it may be undone;
each person is then told how the session stands, if that is not what they were told last.
"""

from collections import defaultdict
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import (
    DateTimeField,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    Max,
    OuterRef,
    Q,
    Subquery,
    Value,
)
from django.db.models.functions import TruncDate
from django.utils.translation import gettext_lazy as _

from accounts.models import Practice
from engagements.models import Participation, State
from formats.clock import HELSINKI
from notifications import outbox
from notifications.kinds import Draft, Kind, Letter, recipient_of
from notifications.models import Message, OptOut
from notifications.occasions import Stamp, moment_of, stamp
from notifications.outbox import Told, queue_all
from notifications.quiet import after_quiet, before_quiet, granted_until, when_to_send
from sessions.models import Session, SessionState

REMINDER: Final = "session_reminder"
MOVED: Final = "session_moved"
CANCELLED: Final = "session_cancelled"

UNDO: Final = timedelta(minutes=3)
#: Engagements whose sessions are spoken of: a draft is nobody's business yet, a closed one nobody's any more.
SPOKEN_OF: Final = (State.OFFERED, State.ACTIVE, State.PAUSED)

DAY = TruncDate("starts_at", tzinfo=HELSINKI)
HOURS_BEFORE = ExpressionWrapper(F("hours") * Value(timedelta(hours=1)), DurationField())


# --- reminders ------------------------------------------------------------------------------------------------------


def due_reminders(now: datetime) -> Iterator[Draft]:
    """Say who is to be reminded of what at `now`: supervisees on that day who can be reached and have not been.

    A session that has moved is another occasion. One that moved so late that the reminder was due already is not
    reminded of: the notice was the reminder.
    """
    granted = granted_until(now)
    longest = Practice.objects.aggregate(hours=Max("reminder_hours"))["hours"] or 0
    about = Message.objects.filter(obj=OuterRef("pk"), person=OuterRef("reminded")).exclude(state=Message.State.DROPPED)
    notices = about.filter(kind=MOVED, occasion__endswith=OuterRef("stamp"))
    # Supervisees are joined once, by annotations; a filter by their path would join them anew.
    sessions = (
        Session.objects.planned()
        .filter(starts_at__gt=now, starts_at__lte=granted + timedelta(hours=longest), engagement__state__in=SPOKEN_OF)
        .annotate(hours=F("engagement__practice__reminder_hours"), stamp=Stamp("starts_at"), day=DAY)
        .annotate(wanted=ExpressionWrapper(F("starts_at") - HOURS_BEFORE, DateTimeField()))
        .annotate(
            reminded=F("engagement__participations__person"),
            joined_on=F("engagement__participations__joined_on"),
            left_on=F("engagement__participations__left_on"),
            email=F("engagement__participations__person__email"),
            account=F("engagement__participations__person__user"),
        )
        .filter(Q(joined_on=None) | Q(joined_on__lte=F("day")), Q(left_on=None) | Q(left_on__gt=F("day")))
        .filter(Q(email__gt="") | Q(account__isnull=False), wanted__lte=granted)
        .annotate(told_at=Subquery(notices.told().order_by("-created_at").values("created_at")[:1]))
        .exclude(Exists(about.filter(kind=REMINDER, occasion=OuterRef("stamp"))))
        .exclude(Exists(notices.filter(state__in=[Message.State.PENDING, Message.State.SENDING])))
        .exclude(Exists(OptOut.objects.filter(person=OuterRef("reminded"))))
    )
    rows = sessions.values_list("pk", "starts_at", "hours", "reminded", "told_at")
    for session, starts_at, hours, reminded, told_at in rows:
        next_at = when_to_send(starts_at, hours, now)
        noticed = told_at and told_at >= before_quiet(starts_at.astimezone(UTC) - timedelta(hours=hours))
        if next_at and not noticed:
            yield Draft(REMINDER, session, stamp(starts_at), next_at, person=reminded)


def reminders(messages: Sequence[Message], now: datetime) -> dict[UUID, Letter]:
    facts = Facts.of(messages)
    return {
        message.pk: letter
        for message in messages
        if (session := facts.session(message, moment_of(message.occasion)))
        and session.state == SessionState.PLANNED
        and session.starts_at > now
        and stamp(session.starts_at) == message.occasion
        and session.engagement.state in SPOKEN_OF
        and message.person_id not in facts.declined
        and (letter := write(message, session, before=session.starts_at))
    }


# --- changes --------------------------------------------------------------------------------------------------------


def queue_moved(session: Session, before: datetime, now: datetime) -> None:
    """Tell those who expected `session` at `before` how it stands now, once that has stood for three minutes.

    To be called after any change of its time, length or place is written, with `sequence` raised by one.
    """
    if session.starts_at <= now or is_news(session, now):
        return
    occasion = f"{session.sequence} {stamp(before)} {stamp(session.starts_at)}"
    queue(MOVED, session, occasion, expected=before, before=first_to_come(before, session.starts_at, now), now=now)


def queue_cancelled(session: Session, now: datetime) -> None:
    """Tell those who expected `session` that it is cancelled, once that has stood for three minutes.

    To be called after it is written, with `sequence` raised by one. One that was to have begun is only recorded.
    """
    if session.starts_at <= now or is_news(session, now):
        return
    occasion = f"{session.sequence} {stamp(session.starts_at)}"
    queue(CANCELLED, session, occasion, expected=session.starts_at, before=session.starts_at, now=now)


def is_news(session: Session, now: datetime) -> bool:
    """Whether the session was booked so lately that nobody can know of it."""
    spoken_of = Message.objects.about(session.pk).exclude(state=Message.State.DROPPED)
    return now - session.created_at < UNDO and not spoken_of.exists()


def first_to_come(known: datetime, starts_at: datetime, now: datetime) -> datetime:
    """Return by when a person must know, lest they set out for a time that does not hold or miss the one that does."""
    return min(known, starts_at) if known > now else starts_at


def queue(kind: str, session: Session, occasion: str, *, expected: datetime, before: datetime, now: datetime) -> None:
    """Put a message to each person who expects the session: supervisees of that day, and those awaiting news of it."""
    awaiting = Message.objects.about(session.pk).filter(state__in=[Message.State.PENDING, Message.State.SENDING])
    people = Participation.objects.filter(engagement=session.engagement_id)
    people = people.on(local_day(expected)) | people.filter(person__in=awaiting.values("person"))
    reached = people.filter(~Q(person__email="") | Q(person__user__isnull=False))
    next_at = after_quiet(now + UNDO, before)
    persons = reached.order_by("person").values_list("person", flat=True).distinct()
    queue_all([Draft(kind, session.pk, occasion, next_at, person=person) for person in persons], now=now)


def moves(messages: Sequence[Message], now: datetime) -> dict[UUID, Letter]:
    """A change of time that has been taken back is not news; what else has changed is, since no mail names it."""
    facts = Facts.of(messages)
    letters = {}
    for message in messages:
        _number, before, after = message.occasion.split()
        known = facts.believed(message) or moment_of(before)
        session = facts.session(message, known)
        if session is None or session.state != SessionState.PLANNED or session.starts_at <= now:
            continue
        if stamp(session.starts_at) != after or session.engagement.state == State.DRAFT:
            continue
        same_time = stamp(known) == after
        if facts.newer_change(message) or (same_time and before != after):
            continue
        useful_before = first_to_come(known, session.starts_at, now)
        if letter := write(message, session, before=useful_before, known=None if same_time else known):
            letters[message.pk] = letter
    return letters


def cancellations(messages: Sequence[Message], now: datetime) -> dict[UUID, Letter]:
    facts = Facts.of(messages)
    letters = {}
    for message in messages:
        _number, at = message.occasion.split()
        known = facts.believed(message) or moment_of(at)
        session = facts.session(message, known)
        if session is None or session.state not in (SessionState.CANCELLED, SessionState.CANCELLED_LATE):
            continue
        if stamp(session.starts_at) != at or session.ends_at <= now or session.engagement.state == State.DRAFT:
            continue
        useful_before = first_to_come(known, session.starts_at, now)
        if letter := write(message, session, before=useful_before, known=known):
            letters[message.pk] = letter
    return letters


# --- both -----------------------------------------------------------------------------------------------------------


def local_day(moment: datetime) -> date:
    return moment.astimezone(HELSINKI).date()


@dataclass(frozen=True)
class Facts:
    """How everything stands that a batch of messages is about: four queries, however many messages there are."""

    sessions: Mapping[UUID, Session]
    participations: Mapping[tuple[UUID, UUID], Sequence[Participation]]
    #: What each person was told, or is to be told, of each session: kind, state, occasion, when sent.
    said: Mapping[tuple[UUID, UUID], Sequence[tuple[str, str, str, datetime | None]]]
    declined: Container[UUID | None]

    @classmethod
    def of(cls, messages: Sequence[Message]) -> "Facts":
        persons = {message.person_id for message in messages if message.person_id}
        sessions = (
            Session.objects.select_related("engagement")
            .only("starts_at", "ends_at", "state", "engagement__state")
            .in_bulk({message.obj for message in messages})
        )
        participations: defaultdict[tuple[UUID, UUID], list[Participation]] = defaultdict(list)
        engagements = {session.engagement_id for session in sessions.values()}
        for one in Participation.objects.filter(engagement__in=engagements, person__in=persons):
            participations[one.engagement_id, one.person_id].append(one)
        said: defaultdict[tuple[UUID, UUID], list[tuple[str, str, str, datetime | None]]] = defaultdict(list)
        if any(message.kind != REMINDER for message in messages):
            about = Message.objects.filter(obj__in=sessions, person__in=persons, kind__in=[REMINDER, MOVED])
            for row in about.values_list("obj", "person", "kind", "state", "occasion", "sent_at"):
                said[row[0], row[1]].append(row[2:])
        declined = set(OptOut.objects.filter(person__in=persons).values_list("person", flat=True))
        return cls(sessions, participations, said, declined)

    def session(self, message: Message, expected: datetime) -> Session | None:
        """Return the message's session as it stands, if its person is a supervisee on the day it is expected."""
        session = self.sessions.get(message.obj)
        if session is None or message.person_id is None:
            return None
        day = local_day(expected)
        own = self.participations.get((session.engagement_id, message.person_id), ())
        return session if any(covers(one, day) for one in own) else None

    def believed(self, message: Message) -> datetime | None:
        """Return when the person takes the session to be: as they heard last, else as it was before any change."""
        sent = Message.State.SENT
        told = [(at, occasion) for _kind, state, occasion, at in self.rows(message) if at and state == sent]
        if told:
            return moment_of(max(told)[1].split()[-1])
        changes = self.changes(message)
        return moment_of(changes[0][1]) if changes else None

    def newer_change(self, message: Message) -> bool:
        """Whether a later notice to the same person says how the session stands."""
        return int(message.occasion.split()[0]) < self.changes(message)[-1][0]

    def changes(self, message: Message) -> list[tuple[int, str]]:
        """Return the changes told or to be told to the person: their numbers, and the time until then."""
        moves = (occasion.split() for kind, _state, occasion, _at in self.rows(message) if kind == MOVED)
        return sorted((int(number), before) for number, before, _after in moves)

    def rows(self, message: Message) -> Sequence[tuple[str, str, str, datetime | None]]:
        return self.said.get((message.obj, message.person_id), ()) if message.person_id else ()


def covers(participation: Participation, day: date) -> bool:
    """Say of one row what `Participation.objects.on(day)` asks of all."""
    joined, left = participation.joined_on, participation.left_on
    return (joined is None or joined <= day) and (left is None or left > day)


def write(message: Message, session: Session, *, before: datetime, known: datetime | None = None) -> Letter | None:
    """A time and nothing else: no place, no link to the meeting, no names (promise 8)."""
    to = recipient_of(message)
    times = {"starts_at": session.starts_at, "ends_at": session.ends_at, "known": known}
    return Letter(to, times, before) if to else None


def messages_of(session: Session) -> list[Told]:
    """Return what was, is or will be told about `session`; for those who lead it."""
    return outbox.messages_of(session.pk)


KINDS = [
    Kind(REMINDER, _("Reminder"), "session_reminder", reminders, can_be_declined=True),
    Kind(MOVED, _("Notice of the move"), "session_moved", moves),
    Kind(CANCELLED, _("Notice of the cancellation"), "session_cancelled", cancellations),
]
PLANNERS = [due_reminders]
