"""What a client may know of the sessions held. The database decides it by the clause; here it gets its Python face."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
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
