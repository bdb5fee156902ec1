"""What people do with sessions: book, move, cancel, say how it went, take that back.

Each is one transaction that leaves a line on the timeline and an entry in the audit chain. That nobody is booked twice
is the database's doing (`booking_no_double`); here its refusal becomes a sentence.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from psycopg.errors import DeadlockDetected, ExclusionViolation

from accounts.models import User
from audit import trail
from engagements.models import Audience, Contract, Engagement, Event, Participation, State, SubGroupMember
from engagements.models.contract import TODAY
from engagements.models.terms import Mode
from formats.clock import HELSINKI, write_span
from sessions import fees, messages
from sessions.closing import memo as memos
from sessions.models import Attendance, Fee, Session, SessionState, SessionSubGroup, WrongSessionState
from sessions.models.session import MOST_UNNAMED

LATEST_AHEAD: Final = timedelta(days=731)
EARLIEST_BACK: Final = timedelta(days=1827)
UNMARK_WITHIN: Final = timedelta(days=1)
#: Two bookings at once can wait for each other; the database lets one go, which then tries again.
TRIES: Final = 3
Kept = TypeVar("Kept")


# --- whose time is taken --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Clash:
    """A stretch of a supervisor's time that is taken already. `session` is None when the asker may not know it."""

    who: User
    own: bool
    starts_at: datetime
    ends_at: datetime
    session: Session | None

    def __str__(self) -> str:
        when = write_span(self.starts_at, self.ends_at)
        name = self.who.full_name or self.who.email
        if self.session is None:
            return gettext("%(who)s is taken %(when)s.") % {"who": name, "when": when}
        values = {"who": name, "title": self.session.engagement.title, "when": when}
        if self.own:
            return gettext("You already have a session then: %(title)s, %(when)s.") % values
        return gettext("%(who)s already has a session then: %(title)s, %(when)s.") % values


class Taken(ValidationError):
    """The time is taken: `clashes` say whose, and from when to when."""

    def __init__(self, clashes: list[Clash]) -> None:
        self.clashes = clashes
        sentences = [str(clash) for clash in clashes]
        super().__init__({"starts_at": sentences or [gettext("The supervisor already has a session at this time.")]})


def clashes(
    engagement: Engagement, starts_at: datetime, ends_at: datetime, *, by: User, moving: UUID | None = None
) -> list[Clash]:
    """Return what already takes the time of the engagement's supervisors in [starts_at, ends_at), earliest first.

    `moving` is a session that does not count. Another supervisor's sessions elsewhere come without their session.
    """
    return clashes_at(engagement, [(starts_at, ends_at)], by=by, ignoring=[moving] if moving else [])[0]


BUSY: Final = """
SELECT t.place - 1, b.session_id, b.user_id, b.starts_at, b.ends_at
  FROM unnest(%s::timestamptz[], %s::timestamptz[]) WITH ORDINALITY AS t (first, last, place)
 CROSS JOIN LATERAL sec.busy(%s, t.first, t.last, NULL) AS b
 WHERE b.session_id <> ALL (%s::uuid[]) ORDER BY t.place, b.starts_at
"""


def clashes_at(
    engagement: Engagement, spans: Sequence[tuple[datetime, datetime]], *, by: User, ignoring: Collection[UUID] = ()
) -> list[list[Clash]]:
    """Return `clashes` for each of `spans`, in as many queries for one as for sixty. `ignoring` do not count."""
    starts, ends = [start for start, _end in spans], [end for _start, end in spans]
    with connection.cursor() as cursor:
        cursor.execute(BUSY, [starts, ends, engagement.pk, list(ignoring)])
        rows = cursor.fetchall()
    users = User.objects.in_bulk({row[2] for row in rows})
    known = Session.objects.led_by(by).select_related("engagement").in_bulk({row[1] for row in rows})
    # A session shared by two supervisors is said once, as the asker's own where it is.
    told: list[dict[UUID, Clash]] = [{} for _span in spans]
    for place, session, user, start, end in rows:
        if session not in told[place] or user == by.pk:
            told[place][session] = Clash(users[user], user == by.pk, start, end, known.get(session))
    return [list(found.values()) for found in told]


def unless_taken(write: Callable[[], Kept], session: Session, *, by: User) -> Kept:
    """Run `write` in a savepoint and return what it returns; raises Taken when it would book somebody twice."""

    def refuse() -> ValidationError:
        return Taken(clashes(session.engagement, session.starts_at, session.ends_at, by=by, moving=session.pk))

    return unless_refused(write, refuse)


def unless_refused(write: Callable[[], Kept], refuse: Callable[[], ValidationError]) -> Kept:
    """Run `write` in a savepoint and return what it returns; raises what `refuse` makes when somebody is booked twice.

    Two who wait for each other are told apart by the database: the one it lets go tries again.
    """
    for attempt in range(1, TRIES + 1):
        try:
            with transaction.atomic():
                return write()
        except IntegrityError as error:
            if not isinstance(error.__cause__, ExclusionViolation):
                raise
            raise refuse() from None
        except OperationalError as error:
            if not isinstance(error.__cause__, DeadlockDetected) or attempt == TRIES:
                raise
    raise AssertionError("unreachable: the last try returns or raises")


# --- what the contract says -----------------------------------------------------------------------------------------


def terms_of(engagement: Engagement) -> Contract | None:
    """Return the version of the contract that is in force today, else the one on offer, else None."""
    return engagement.contracts.standing(TODAY).order_by("state", "-version").first()


def blockers_to_booking(engagement: Engagement, *, trial: bool = False) -> list[str]:
    """Return why no session can be booked, in sentences; empty when one can.

    Sessions are booked under an agreed contract. While it is on offer, its trial sessions can be booked.
    """
    if engagement.state == State.DRAFT:
        return [gettext("The process is a draft. Offer its contract, or record that it is agreed, before you book.")]
    if engagement.state == State.PAUSED:
        return [gettext("The process is paused. Continue it before you book.")]
    if engagement.state == State.CLOSED:
        return [gettext("The process is closed.")]
    if engagement.state == State.OFFERED:
        if trials_left(engagement) is None:
            return [gettext("The contract is not agreed yet. Record the agreement before you book.")]
        if not trial:
            return [gettext("The contract is not agreed yet. Until then only trial sessions can be booked.")]
    if trial and not trials_left(engagement):
        return [gettext("All the trial sessions that the contract names are booked.")]
    return []


def trials_left(engagement: Engagement) -> int | None:
    """Return how many trial sessions can still be booked; None when the contract names none."""
    terms = terms_of(engagement)
    if terms is None or not terms.trial_sessions:
        return None
    return max(0, terms.trial_sessions - trials_booked(engagement))


def trials_booked(engagement: Engagement) -> int:
    return engagement.sessions.filter(trial=True).exclude(state__in=CANCELLED).count()


def too_many_trials(engagement: Engagement) -> bool:
    """Whether more trial sessions are booked than the contract names."""
    terms = terms_of(engagement)
    return terms is not None and trials_booked(engagement) > terms.trial_sessions


CANCELLED: Final = [SessionState.CANCELLED, SessionState.CANCELLED_LATE]


@dataclass(frozen=True)
class Cancelling:
    """What cancelling a session at one moment means by the contract.

    free_until: the last moment without a fee, None when no notice was agreed. fee_percent: of the price, when late.
    """

    terms: Contract | None
    free_until: datetime | None
    late: bool
    fee_percent: int | None


def cancelling(session: Session, *, now: datetime) -> Cancelling:
    """Return what the contract says of cancelling `session` at `now`. Without an agreed notice nothing is late."""
    return cancelling_by(terms_of(session.engagement), session, now=now)


def cancelling_by(terms: Contract | None, session: Session, *, now: datetime) -> Cancelling:
    fee = None if terms is None else 0 if session.trial and terms.trial_free else terms.cancel_fee_percent
    if terms is None or terms.cancel_notice_hours is None:
        return Cancelling(terms, None, late=False, fee_percent=fee)
    free_until = session.starts_at - timedelta(hours=terms.cancel_notice_hours)
    return Cancelling(terms, free_until, late=now > free_until, fee_percent=fee)


# --- verbs ----------------------------------------------------------------------------------------------------------


@transaction.atomic
def book(
    engagement: Engagement,
    *,
    starts_at: datetime,
    minutes: int,
    mode: str,
    place: str = "",
    link: str = "",
    trial: bool = False,
    by: User,
    now: datetime,
) -> Session:
    """Book a session of `minutes` and return it. A time that is past can be booked: it waits to be marked.

    Raises ValidationError with every blocker, for a time outside two years ahead and five back, and as Taken when one
    of the supervisors is booked already.
    """
    engagement = Engagement.objects.select_for_update(no_key=True).get(pk=engagement.pk)
    if blockers := blockers_to_booking(engagement, trial=trial):
        raise ValidationError(blockers)
    check_time(starts_at, minutes, now=now)
    session = Session(
        engagement=engagement, starts_at=starts_at, ends_at=end_of(starts_at, minutes),
        mode=mode, place=place, link=link, trial=trial, created_at=now,
    )  # fmt: skip
    unless_taken(lambda: session.save(force_insert=True), session, by=by)
    tell(session, Event.Kind.BOOKED, by=by, now=now)
    return session


@transaction.atomic
def move(
    session: Session,
    *,
    starts_at: datetime,
    minutes: int,
    mode: str,
    place: str = "",
    link: str = "",
    by: User,
    now: datetime,
) -> Session:
    """Give a planned session another time, length or place; those in it are told. Returns it as it stands now.

    Raises ValidationError when it is not planned any more or the process is closed, and as Taken for a double booking.
    """
    session = locked(session)
    old = (session.starts_at, session.ends_at)
    check_time(starts_at, minutes, now=now)
    session.starts_at, session.ends_at = starts_at, end_of(starts_at, minutes)
    if (session.starts_at, session.ends_at) == old:
        return relocate(session, mode=mode, place=place, link=link, by=by, now=now)
    changed = {"starts_at": session.starts_at, "ends_at": session.ends_at, "mode": mode, "place": place, "link": link}
    unless_taken(lambda: change(session, **changed), session, by=by)
    session.refresh_from_db()
    tell(session, Event.Kind.MOVED, by=by, now=now, **{"from": old[0].isoformat()})
    messages.queue_moved(session, old[0], now)
    return session


@transaction.atomic
def change_place(session: Session, *, mode: str, place: str = "", link: str = "", by: User, now: datetime) -> Session:
    """Say anew how and where a planned session is met; the time stays, and so does what was told of it.

    Raises ValidationError when it is not planned any more.
    """
    return relocate(locked(session), mode=mode, place=place, link=link, by=by, now=now)


@transaction.atomic
def cancel(session: Session, *, reason: str = "", late: bool | None = None, by: User, now: datetime) -> Session:
    """Cancel a planned session; those in it are told. Whether it counts as late, the contract says unless `late` does.

    Raises ValidationError when it is not planned any more.
    """
    session = locked(session)
    consequence = cancelling(session, now=now)
    if late is None:
        late = consequence.late
    state = SessionState.CANCELLED_LATE if late else SessionState.CANCELLED
    step(session, state, reason=reason, marked_at=now, sequence=session.sequence + 1)
    fees.freeze(session, consequence.terms, now)
    tell(session, Event.Kind.CANCELLED, by=by, now=now, late=late)
    messages.queue_cancelled(session, now)
    return session


@transaction.atomic
def mark_held(
    session: Session,
    *,
    present: Mapping[UUID, str],
    unnamed: int = 0,
    manager: str | None = None,
    by: User,
    now: datetime,
) -> Session:
    """Say that a session was held, who was present and how.

    `present` maps participations to Attendance.How, or to "" where the session's mode says it; those it was for who
    are not in it were absent, and others of the process may have come too. `unnamed` came besides, without being named.
    `manager` says whether the line manager was there, None: as it was said before. Raises ValidationError before the
    session starts, when nobody was present, for somebody who was not a supervisee that day, and when it is marked or
    cancelled already.
    """
    session = locked(session, started_by=now)
    participants = list(participants_of(session))
    if others := set(present) - {participation.pk for participation in participants}:
        guests = list(everybody_of(session).filter(pk__in=others))
        if len(guests) < len(others):
            raise ValidationError(_("Somebody on the list was not a supervisee that day."))
        participants += guests
    if participants and not present and not unnamed:
        raise ValidationError(_("Nobody is marked as present. If nobody came, mark the session so."))
    if not 0 <= unnamed <= MOST_UNNAMED:
        raise ValidationError({"unnamed": _("At most 500 can be counted without names.")})
    record_attendance(session, {one: present.get(one.pk) for one in participants})
    said = {} if manager is None else {"manager": manager}
    mark(session, SessionState.HELD, Event.Kind.HELD, by=by, now=now, unnamed=unnamed, **said)
    if memos.memo_of(session):  # it was a draft of the supervisors until now
        memos.tell(session, by=by, now=now)
    return session


@transaction.atomic
def mark_no_show(session: Session, *, by: User, now: datetime) -> Session:
    """Say that nobody came. Raises ValidationError before the session starts and when it is marked or cancelled."""
    session = locked(session, started_by=now)
    record_attendance(session, dict.fromkeys(participants_of(session)))
    mark(session, SessionState.NO_SHOW, Event.Kind.NO_SHOW, by=by, now=now)
    return session


@transaction.atomic
def unmark(session: Session, *, by: User, now: datetime) -> Session:
    """Take back, within a day, that a session was held or that nobody came: it waits to be marked again.

    The attendance, the fee and the lines on the timeline go; the audit chain keeps that they were there. The memo is a
    draft of the supervisors again.
    """
    session = (
        Session.objects.select_for_update(no_key=True, of=("self",)).select_related("engagement").get(pk=session.pk)
    )
    if why := blocker_to_unmarking(session, now=now):
        raise ValidationError(why)
    session.attendances.all().delete()
    Fee.objects.filter(session=session).delete()
    marking = [Event.Kind.HELD, Event.Kind.NO_SHOW, Event.Kind.MEMO, Event.Kind.WAIVED]
    session.engagement.events.filter(kind__in=marking, data__session=str(session.pk)).delete()
    step(session, SessionState.PLANNED, marked_at=None, unnamed=0)
    trail.record(session.engagement_id, "session.unmarked", actor=by, obj=session)
    return session


def blocker_to_unmarking(session: Session, *, now: datetime) -> str:
    """Return why a marking cannot be taken back, in a sentence; empty when it can."""
    if session.state not in (SessionState.HELD, SessionState.NO_SHOW) or session.marked_at is None:
        return gettext("This session has not been marked.")
    if now - session.marked_at > UNMARK_WITHIN:
        return gettext("A marking can be taken back for one day.")
    if session.engagement.state == State.CLOSED:
        return gettext("The process is closed.")
    return ""


# --- steps of the verbs ---------------------------------------------------------------------------------------------


def everybody_of(session: Session) -> Any:
    """Return the participations of those who were supervisees on the day of the session, in Finnish order of names."""
    day = session.starts_at.astimezone(HELSINKI).date()
    return (
        Participation.objects.filter(engagement=session.engagement_id)
        .on(day).select_related("person").order_by("person__sort_key", "pk")
    )  # fmt: skip


def participants_of(session: Session) -> Any:
    """Return those of `everybody_of` whom the session is for: of a sub-group its members of that day, else all."""
    day = session.starts_at.astimezone(HELSINKI).date()
    meets = SessionSubGroup.objects.filter(session=session.pk)
    members = SubGroupMember.objects.on(day).filter(
        sub_group__in=meets.values("sub_group"), participation=OuterRef("pk")
    )
    return everybody_of(session).filter(~Exists(meets) | Exists(members))


def end_of(starts_at: datetime, minutes: int) -> datetime:
    """Return the moment `minutes` after `starts_at`; in UTC, since Python adds to the clock on the wall."""
    return (starts_at.astimezone(UTC) + timedelta(minutes=minutes)).astimezone(HELSINKI)


def check_time(starts_at: datetime, minutes: int, *, now: datetime) -> None:
    """Raise ValidationError for a length outside 10–600 minutes and a time too far away."""
    errors: dict[str, Any] = {}
    if not 10 <= minutes <= 600:
        errors["minutes"] = _("A session lasts from 10 to 600 minutes.")
    if starts_at > now + LATEST_AHEAD:
        errors["starts_at"] = _("Sessions are booked at most two years ahead.")
    if starts_at < now - EARLIEST_BACK:
        errors["starts_at"] = _("Sessions are recorded at most five years back.")
    if errors:
        raise ValidationError(errors)


def locked(session: Session, *, started_by: datetime | None = None) -> Session:
    """Return a planned session read anew and locked; raises ValidationError with the reason it cannot change.

    `started_by` asks that the session has begun by then.
    """
    session = (
        Session.objects.select_for_update(no_key=True, of=("self",)).select_related("engagement").get(pk=session.pk)
    )
    if session.state != SessionState.PLANNED:
        raise ValidationError(
            _("The session is not open any more: %(state)s."), params={"state": session.get_state_display()}
        )
    if session.engagement.state == State.CLOSED:
        raise ValidationError(_("The process is closed."))
    if started_by is not None and session.starts_at > started_by:
        raise ValidationError(_("The session has not started yet."))
    return session


def relocate(session: Session, *, mode: str, place: str, link: str, by: User, now: datetime) -> Session:
    if (session.mode, session.place, session.link) == (mode, place, link):
        return session
    change(session, mode=mode, place=place, link=link)
    session.refresh_from_db()
    tell(session, Event.Kind.RELOCATED, by=by, now=now)
    return session


def change(session: Session, **fields: Any) -> None:
    """Write `fields` of a planned, locked session, and that it is another version of it."""
    planned = Session.objects.planned().filter(pk=session.pk)
    planned.update(sequence=session.sequence + 1, **fields)


def step(session: Session, state: str, **fields: Any) -> None:
    try:
        session.move_to(state, **fields)
    except WrongSessionState:
        raise ValidationError(_("Somebody else changed this session just now. Look at it again.")) from None


def record_attendance(session: Session, present: Mapping[Participation, str | None]) -> None:
    """Write one row for each supervisee: how they were present, "" as the session's mode says, or None for absent."""
    only = {Mode.IN_PERSON: Attendance.How.IN_PERSON, Mode.REMOTE: Attendance.How.REMOTE}.get(Mode(session.mode))
    Attendance.objects.bulk_create(
        Attendance(session=session, participation=one, presence=Attendance.Presence.ABSENT)
        if how is None
        else Attendance(session=session, participation=one, presence=Attendance.Presence.PRESENT, how=how or only or "")
        for one, how in present.items()
    )


def mark(session: Session, state: str, kind: str, *, by: User, now: datetime, **fields: Any) -> None:
    step(session, state, marked_at=now, **fields)
    fees.freeze(session, fees.terms_of_session(session), now)
    tell(session, kind, by=by, now=now)


def tell(session: Session, kind: str, *, by: User, now: datetime, **more: Any) -> None:
    """Leave a line on the timeline, and the evidence."""
    tell_people(session, kind, by=by, now=now, **more)
    trail.record(session.engagement_id, f"session.{kind}", actor=by, obj=session)


def tell_people(session: Session, kind: str, *, by: User, now: datetime, **more: Any) -> None:
    values = {"session": str(session.pk), "starts_at": session.starts_at.isoformat(), **more}
    Event.tell(session.engagement, kind, by=by, now=now, audience=Audience.PARTICIPANTS, **values)
