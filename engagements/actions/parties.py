"""Who has which part in the contract, and who leads the process together with its lead."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from accounts.models import ClientOrganisation, Contact, Person, User
from audit import trail
from engagements.models import Contract, ContractParty, CoSupervisor, Engagement


@dataclass(frozen=True)
class PartyLine:
    """One party besides the supervisor: a person with a part, or (kind `supervisee`, no person) the supervisees."""

    kind: str
    person: Person | None = None
    contact: Contact | None = None
    orders: bool = False
    sets_goals: bool = False
    signs: bool = False
    reads_reports: bool = False


@transaction.atomic
def set_parties(contract: Contract, lines: Iterable[PartyLine], *, by: User) -> None:
    """Make `lines` the parties of a draft contract besides its supervisor.

    Raises ValidationError when the contract has been offered: then its parties stand in its terms.
    """
    if contract.state != Contract.State.DRAFT:
        raise ValidationError(gettext("The contract has been offered: its parties stand in it."))
    contract.parties.exclude(kind=ContractParty.Kind.SUPERVISOR).delete()
    ContractParty.objects.bulk_create(
        ContractParty(
            contract=contract, kind=line.kind, person=line.person, contact=line.contact, orders=line.orders,
            sets_goals=line.sets_goals, signs=line.signs, reads_reports=line.reads_reports, position=position,
        )
        for position, line in enumerate(lines, start=1)
    )  # fmt: skip
    trail.record(contract.engagement_id, "contract.parties", actor=by, obj=contract)


def contact_of(organisation: ClientOrganisation, person: Person) -> Contact:
    """Return the person's place as a contact of `organisation`, made or taken up again when needed."""
    contact, made = Contact.objects.get_or_create(organisation=organisation, person=person)
    if not made and contact.left_on is not None:
        contact.left_on = None
        contact.save(update_fields=["left_on"])
    return contact


def add_co_supervisor(engagement: Engagement, user: User, *, by: User, now: datetime) -> None:
    """Let `user`, a supervisor of the same practice, lead with the lead from now on.

    Raises ValidationError when they are not one, lead it already, or have another session at the time of a coming one.
    """
    memberships = engagement.practice.memberships.current().filter(kind="supervisor", user=user)
    if user.pk == engagement.lead_id or not memberships.exists():
        raise ValidationError(gettext("A co-supervisor is another supervisor of the same practice."))
    try:
        with transaction.atomic():
            row = CoSupervisor.objects.create(engagement=engagement, user=user, since=now)
    except IntegrityError as error:
        if "co_supervisor_once_at_a_time" in str(error):
            text = gettext("%(name)s is a co-supervisor already.")
        elif "booking_no_double" in str(error):
            text = gettext("%(name)s has another session at the time of a coming session of this process.")
        else:
            raise
        raise ValidationError(text % {"name": user.name}) from error
    trail.record(engagement.pk, "co_supervisor.added", actor=by, obj=row)


def end_co_supervisor(row: CoSupervisor, *, by: User, now: datetime) -> None:
    """End a co-supervisor's part now. Raises ValidationError when it has ended already."""
    with transaction.atomic():
        # Before the row: when co-supervisors end their own part, they may write nothing of the process afterwards.
        trail.record(row.engagement_id, "co_supervisor.ended", actor=by, obj=row)
        if not CoSupervisor.objects.current().filter(pk=row.pk).update(until=now):
            raise ValidationError(gettext("This co-supervisor's part has ended already."))


@transaction.atomic
def set_co_supervisors(engagement: Engagement, users: Collection[User], *, by: User, now: datetime) -> None:
    """Make `users` the co-supervisors of `engagement`. Raises ValidationError as `add_co_supervisor` does."""
    current = {row.user_id: row for row in engagement.co_supervisors.current()}
    wanted = {user.pk for user in users}
    for user_id, row in current.items():
        if user_id not in wanted:
            end_co_supervisor(row, by=by, now=now)
    for user in users:
        if user.pk not in current:
            add_co_supervisor(engagement, user, by=by, now=now)
