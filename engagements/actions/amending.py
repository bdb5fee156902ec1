"""Changing what was agreed: a new version is opened as a draft, or given up.

It is offered and agreed as the first one.
"""

from datetime import date, datetime, timedelta
from typing import Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext

from accounts.models import User
from audit import trail
from engagements.actions.opening import copy_reporting, take_terms
from engagements.blockers import blockers_to_amending, blockers_to_dropping, current_contract, refuse
from engagements.models import Audience, Contract, ContractParty, Engagement, Event
from formats.clock import HELSINKI
from formats.days import write_day

#: How far ahead the first day of an amendment may be.
LONGEST_AHEAD: Final = timedelta(days=366)


def hold(engagement: Engagement) -> None:
    """Hold the row until the end, so that steps of one process and signatures wait for one another.

    Raises ValidationError when it is in another state than `engagement`: somebody else was first.
    """
    held = Engagement.objects.select_for_update(no_key=True).get(pk=engagement.pk)
    if held.state != engagement.state:
        raise ValidationError(gettext("Somebody else was first: the process has moved on. Look again."))


@transaction.atomic
def amend(engagement: Engagement, *, by: User, now: datetime) -> Contract:
    """Open the next version of an agreed contract as a draft, and return it.

    It has the terms, parties and reporting lines agreed last; contacts who have left and supervisees who do not take
    part any more are not carried over. What was agreed stays in force. Raises ValidationError with every blocker.
    """
    hold(engagement)
    refuse(blockers_to_amending(engagement, now))
    agreed = current_contract(engagement)
    contract = Contract.objects.create(engagement=engagement, version=agreed.version + 1, created_at=now)
    here = engagement.participations.current().values("person")
    carried = agreed.parties.filter(Q(contact=None) | Q(contact__left_on=None))
    carried = carried.filter(~Q(kind=ContractParty.Kind.SUPERVISEE) | Q(person=None) | Q(person__in=here))
    ContractParty.objects.bulk_create(
        ContractParty(
            contract=contract, kind=party.kind, user=party.user and engagement.lead, person=party.person,
            contact=party.contact, orders=party.orders, sets_goals=party.sets_goals, signs=party.signs,
            reads_reports=party.reads_reports, position=party.position,
        )
        for party in carried.select_related("user", "person", "contact")
    )  # fmt: skip
    take_terms(contract, agreed)
    copy_reporting(agreed.reporting.all(), contract)
    Event.tell(engagement, Event.Kind.AMENDED, by=by, now=now, audience=Audience.SUPERVISORS, version=contract.version)
    trail.record(engagement.pk, "contract.amended", actor=by, obj=contract, data={"version": contract.version})
    return contract


@transaction.atomic
def drop_amendment(engagement: Engagement, *, by: User, now: datetime) -> None:
    """Give up a change that nobody has signed. Its draft goes; that it was there stands in the trail."""
    hold(engagement)
    refuse(blockers_to_dropping(engagement, now))
    contract = current_contract(engagement)
    Event.tell(engagement, Event.Kind.DROPPED, by=by, now=now, audience=Audience.SUPERVISORS, version=contract.version)
    trail.record(engagement.pk, "contract.dropped", actor=by, obj=contract, data={"version": contract.version})
    contract.delete()


def bounds_of_beginning(contract: Contract, now: datetime) -> tuple[date | None, date]:
    """Return the earliest and the latest first day of an amendment: not before the version in force began."""
    today = now.astimezone(HELSINKI).date()
    earlier = Contract.objects.filter(engagement=contract.engagement_id, version__lt=contract.version)
    in_force = earlier.in_force(today).first()
    return in_force.begins if in_force else None, today + LONGEST_AHEAD


def check_beginning(contract: Contract, begins: date | None, now: datetime) -> None:
    """Raise ValidationError when `begins` cannot be the first day of `contract`; None is the day of the agreement."""
    if begins is None:
        return
    first, last = bounds_of_beginning(contract, now)
    if first and begins < first:
        text = gettext("The version in force began on %(day)s: an amendment cannot begin before that.")
        raise ValidationError(text % {"day": write_day(first)}, code="begins")
    if begins > last:
        text = gettext("An amendment begins by %(day)s at the latest.")
        raise ValidationError(text % {"day": write_day(last)}, code="begins")
