"""What the database already holds of a supervisor's work, as far as an import needs it."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import connection

from accounts.models import ClientOrganisation, Person, Practice, User, VatStanding
from engagements.models import Contract, CoSupervisor, Engagement, Event, Participation, VatClass
from engagements.terms import VAT_RATES
from formats.people import NamedPerson
from sessions.importing.rows import code_key
from sessions.models import Booking, Session

_VAT_CLASSES = {
    VatStanding.REGISTERED: VatClass.STANDARD,
    VatStanding.SMALL: VatClass.SMALL,
    VatStanding.EXEMPT: VatClass.EXEMPT,
}


@dataclass
class KnownProcess:
    """An engagement that is here: its people, and when sessions of it start or were imported to start."""

    engagement: Engagement
    minutes: int | None
    mode: str | None
    people: list[NamedPerson] = field(default_factory=list)
    starts: Counter[datetime] = field(default_factory=Counter)


@dataclass(frozen=True)
class Booked:
    """A stretch of the supervisor's time that is taken, and by what."""

    session: UUID
    starts_at: datetime
    ends_at: datetime
    engagement: UUID | None
    title: str


@dataclass
class Known:
    """Everything of one supervisor in one practice; the VAT class is the practice's, its rate in per cent."""

    vat_class: VatClass
    vat_rate: Decimal
    processes: dict[str, KnownProcess]
    organisations: list[ClientOrganisation]
    persons: dict[str, Person]
    booked: list[Booked]
    led_with_others: set[UUID]


def known_of(supervisor: User, practice: Practice) -> Known:
    """Return what is here; asks as the person asking, in nine queries."""
    engagements = list(Engagement.objects.filter(lead=supervisor).without_examples().exclude(reference=""))
    processes = {each.pk: KnownProcess(each, None, None) for each in engagements}
    for contract in Contract.objects.filter(engagement__in=engagements).order_by("version"):
        processes[contract.engagement_id].minutes = contract.minutes
        processes[contract.engagement_id].mode = contract.mode
    for participation in Participation.objects.filter(engagement__in=engagements).select_related("person"):
        person = participation.person
        processes[participation.engagement_id].people.append(
            NamedPerson(person.given_name, person.family_name, person.email.lower(), participation.line_manager)
        )
    _count_starts(processes)
    vat_class = _VAT_CLASSES[VatStanding(practice.vat_standing)]
    return Known(
        vat_class,
        VAT_RATES.get(vat_class, Decimal(0)),
        {code_key(each.engagement.reference): each for each in processes.values()},
        list(ClientOrganisation.objects.without_examples().filter(practice=practice)),
        {person.email.lower(): person for person in Person.objects.filter(practice=practice).exclude(email="")},
        _booked(supervisor),
        set(CoSupervisor.objects.current().filter(engagement__in=engagements).values_list("engagement", flat=True)),
    )


def _booked(supervisor: User) -> list[Booked]:
    """Everything that takes the supervisor's time, also in engagements whose rows they no longer see."""
    bookings = list(Booking.objects.filter(user=supervisor))
    sessions = Session.objects.filter(pk__in=[booking.session_id for booking in bookings]).select_related("engagement")
    seen = {session.pk: session.engagement for session in sessions}
    booked: list[Booked] = []
    for booking in bookings:
        engagement = seen.get(booking.session_id)
        booked.append(
            Booked(
                booking.session_id,
                booking.during.lower,
                booking.during.upper,
                engagement.pk if engagement else None,
                engagement.title if engagement else "",
            )
        )
    return booked


def someone_busy(engagement: UUID, starts_at: datetime, ends_at: datetime) -> bool:
    """Return whether a supervisor of an engagement that is here is taken then. One query."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM sec.busy(%s, %s, %s, NULL))", [engagement, starts_at, ends_at])
        row = cursor.fetchone()
    return bool(row and row[0])


def _count_starts(processes: dict[UUID, KnownProcess]) -> None:
    """Count starts as they are now and as they were imported: a session moved since does not come in again."""
    for engagement, starts_at in Session.objects.filter(engagement__in=processes).values_list(
        "engagement", "starts_at"
    ):
        processes[engagement].starts[starts_at] += 1
    imports: dict[UUID, Counter[datetime]] = {engagement: Counter() for engagement in processes}
    for engagement, data in Event.objects.filter(engagement__in=processes, kind=Event.Kind.IMPORTED).values_list(
        "engagement", "data"
    ):
        imports[engagement].update(datetime.fromisoformat(start) for start in data.get("starts", []))
    for engagement, imported in imports.items():
        processes[engagement].starts |= imported
