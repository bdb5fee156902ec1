"""How an engagement begins: opened, copied from an earlier one, or thrown away before anybody agreed."""

from collections.abc import Collection, Iterable
from datetime import date, datetime

from django.db import transaction
from django.db.models import Q

from accounts.models import ClientOrganisation, Practice, User, VatStanding
from audit import trail
from engagements.blockers import blockers_to_discarding, governing_contract, refuse
from engagements.models import (
    Audience,
    Contract,
    ContractParty,
    ContractTemplate,
    CoSupervisor,
    Engagement,
    Event,
    Focus,
    Goal,
    Participation,
    Process,
    ReportingClause,
    VatClass,
)
from engagements.models.terms import Signing, Terms

#: Terms that belong to one order and are not carried over to the next.
_OF_ONE_ORDER = {"order_reference"}


@transaction.atomic
def open_engagement(
    lead: User,
    practice: Practice,
    *,
    by: User,
    now: datetime,
    title: str,
    form: str,
    client: ClientOrganisation | None = None,
    focus: str = Focus.GENERAL,
    process: str = Process.LONG,
    language: str = "fi",
    starts_on: date | None = None,
    ends_on: date | None = None,
    reference: str = "",
    template: ContractTemplate | None = None,
    example: bool = False,
    urgent: bool = False,
) -> Engagement:
    """Open a draft led by `lead` in `practice`, with the first version of its contract.

    The contract has the terms of `template` (none: only the VAT class of the practice), the supervisor as a party who
    signs, and the supervisees as a party who sets goals.
    """
    engagement = Engagement.objects.create(
        practice=practice,
        lead=lead,
        client=client,
        title=title,
        form=form,
        focus=focus,
        process=process,
        language=language,
        starts_on=starts_on,
        ends_on=ends_on,
        reference=reference,
        example=example,
        urgent=urgent,
    )
    small = practice.vat_standing == VatStanding.SMALL
    contract = Contract.objects.create(
        engagement=engagement,
        vat_class=VatClass.SMALL if small else VatClass.STANDARD,
        framework_reference=client.framework_reference if client else "",
    )
    ContractParty.objects.bulk_create(
        [
            ContractParty(contract=contract, kind=ContractParty.Kind.SUPERVISOR, user=lead, signs=True, position=0),
            ContractParty(
                contract=contract, kind=ContractParty.Kind.SUPERVISEE, sets_goals=True, signs=True, position=1
            ),
        ]
    )
    if template is not None:
        apply_template(contract, template)
    if process == Process.SINGLE:
        contract.sessions_agreed = 1
        contract.save(update_fields=["sessions_agreed"])
    Event.tell(engagement, Event.Kind.CREATED, by=by, now=now, audience=Audience.SUPERVISORS)
    trail.record(engagement.pk, "engagement.opened", actor=by, obj=engagement)
    return engagement


def fitting_template(practice: Practice, form: str) -> ContractTemplate | None:
    """Return the template to begin with: the practice's first one for `form`, else its first one for any form."""
    fitting = practice.contract_templates.filter(Q(form=form) | Q(form=""), archived_at=None)
    return fitting.order_by("-form", "name").first()


@transaction.atomic
def apply_template(contract: Contract, template: ContractTemplate) -> None:
    """Give a draft contract every term and reporting line of `template`; parties and goals stay."""
    take_terms(contract, template)
    contract.reporting.all().delete()
    copy_reporting(template.reporting.all(), contract)


def take_terms(contract: Contract, source: Terms, *, without: Collection[str] = ()) -> None:
    """Give a draft contract the columns of `source` but those named in `without`; whether supervisees sign follows."""
    for name, value in source.terms_as_values().items():
        if name not in without:
            setattr(contract, name, value)
    contract.save(update_fields=[*contract.term_names()])
    contract.parties.filter(kind=ContractParty.Kind.SUPERVISEE, person=None).update(
        signs=contract.signing != Signing.NOBODY
    )


def copy_reporting(lines: Iterable[ReportingClause], contract: Contract) -> None:
    """Add reporting lines like `lines` to a draft contract."""
    ReportingClause.objects.bulk_create(
        ReportingClause(
            contract=contract, what=line.what, to=line.to, when=line.when, approval=line.approval,
            silence_days=line.silence_days,
        )
        for line in lines
    )  # fmt: skip


@transaction.atomic
def copy_engagement(source: Engagement, *, by: User, now: datetime) -> Engagement:
    """Open a new draft like `source`: its frame, terms, parties, shared goals, supervisees and co-supervisors.

    Dates, the order number and private goals are not carried over; who has left is not either. `by` leads the new one.
    """
    old = governing_contract(source)
    engagement = Engagement.objects.create(
        practice=source.practice,
        lead=by,
        client=source.client,
        title=source.title,
        form=source.form,
        focus=source.focus,
        process=source.process,
        language=source.language,
        statutory=source.statutory,
        copied_from=source,
    )
    contract = Contract.objects.create(engagement=engagement)
    parties = [
        ContractParty(
            contract=contract, kind=party.kind, user=party.user and by, person=party.person, contact=party.contact,
            orders=party.orders, sets_goals=party.sets_goals, signs=party.signs, reads_reports=party.reads_reports,
            position=party.position,
        )
        for party in old.parties.filter(Q(contact=None) | Q(contact__left_on=None))
    ]  # fmt: skip
    ContractParty.objects.bulk_create(parties)
    take_terms(contract, old, without=_OF_ONE_ORDER)
    copy_reporting(old.reporting.all(), contract)
    Goal.objects.bulk_create(
        Goal(engagement=engagement, theme=goal.theme, text=goal.text, aim=goal.aim, position=goal.position)
        for goal in source.goals.shared()
    )
    Participation.objects.bulk_create(
        Participation(engagement=engagement, person_id=one.person_id, line_manager=one.line_manager)
        for one in source.participations.current()
    )
    supervising = source.practice.memberships.current().filter(kind="supervisor").values("user")
    CoSupervisor.objects.bulk_create(
        CoSupervisor(engagement=engagement, user_id=one.user_id)
        for one in source.co_supervisors.current().filter(user__in=supervising).exclude(user=by)
    )
    Event.tell(engagement, Event.Kind.COPIED, by=by, now=now, audience=Audience.SUPERVISORS)
    trail.record(engagement.pk, "engagement.opened", actor=by, obj=engagement, data={"copied_from": str(source.pk)})
    return engagement


@transaction.atomic
def discard(engagement: Engagement, *, by: User) -> None:
    """Throw a draft away with everything in it. Raises ValidationError when it is no draft any more, or not `by`'s."""
    locked = Engagement.objects.select_for_update().get(pk=engagement.pk)
    refuse(blockers_to_discarding(locked, by))
    trail.record(engagement.pk, "engagement.discarded", actor=by, obj=engagement)
    locked.delete()
