"""What a group agrees to change when it sees its results, and looking at it again when the next ones are there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID, uuid4

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from audit import trail
from engagements.models import Engagement, State
from evaluations.models import AgreedChange, Mode, Round, RoundState
from formats.clock import HELSINKI
from formats.fields import check_length
from vault.content import Content

TABLE: Final = AgreedChange._meta.db_table
MOST: Final = 500
MOST_OPEN: Final = 10
TAGS: Final[Mapping[str, str]] = {
    AgreedChange.Outcome.DONE: "ok",
    AgreedChange.Outcome.PARTLY: "now",
    AgreedChange.Outcome.NOT: "warn",
}


@dataclass(frozen=True)
class Agreed:
    """A change as it is read. `text` and `remark` are None where they cannot be opened."""

    pk: UUID
    text: str | None
    agreed_on: date
    kind: str
    by: str
    outcome: str
    came: str
    remark: str | None
    looked_on: date | None

    @property
    def tag(self) -> str:
        """The kind of the tag that says what came of it."""
        return TAGS.get(self.outcome, "plain")


def blockers_to_agreeing(round_: Round) -> list[str]:
    """Return why nothing can be agreed, or looked at again, over the results of `round_`; empty when it can."""
    if round_.state != RoundState.CLOSED:
        return [_("Changes are agreed when the round has closed.")]
    if round_.mode == Mode.OWN:
        return [_("An evaluation of oneself is seen by its author alone: nothing is agreed over it.")]
    if round_.engagement.state not in (State.ACTIVE, State.PAUSED):
        return [_("Changes are agreed while the process is under way.")]
    return []


@transaction.atomic
def agree(round_: Round, text: str, *, agreed_on: date, by: User, now: datetime) -> AgreedChange:
    """Write down what was agreed in the group over the results of `round_`.

    Raises ValidationError when nothing is said or too much, when the day is still to come or before the round closed,
    and when as many changes are open as anybody can keep in mind.
    """
    if reasons := blockers_to_agreeing(round_):
        raise ValidationError(reasons)
    text, today = text.strip(), now.astimezone(HELSINKI).date()
    if not text:
        raise ValidationError({"text": _("Write what you agreed to change.")})
    check_length(text, MOST, "text")
    if agreed_on > today:
        raise ValidationError({"agreed_on": _("The day is still to come.")})
    engagement = Engagement.objects.select_for_update(no_key=True).get(pk=round_.engagement_id)
    if AgreedChange.objects.filter(engagement=engagement).open().count() >= MOST_OPEN:
        raise ValidationError(
            ngettext(
                "%(most)d change is open. Look at it again first.",
                "%(most)d changes are open. Look at some of them again first.",
                MOST_OPEN,
            )
            % {"most": MOST_OPEN}
        )
    made = AgreedChange(pk=uuid4(), engagement=engagement, round=round_, agreed_on=agreed_on, by=by, at=now)
    made.text = Content([engagement.pk]).seal_text(engagement.pk, text, TABLE, made.pk, now=now)
    made.save(force_insert=True)
    trail.record(engagement.pk, "change.agreed", actor=by, obj=made)
    return made


@transaction.atomic
def look_again(
    change: AgreedChange, outcome: str, remark: str = "", *, in_round: Round, by: User, now: datetime
) -> None:
    """Write down what came of `change`, as seen over the results of a later round.

    Raises ValidationError when somebody else was first, when the outcome is none, and when the remark is too long.
    """
    if reasons := blockers_to_agreeing(in_round):
        raise ValidationError(reasons)
    if outcome not in AgreedChange.Outcome.values:
        raise ValidationError({"outcome": _("Choose how it went.")})
    remark = remark.strip()
    check_length(remark, MOST, "remark")
    owner = change.engagement_id
    sealed = Content([owner]).seal_text(owner, remark, TABLE, change.pk, "remark", now=now) if remark else b""
    still = AgreedChange.objects.filter(pk=change.pk, engagement=in_round.engagement_id).open()
    if not still.update(outcome=outcome, remark=sealed, looked_at_in=in_round, looked_at=now, looked_by=by):
        raise ValidationError(_("Somebody else was first: this change has been looked at already."))
    trail.record(owner, "change.looked_at", actor=by, obj=change, data={"outcome": outcome})


@transaction.atomic
def take_back(change: AgreedChange, *, by: User) -> None:
    """Take away a change that was written down by mistake. Raises ValidationError when it was looked at already."""
    deleted, _rows = AgreedChange.objects.filter(pk=change.pk).open().delete()
    if not deleted:
        raise ValidationError(_("What was looked at again stays."))
    trail.record(change.engagement_id, "change.taken_back", actor=by, obj=change)


def to_look_at(round_: Round, log: Sequence[AgreedChange]) -> list[AgreedChange]:
    """Return the open changes of `log` that were agreed over earlier rounds than `round_`, which has closed."""
    before = round_.closed_at
    return [each for each in log if not each.outcome and each.round_id != round_.pk and closed_by(each.round, before)]


def closed_by(round_: Round, moment: datetime | None) -> bool:
    return round_.closed_at is not None and moment is not None and round_.closed_at <= moment


def log_of(engagement: UUID, user: User) -> list[AgreedChange]:
    """Return all that was agreed in a process, the latest first; for `opened`."""
    found = AgreedChange.objects.visible_to(user).filter(engagement=engagement).select_related("round", "by")
    return list(found.order_by("-agreed_on", "-at", "pk"))


def opened(rows: Sequence[AgreedChange]) -> list[Agreed]:
    """Return changes as they are read, with one query for the keys of them all."""
    content = Content({row.engagement_id for row in rows})
    return [
        Agreed(
            row.pk,
            content.read_text(row.engagement_id, row.text, TABLE, row.pk),
            row.agreed_on,
            str(row.round.get_kind_display()),
            row.by.name,
            row.outcome,
            str(row.get_outcome_display()) if row.outcome else "",
            content.read_text(row.engagement_id, row.remark, TABLE, row.pk, "remark"),
            row.looked_at.astimezone(HELSINKI).date() if row.looked_at else None,
        )
        for row in rows
    ]
