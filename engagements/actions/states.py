"""The life of an engagement: offered, agreed, paused, resumed, closed. Each step happens once, whoever comes second."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext

from accounts.models import User
from audit import trail
from documents.uploads import Clean
from engagements import terms
from engagements.actions.amending import check_beginning, drop_amendment, hold
from engagements.actions.scans import keep_scans
from engagements.blockers import (
    blockers_to_activating,
    blockers_to_closing,
    blockers_to_dropping,
    blockers_to_offering,
    blockers_to_pausing,
    blockers_to_resuming,
    blockers_to_withdrawing,
    current_contract,
    refuse,
)
from engagements.models import Audience, Contract, Ending, Engagement, Event, State, WrongState
from engagements.signing import requests
from engagements.signing.answers import begins_on
from engagements.signing.requests import Plan
from engagements.wording import frozen, words_of
from formats.clock import HELSINKI


@contextmanager
def _once() -> Iterator[None]:
    try:
        yield
    except WrongState as error:
        raise ValidationError(gettext("Somebody else was first: the process has moved on. Look again.")) from error


@transaction.atomic
def offer(
    engagement: Engagement,
    *,
    plans: Sequence[Plan] | None = None,
    valid_from: date | None = None,
    by: User,
    now: datetime,
) -> Contract:
    """Freeze the terms as they are and offer them to the parties, who see them from now on; return what is offered.

    Those of `plans` are asked to sign, in their turns; without plans everybody who signs is asked at the same time.
    An amendment is to be in force from `valid_from`, None: from the day it is agreed; its process goes on meanwhile.
    Raises ValidationError with every blocker, or when somebody else was first.
    """
    hold(engagement)
    refuse(blockers_to_offering(engagement, now))
    contract = current_contract(engagement)
    if contract.amends:
        check_beginning(contract, valid_from, now)
    else:
        with _once():
            engagement.move_to(State.OFFERED)
    if plans is None:
        plans = [Plan(signer) for signer in requests.signers_of(contract)]
    contract.valid_from = valid_from if contract.amends else None
    _freeze(contract, state=Contract.State.OFFERED, offered_at=now)
    requests.ask(contract, plans, now=now)
    Event.tell(engagement, Event.Kind.OFFERED, by=by, now=now, audience=Audience.CLIENT, version=contract.version)
    _record(contract, "contract.offered", by)
    return contract


@transaction.atomic
def withdraw_offer(engagement: Engagement, *, by: User, now: datetime) -> None:
    """Take the offer back to be written on; signatures that were given are void by that.

    What had been signed stays as evidence of the text that it was of.
    """
    hold(engagement)
    refuse(blockers_to_withdrawing(engagement, now))
    contract = current_contract(engagement)
    if not contract.amends:
        with _once():
            engagement.move_to(State.DRAFT)
    signed = requests.void(contract, now=now)
    _record(contract, "contract.withdrawn", by, voided=signed)
    _write(contract, state=Contract.State.DRAFT, terms=None, terms_hash="", wording=None, offered_at=None)
    Event.tell(engagement, Event.Kind.WITHDRAWN, by=by, now=now, audience=Audience.CLIENT, version=contract.version)


@transaction.atomic
def agree(
    engagement: Engagement,
    *,
    how: str,
    agreed_on: date,
    note: str = "",
    scans: Sequence[Clean] = (),
    scans_to_parties: bool = False,
    valid_from: date | None = None,
    by: User,
    now: datetime,
) -> None:
    """Record that the contract was agreed on paper, orally or by e-mail, and start the process.

    An offered contract is agreed as it was offered, and nobody is asked any more to sign it; a draft is frozen as it is
    now. A process without a first day starts on `agreed_on`. An amendment starts nothing: it is in force from
    `valid_from`, None: from `agreed_on`. `scans` of the signed paper are kept with it. Raises ValidationError with
    every blocker, or when somebody else was first.
    """
    hold(engagement)
    refuse(blockers_to_activating(engagement, now))
    if agreed_on > now.astimezone(HELSINKI).date():
        raise ValidationError(gettext("What will be agreed later is recorded later."))
    contract = current_contract(engagement)
    if contract.amends:
        if contract.state == Contract.State.DRAFT:
            contract.valid_from = valid_from
        check_beginning(contract, contract.valid_from or agreed_on, now)
    else:
        _start(engagement, agreed_on)
    agreement = {
        "state": Contract.State.AGREED,
        "agreed_on": agreed_on,
        "agreed_how": how,
        "agreed_note": note,
        "recorded_by": by,
    }
    requests.void(contract, now=now, signed_too=False)
    if contract.state == Contract.State.DRAFT:
        _freeze(contract, **agreement)
    else:
        _write(contract, **agreement)
    said = {"how": how, "on": agreed_on.isoformat(), "version": contract.version} | begins_on(contract)
    Event.tell(engagement, Event.Kind.AGREED, by=by, now=now, audience=Audience.CLIENT, **said)
    _record(contract, "contract.agreed", by, how=how)
    if scans:
        keep_scans(contract, scans, to_parties=scans_to_parties, by=by, now=now)


def _start(engagement: Engagement, agreed_on: date) -> None:
    starts_on = engagement.starts_on
    if starts_on is None and (engagement.ends_on is None or agreed_on <= engagement.ends_on):
        starts_on = agreed_on
    with _once():
        engagement.move_to(State.ACTIVE, starts_on=starts_on)


@transaction.atomic
def pause(engagement: Engagement, *, by: User, now: datetime) -> None:
    """Put the process on hold. Planned sessions stay as they are."""
    refuse(blockers_to_pausing(engagement, now))
    with _once():
        engagement.move_to(State.PAUSED)
    Event.tell(engagement, Event.Kind.PAUSED, by=by, now=now, audience=Audience.CLIENT)
    trail.record(engagement.pk, "engagement.paused", actor=by, obj=engagement)


@transaction.atomic
def resume(engagement: Engagement, *, by: User, now: datetime) -> None:
    refuse(blockers_to_resuming(engagement, now))
    with _once():
        engagement.move_to(State.ACTIVE)
    Event.tell(engagement, Event.Kind.RESUMED, by=by, now=now, audience=Audience.CLIENT)
    trail.record(engagement.pk, "engagement.resumed", actor=by, obj=engagement)


@transaction.atomic
def close(engagement: Engagement, *, ending: str, reason: str = "", by: User, now: datetime) -> None:
    """End the process: completed, or ended early, which needs a reason.

    A change of the contract that is on offer can be signed no more. The draft of one goes, since nobody but the
    supervisors knew of it; where somebody had signed an earlier text of it, it stays with that signature.
    Raises ValidationError with every blocker (sessions still planned or unmarked), or when somebody else was first.
    """
    # A session being booked at this moment holds the row; wait, and see it.
    hold(engagement)
    refuse(blockers_to_closing(engagement, now))
    if ending == Ending.EARLY and not reason.strip():
        raise ValidationError(gettext("Say why the process ended early."))
    for offered in engagement.contracts.filter(state=Contract.State.OFFERED):
        requests.void(offered, now=now)
    if not blockers_to_dropping(engagement, now):
        drop_amendment(engagement, by=by, now=now)
    with _once():
        engagement.move_to(State.CLOSED, ending=ending, ending_reason=reason.strip(), closed_at=now)
    Event.tell(engagement, Event.Kind.CLOSED, by=by, now=now, audience=Audience.CLIENT, ending=ending)
    trail.record(engagement.pk, "engagement.closed", actor=by, obj=engagement, data={"ending": ending})


def _freeze(contract: Contract, **values: object) -> None:
    """Freeze a draft as its rows are, and with the first day that `contract` has been given."""
    collected = terms.collect(contract)
    words = frozen.freeze(words_of(collected))
    values |= {"valid_from": contract.valid_from, "wording": words}
    _write(contract, terms=terms.freeze(collected), terms_hash=terms.digest(collected), **values)


def _write(contract: Contract, **values: object) -> None:
    """Change the row once: nothing when it is no longer as it was read, which the engagement's own step rules out."""
    changed = Contract.objects.filter(pk=contract.pk, state=contract.state).update(**values)
    if not changed:
        raise ValidationError(gettext("Somebody else was first: the process has moved on. Look again."))
    contract.refresh_from_db()


def _record(contract: Contract, event: str, by: User, **data: str | int) -> None:
    trail.record(
        contract.engagement_id,
        event,
        actor=by,
        obj=contract,
        data={"version": contract.version, "sha256": contract.terms_hash, **data},
    )
