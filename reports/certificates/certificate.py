"""A certificate of taking part in supervision (todistus työnohjaukseen osallistumisesta): facts, no content.

It tells what one supervisee attended themselves, never what was talked about, who else was there, or who paid: the
client is named only where the supervisee wants it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, DurationField, ExpressionWrapper, F, Max, Min, Sum
from django.utils import translation
from django.utils.translation import gettext

from accounts.models import User
from engagements.models import Contract, CoSupervisor, Engagement, Participation, State
from engagements.models.contract import TODAY
from formats.clock import HELSINKI
from sessions.models import Attendance, SessionState

SHEET: Final = "print-certificate.css"
#: The unit in which training is counted, in minutes.
UNIT: Final = 45
#: From so many sessions on a certificate is offered before the process is over (domain.md, 1).
OFFERED_FROM: Final = 10


@dataclass(frozen=True)
class Attended:
    """What one person attended of one process: how many held sessions, their minutes, the first and the last day."""

    sessions: int
    minutes: int
    since: date
    until: date

    @property
    def units(self) -> Decimal:
        """The minutes in units of 45 minutes, to one decimal."""
        return (Decimal(self.minutes) / UNIT).quantize(Decimal("0.1"), ROUND_HALF_UP)


@dataclass(frozen=True)
class Attendee:
    """A row of the page: a supervisee, by their latest participation, and what they attended (None: nothing yet)."""

    participation: Participation
    attended: Attended | None
    offered: bool


@dataclass(frozen=True)
class Certificate:
    """What stands in the file."""

    name: str
    form: str
    attended: Attended
    supervisors: tuple[tuple[str, str], ...]
    practice: str
    business_id: str
    client: str
    closed_on: date | None
    issued_on: date
    example: bool


def attendees(engagement: Engagement, asker: User, *, leads: bool) -> list[Attendee]:
    """Return the supervisees of `engagement`, once each, also those who have left; to a supervisee themselves alone.

    Two queries.
    """
    rows = Participation.objects.filter(engagement=engagement).select_related("person")
    if not leads:
        rows = rows.filter(person__user=asker)
    latest = {row.person_id: row for row in rows.order_by(F("left_on").asc(nulls_last=True), "joined_on", "pk")}
    known = attended_in(engagement, list(latest)) if latest else {}
    closed = engagement.state == State.CLOSED
    return [
        Attendee(row, found, found is not None and (closed or found.sessions >= OFFERED_FROM))
        for row in sorted(latest.values(), key=lambda row: (row.person.sort_key, str(row.pk)))
        for found in [known.get(row.person_id)]
    ]


def attended_in(engagement: Engagement, people: list[UUID]) -> Mapping[UUID, Attended]:
    """Return by person what they attended of the held sessions. One query; whoever attended none is left out."""
    length = ExpressionWrapper(F("session__ends_at") - F("session__starts_at"), DurationField())
    rows: Any = (
        Attendance.objects.filter(
            session__engagement=engagement, session__state=SessionState.HELD,
            presence=Attendance.Presence.PRESENT, participation__person__in=people,
        )
        .order_by()
        .values("participation__person")
        .annotate(
            sessions=Count("session", distinct=True), lasted=Sum(length),
            first=Min("session__starts_at"), last=Max("session__starts_at"),
        )
    )  # fmt: skip
    return {
        row["participation__person"]: Attended(
            row["sessions"], row["lasted"] // timedelta(minutes=1), day_of(row["first"]), day_of(row["last"])
        )
        for row in rows
    }


def day_of(moment: datetime) -> date:
    return moment.astimezone(HELSINKI).date()


def client_of(engagement: Engagement) -> str:
    """Return the client's name as the contract has it, which its supervisees read too; empty where none is. One query.

    The row of the organisation itself the database shows to those alone who work with it.
    """
    contract = engagement.contracts.exclude(state=Contract.State.DRAFT).governing(TODAY).first()
    terms: Mapping[str, Any] = (contract.terms or {}) if contract else {}
    return str((terms.get("client") or {}).get("name") or "")


def title_of(user: User) -> str:
    """Return the title of a supervisor, in the active language.

    The word itself is free for all to use; a protected one (Työnohjaaja STOry) has to be shown by the portfolio, which
    stands above this room.
    """
    return gettext("supervisor")


def collect(
    participation: Participation, attended: Attended, *, engagement: Engagement, language: str, with_client: bool,
    now: datetime,
) -> Certificate:  # fmt: skip
    """Return the certificate of one who has attended something."""
    client = client_of(engagement) if with_client else ""
    co_supervisors = CoSupervisor.objects.current().filter(engagement=engagement).select_related("user")
    leaders = [engagement.lead, *(row.user for row in co_supervisors.order_by("since"))]
    with translation.override(language):
        return Certificate(
            name=participation.person.name,
            form=str(engagement.get_form_display()),
            attended=attended,
            supervisors=tuple((user.name, title_of(user)) for user in leaders),
            practice=engagement.practice.name,
            business_id=engagement.practice.business_id,
            client=client,
            closed_on=day_of(engagement.closed_at) if engagement.closed_at else None,
            issued_on=day_of(now),
            example=engagement.example,
        )


def as_pdf(certificate: Certificate, language: str) -> bytes:
    """Return the certificate as a file; that of an example says that it is one."""
    from documents.pdf import render  # WeasyPrint takes a second to import

    context = {"certificate": certificate, "unit": UNIT}
    return render("pdf/certificate.html", context, language, draft=False, example=certificate.example, sheet=SHEET)
