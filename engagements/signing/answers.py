"""What a signer answers: yes, no, or yes with a change. Each is written down once, with the evidence."""

import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from audit import trail
from engagements.models import Audience, Contract, Event, Proposal, Signature, SignatureRequest
from engagements.wording import frozen
from formats.clock import HELSINKI
from notifications.outbox import wake

Method = Signature.Method
#: What the database says no to, in words.
REFUSALS: Final[Mapping[str, Promise]] = {
    "signature_is_asked_for": _("This has been signed, changed or withdrawn meanwhile. Look again."),
    "signature_is_of_the_text": _("The text has changed meanwhile. Read it again before you sign."),
    "signature_in_turn": _("It is not your turn yet: others sign before you."),
    "engagements_signature_request_id_key": _("This has been signed already."),
    "contract_begins_in_order": _("The version in force began later than that: an amendment cannot begin before it."),
}


@dataclass(frozen=True)
class Evidence:
    """By which means somebody signed, and from where. `consent` is the sentence that was shown, in `language`."""

    method: str
    consent: str
    language: str
    address: str = ""
    user_agent: str = ""
    proof: Mapping[str, str] | None = None


def sign(
    request: SignatureRequest, *, name: str, evidence: Evidence, by: User | None, now: datetime, on: date | None = None
) -> Contract:
    """Write the signature down and return the contract as it stands afterwards; the last one makes it agreed.

    `by` is who is logged in, None for a visitor by a link. Raises ValidationError in words when the text has changed or
    was withdrawn, when it is not their turn, or when somebody was faster.
    """
    contract = request.contract
    with _refused_in_words(), transaction.atomic():
        Signature.objects.bulk_create(
            [
                Signature(
                    request=request,
                    contract=contract,
                    version=contract.version,
                    terms_hash=request.terms_hash,
                    wording_hash=frozen.digest(contract.wording) if contract.wording else "",
                    name=name,
                    consent=evidence.consent,
                    language=evidence.language,
                    method=evidence.method,
                    at=now,
                    signed_on=on or now.astimezone(HELSINKI).date(),
                    address=evidence.address,
                    user_agent=evidence.user_agent[:200],
                    proof=dict(evidence.proof) if evidence.proof else None,
                    recorded_by=by if evidence.method == Method.PAPER else None,
                )
            ]
        )
    _tell(request, Event.Kind.SIGNED, by, now)
    data: dict[str, str | int] = {"version": contract.version, "sha256": request.terms_hash}
    data |= {"what": request.what, "method": evidence.method}
    trail.record(contract.engagement_id, "contract.signed", actor=by, obj=request, data=data)
    was, contract = contract.state, Contract.objects.get(pk=contract.pk)
    if contract.state == Contract.State.AGREED:
        transaction.on_commit(seal_soon)
    if was == Contract.State.OFFERED and contract.state == Contract.State.AGREED:
        _concluded(contract, by, now)
    return contract


@transaction.atomic
def decline(request: SignatureRequest, *, reason: str, by: User | None, now: datetime) -> None:
    """Say no, with a reason. Raises ValidationError when it was answered or withdrawn meanwhile."""
    Waiting = SignatureRequest.State.WAITING
    waiting = SignatureRequest.objects.filter(pk=request.pk, state=Waiting, asked_at__isnull=False)
    if not waiting.update(state=SignatureRequest.State.DECLINED, reason=reason, settled_at=now):
        raise ValidationError(str(REFUSALS["signature_is_asked_for"]))
    _tell(request, Event.Kind.DECLINED, by, now)
    trail.record(request.contract.engagement_id, "contract.declined", actor=by, obj=request)


#: How many changes one signer may propose while one text is offered.
MOST_PROPOSALS: Final = 20


@transaction.atomic
def propose(request: SignatureRequest, *, clause: str, text: str, by: User | None, now: datetime) -> Proposal:
    """Propose a change to a clause. Raises ValidationError when it cannot be answered any more, or there are many."""
    if not SignatureRequest.objects.open().filter(pk=request.pk).exists():
        raise ValidationError(str(REFUSALS["signature_is_asked_for"]))
    if request.proposals.count() >= MOST_PROPOSALS:
        raise ValidationError(gettext("That is enough in writing: talk to your supervisor about the changes."))
    proposal = Proposal(request=request, clause=clause, text=text, at=now)
    Proposal.objects.bulk_create([proposal])
    trail.record(request.contract.engagement_id, "contract.proposed", actor=by, obj=request)
    return proposal


@transaction.atomic
def answer(proposal: Proposal, *, text: str, by: User, now: datetime) -> None:
    """Answer a proposal, once."""
    open_ = Proposal.objects.filter(pk=proposal.pk, answered_at=None)
    if not open_.update(answer=text, answered_at=now, answered_by=by):
        raise ValidationError(gettext("This has been answered already."))
    trail.record(proposal.request.contract.engagement_id, "contract.proposal_answered", actor=by, obj=proposal)


def record_on_paper(request: SignatureRequest, *, on: date, by: User, now: datetime) -> Contract:
    """Record that somebody has signed on paper, as the supervisor has seen."""
    if on > now.astimezone(HELSINKI).date():
        raise ValidationError(gettext("What will be signed later is recorded later."))
    evidence = Evidence(Method.PAPER, "", by.language)
    return sign(request, name=request.name, evidence=evidence, by=by, now=now, on=on)


def is_called(request: SignatureRequest, written: str) -> bool:
    """Whether `written` is the signer's name as it stands in what they sign; order, case and accents aside."""
    return _parts(written) == _parts(request.name)


def _parts(name: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", name.casefold())
    return sorted("".join(sign for sign in plain if not unicodedata.combining(sign)).replace("-", " ").split())


def record_view(request: SignatureRequest, shape: str, *, by: User | None) -> None:
    """Write down that a signer has opened what they are to sign, as a `shape` of page (promise 12)."""
    data: dict[str, str | int] = {"version": request.contract.version, "as": shape}
    trail.record(request.contract.engagement_id, "contract.viewed", actor=by, obj=request, data=data)


def seal_soon() -> None:
    """Wake the worker to seal what is signed; if the queue is away, its next tick does."""
    from engagements.tasks import seal

    wake(seal)


def begins_on(contract: Contract) -> dict[str, Any]:
    """Return what the timeline keeps of a first day that is not the day of the agreement."""
    return {"begins": contract.valid_from.isoformat()} if contract.valid_from else {}


def _concluded(contract: Contract, by: User | None, now: datetime) -> None:
    on = contract.agreed_on.isoformat() if contract.agreed_on else ""
    said = {"how": "signed", "on": on, "version": contract.version} | begins_on(contract)
    _add(contract, Event.Kind.AGREED, by, now, Audience.CLIENT, **said)
    data: dict[str, str | int] = {"version": contract.version, "sha256": contract.terms_hash, "how": "signed"}
    trail.record(contract.engagement_id, "contract.agreed", actor=by, obj=contract, data=data)


def _tell(request: SignatureRequest, kind: str, by: User | None, now: datetime) -> None:
    """Add a line to the timeline. Of a joining sheet only the supervisors hear."""
    joining = request.what == SignatureRequest.What.JOINING
    audience = Audience.SUPERVISORS if joining else Audience.CLIENT
    somebody = {"person": str(request.person_id)} if request.person_id else {"user": str(request.user_id)}
    _add(request.contract, kind, by, now, audience, part=request.part, **somebody)


def _add(contract: Contract, kind: str, by: User | None, now: datetime, audience: str, **data: Any) -> None:
    # By its id: who comes by a link sees the contract and not the process.
    line = Event(engagement_id=contract.engagement_id, kind=kind, at=now, actor=by, audience=audience, data=data)
    Event.objects.bulk_create([line])


@contextmanager
def _refused_in_words() -> Iterator[None]:
    try:
        yield
    except IntegrityError as error:
        for name, words in REFUSALS.items():
            if name in str(error):
                raise ValidationError(str(words), code=name) from error
        raise
