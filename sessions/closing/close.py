"""Closing a session: all that is said of it at once, in one transaction."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import User
from sessions import actions, fees
from sessions.closing import agenda, seams, words
from sessions.closing.actions import save_memo
from sessions.models import Session


@dataclass(frozen=True)
class Closing:
    """What is said of a session. `present` is None when it is marked as held already, else as in `mark_held`.

    words: by kind, all that the session had. memo, rev: as in `save_memo`; None leaves the memo as it is.
    following: the time of the next session, as `book` asks for it; None books none. carry: points that go on to it.
    """

    present: Mapping[UUID, str] | None
    words: Mapping[str, Sequence[str]] = field(default_factory=dict)
    memo: str | None = ""
    rev: int = 0
    note: str = ""
    tasks: Sequence[seams.NewTask] = ()
    following: Mapping[str, Any] | None = None
    carry: Collection[UUID] = ()
    waive: str = ""


class Refused(Exception):
    """Some parts were refused, so nothing was done: `parts` says which and why."""

    def __init__(self, parts: Mapping[str, ValidationError]) -> None:
        super().__init__(", ".join(parts))
        self.parts = parts


@transaction.atomic
def close(session: Session, closing: Closing, *, by: User, now: datetime) -> Session:
    """Say everything of `closing`, or nothing: raises Refused with the reasons of every part that was refused.

    Returns the session as it stands then.
    """
    refused: dict[str, ValidationError] = {}

    def part(name: str, verb: Callable[[], object]) -> None:
        try:
            with transaction.atomic():
                verb()
        except ValidationError as error:
            refused[name] = error

    present = closing.present
    if present is not None:
        part("attendance", lambda: actions.mark_held(session, present=present, by=by, now=now))
        session.refresh_from_db(fields=["state", "marked_at"])
    part("words", lambda: words.pick(session, closing.words, by=by))
    if "attendance" not in refused:  # else its reason would be said twice
        if (memo := closing.memo) is not None:
            part("memo", lambda: save_memo(session, memo, closing.rev, by=by, now=now))
        if closing.waive:
            part("waive", lambda: fees.waive(session, reason=closing.waive, by=by, now=now))
    if closing.note and (write_note := seams.write_note):
        part("note", lambda: write_note(session, closing.note, by, now))
    if closing.tasks and (give_tasks := seams.give_tasks):
        part("tasks", lambda: give_tasks(session, closing.tasks, by, now))
    if (following := closing.following) is not None:
        part("following", lambda: actions.book(session.engagement, **following, by=by, now=now))
    if closing.carry:
        part("carry", lambda: agenda.carry(session, closing.carry, by=by, now=now))
    if refused:
        raise Refused(refused)
    return session
