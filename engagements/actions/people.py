"""Supervisees: who they are among the practice's persons, and how they come and go."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Coalesce, Greatest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import ClientOrganisation, Person, Practice, User
from audit import trail
from engagements.models import Contract, Engagement, Event, Participation, SignatureRequest, State
from formats.clock import HELSINKI
from formats.people import NamedPerson

_BELONGS_TO_ANOTHER: Final = _(
    "“%(email)s” is the address of %(known)s in your practice, not of %(named)s. "
    "Correct the name, or leave the address out."
)


def known_persons(
    practice: Practice,
    named: Sequence[NamedPerson],
    *,
    client: ClientOrganisation | None,
    engagement: Engagement | None = None,
) -> list[Person | None]:
    """Return, for each of `named`, the person of the practice that it is, or None for somebody new.

    The same address is the same person. Without a match by address, the same name is the same person within
    `engagement` or among those of `client` when at most one of the two has an address; within `engagement` also when
    the address was corrected before anybody logged in by it.
    Raises ValidationError with a sentence for every address that belongs to somebody of another name.
    """
    everybody = Person.objects.filter(practice=practice)
    by_email = {
        person.email.lower(): person
        for person in everybody.filter(email__in=[one.email for one in named if one.email]).order_by("-user_id", "pk")
    }
    here = set(engagement.participations.values_list("person", flat=True)) if engagement else set()
    near = Q(pk__in=here)
    if client is not None:
        near |= Q(participations__engagement__client=client) | Q(contacts__organisation=client)
    families = {one.family_name for one in named}
    by_name = {_name(person): person for person in everybody.filter(near, family_name__in=families).distinct()}

    found: list[Person | None] = []
    errors: list[ValidationError] = []
    for one in named:
        person = by_email.get(one.email) if one.email else None
        if person is not None and not _alike(person, one):
            values = {"email": one.email, "known": person.name, "named": f"{one.given_name} {one.family_name}"}
            errors.append(ValidationError(_BELONGS_TO_ANOTHER, params=values, code="other_person"))
        found.append(person or _namesake(one, by_name.get(_name(one)), here))
    if errors:
        raise ValidationError(errors)
    return found


def _namesake(one: NamedPerson, person: Person | None, here: Collection[UUID]) -> Person | None:
    """Return `person` of the same name, when nothing (another address) says that they are two."""
    if person is None or not one.email or not person.email:
        return person
    return person if person.pk in here and person.user_id is None else None


def _name(one: Person | NamedPerson) -> tuple[str, str]:
    return one.family_name.casefold(), one.given_name.casefold()


def _alike(person: Person, one: NamedPerson) -> bool:
    """Whether one name of the two agrees: people marry, and first names are shortened."""
    known, named = _name(person), _name(one)
    return known[0] == named[0] or known[1] == named[1]


def person_of(practice: Practice, one: NamedPerson, known: Person | None, *, language: str) -> Person:
    """Return the person for `one`: `known`, else somebody new.

    A known person takes the address that was written, unless they already log in by theirs.
    """
    if known is None:
        return Person.objects.create(
            practice=practice,
            given_name=one.given_name,
            family_name=one.family_name,
            email=one.email,
            language=language,
        )
    if one.email and one.email != known.email and known.user_id is None:
        known.email = one.email
        known.save(update_fields=["email"])
    return known


@transaction.atomic
def set_people(engagement: Engagement, people: Sequence[tuple[Person, bool]], *, now: datetime) -> None:
    """Make `people` (person, whether line manager) the supervisees of a draft; all others are taken out of it.

    Of somebody who had signed an earlier text the part is kept with the evidence, as one that has ended.
    Raises ValidationError when the engagement is no draft: then people join and leave one by one, on a day.
    """
    if engagement.state != State.DRAFT:
        raise ValidationError(gettext("The process has begun: people join and leave on a day."))
    managers = {person.pk for person, manages in people if manages}
    current = engagement.participations.current()
    going = current.exclude(person__in=[person.pk for person, _manages in people])
    asked = SignatureRequest.objects.filter(participation__in=going)
    signed = set(asked.filter(signature__isnull=False).values_list("participation", flat=True))
    asked.filter(signature=None).delete()
    today = now.astimezone(HELSINKI).date()
    going.filter(pk__in=signed).update(left_on=Greatest(Coalesce("joined_on", today), today))
    going.exclude(pk__in=signed).delete()
    here = set(current.values_list("person", flat=True))
    current.filter(person__in=managers).update(line_manager=True)
    current.exclude(person__in=managers).update(line_manager=False)
    Participation.objects.bulk_create(
        Participation(engagement=engagement, person=person, line_manager=person.pk in managers)
        for person, _manages in people
        if person.pk not in here
    )


@transaction.atomic
def join(
    engagement: Engagement,
    person: Person,
    *,
    by: User,
    now: datetime,
    on: date | None = None,
    line_manager: bool = False,
) -> Participation:
    """Take `person` in as a supervisee from the day `on` (None: from the start).

    A number that does not suit the form is no hindrance after the start: `number_warning` says it.
    Raises ValidationError when the process is closed or an example, or the person is in it.
    """
    if engagement.example:
        raise ValidationError(gettext("Nobody joins an example: its people are made up."))
    if engagement.state == State.CLOSED:
        raise ValidationError(gettext("The process is closed: nobody can join it."))
    participation = Participation(engagement=engagement, person=person, joined_on=on, line_manager=line_manager)
    if engagement.participations.current().filter(person=person).exists():
        raise ValidationError(gettext("%(name)s is in the process already.") % {"name": person.name})
    participation.save()
    if engagement.state != State.DRAFT:
        day = on.isoformat() if on else ""
        Event.tell(engagement, Event.Kind.JOINED, by=by, now=now, person=str(person.pk), on=day)
    trail.record(engagement.pk, "participation.joined", actor=by, obj=participation)
    return participation


@transaction.atomic
def leave(participation: Participation, *, on: date, by: User, now: datetime) -> None:
    """End a supervisee's part on the day `on`; from then on they see nothing of the process.

    Raises ValidationError when they have left already, or `on` is before they joined or still to come.
    """
    engagement = participation.engagement
    if on > now.astimezone(HELSINKI).date():
        raise ValidationError(gettext("Record a leaving on its day or afterwards: access ends at once."))
    if participation.joined_on and on < participation.joined_on:
        raise ValidationError(gettext("Nobody can leave before joining."))
    if (
        SignatureRequest.objects.standing()
        .filter(participation=participation, contract__state=Contract.State.OFFERED)
        .exists()
    ):
        raise ValidationError(gettext("The contract on offer is for them to sign too. Withdraw the offer first."))
    SignatureRequest.objects.filter(participation=participation, state=SignatureRequest.State.WAITING).update(
        state=SignatureRequest.State.VOID, settled_at=now
    )
    left = Participation.objects.current().filter(pk=participation.pk).update(left_on=on)
    if not left:
        raise ValidationError(gettext("This person has left already."))
    participation.left_on = on
    if engagement.state != State.DRAFT:
        Event.tell(engagement, Event.Kind.LEFT, by=by, now=now, person=str(participation.person_id), on=on.isoformat())
    trail.record(engagement.pk, "participation.left", actor=by, obj=participation)
