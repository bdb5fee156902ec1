"""Whom one meets in processes: the persons somebody may see, and what ties them to processes."""

from uuid import UUID

from django.db.models import Q

from accounts.models import Contact, Person, Practice, User
from accounts.models.person import PersonQuerySet
from engagements.models import ContractParty, Engagement, Participation, State


def met_by(user: User) -> PersonQuerySet:
    """Persons of the processes that `user` leads: supervisees, parties of a contract, contacts of its client."""
    led = Engagement.objects.led_by(user).order_by()
    supervisees = Participation.objects.filter(engagement__in=led.values("pk")).values("person")
    parties = ContractParty.objects.filter(contract__engagement__in=led.values("pk")).exclude(person=None)
    contacts = Contact.objects.filter(organisation__in=led.exclude(client=None).values("client"))
    return Person.objects.filter(
        Q(pk__in=supervisees) | Q(pk__in=parties.values("person")) | Q(pk__in=contacts.values("person"))
    )


def administered_by(user: User) -> PersonQuerySet:
    """Persons whom an administrator of the practice writes to: supervisees of what has been offered, and contacts.

    Which of them meet in which process is not theirs to know.
    """
    practices = list(Practice.objects.administered_by(user).values_list("pk", flat=True))
    offered = Engagement.objects.filter(practice__in=practices).exclude(state=State.DRAFT)
    supervisees = Participation.objects.filter(engagement__in=offered.values("pk")).values("person")
    contacts = Contact.objects.filter(organisation__practice__in=practices).values("person")
    return Person.objects.filter(Q(pk__in=supervisees) | Q(pk__in=contacts), practice__in=practices)


def known_to(user: User, pk: UUID) -> PersonQuerySet:
    """The person `pk`, if `user` may open their page: as a supervisor of theirs or an administrator of the practice."""
    met = met_by(user).filter(pk=pk)
    return met if met.exists() else administered_by(user).filter(pk=pk)
