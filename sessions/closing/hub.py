"""What the page of a session shows beside its time and place: agenda, memo, words, fee, and its neighbours."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import Exists, FilteredRelation, OuterRef, Q

from accounts.models import User
from engagements.models import Contract
from engagements.models.terms import Travel
from sessions.closing import agenda, memo, words
from sessions.models import Fee, Memo, Session, SessionState
from sessions.reads import write_down
from vault.content import Content


def of_session(user: User, session: Session, *, leads: bool, now: datetime) -> dict[str, Any]:
    """Return what `user` is shown of `session`; what they read of others' texts is written down."""
    content = Content([session.engagement_id])
    planned, held = session.state == SessionState.PLANNED, session.state == SessionState.HELD
    kept = memo.memo_of(session)
    additions = memo.additions_of(session, content, user, now) if held else []
    last, last_memo = (None, None) if not planned else memo_before(session)
    read(user, session, [each for each in (kept, last_memo) if each], additions)
    return {
        "memo": kept,
        "memo_text": memo.memo_text(content, session, kept) if kept else "",
        "memo_seen": held,
        "can_write_memo": leads and not memo.blocker_to_writing(session),
        "additions": additions,
        "can_add": held and not leads,
        "points": agenda.points_of(session, content, user),
        "can_bring": planned and not agenda.blocker_to_adding(session),
        "words": words.picked(session),
        "fee": fee_of(session) if leads else None,
        "last": last,
        "last_memo": memo.memo_text(content, last, last_memo) if last and last_memo else "",
        **neighbours(session),
    }


def fee_of(session: Session) -> Any:
    """Return the fee of `session` as its supervisors see it, with `charges_travel`: whether a contract of its process
    does. The room of billing stands above this one: a trip is reached through its session. One query.
    """
    agreed = Contract.objects.agreed().filter(engagement=OuterRef("session__engagement"))
    charging = agreed.filter(Q(travel__in=[Travel.KILOMETRES, Travel.RECEIPTS]) | Q(travel_time_price__isnull=False))
    found = Fee.objects.filter(session=session).select_related("waived_by", "session__trip")
    return found.annotate(charges_travel=Exists(charging)).first()


def leads_and_feedback(user: User, session: Session) -> tuple[bool, dict[str, Any] | None]:
    """Return whether `user` leads the session, and of the round in which feedback on it is asked, if there is one,
    `id`, `state`, `closes_on` and `closed_at`. One query.
    """
    led = Session.objects.led_by(user).filter(pk=OuterRef("pk"))
    asked = Q(rounds__kind="session") & ~Q(rounds__state="called_off")
    names = ("id", "state", "closes_on", "closed_at")
    found = Session.objects.filter(pk=session.pk).annotate(
        leads=Exists(led), asked=FilteredRelation("rounds", condition=asked)
    )
    leads, *values = found.values_list("leads", *(f"asked__{name}" for name in names))[0]
    return leads, dict(zip(names, values, strict=True)) if values[0] else None


def memo_before(session: Session) -> tuple[Session | None, Memo | None]:
    """Return the last session that was held before `session`, and its memo."""
    held = Session.objects.filter(engagement=session.engagement_id, state=SessionState.HELD)
    last = held.filter(starts_at__lt=session.starts_at).order_by("-starts_at", "-pk").first()
    return last, memo.memo_of(last) if last else None


def neighbours(session: Session) -> dict[str, Session | None]:
    """Return the sessions of the same process before and after `session`, cancelled ones left out."""
    others = Session.objects.filter(engagement=session.engagement_id).exclude(
        state__in=[SessionState.CANCELLED, SessionState.CANCELLED_LATE]
    )
    return {
        "earlier": others.before(session.starts_at, session.pk).order_by("-starts_at", "-pk").first(),
        "later": others.after(session.starts_at, session.pk).order_by("starts_at", "pk").first(),
    }


def read(user: User, session: Session, memos: Sequence[Memo], additions: Sequence[memo.Added]) -> None:
    """Write down what `user` reads here that somebody else wrote."""
    foreign = [each for each in memos if each.updated_by_id != user.pk]
    write_down(user, session.engagement_id, "memo.read", [*foreign, *(one for one in additions if not one.own)])
