"""Who signs a version, in which turn and by when; asking them, and taking it back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext

from accounts.models import Person, User
from audit import trail
from engagements import terms
from engagements.models import Contract, ContractParty, Engagement, Participation, SignatureRequest, SigningLink
from engagements.models.contract import TODAY
from engagements.models.terms import Signing
from engagements.wording import joining
from formats.clock import HELSINKI

Kind = ContractParty.Kind
What = SignatureRequest.What
#: How long a signer has when nobody says otherwise.
USUAL: Final = timedelta(days=14)
#: The key of who signs on behalf of the supervisees, whoever it is.
REPRESENTATIVE: Final = "representative"
#: How soon after one link another may be sent.
BETWEEN: Final = timedelta(minutes=3)


@dataclass(frozen=True)
class Signer:
    """Somebody who is to sign: a user (a supervisor) or a person, with what they sign and in which part."""

    part: str
    name: str
    what: str = What.CONTRACT
    user: User | None = None
    person: Person | None = None
    participation: Participation | None = None
    on_behalf: bool = False

    @property
    def key(self) -> str:
        """What tells the signers of one contract apart; who signs on behalf of others may still be chosen."""
        somebody = self.user or self.person
        return REPRESENTATIVE if self.on_behalf or somebody is None else somebody.pk.hex

    @property
    def part_label(self) -> str:
        return str(Kind(self.part).label)

    @property
    def can_be_reached(self) -> bool:
        """Whether a link can be sent; who has no address signs on paper."""
        return self.user is not None or bool(self.person and (self.person.email or self.person.user_id))


@dataclass(frozen=True)
class Plan:
    """One signer's turn (those with the same number sign at the same time) and the last day for it."""

    signer: Signer
    turn: int = 1
    deadline: date | None = None


def signers_of(contract: Contract, representative: Participation | None = None) -> list[Signer]:
    """Return who signs a draft as it is now, supervisors first and supervisees last.

    A supervisee whose name the client is not to know signs a joining sheet of their own. `representative` signs on
    behalf of the supervisees, where the contract says that one of them does.
    """
    engagement = contract.engagement
    parties = list(contract.parties.filter(signs=True).select_related("user", "person__user"))
    users = [party.user for party in parties if party.user] or [engagement.lead]
    signers = [Signer(Kind.SUPERVISOR, user.name, user=user) for user in users]
    signers += [
        Signer(party.kind, party.person.name, person=party.person)
        for party in parties
        if party.person and party.kind != Kind.SUPERVISEE
    ]
    already = {signer.person.pk for signer in signers if signer.person}
    what = What.JOINING if terms.hides_names(contract) else What.CONTRACT
    for participation in supervisees_who_sign(contract, representative):
        person = participation.person
        if person.pk not in already:
            signers.append(
                Signer(
                    Kind.SUPERVISEE,
                    person.name,
                    what,
                    person=person,
                    participation=participation,
                    on_behalf=representative is not None,
                )
            )
    return signers


def supervisees_who_sign(contract: Contract, representative: Participation | None) -> list[Participation]:
    if contract.signing == Signing.REPRESENTATIVE:
        return [representative] if representative else []
    if contract.signing == Signing.NOBODY:
        return []
    current = contract.engagement.participations.current().select_related("person__user")
    return list(current.order_by("person__sort_key", "pk"))


def ask(contract: Contract, plans: Sequence[Plan], *, now: datetime) -> list[SignatureRequest]:
    """Ask those of `plans` to sign a version that has been frozen; the first in turn are asked now."""
    # A microsecond apart, so that they are listed in this order wherever they are listed.
    requests = [_request(contract, plan, now + place * timedelta.resolution) for place, plan in enumerate(plans)]
    SignatureRequest.objects.bulk_create(requests)
    SigningLink.objects.bulk_create(SigningLink(request=request) for request in requests)
    ask_next(contract, now=now)
    return requests


def without_signature(engagement: Engagement) -> list[Participation]:
    """Return the supervisees who have neither signed the contract in force nor been asked to, where each of them is to.

    They joined after it was agreed, or it was agreed in another way.
    """
    contract = engagement.contracts.in_force(TODAY).first()
    if contract is None or contract.signing != Signing.EVERYONE or engagement.example:
        return []
    standing = SignatureRequest.objects.filter(contract=contract).standing().exclude(person=None)
    current = engagement.participations.current().exclude(person__in=standing.values("person"))
    return list(current.select_related("person__user").order_by("person__sort_key", "pk"))


@transaction.atomic
def ask_to_join(participation: Participation, *, by: User, now: datetime) -> SignatureRequest:
    """Ask a supervisee to sign a joining sheet to the contract in force, within the usual time.

    Raises ValidationError when they have been asked already, or there is nothing to join by a sheet of their own.
    """
    if participation not in without_signature(participation.engagement):
        raise ValidationError(gettext("They have been asked already, or there is nothing to join yet."))
    contract = participation.engagement.contracts.in_force(TODAY).get()
    person = participation.person
    signer = Signer(Kind.SUPERVISEE, person.name, What.JOINING, person=person, participation=participation)
    deadline = now.astimezone(HELSINKI).date() + USUAL
    request = _request(contract, Plan(signer, 1, deadline), now)
    request.asked_at = now
    request.save(force_insert=True)
    SigningLink.objects.create(request=request, sent_for=now)
    trail.record(contract.engagement_id, "contract.joining_asked", actor=by, obj=request)
    return request


def ask_next(contract: Contract, *, now: datetime) -> None:
    """Ask those whose turn has come; the database knows who they are."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT sec.ask_next(%s, %s)", [contract.pk, now])


def void(contract: Contract, *, now: datetime, signed_too: bool = True) -> int:
    """Make the requests of an offered version void, and return how many of them had been signed.

    Without `signed_too` what was signed counts on: nobody else is asked any more.
    """
    standing = contract.requests.standing()
    if not signed_too:
        standing = standing.exclude(state=SignatureRequest.State.SIGNED)
    signed = standing.filter(state=SignatureRequest.State.SIGNED).count()
    standing.update(state=SignatureRequest.State.VOID, settled_at=now)
    return signed


def _request(contract: Contract, plan: Plan, now: datetime) -> SignatureRequest:
    signer = plan.signer
    return SignatureRequest(
        contract=contract,
        what=signer.what,
        part=signer.part,
        user=signer.user,
        person=signer.person,
        participation=signer.participation,
        on_behalf=signer.on_behalf,
        name=signer.name,
        turn=plan.turn,
        deadline=plan.deadline,
        terms_hash=contract.terms_hash,
        sheet=_sheet(contract, signer) if signer.what == What.JOINING else None,
        created_at=now,
    )


def _sheet(contract: Contract, signer: Signer) -> dict[str, Any]:
    """Return the joining sheet of `signer` as it is frozen: from the terms as they stand in the contract."""
    agreed = terms.thaw(contract.terms)
    joined_on = signer.participation.joined_on if signer.participation else None
    return joining.freeze(
        joining.joining_sheet(agreed, joiner=signer.name, joined_on=joined_on, on_behalf=signer.on_behalf)
    )


def put_off(request: SignatureRequest, *, deadline: date, by: User) -> None:
    """Give somebody who has not answered another last day. Raises ValidationError when they have meanwhile."""
    waiting = SignatureRequest.objects.filter(pk=request.pk, state=SignatureRequest.State.WAITING)
    if not waiting.update(deadline=deadline):
        raise ValidationError(gettext("They have answered meanwhile. Look again."))
    trail.record(request.contract.engagement_id, "contract.deadline", actor=by, obj=request)


@transaction.atomic
def ask_again(request: SignatureRequest, *, by: User, now: datetime) -> None:
    """Send somebody a new link; whoever had declined is asked anew.

    Raises ValidationError when a link was sent just now, when they have signed, or when it is not their turn.
    """
    if request.state == SignatureRequest.State.DECLINED:
        request = _anew(request, now)
    links = SigningLink.objects.filter(
        request=request, request__state=SignatureRequest.State.WAITING, request__asked_at__isnull=False
    )
    # Whoever is just signing holds their link and waits for the process, which is locked here: nobody waits for them.
    free = links.exclude(sent_for__gt=now - BETWEEN).select_for_update(skip_locked=True, of=("self",))
    if not links.filter(pk__in=[link.pk for link in free]).update(sent_for=now, codes_asked=0):
        if links.exists():
            raise ValidationError(gettext("A link was sent just now. Wait a few minutes before sending another."))
        raise ValidationError(gettext("It is not their turn, or they have answered already."))
    trail.record(request.contract.engagement_id, "contract.asked_again", actor=by, obj=request)


def _anew(declined: SignatureRequest, now: datetime) -> SignatureRequest:
    """Return a new request in place of one that was declined, which is kept as void."""
    SignatureRequest.objects.filter(pk=declined.pk).update(state=SignatureRequest.State.VOID)
    anew = SignatureRequest(
        **{
            field.attname: getattr(declined, field.attname)
            for field in SignatureRequest._meta.concrete_fields
            if field.attname not in ("id", "state", "created_at", "settled_at", "reason")
        }
    )
    anew.created_at = anew.asked_at = now
    anew.save(force_insert=True)
    SigningLink.objects.create(request=anew)
    return anew
