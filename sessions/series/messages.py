"""What people are told when several of their sessions are moved or cancelled at once: one message an edit, not ten.

The object of the message is the edit; its shifts say which sessions, from when to when. As for a single session
(`sessions.messages`) it waits three minutes and then says what still holds and is not known yet.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from engagements.models import Engagement, Participation
from notifications import samples
from notifications.kinds import Audience, Draft, Kind, Letter, recipient_of
from notifications.models import Message
from notifications.outbox import queue_all
from notifications.quiet import after_quiet
from sessions.messages import (
    SERIES_MOVED,
    UNDO,
    Change,
    Facts,
    Line,
    covers,
    first_to_come,
    local_day,
    speaking_of,
)
from sessions.models import Shift

SERIES_CANCELLED: Final = "series_cancelled"
ON_THE_WAY: Final = [Message.State.PENDING, Message.State.SENDING]


def queue_edit(kind: str, engagement: Engagement, shifts: Sequence[Shift], now: datetime) -> None:
    """Tell those who expected any of the sessions, once the edit has stood for three minutes. The shifts are kept."""
    pks = [shift.session_id for shift in shifts]
    told_of = spoken_of(pks)
    news = [
        shift
        for shift in shifts
        if shift.after > now and (now - shift.session.created_at >= UNDO or shift.session_id in told_of)
    ]
    if not news:
        return
    awaiting = set(speaking_of(pks).filter(state__in=ON_THE_WAY).values_list("person", flat=True))
    days = {local_day(shift.before) for shift in news}
    reached = Participation.objects.filter(engagement=engagement).filter(
        ~Q(person__email="") | Q(person__user__isnull=False)
    )
    persons = {one.person_id for one in reached if one.person_id in awaiting or any(covers(one, day) for day in days)}
    before = min(first_to_come(shift.before, shift.after, now) for shift in news)
    next_at = after_quiet(now + UNDO, before)
    edit = shifts[0].edit
    queue_all([Draft(kind, edit, "", next_at, person=person) for person in sorted(persons)], now=now)


def spoken_of(sessions: Sequence[UUID]) -> set[UUID]:
    """Return those of `sessions` of which somebody has been told or is to be told anything before this edit."""
    said = Message.objects.filter(person__isnull=False).exclude(state=Message.State.DROPPED)
    alone = set(said.filter(obj__in=sessions).values_list("obj", flat=True))
    together = Shift.objects.filter(session__in=sessions, edit__in=said.values("obj"))
    return alone | set(together.values_list("session", flat=True))


def several_moved(messages: Sequence[Message], now: datetime) -> dict[UUID, Letter]:
    return letters(messages, lambda facts, change, person: facts.moved(change, person, now))


def several_cancelled(messages: Sequence[Message], now: datetime) -> dict[UUID, Letter]:
    return letters(messages, lambda facts, change, person: facts.cancelled(change, person, now))


def letters(
    messages: Sequence[Message], news: Callable[[Facts, Change, UUID | None], Line | None]
) -> dict[UUID, Letter]:
    """Return for each message that has something to say its letter: the times, and nothing else (promise 8)."""
    changes: defaultdict[UUID, list[Change]] = defaultdict(list)
    for shift in Shift.objects.filter(edit__in={message.obj for message in messages}).order_by("before"):
        changes[shift.edit].append(Change(shift.session_id, shift.number, shift.before, shift.after))
    facts = Facts.of(messages, {change.session for those in changes.values() for change in those})
    written = {}
    for message in messages:
        lines = [line for change in changes[message.obj] if (line := news(facts, change, message.person_id))]
        if lines and (letter := write(message, lines)):
            written[message.pk] = letter
    return written


def write(message: Message, lines: Sequence[Line]) -> Letter | None:
    to = recipient_of(message)
    if to is None:
        return None
    times = [
        {"starts_at": line.session.starts_at, "ends_at": line.session.ends_at, "known": line.known} for line in lines
    ]
    before = min(line.useful_before for line in lines)
    return Letter(to, {"sessions": times}, before, told=[line.session.pk for line in lines])


KINDS = [
    Kind(
        SERIES_MOVED,
        _("Notice of several moves"),
        "series_moved",
        several_moved,
        to=Audience.SUPERVISEES,
        rule=_("Three minutes after several sessions were moved together: one mail of all."),
        sample={"sessions": [{**samples.TIMES, "known": samples.EARLIER}, {**samples.TIMES, "known": None}]},
    ),
    Kind(
        SERIES_CANCELLED,
        _("Notice of several cancellations"),
        "series_cancelled",
        several_cancelled,
        to=Audience.SUPERVISEES,
        rule=_("Three minutes after several sessions were cancelled together: one mail of all."),
        sample={"sessions": [{**samples.TIMES, "known": samples.STARTS}, {**samples.TIMES, "known": samples.EARLIER}]},
    ),
]
PLANNERS: list[Callable[[datetime], Sequence[Draft]]] = []
