"""The memo of a session, opened and sealed: content of the engagement, bound to its row.

A memo that was begun before its session is held is a draft of the supervisors. When the session is held, and from then
on, everybody in the process reads what is saved; the database holds to that too.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.utils.translation import gettext

from accounts.models import User
from engagements.models import Event
from sessions.models import Memo, MemoAddition, MemoVersion, Session, SessionState
from vault.content import Content

#: As long as a memo may be, and what one supervisee adds to it at once.
MOST: Final = 20_000
MOST_ADDED: Final = 5_000
MEMO: Final = "supervision_memo"
ADDITION: Final = "supervision_memoaddition"
#: A supervisee changes what they added within a day; after that it can only be taken away.
CHANGE_WITHIN: Final = timedelta(days=1)


@dataclass(frozen=True)
class Added:
    """What one supervisee added. `text` is None when it cannot be opened."""

    pk: UUID
    author: str
    text: str | None
    at: datetime
    changed_at: datetime | None
    own: bool
    changeable: bool


def memo_text(content: Content, session: Session, memo: Memo | MemoVersion) -> str | None:
    """Return what a memo, or an earlier version of it, says; a version opens at the place of its memo."""
    row = memo.memo_id if isinstance(memo, MemoVersion) else memo.pk
    return content.read_text(session.engagement_id, memo.sealed, MEMO, row)


def memo_of(session: Session) -> Memo | None:
    """Return the memo of `session`, as far as the person asking may read it."""
    return Memo.objects.filter(session=session).select_related("updated_by").first()


def additions_of(session: Session, content: Content, user: User, now: datetime) -> list[Added]:
    """Return what supervisees added to the memo of `session`, the earliest first."""
    rows: Iterable[MemoAddition] = session.additions.select_related("author")
    return [
        Added(
            row.pk, row.author.name, content.read_text(session.engagement_id, row.sealed, ADDITION, row.pk), row.at,
            row.changed_at, row.author_id == user.pk, row.author_id == user.pk and now - row.at <= CHANGE_WITHIN,
        )
        for row in rows
    ]  # fmt: skip


def blocker_to_writing(session: Session) -> str:
    """Return why no memo is written of a session, in a sentence; empty when one can be."""
    if session.state not in (SessionState.PLANNED, SessionState.HELD):
        return gettext("The session was not held, so it has no memo.")
    return ""


def tell(session: Session, *, by: User, now: datetime) -> None:
    """Leave a line on the timeline: there is a memo of this session to read."""
    values = {"session": str(session.pk), "starts_at": session.starts_at.isoformat()}
    Event.tell(session.engagement, Event.Kind.MEMO, by=by, now=now, **values)
