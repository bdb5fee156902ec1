"""Closing a session: all that is said of it at once, in one transaction."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext

from accounts.models import User
from sessions import actions, fees
from sessions.closing import agenda, words
from sessions.closing.actions import save_memo
from sessions.community.actions import Among, mark_held
from sessions.models import Session, Task
from sessions.notes.actions import write
from sessions.tasks.actions import give
from vault.texts import NoVault


@dataclass(frozen=True)
class NewTask:
    """A task as it is given in passing. `to` is a participation, None is everybody; without `due_on` it is for the
    next session."""

    text: str
    to: UUID | None
    due_on: date | None


@dataclass(frozen=True)
class Closing:
    """What is said of a session. `present` is None when it is marked as held already, else as in `mark_held`.

    words: by kind, all that the session had. memo, rev: as in `save_memo`; None leaves the memo as it is.
    tasks: by the name under which one is refused.
    following: the time of the next session, as `book` asks for it; None books none. carry: points that go on to it.
    """

    present: Mapping[UUID, str] | None
    words: Mapping[str, Sequence[str]] = field(default_factory=dict)
    memo: str | None = ""
    rev: int = 0
    note: str = ""
    tasks: Mapping[str, NewTask] = field(default_factory=dict)
    following: Mapping[str, Any] | None = None
    carry: Collection[UUID] = ()
    waive: str = ""
    #: Where a whole work community met: who came besides.
    among: Among | None = None


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
        part("attendance", lambda: mark_held(session, present=present, among=closing.among, by=by, now=now))
        session.refresh_from_db(fields=["state", "marked_at"])
    part("words", lambda: words.pick(session, closing.words, by=by))
    if "attendance" not in refused:  # else its reason would be said twice
        if (memo := closing.memo) is not None:
            part("memo", lambda: save_memo(session, memo, closing.rev, by=by, now=now))
        if closing.waive:
            part("waive", lambda: fees.waive(session, reason=closing.waive, by=by, now=now))
    if closing.note:
        part("note", lambda: keep_note(session, closing.note, by=by, now=now))
    for name, task in closing.tasks.items():
        part(name, partial(give_task, session, task, by=by, now=now))
    if (following := closing.following) is not None:
        part("following", lambda: actions.book(session.engagement, **following, by=by, now=now))
    if closing.carry:
        part("carry", lambda: agenda.carry(session, closing.carry, by=by, now=now))
    if refused:
        raise Refused(refused)
    return session


def keep_note(session: Session, text: str, *, by: User, now: datetime) -> None:
    """Keep a private note of `session`. Raises ValidationError where there is no key to seal it with."""
    try:
        write(session.engagement, session, text, by=by, now=now)
    except NoVault:
        raise ValidationError(gettext("Make the key of your notes first. Your text stays here until then.")) from None


def give_task(session: Session, task: NewTask, *, by: User, now: datetime) -> None:
    """Give a task in `session`; its answers are seen by the supervisors and whoever answers."""
    to = None if task.to is None else list(session.engagement.participations.filter(pk=task.to))
    give(
        session.engagement, text=task.text, to=to, due_on=task.due_on, until_next=task.due_on is None,
        visibility=Task.Visibility.SUPERVISORS, session=session, by=by, now=now,
    )  # fmt: skip
