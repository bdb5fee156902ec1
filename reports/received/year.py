"""The summary of a year for one client: facts that the clauses tell the one who asks, and reports that they received.

It is no text that somebody would have to approve: nothing stands in it that the asker has not been told already.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection

from accounts.models import ClientOrganisation, User
from engagements.models import ContractParty, Engagement, State
from engagements.models.engagement import EngagementQuerySet
from formats.clock import HELSINKI
from law.register import Entry
from reports.models import Report
from sessions.facts import Facts
from sessions.reads import write_down_each

VIEWED: Final = "year.viewed"
#: How many years back a summary is made of.
YEARS: Final = 10


@dataclass(frozen=True)
class ProcessOfYear:
    """One process in one year; `facts` is None where the clause tells nothing."""

    pk: UUID
    title: str
    form: str
    lead: str
    practice: str
    facts: Facts | None
    #: The provision by which the client must offer it.
    statutory: Entry | None = None

    @property
    def held(self) -> int | None:
        return None if self.facts is None or self.facts.dates is None else len(self.facts.dates)


@dataclass(frozen=True)
class Year:
    organisation: str
    year: int
    processes: Sequence[ProcessOfYear]
    reports: Sequence[Report]

    @property
    def held(self) -> int | None:
        """Sessions held in all, of the processes that tell it; None where none does."""
        told = [each.held for each in self.processes if each.held is not None]
        return sum(told) if told else None

    @property
    def minutes(self) -> int | None:
        told = [each.facts.minutes for each in self.processes if each.facts and each.facts.minutes is not None]
        return sum(told) if told else None

    @property
    def present(self) -> int | None:
        told = [each.facts.present for each in self.processes if each.facts and each.facts.present is not None]
        return sum(told) if told else None


def years(now: datetime) -> list[int]:
    this = now.astimezone(HELSINKI).year
    return list(range(this, this - YEARS, -1))


def facts_in(year: int, now: datetime) -> Mapping[UUID, Facts]:
    """Return what the person asking is told of sessions of `year`, by engagement (see `sec.told`). One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT engagement_id, dates, minutes, present, until FROM sec.told_in_year(%s, %s)", [year, now]
        )
        return {engagement: Facts(*facts) for engagement, *facts in cursor.fetchall()}


def processes_in(year: int, known: EngagementQuerySet, told: Mapping[UUID, Facts]) -> list[ProcessOfYear]:
    """Return those of `known` that had begun by the end of `year`, by name, each with what is `told` of it."""
    return [
        ProcessOfYear(
            each.pk, each.title, str(each.get_form_display()), each.lead.full_name, each.practice.name,
            told.get(each.pk), each.statutory_entry,
        )
        for each in known.select_related("lead", "practice").order_by("sort_key", "pk")
        if each.starts_on is None or each.starts_on.year <= year
    ]  # fmt: skip


def year_of(organisation: ClientOrganisation, year: int, user: User, now: datetime) -> Year:
    """Return the summary of a year for `user`, who speaks for `organisation`. Four queries, however many processes."""
    party = ContractParty.objects.with_the_client(user)
    mine = Engagement.objects.party_to(user).filter(pk__in=party.values("contract__engagement"), client=organisation)
    known = mine.without_examples().exclude(state=State.DRAFT)
    processes = processes_in(year, known, facts_in(year, now))
    received = Report.objects.received_by(user).filter(engagement__client=organisation, released_at__year=year)
    reports = list(received.select_related("engagement").order_by("released_at", "pk"))
    return Year(organisation.name, year, processes, reports)


def seen(found: Year, user: User) -> None:
    """Write down, for each process of which something was told, that the client has looked at it. Two queries."""
    told = [each.pk for each in found.processes if each.facts]
    write_down_each(user, VIEWED, told, data={"year": found.year})
