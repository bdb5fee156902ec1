"""What is still to be said of which sessions: how they went, a memo, and an own note."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Count, Exists, OuterRef, Q

from accounts.models import User
from sessions.models import Memo, Note, Session, SessionState
from sessions.models.session import SessionQuerySet
from vault import keys

#: A memo and a note are asked for so long after their session was marked.
WITHIN: Final = timedelta(days=14)
#: More than these are not counted.
MOST_COUNTED: Final = 99


def unmarked(user: User, now: datetime) -> SessionQuerySet:
    """Sessions that `user` leads whose time is over, and of which nobody has said how they went."""
    return Session.objects.led_by(user).ended_unmarked(now)


def without_memo(user: User, now: datetime) -> SessionQuerySet:
    """Sessions held lately without a memo, in processes that keep memos: where none is written, none is missed."""
    return held_lately(user, now).filter(memo_is_missing())


def without_note(user: User, now: datetime) -> SessionQuerySet:
    """Sessions held lately of which `user` has no private note; none for who has no key to seal one with."""
    return held_lately(user, now).filter(note_is_missing(user))


def held_lately(user: User, now: datetime) -> SessionQuerySet:
    held = Session.objects.led_by(user).filter(state=SessionState.HELD, marked_at__gt=now - WITHIN)
    return held.filter(engagement__example=False)


def memo_is_missing() -> Q:
    return Q(Exists(Memo.objects.filter(session__engagement=OuterRef("engagement"))), memo=None)


def note_is_missing(user: User) -> Q:
    notes = Note.objects.of(user).filter(session=OuterRef("pk"))
    return Q(Exists(keys.ready_keys(user.pk)), ~Exists(notes))


Missing = Callable[[User, datetime], SessionQuerySet]
MISSING: Final[Mapping[str, Missing]] = {"marking": unmarked, "memo": without_memo, "note": without_note}


def kinds_for(user: User) -> list[str]:
    """Return what can be missing for `user`: a note only where there is a key to seal it with."""
    return [kind for kind in MISSING if kind != "note" or keys.ready_keys(user.pk).exists()]


def to_write(user: User, now: datetime) -> Mapping[str, int]:
    """Return of how many sessions that began before `now` the memo and the own note are missing. One query."""
    begun = held_lately(user, now).filter(starts_at__lt=now).order_by()
    return begun.aggregate(
        memo=Count("pk", filter=memo_is_missing()), note=Count("pk", filter=note_is_missing(user))
    )  # fmt: skip
