"""What the people in a session are told by e-mail: that it is near, that it has moved, that it is cancelled.

Reminders follow from the rows alone. What has moved or been cancelled waits three minutes, in which it may be undone;
each person is then told how the session stands, if that is not what they were told last. What was moved with several
others is told in one message about them all (`sessions.series.messages`), which counts here as any other.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db.models import (
    Count,
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
from django.db.models.functions import Coalesce, Greatest, TruncDate
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Practice
from engagements.models import Participation, State
from formats.clock import HELSINKI
from notifications import outbox, samples
from notifications.kinds import Audience, Draft, Kind, Letter, recipient_of
from notifications.models import Message, MessageQuerySet, Preference
from notifications.occasions import Stamp, moment_of, stamp
from notifications.outbox import Told, queue_all
from notifications.quiet import USUAL, WIDEST, Quiet, after_quiet, before_quiet, granted_until, when_to_send
from sessions.community.reach import met_by, outside_of
from sessions.models import CannotCome, Session, SessionState, Shift

REMINDER: Final = "session_reminder"
MOVED: Final = "session_moved"
CANCELLED: Final = "session_cancelled"
#: Of several sessions at once, see `sessions.series.messages`. The object of such a message is the edit of its shifts.
SERIES_MOVED: Final = "series_moved"

UNDO: Final = timedelta(minutes=3)
#: Engagements whose sessions are spoken of: a draft is nobody's business yet, a closed one nobody's any more.
SPOKEN_OF: Final = (State.OFFERED, State.ACTIVE, State.PAUSED)

DAY = TruncDate("starts_at", tzinfo=HELSINKI)
PERSON: Final = "engagement__participations__person"
#: Whose quiet hours count, the first that has any.
QUIET_BY: Final = (f"{PERSON}__user__preference", f"{PERSON}__preference", "engagement__practice__preference")
NOTHING_CHOSEN: Final = Q(own_hours=None, evening=None)
HOURS_BEFORE = ExpressionWrapper(F("hours") * Value(timedelta(hours=1)), DurationField())


# --- reminders ------------------------------------------------------------------------------------------------------


def due_reminders(now: datetime) -> Iterator[Draft]:
    """Say who is to be reminded of what at `now`: supervisees on that day who can be reached and have not been, and who
    have not said that they cannot come.

    A session that has moved is another occasion. One that moved so late that the reminder was due already is not
    reminded of: the notice was the reminder. Those who have chosen how long before, or other quiet hours, are looked
    for apart: the others are many, and of them only the next sessions have to be looked at.
    """
    usual = Practice.objects.aggregate(hours=Max("reminder_hours"))["hours"] or 0
    yield from reminders_within(now, usual, granted_until(now), chosen=False)
    choices = Preference.objects.filter(Q(hours__isnull=False) | Q(quiet_from__isnull=False))
    most = choices.aggregate(hours=Max("hours"), count=Count("pk"))
    if most["count"]:
        yield from reminders_within(now, max(usual, most["hours"] or 0), granted_until(now, WIDEST), chosen=True)


def reminders_within(now: datetime, longest: int, granted: datetime, *, chosen: bool) -> Iterator[Draft]:
    """Say who is to be reminded at `now` of a session that begins `longest` hours after `granted` at the latest."""
    about = Message.objects.filter(obj=OuterRef("pk"), person=OuterRef("reminded")).exclude(state=Message.State.DROPPED)
    notices = about.filter(kind=MOVED, occasion__endswith=OuterRef("stamp"))
    here = Shift.objects.filter(session=OuterRef(OuterRef("pk")), after=OuterRef(OuterRef("starts_at")))
    together = Message.objects.filter(kind=SERIES_MOVED, person=OuterRef("reminded"), obj__in=here.values("edit"))
    on_the_way = [Message.State.PENDING, Message.State.SENDING]
    absent = CannotCome.objects.standing()
    # Supervisees are joined once, by annotations; a filter by their path would join them anew.
    sessions = (
        Session.objects.planned()
        .filter(starts_at__gt=now, starts_at__lte=granted + timedelta(hours=longest), engagement__state__in=SPOKEN_OF)
        .annotate(
            own_hours=Coalesce(*(F(f"{PERSON}__{whose}__hours") for whose in ("user__preference", "preference"))),
            evening=Coalesce(*(F(f"{layer}__quiet_from") for layer in QUIET_BY)),
            morning=Coalesce(*(F(f"{layer}__quiet_until") for layer in QUIET_BY)),
        )
        .filter(~NOTHING_CHOSEN if chosen else NOTHING_CHOSEN)
        .annotate(
            hours=Coalesce("own_hours", "engagement__practice__reminder_hours"), stamp=Stamp("starts_at"), day=DAY
        )
        .annotate(wanted=ExpressionWrapper(F("starts_at") - HOURS_BEFORE, DateTimeField()))
        .annotate(
            reminded=F("engagement__participations__person"),
            joined_on=F("engagement__participations__joined_on"),
            left_on=F("engagement__participations__left_on"),
            part=F("engagement__participations__pk"),
            email=F("engagement__participations__person__email"),
            account=F("engagement__participations__person__user"),
        )
        .filter(Q(joined_on=None) | Q(joined_on__lte=F("day")), Q(left_on=None) | Q(left_on__gt=F("day")))
        .filter(Q(email__gt="") | Q(account__isnull=False), wanted__lte=granted)
        .annotate(
            told_at=Greatest(
                Subquery(notices.told().order_by("-created_at").values("created_at")[:1]),
                Subquery(
                    together.told()
                    .filter(told__contains=[OuterRef("pk")])
                    .order_by("-created_at")
                    .values("created_at")[:1]
                ),
            )
        )
        .exclude(Exists(about.filter(kind=REMINDER, occasion=OuterRef("stamp"))))
        .exclude(Exists(notices.filter(state__in=on_the_way)))
        .exclude(Exists(together.filter(state__in=on_the_way)))
        .exclude(Exists(absent.filter(session=OuterRef("pk"), participation__person=OuterRef("reminded"))))
        .filter(met_by("part"))
    )
    rows = sessions.values_list("pk", "starts_at", "hours", "reminded", "told_at", "evening", "morning")
    for session, starts_at, hours, reminded, told_at, evening, morning in rows:
        quiet = Quiet(evening, morning) if evening else USUAL
        wanted = starts_at.astimezone(UTC) - timedelta(hours=hours)
        next_at = when_to_send(starts_at, hours, now, quiet) if wanted <= granted_until(now, quiet) else None
        noticed = told_at and told_at >= before_quiet(wanted, quiet)
        if next_at and not noticed:
            yield Draft(REMINDER, session, stamp(starts_at), next_at, person=reminded)


def reminders(messages: Sequence[Message], now: datetime) -> dict[UUID, Letter]:
    """Whoever has said meanwhile that they cannot come is passed over."""
    facts = Facts.of(messages)
    told = CannotCome.objects.standing().filter(session__in=[message.obj for message in messages])
    absent = set(told.values_list("session", "participation__person"))
    return {
        message.pk: letter
        for message in messages
        if (message.obj, message.person_id) not in absent
        and (session := facts.session(message.obj, message.person_id, moment_of(message.occasion)))
        and session.state == SessionState.PLANNED
        and session.starts_at > now
        and stamp(session.starts_at) == message.occasion
        and session.engagement.state in SPOKEN_OF
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
    spoken_of = speaking_of([session.pk]).exclude(state=Message.State.DROPPED)
    return now - session.created_at < UNDO and not spoken_of.exists()


def speaking_of(sessions: Collection[UUID]) -> MessageQuerySet:
    """Messages to those in them about any of these sessions, alone or with others; no invitations for a calendar."""
    edits = Shift.objects.filter(session__in=sessions).values("edit")
    return Message.objects.filter(Q(obj__in=sessions) | Q(obj__in=edits), person__isnull=False)


def first_to_come(known: datetime, starts_at: datetime, now: datetime) -> datetime:
    """Return by when a person must know, lest they set out for a time that does not hold or miss the one that does."""
    return min(known, starts_at) if known > now else starts_at


def queue(kind: str, session: Session, occasion: str, *, expected: datetime, before: datetime, now: datetime) -> None:
    """Put a message to each person who expects the session: supervisees of that day, and those awaiting news of it."""
    awaiting = speaking_of([session.pk]).filter(state__in=[Message.State.PENDING, Message.State.SENDING])
    people = Participation.objects.filter(engagement=session.engagement_id)
    people = people.on(local_day(expected)) | people.filter(person__in=awaiting.values("person"))
    reached = people.filter(~Q(person__email="") | Q(person__user__isnull=False))
    next_at = after_quiet(now + UNDO, before)
    persons = reached.order_by("person").values_list("person", flat=True).distinct()
    queue_all([Draft(kind, session.pk, occasion, next_at, person=person) for person in persons], now=now)


def moves(messages: Sequence[Message], now: datetime) -> dict[UUID, Letter]:
    facts = Facts.of(messages)
    letters = {}
    for message in messages:
        number, before, after = message.occasion.split()
        change = Change(message.obj, int(number), moment_of(before), moment_of(after))
        line = facts.moved(change, message.person_id, now)
        if line and (letter := write(message, line.session, before=line.useful_before, known=line.known)):
            letters[message.pk] = letter
    return letters


def cancellations(messages: Sequence[Message], now: datetime) -> dict[UUID, Letter]:
    facts = Facts.of(messages)
    letters = {}
    for message in messages:
        number, at = message.occasion.split()
        change = Change(message.obj, int(number), moment_of(at), moment_of(at))
        line = facts.cancelled(change, message.person_id, now)
        if line and (letter := write(message, line.session, before=line.useful_before, known=line.known)):
            letters[message.pk] = letter
    return letters


# --- both -----------------------------------------------------------------------------------------------------------


def local_day(moment: datetime) -> date:
    return moment.astimezone(HELSINKI).date()


@dataclass(frozen=True)
class Change:
    """A change of a session that may be told: as which version of it, from when to when."""

    session: UUID
    number: int
    before: datetime
    after: datetime


@dataclass(frozen=True)
class Line:
    """What a person is told of one session. `known`: the time they take it to be at, None when it is the same still."""

    session: Session
    known: datetime | None
    useful_before: datetime


#: A message about a session: its kind, state and occasion, and when it was sent.
Said = tuple[str, str, str, datetime | None]


@dataclass(frozen=True)
class Facts:
    """How everything stands that a batch of messages is about: eight queries at most, however many messages."""

    sessions: Mapping[UUID, Session]
    participations: Mapping[tuple[UUID, UUID], Sequence[Participation]]
    #: Of sessions that are for a part of a work community, who is not in it: session and person.
    outside: Collection[tuple[UUID, UUID]]
    #: What each person was told, or is to be told, of each session.
    said: Mapping[tuple[UUID, UUID], Sequence[Said]]

    @classmethod
    def of(cls, messages: Sequence[Message], sessions: Collection[UUID] = ()) -> "Facts":
        """Read what `messages` are about: the sessions that are their objects, or `sessions`."""
        persons = {message.person_id for message in messages if message.person_id}
        about = (
            Session.objects.select_related("engagement")
            .only("starts_at", "ends_at", "state", "engagement__state")
            .in_bulk(set(sessions) or {message.obj for message in messages})
        )
        participations: defaultdict[tuple[UUID, UUID], list[Participation]] = defaultdict(list)
        engagements = {session.engagement_id for session in about.values()}
        for one in Participation.objects.filter(engagement__in=engagements, person__in=persons):
            participations[one.engagement_id, one.person_id].append(one)
        changes = any(message.kind != REMINDER for message in messages)
        said = what_was_said(about, persons) if changes else {}
        return cls(about, participations, outside_of(about, persons), said)

    def session(self, pk: UUID, person: UUID | None, expected: datetime) -> Session | None:
        """Return the session as it stands, if the person is a supervisee on the day it is expected."""
        session = self.sessions.get(pk)
        if session is None or person is None or (pk, person) in self.outside:
            return None
        day = local_day(expected)
        own = self.participations.get((session.engagement_id, person), ())
        return session if any(covers(one, day) for one in own) else None

    def moved(self, change: Change, person: UUID | None, now: datetime) -> Line | None:
        """A change of time that has been taken back is not news; what else has changed is, since no mail names it."""
        known = self.believed(change.session, person) or change.before
        session = self.session(change.session, person, known)
        if session is None or session.state != SessionState.PLANNED or session.starts_at <= now:
            return None
        if stamp(session.starts_at) != stamp(change.after) or session.engagement.state == State.DRAFT:
            return None
        same_time = stamp(known) == stamp(change.after)
        taken_back = same_time and stamp(change.before) != stamp(change.after)
        if taken_back or change.number < self.changes(change.session, person)[-1][0]:
            return None
        return Line(session, None if same_time else known, first_to_come(known, session.starts_at, now))

    def cancelled(self, change: Change, person: UUID | None, now: datetime) -> Line | None:
        known = self.believed(change.session, person) or change.after
        session = self.session(change.session, person, known)
        if session is None or session.state not in (SessionState.CANCELLED, SessionState.CANCELLED_LATE):
            return None
        other_time = stamp(session.starts_at) != stamp(change.after)
        if other_time or session.ends_at <= now or session.engagement.state == State.DRAFT:
            return None
        return Line(session, known, first_to_come(known, session.starts_at, now))

    def believed(self, session: UUID, person: UUID | None) -> datetime | None:
        """Return when the person takes the session to be: as they heard last, else as it was before any change."""
        sent = Message.State.SENT
        told = [(at, occasion) for _kind, state, occasion, at in self.rows(session, person) if at and state == sent]
        if told:
            return moment_of(max(told)[1].split()[-1])
        changes = self.changes(session, person)
        return moment_of(changes[0][1]) if changes else None

    def changes(self, session: UUID, person: UUID | None) -> list[tuple[int, str]]:
        """Return the changes told or to be told to the person, the last of which is what they are told: their numbers,
        and the time until then.
        """
        moves = (occasion.split() for kind, _state, occasion, _at in self.rows(session, person) if kind == MOVED)
        return sorted((int(number), before) for number, before, _after in moves)

    def rows(self, session: UUID, person: UUID | None) -> Sequence[Said]:
        return self.said.get((session, person), ()) if person else ()


def what_was_said(sessions: Collection[UUID], persons: Collection[UUID]) -> Mapping[tuple[UUID, UUID], Sequence[Said]]:
    """Return, by session and person, what is a message's or a part of one about several sessions.

    A letter that has left spoke of some of its sessions; of the others it counts as a message that was dropped.
    """
    said: defaultdict[tuple[UUID, UUID], list[Said]] = defaultdict(list)
    about = Message.objects.filter(obj__in=sessions, person__in=persons, kind__in=[REMINDER, MOVED])
    for row in about.values_list("obj", "person", "kind", "state", "occasion", "sent_at"):
        said[row[0], row[1]].append(row[2:])
    shifts: defaultdict[UUID, list[Shift]] = defaultdict(list)
    for shift in Shift.objects.filter(session__in=sessions):
        shifts[shift.edit].append(shift)
    if not shifts:
        return said
    together = Message.objects.filter(obj__in=shifts, person__in=persons, kind=SERIES_MOVED)
    for edit, person, state, told, sent_at in together.values_list("obj", "person", "state", "told", "sent_at"):
        for shift in shifts[edit]:
            silent = state == Message.State.SENT and shift.session_id not in (told or ())
            occasion = f"{shift.number} {stamp(shift.before)} {stamp(shift.after)}"
            counts_as = Message.State.DROPPED if silent else state
            said[shift.session_id, person].append((MOVED, counts_as, occasion, sent_at))
    return said


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
    edits = Shift.objects.filter(session=session).values_list("edit", flat=True)
    return outbox.messages_of(session.pk, *edits)


def page_of(session: Session) -> str:
    return settings.SITE_URL + reverse("sessions:detail", args=[session.pk])


KINDS = [
    Kind(
        REMINDER,
        _("Reminder of a session"),
        "session_reminder",
        reminders,
        can_be_declined=True,
        to=Audience.SUPERVISEES,
        rule=_("As long before a session as the practice or the supervisee has chosen."),
        sample=samples.TIMES,
    ),
    Kind(
        MOVED,
        _("Notice of the move"),
        "session_moved",
        moves,
        to=Audience.SUPERVISEES,
        rule=_("Three minutes after a session was moved, if it is not moved back before."),
        sample={**samples.TIMES, "known": samples.EARLIER},
    ),
    Kind(
        CANCELLED,
        _("Notice of the cancellation"),
        "session_cancelled",
        cancellations,
        to=Audience.SUPERVISEES,
        rule=_("Three minutes after a session was cancelled, unless that is undone before."),
        sample={**samples.TIMES, "known": samples.STARTS},
    ),
]
PLANNERS = [due_reminders]
