"""Proof that supervision was provided where a law requires it: one client, one year, numbers alone.

It tells no more than the summary of the year: of each process what its clause tells the reader. When the lead makes it,
it is for one named reader, and tells what that reader would be told.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from accounts.models import ClientOrganisation, Person, User
from engagements.models import ContractParty, Engagement, State
from engagements.models.contract import WITH_THE_CLIENT
from engagements.models.engagement import EngagementQuerySet
from reports.received.year import Year, processes_in, year_of
from sessions.facts import Facts


@dataclass(frozen=True)
class Proof:
    """`year` holds the statutory processes alone; `to` is the reader, `made` when it was made."""

    year: Year
    to: str
    made: datetime


def told(organisation: ClientOrganisation, year: int, user: User, now: datetime) -> Proof:
    """Return the proof for `user`, who speaks for `organisation`, as its clauses tell them."""
    whole = year_of(organisation, year, user, now)
    processes = [each for each in whole.processes if each.statutory]
    return Proof(Year(whole.organisation, year, processes, []), user.full_name, now)


def marked(organisation: ClientOrganisation, user: User) -> EngagementQuerySet:
    """Processes of `organisation` that `user` leads and that are marked as statutory."""
    led = Engagement.objects.led_by(user).without_examples().filter(client=organisation)
    return led.exclude(statutory="").exclude(state=State.DRAFT)


def readers(organisation: ClientOrganisation, user: User) -> list[Person]:
    """Return who of the client may be given a proof by `user`: parties to the marked processes, by name."""
    parties = ContractParty.objects.standing().filter(
        contract__engagement__in=marked(organisation, user).values("pk"), kind__in=WITH_THE_CLIENT
    )
    return list(Person.objects.filter(pk__in=parties.values("person")).order_by("sort_key", "pk"))


def facts_for(person: Person, year: int, now: datetime) -> Mapping[UUID, Facts]:
    """Return what `person` is told of sessions of `year`, of the processes that the asker leads. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT engagement_id, dates, minutes, present, until FROM sec.told_to(%s, %s, %s)", [person.pk, year, now]
        )
        return {engagement: Facts(*facts) for engagement, *facts in cursor.fetchall()}


def made_for(person: Person, organisation: ClientOrganisation, year: int, user: User, now: datetime) -> Proof:
    """Return the proof that `user` gives `person`: of own processes to which that person is party."""
    theirs = ContractParty.objects.standing().filter(person=person, kind__in=WITH_THE_CLIENT)
    known = marked(organisation, user).filter(pk__in=theirs.values("contract__engagement"))
    processes = processes_in(year, known, facts_for(person, year, now))
    return Proof(Year(organisation.name, year, processes, []), person.name, now)
