"""What people do with the memo of a session: write in it, add to it, take what they added away again."""

from datetime import datetime, timedelta
from typing import Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext

from accounts.models import User
from audit import trail
from formats.fields import check_length, plain_lines
from sessions import debrief
from sessions.closing.memo import (
    ADDITION,
    CHANGE_WITHIN,
    MEMO,
    MOST,
    MOST_ADDED,
    blocker_to_writing,
    memo_text,
    tell,
)
from sessions.models import Memo, MemoAddition, MemoVersion, Session, SessionState
from sessions.saving import Conflict, put
from vault.content import Content

#: So long one goes on writing before how the memo stood is kept, and so many earlier texts are kept.
STRETCH: Final = timedelta(minutes=30)
MOST_VERSIONS: Final = 30
#: As many things may be added to one memo.
MOST_ADDITIONS: Final = 100


@transaction.atomic
def save_memo(session: Session, text: str, rev: int, *, by: User, now: datetime) -> Memo | None:
    """Save `text` as the memo of `session`; return it as it stands now, None while there is none.

    `rev` is which saved text the writer had before them, 0 for none. Raises Conflict when another has been saved since,
    unless it says the same; ValidationError for a text that is too long and for a session that was not held.
    How it stood is kept whenever somebody else than the last writer saves, or the same one after half an hour.
    """
    text = tidy(text)
    check_length(text, MOST, "memo")
    if why := blocker_to_writing(session):
        raise ValidationError({"memo": why})
    content = Content([session.engagement_id])
    memo = Memo.objects.select_for_update(no_key=True).filter(session=session).first()
    if memo is None:
        # Questions that nobody has answered are nothing that stays of a session.
        return begin(session, text, content, by=by, now=now) if text and not debrief.says_nothing(text) else None
    current = memo_text(content, session, memo)
    if current == text:
        return memo
    if memo.rev != rev:
        raise Conflict(memo, current, memo.updated_by)
    stretch = memo.updated_by_id != by.pk or now - memo.begun_at >= STRETCH
    if stretch:
        keep(memo)
    sealed = content.seal_text(session.engagement_id, text, MEMO, memo.pk, now=now)
    begun_at = now if stretch else memo.begun_at
    put(memo, rev, sealed=sealed, updated_at=now, updated_by=by, begun_at=begun_at)
    if stretch:
        trail.record(session.engagement_id, "memo.written", actor=by, obj=memo, data={"rev": memo.rev})
    return memo


def begin(session: Session, text: str, content: Content, *, by: User, now: datetime) -> Memo:
    memo = Memo(session=session)
    sealed = content.seal_text(session.engagement_id, text, MEMO, memo.pk, now=now)
    if not put(memo, 0, sealed=sealed, begun_at=now, updated_at=now, updated_by=by):
        theirs = Memo.objects.select_related("updated_by").get(session=session)
        raise Conflict(theirs, memo_text(content, session, theirs), theirs.updated_by)
    if session.state == SessionState.HELD:
        tell(session, by=by, now=now)
    trail.record(session.engagement_id, "memo.written", actor=by, obj=memo, data={"rev": memo.rev})
    return memo


def keep(memo: Memo) -> None:
    """Keep how the memo stands, and no more than the last thirty."""
    MemoVersion.objects.create(
        memo=memo, rev=memo.rev, sealed=bytes(memo.sealed), at=memo.updated_at, by=memo.updated_by
    )
    old = memo.versions.order_by("-rev").values_list("pk", flat=True)[MOST_VERSIONS:]
    MemoVersion.objects.filter(pk__in=list(old)).delete()


@transaction.atomic
def add_to_memo(session: Session, text: str, *, by: User, now: datetime) -> MemoAddition:
    """Add what a supervisee says to the memo of a held session. Raises ValidationError: nothing, too long, not held."""
    text = tidy(text)
    check_addition(text)
    if session.state != SessionState.HELD:
        raise ValidationError({"text": gettext("You can add to the memo once the session is held.")})
    if session.additions.count() >= MOST_ADDITIONS:
        raise ValidationError({"text": gettext("So much has been added to this memo that nothing more fits.")})
    addition = MemoAddition(session=session, author=by, at=now)
    content = Content([session.engagement_id])
    addition.sealed = content.seal_text(session.engagement_id, text, ADDITION, addition.pk, now=now)
    addition.save(force_insert=True)
    trail.record(session.engagement_id, "memo.added", actor=by, obj=addition)
    return addition


@transaction.atomic
def change_addition(addition: MemoAddition, text: str, *, by: User, now: datetime) -> None:
    """Put `text` in the place of what `by` added. Raises ValidationError: after a day, nothing, too long."""
    text = tidy(text)
    check_addition(text)
    if now - addition.at > CHANGE_WITHIN:
        raise ValidationError({"text": gettext("What was added can be changed for one day.")})
    engagement = addition.session.engagement_id
    addition.sealed = Content([engagement]).seal_text(engagement, text, ADDITION, addition.pk, now=now)
    addition.changed_at = now
    addition.save(update_fields=["sealed", "changed_at"])
    trail.record(engagement, "memo.addition_changed", actor=by, obj=addition)


@transaction.atomic
def remove_addition(addition: MemoAddition, *, by: User) -> None:
    trail.record(addition.session.engagement_id, "memo.addition_removed", actor=by, obj=addition)
    addition.delete()


def tidy(text: str) -> str:
    """Return `text` with one kind of line end, and nothing around it."""
    return plain_lines(text).strip()


def check_addition(text: str) -> None:
    if not text:
        raise ValidationError({"text": gettext("Write something first.")})
    check_length(text, MOST_ADDED, "text")
