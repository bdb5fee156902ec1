"""What the client is told: the agreed reporting clause, asked by everything that shows a client anything.

The rule itself is the database's function `sec.told`, so that no page can forget it; here it gets its Python face.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from engagements.models import Approval, Contract, ReportingClause, Told


def told(now: datetime) -> Mapping[UUID, Mapping[Told, datetime]]:
    """Return which facts the person asking is told now, by engagement, and up to when. One query.

    A fact is told only by a line of the agreed contract that names it, to a reader that the line names, when it says
    (what is told monthly reaches to the end of the last month; what is told at the end, from the closing on), and only
    when the line asks for nobody's approval. What is not in the answer is not told.
    """
    facts: dict[UUID, dict[Told, datetime]] = {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT engagement_id, what, until FROM sec.told(%s)", [now])
        for engagement, what, until in cursor.fetchall():
            facts.setdefault(engagement, {})[Told(what)] = until
    return facts


def is_told(engagement: UUID, what: Told, *, now: datetime) -> bool:
    """Return whether the person asking, as the client of `engagement`, is told `what` now."""
    return what in told(now).get(engagement, {})


@dataclass(frozen=True)
class Line:
    """One line of a clause in words, ready to be shown."""

    what: str
    to: str
    when: str
    approval: str
    silence_days: int | None
    needs_approval: bool


def lines(contract: Contract) -> list[Line]:
    """Return the clause of `contract` in words of the active language. One query, or none when it is prefetched."""
    return [line_of(clause) for clause in contract.reporting.all()]


def line_of(clause: ReportingClause) -> Line:
    return Line(
        what=clause.get_what_display(),
        to=clause.get_to_display(),
        when=clause.get_when_display(),
        approval=clause.get_approval_display(),
        silence_days=clause.silence_days,
        needs_approval=clause.approval == Approval.EVERYONE,
    )
