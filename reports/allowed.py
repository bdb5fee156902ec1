"""What the agreed clause lets a report tell, to whom and when. The rule is the database's: `sec.report_lines`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

from engagements.models import Engagement, Told
from reports.models import Kind
from reports.text import ORDER


@dataclass(frozen=True)
class Line:
    """One section as the clause lets it be told to one reader.

    needs: every supervisee approves first; silence: after how many days it counts as a yes (None: never); since: of
    which day on (None: from the beginning); reach: up to which day as of now (None: not yet).
    """

    what: str
    person: UUID
    needs: bool
    silence: int | None
    since: date | None
    reach: date | None


@dataclass(frozen=True)
class Allowed:
    """One section of one kind of report, for everybody who may read it."""

    what: str
    lines: Sequence[Line]

    @property
    def label(self) -> str:
        return str(Told(self.what).label)

    @property
    def named(self) -> bool:
        return bool(self.lines)

    @property
    def needs_approval(self) -> bool:
        return any(line.needs for line in self.lines)

    @property
    def reach(self) -> date | None:
        return max((line.reach for line in self.lines if line.reach), default=None)

    @property
    def silence(self) -> int | None:
        """After how many days silence counts for this section; None: never."""
        return silence_of(self.lines, [self.what])

    @property
    def begins(self) -> date | None:
        """From which day on it is told to anybody at all; None: from the beginning of the process."""
        days = [line.since for line in self.lines]
        return None if None in days else min((day for day in days if day), default=None)

    @property
    def why_not(self) -> str:
        """Why the section cannot stand in a report of this kind; "" when it can."""
        if not self.lines:
            return _("The clause of the contract does not name this for such a report.")
        return ""


def lines(engagement: UUID, kind: str, *, now: datetime) -> list[Line]:
    """Return what the contract in force lets a report of `kind` tell, by section and reader. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT what, person, needs, silence, since, reach FROM sec.allowed_in_reports(%s, %s, %s)",
            [engagement, kind, now],
        )
        return [Line(*row) for row in cursor.fetchall()]


def sections(engagement: Engagement, kind: str, *, now: datetime) -> Mapping[str, Allowed]:
    """Return every section there is, in order, with what the clause says of it for a report of `kind`. One query."""
    found = lines(engagement.pk, kind, now=now)
    return {what: Allowed(what, [line for line in found if line.what == what]) for what in ORDER}


def kinds(engagement: Engagement, *, now: datetime) -> dict[str, Mapping[str, Allowed]]:
    """Return the sections by kind of report, kinds of which the clause names nothing included. Three queries."""
    return {kind: sections(engagement, kind, now=now) for kind in Kind.values}


def silence_of(found: Sequence[Line], names: Sequence[str]) -> int | None:
    """Return after how many days silence counts for a report of the sections `names`; None: it never does."""
    asked = [line for line in found if line.what in names and line.needs]
    if not asked or any(line.silence is None for line in asked):
        return None
    return max(line.silence or 0 for line in asked)


def needs_approval(found: Sequence[Line], names: Sequence[str]) -> bool:
    return any(line.needs for line in found if line.what in names)
