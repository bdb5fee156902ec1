"""What clients and practice administrators may know of sessions they do not see. The database decides it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection


@dataclass(frozen=True)
class Facts:
    """The facts of one process that one client is told; None is what its clause does not tell, or not yet.

    dates: when sessions were held; minutes: held in all; present: attendances in all; until: up to when this is told.
    """

    dates: Sequence[datetime] | None
    minutes: int | None
    present: int | None
    until: datetime


def facts_told(now: datetime) -> Mapping[UUID, Facts]:
    """Return what the person asking is told now as a client, by engagement (see `engagements.clause.told`). One query.

    An engagement that is not in the answer is told nothing of.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT engagement_id, dates, minutes, present, until FROM sec.told_facts(%s)", [now])
        return {engagement: Facts(*facts) for engagement, *facts in cursor.fetchall()}


@dataclass(frozen=True)
class Costs:
    """What one process is charged, as far as its client is told: sessions in whole, and the others in per cent each."""

    whole: int
    parts: Sequence[int]
    until: datetime


def costs_told(now: datetime) -> Mapping[UUID, Costs]:
    """Return the billing basis that the person asking is told now as a client, by engagement. One query.

    An engagement that is not in the answer is told nothing of, see `facts_told`.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT engagement_id, whole, parts, until FROM sec.told_costs(%s)", [now])
        return {engagement: Costs(*costs) for engagement, *costs in cursor.fetchall()}


@dataclass(frozen=True)
class Counts:
    """Sessions of one process in numbers: held, planned, minutes held in all, attendances in all; and those that are
    charged in whole, in part, and whose fee was waived.
    """

    held: int = 0
    planned: int = 0
    minutes: int = 0
    present: int = 0
    whole: int = 0
    part: int = 0
    waived: int = 0


COUNTS: Final = """
SELECT coalesce(c.engagement_id, b.engagement_id), coalesce(c.held, 0), coalesce(c.planned, 0), coalesce(c.minutes, 0),
       coalesce(c.present, 0), coalesce(b.whole, 0), coalesce(b.part, 0), coalesce(b.waived, 0)
  FROM sec.practice_counts(%s) c FULL JOIN sec.practice_billing(%s) b ON b.engagement_id = c.engagement_id
"""


def counts_for_practice(engagements: Iterable[UUID]) -> Mapping[UUID, Counts]:
    """Return the numbers of those of `engagements` whose practice the person asking administers. One query."""
    asked = list(engagements)
    with connection.cursor() as cursor:
        cursor.execute(COUNTS, [asked, asked])
        return {engagement: Counts(*numbers) for engagement, *numbers in cursor.fetchall()}
