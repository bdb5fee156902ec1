"""Booking a series, and moving, placing and cancelling several of its sessions: all of them or none.

The database checks double booking when all rows are written, so that a series that moves does not hit itself. What
speaks against single rows comes back by row (`RowsRefused`), for the sentence to stand beside its field.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID, uuid4

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext, ngettext

from accounts.models import User
from audit import trail
from engagements.models import Audience, Engagement, Event, State
from formats.clock import minutes_between, write_moment, write_span
from sessions import actions, fees, messages
from sessions.models import Series, Session, SessionState, Shift
from sessions.series.messages import SERIES_CANCELLED, queue_edit
from sessions.series.rule import MOST, Rule

Kept = TypeVar("Kept")
Span = tuple[datetime, datetime]


class RowsRefused(ValidationError):
    """Some rows of a change of several sessions cannot be; `rows` says why, by the row's place."""

    def __init__(self, rows: Mapping[int, Sequence[str]]) -> None:
        self.rows = rows
        super().__init__([sentence for sentences in rows.values() for sentence in sentences])


@dataclass(frozen=True)
class Seen:
    """A session as the person who decided saw it: `version` is its `sequence`."""

    session: UUID
    version: int


@dataclass(frozen=True)
class Move(Seen):
    starts_at: datetime
    minutes: int


@dataclass(frozen=True)
class Cancellation(Seen):
    late: bool


# --- what speaks against a row --------------------------------------------------------------------------------------


def refusals(
    engagement: Engagement, spans: Sequence[Span], *, by: User, now: datetime, ignoring: Collection[UUID] = ()
) -> list[list[str]]:
    """Return for each [start, end) of `spans` why it cannot be booked, in sentences; empty where it can.

    `ignoring` are sessions that would no longer stand where they stand. As many queries for one span as for sixty.
    """
    taken = actions.clashes_at(engagement, spans, by=by, ignoring=ignoring)
    found = [[str(clash) for clash in clashes] for clashes in taken]
    for place, other in overlaps(spans):
        when = {"when": write_span(*spans[other])}
        found[place].append(gettext("Overlaps another session of this list: %(when)s.") % when)
    for place, (starts_at, ends_at) in enumerate(spans):
        found[place] += out_of_bounds(starts_at, ends_at, now)
    return found


def overlaps(spans: Sequence[Span]) -> list[tuple[int, int]]:
    """Return (place, place of the earlier one) for each span that begins before an earlier one has ended."""
    found = []
    last: int | None = None
    for place in sorted(range(len(spans)), key=lambda one: spans[one]):
        if last is not None and spans[place][0] < spans[last][1]:
            found.append((place, last))
        if last is None or spans[place][1] > spans[last][1]:
            last = place
    return found


def out_of_bounds(starts_at: datetime, ends_at: datetime, now: datetime) -> list[str]:
    try:
        actions.check_time(starts_at, minutes_between(starts_at, ends_at), now=now)
    except ValidationError as error:
        return error.messages
    return []


def all_or_none(write: Callable[[], Kept], refuse: Callable[[], ValidationError]) -> Kept:
    """Run `write` in a savepoint, checked for double booking as a whole; raises what `refuse` makes otherwise."""

    def as_a_whole() -> Kept:
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS booking_no_double DEFERRED")
            kept = write()
            cursor.execute("SET CONSTRAINTS booking_no_double IMMEDIATE")
        return kept

    return actions.unless_refused(as_a_whole, refuse)


def refuse_some(rows: Mapping[int, Sequence[str]]) -> RowsRefused:
    """Return the refusal of those rows against which something speaks. None may: who was in the way has just left."""
    said = {place: sentences for place, sentences in rows.items() if sentences}
    return RowsRefused(said or {0: [gettext("The supervisor already has a session at this time.")]})


# --- verbs ----------------------------------------------------------------------------------------------------------


@transaction.atomic
def book_series(
    engagement: Engagement,
    rule: Rule,
    times: Sequence[datetime],
    *,
    mode: str,
    place: str = "",
    link: str = "",
    by: User,
    now: datetime,
) -> list[Session]:
    """Book a session of the rule's length at each of `times`, as they were seen and edited, and return them in order.

    Raises ValidationError with every blocker, and RowsRefused by the place in `times`.
    """
    engagement = Engagement.objects.select_for_update(no_key=True).get(pk=engagement.pk)
    if blockers := actions.blockers_to_booking(engagement):
        raise ValidationError(blockers)
    check_number(times)
    spans = [(starts_at, actions.end_of(starts_at, rule.minutes)) for starts_at in times]
    if rows := {place: said for place, span in enumerate(spans) if (said := out_of_bounds(*span, now))}:
        raise RowsRefused(rows)
    series = Series(
        engagement=engagement, every=rule.every, unit=rule.unit, weekday=rule.weekday, clock=rule.clock,
        minutes=rule.minutes, by=by, created_at=now,
    )  # fmt: skip
    sessions = [
        Session(
            engagement=engagement, series=series, starts_at=starts_at, ends_at=ends_at, mode=mode, place=place,
            link=link, created_at=now,
        )
        for starts_at, ends_at in spans
    ]  # fmt: skip

    def write() -> None:
        series.save(force_insert=True)
        Session.objects.bulk_create(sessions)

    all_or_none(write, lambda: refuse_some(dict(enumerate(refusals(engagement, spans, by=by, now=now)))))
    tell(engagement, Event.Kind.SERIES_BOOKED, sessions, by=by, now=now)
    trail.record_each(engagement.pk, "session.booked", sessions, actor=by)
    return sorted(sessions, key=lambda session: session.starts_at)


@transaction.atomic
def move_several(moves: Sequence[Move], *, by: User, now: datetime) -> list[Session]:
    """Give planned sessions of one process other times or lengths; those in them are told once. Returns what changed.

    Raises RowsRefused by the place in `moves`: a time that is taken or cannot be, a session that has changed meanwhile.
    """
    sessions = locked(moves, now=now)
    engagement = sessions[0].engagement
    before = [(session.starts_at, session.ends_at) for session in sessions]
    after = [(move.starts_at, actions.end_of(move.starts_at, move.minutes)) for move in moves]
    changed = [place for place, span in enumerate(after) if span != before[place]]
    if rows := {place: said for place in changed if (said := out_of_bounds(*after[place], now))}:
        raise RowsRefused(rows)
    if not changed:
        return []
    for place in changed:
        sessions[place].starts_at, sessions[place].ends_at = after[place]
        sessions[place].sequence += 1
    moved = [sessions[place] for place in changed]

    def refuse() -> RowsRefused:
        ignoring = [session.pk for session in moved]
        said = refusals(engagement, [after[place] for place in changed], by=by, now=now, ignoring=ignoring)
        return refuse_some(dict(zip(changed, said, strict=True)))

    all_or_none(lambda: Session.objects.bulk_update(moved, ["starts_at", "ends_at", "sequence"]), refuse)
    trail_of(moved, "session.moved", by)
    if len(changed) == 1:
        (session,), ((was, _ended),) = moved, [before[place] for place in changed]
        actions.tell_people(session, Event.Kind.MOVED, by=by, now=now, **{"from": was.isoformat()})
        messages.queue_moved(session, was, now)
    else:
        tell(engagement, Event.Kind.SERIES_MOVED, moved, by=by, now=now)
        queue(messages.SERIES_MOVED, moved, [before[place][0] for place in changed], now)
    return moved


@transaction.atomic
def relocate_several(
    seen: Sequence[Seen], *, mode: str, place: str = "", link: str = "", by: User, now: datetime
) -> list[Session]:
    """Say anew how and where planned sessions of one process are met; their times stay. Returns what changed.

    Raises RowsRefused by the place in `seen` for a session that has changed meanwhile.
    """
    wanted = (mode, place, link)
    sessions = [one for one in locked(seen, now=now) if (one.mode, one.place, one.link) != wanted]
    for session in sessions:
        session.mode, session.place, session.link = mode, place, link
        session.sequence += 1
    if not sessions:
        return []
    Session.objects.bulk_update(sessions, ["mode", "place", "link", "sequence"])
    trail_of(sessions, "session.relocated", by)
    if len(sessions) == 1:
        actions.tell_people(sessions[0], Event.Kind.RELOCATED, by=by, now=now)
    else:
        tell(sessions[0].engagement, Event.Kind.SERIES_RELOCATED, sessions, by=by, now=now)
    return sessions


@transaction.atomic
def cancel_several(
    cancellations: Sequence[Cancellation], *, reason: str = "", by: User, now: datetime
) -> list[Session]:
    """Cancel planned sessions of one process; those in them are told once. Each is late or not, as decided for it.

    Raises RowsRefused by the place in `cancellations` for a session that has changed meanwhile.
    """
    sessions = locked(cancellations, now=now)
    for session, one in zip(sessions, cancellations, strict=True):
        session.state = SessionState.CANCELLED_LATE if one.late else SessionState.CANCELLED
        session.reason, session.marked_at = reason, now
        session.sequence += 1
    Session.objects.bulk_update(sessions, ["state", "reason", "marked_at", "sequence"])
    terms = actions.terms_of(sessions[0].engagement)
    fees.freeze_all([(session, terms) for session in sessions], now)
    trail_of(sessions, "session.cancelled", by)
    late = sum(one.late for one in cancellations)
    if len(sessions) == 1:
        actions.tell_people(sessions[0], Event.Kind.CANCELLED, by=by, now=now, late=bool(late))
        messages.queue_cancelled(sessions[0], now)
    else:
        tell(sessions[0].engagement, Event.Kind.SERIES_CANCELLED, sessions, by=by, now=now, late=late)
        queue(SERIES_CANCELLED, sessions, [session.starts_at for session in sessions], now)
    return sessions


# --- steps of the verbs ---------------------------------------------------------------------------------------------


def check_number(rows: Sequence[object]) -> None:
    if not rows:
        raise ValidationError(gettext("Choose at least one session."))
    if len(rows) > MOST:
        raise ValidationError(
            ngettext(
                "At most %(most)d session is booked or changed at once.",
                "At most %(most)d sessions are booked or changed at once.",
                MOST,
            )
            % {"most": MOST}
        )


def locked(seen: Sequence[Seen], *, now: datetime) -> list[Session]:
    """Return planned sessions of one process to come, read anew and locked in one order, in the order of `seen`.

    Raises RowsRefused for those that are not as they were seen, and ValidationError when the process is closed.
    """
    check_number(seen)
    found = Session.objects.select_for_update(no_key=True, of=("self",)).select_related("engagement").order_by("pk")
    sessions = {session.pk: session for session in found.filter(pk__in=[one.session for one in seen])}
    rows = {place: why for place, one in enumerate(seen) if (why := not_as_seen(sessions.get(one.session), one, now))}
    if rows:
        raise RowsRefused({place: [why] for place, why in rows.items()})
    ordered = [sessions[one.session] for one in seen]
    if len(sessions) < len(seen) or len({session.engagement_id for session in ordered}) > 1:
        raise ValueError("Sessions are changed together once each, and within one process.")
    if ordered[0].engagement.state == State.CLOSED:
        raise ValidationError(gettext("The process is closed."))
    return ordered


def not_as_seen(session: Session | None, seen: Seen, now: datetime) -> str:
    if session is None:
        return gettext("Somebody else changed this session just now. Look at it again.")
    if session.state != SessionState.PLANNED:
        return gettext("The session is not open any more: %(state)s.") % {"state": session.get_state_display()}
    if session.sequence != seen.version:
        when = {"when": write_moment(session.starts_at)}
        return gettext("This session has been changed meanwhile: it is now %(when)s.") % when
    return gettext("The session has begun.") if session.starts_at <= now else ""


def queue(kind: str, sessions: Sequence[Session], before: Sequence[datetime], now: datetime) -> None:
    """Keep what has happened to each session in this edit, and tell those in them."""
    edit = uuid4()
    shifts = [Shift.of(edit, session, was) for session, was in zip(sessions, before, strict=True)]
    Shift.objects.bulk_create(shifts)
    queue_edit(kind, sessions[0].engagement, shifts, now)


def tell(
    engagement: Engagement, kind: str, sessions: Iterable[Session], *, by: User, now: datetime, **more: int
) -> None:
    """Leave one line on the timeline for all of them."""
    times = sorted(session.starts_at for session in sessions)
    values = {"count": len(times), "first": times[0].isoformat(), "last": times[-1].isoformat(), **more}
    Event.tell(engagement, kind, by=by, now=now, audience=Audience.PARTICIPANTS, **values)


def trail_of(sessions: Sequence[Session], event: str, by: User) -> None:
    trail.record_each(sessions[0].engagement_id, event, sessions, actor=by)
