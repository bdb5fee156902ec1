"""What other pages show of reports: *Tänään*, the supervisee's home, the client's."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from dateutil.relativedelta import relativedelta
from django.contrib.postgres.fields import ArrayField
from django.db.models import Exists, F, IntegerField, OuterRef, Subquery
from django.db.models.expressions import RawSQL

from accounts.models import User
from engagements.models import Approval, Contract, Engagement, ReportingClause
from engagements.models.contract import TODAY, ToldWhen
from evaluations.rounds.usual import local_day
from reports.models import Answer, Asked, Kind, Report, ReportState
from reports.models.report import ReportQuerySet


def to_approve(user: User, *, most: int) -> Iterable[Asked]:
    """Return what `user` is asked to approve and has not answered, also in a process that they have left. One query."""
    mine = Asked.objects.filter(participation__person__user=user, report__state=ReportState.ASKED)
    standing = mine.filter(revision__number=F("report__revision"))
    answered = Answer.objects.filter(revision=OuterRef("revision"), participation=OuterRef("participation"))
    open_ones = standing.exclude(Exists(answered)).select_related("report__engagement")
    return open_ones.order_by("answer_by", "pk")[:most]


def to_acknowledge(user: User, *, most: int) -> Iterable[Report]:
    """Return what `user` has received for the client and not acknowledged. One query."""
    found = Report.objects.received_by(user).filter(state=ReportState.RELEASED)
    return found.exclude(acknowledgements__user=user).select_related("engagement").order_by("released_at", "pk")[:most]


@dataclass(frozen=True)
class Numbers:
    """How the approvals of a report stand: how many are settled, how many object, of how many."""

    settled: int
    objects: int
    needed: int

    @property
    def complete(self) -> bool:
        return not self.objects and self.settled == self.needed


def with_numbers(reports: ReportQuerySet, now: datetime) -> Any:
    """Return `reports`, each with how its approvals stand as `numbers`: for `stand_of`."""
    asked = RawSQL(
        "CASE WHEN reports_report.state = 'asked' THEN (SELECT ARRAY[n.settled, n.objects, n.needed]"
        " FROM sec.approvals_in_numbers(reports_report.id, %s) n) END",
        [now],
        output_field=ArrayField(IntegerField()),
    )
    return reports.annotate(numbers=asked)


def stand_of(report: Any) -> Numbers | None:
    """Return how the approvals of a row of `with_numbers` stand; None: nobody is asked about it."""
    return Numbers(*report.numbers) if report.numbers else None


def to_move(user: User, now: datetime, *, most: int) -> list[tuple[Report, Numbers]]:
    """Return what `user` has asked about and can move: what somebody objects to, and what everybody has settled. One
    query.
    """
    asked = Report.objects.led_by(user).filter(state=ReportState.ASKED).select_related("engagement")
    found = with_numbers(asked, now).order_by("answer_by", "pk")[: 5 * most]
    stand = ((each, stand_of(each)) for each in found)
    return [(each, how) for each, how in stand if how and (how.objects or how.complete)][:most]


# --- what the clause has due ----------------------------------------------------------------------------------------

#: For how long after it fell due a report is asked for; what nobody wrote by then is no news any more.
ASKED_FOR: Final = timedelta(days=60)
#: How long before its day a report may have been begun that is written for it.
EARLY: Final = timedelta(days=30)
HALF_A_YEAR: Final = 6


def due(engagement: Engagement, now: datetime) -> dict[str, date]:
    """Return which kinds of report the clause of a process names by a day that has come and nobody has begun for it,
    each with that day. One query.

    Facts without approval stand on the client's pages by themselves: a report is due of what takes approval.
    """
    told = Contract.objects.filter(engagement=engagement).in_force(TODAY)
    lines = ReportingClause.objects.filter(contract__in=told.values("pk"), approval=Approval.EVERYONE)
    lines = lines.exclude(when=ToldWhen.REQUEST)
    lines = lines.annotate(interim=Subquery(latest(Kind.INTERIM)), final=Subquery(latest(Kind.FINAL)))
    today = local_day(now)
    found: dict[str, date] = {}
    for line in lines.order_by("when", "what"):
        kind = Kind.FINAL if line.when == ToldWhen.END else Kind.INTERIM
        day = due_on(line.when, engagement, today)
        begun = getattr(line, kind.value)
        early = timedelta(0) if line.when == ToldWhen.MONTHLY else EARLY
        if day and day >= today - ASKED_FOR and not (begun and local_day(begun) >= day - early):
            found.setdefault(kind, day)
    return found


def latest(kind: str) -> Any:
    """When the latest report of a kind was begun in the process of a line; what was withdrawn does not count."""
    standing = Report.objects.exclude(state=ReportState.WITHDRAWN).filter(kind=kind)
    of_process = standing.filter(engagement=OuterRef("contract__engagement")).order_by("-created_at")
    return of_process.values("created_at")[:1]


def due_on(when: str, engagement: Engagement, today: date) -> date | None:
    """Return the latest day up to `today` on which the clause has something told; None: none yet.

    As `sec.report_lines` has it: after each month, each half-year from the beginning, from the middle, from the end.
    """
    first, last = engagement.starts_on, engagement.ends_on
    closed = local_day(engagement.closed_at) if engagement.closed_at else None
    day: date | None = None
    if when == ToldWhen.MONTHLY:
        day = today.replace(day=1)
    elif when == ToldWhen.HALF_YEARLY and first:
        passed = relativedelta(today, first)
        halves = (12 * passed.years + passed.months) // HALF_A_YEAR
        day = first + relativedelta(months=HALF_A_YEAR * halves) if halves > 0 else None
    elif when == ToldWhen.MIDPOINT:
        day = first + (last - first) / 2 if first and last else closed
    elif when == ToldWhen.END:
        day = closed or last
    return day if day and day <= today and (first is None or day > first) else None
