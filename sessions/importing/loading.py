"""Writing what a plan says, as the supervisor, in the running transaction."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import ClientOrganisation, Person, Practice, User
from audit import trail
from audit.asking import acting_as
from engagements.models import (
    Contract,
    ContractParty,
    Ending,
    Engagement,
    Event,
    Participation,
    Process,
    State,
    VatClass,
)
from engagements.terms import collect, digest, freeze
from engagements.wording import frozen as wording
from engagements.wording import words_of
from formats.clock import HELSINKI
from formats.people import NamedPerson
from sessions import fees
from sessions.importing.checks import NewSession, Plan, net_price, plan_of
from sessions.importing.known import Known, known_of
from sessions.importing.rows import PersonRow, ProcessRow, Standing, code_key
from sessions.importing.sheets import Book
from sessions.models import Session, SessionState


@dataclass
class Made:
    """What an import has made, by its ids."""

    engagements: list[UUID] = field(default_factory=list)
    organisations: list[UUID] = field(default_factory=list)
    persons: list[UUID] = field(default_factory=list)
    participations: list[UUID] = field(default_factory=list)
    contacts: list[UUID] = field(default_factory=list)
    sessions: list[UUID] = field(default_factory=list)


@dataclass(frozen=True)
class Outcome:
    """What was planned, the titles of sheets that were not understood, whether it is written, and what was made."""

    plan: Plan
    unknown: Sequence[str]
    written: bool
    made: Made = field(default_factory=Made)


#: A process of at most this many sessions is a short one.
SHORT_SESSIONS = 5
BATCH = 500

#: What each standing makes of the engagement.
STATES = {
    Standing.DRAFT: State.DRAFT,
    Standing.OFFERED: State.OFFERED,
    Standing.SIGNED: State.ACTIVE,
    Standing.PAUSED: State.PAUSED,
    Standing.ENDED: State.CLOSED,
}


def import_book(
    book: Book, *, supervisor: User, practice: Practice, now: datetime, skip_errors: bool = False, dry_run: bool = False
) -> Outcome:
    """Bring `book` in as `supervisor`, in one transaction, and return what became of every row.

    With errors nothing is written unless `skip_errors` leaves their rows out. `dry_run` does everything and takes it
    back. Raises IntegrityError when somebody booked the same time meanwhile; nothing is written then.
    """
    with acting_as(supervisor):
        known = known_of(supervisor, practice)
        plan = plan_of(book, known)
        if plan.has_errors and not skip_errors:
            return Outcome(plan, book.unknown, written=False)
        made = load(plan, known, supervisor=supervisor, practice=practice, now=now)
        if dry_run:
            transaction.set_rollback(True)
        return Outcome(plan, book.unknown, not dry_run, made)


def load(plan: Plan, known: Known, *, supervisor: User, practice: Practice, now: datetime) -> Made:
    """Write the processes, people and sessions of `plan`, and return what was made.

    Contracts that the list calls signed are agreed on paper; where it says nothing and sessions were held, orally.
    Who was present is not in such a list, so no attendance is written.
    """
    made = Made()
    with override(supervisor.language):
        engagements = {key: process.engagement for key, process in known.processes.items()}
        engagements |= _engagements(plan, known, made, supervisor=supervisor, practice=practice, now=now)
        _people(plan.people, engagements, known, made, supervisor=supervisor, practice=practice)
        _sessions(plan.sessions, engagements, made, now=now)
        first_held = _first_held(plan)
        for key, row in plan.processes.items():
            _contract(row, engagements[key], known, first_held.get(key), supervisor=supervisor, now=now)
        _tell(plan, engagements, supervisor=supervisor, now=now)
    return made


# --- processes ------------------------------------------------------------------------------------------------------


def _first_held(plan: Plan) -> dict[str, date]:
    """The day of each process's first held session."""
    first: dict[str, date] = {}
    for each in plan.sessions:
        if each.row.state == "held":
            key, day = code_key(each.row.code), each.row.starts_at.date()
            first[key] = min(day, first.get(key, day))
    return first


def _engagements(
    plan: Plan, known: Known, told: Made, *, supervisor: User, practice: Practice, now: datetime
) -> dict[str, Engagement]:
    clients = _clients(plan.processes.values(), known, told, practice)
    held = _first_held(plan)
    made: dict[str, Engagement] = {}
    for key, row in plan.processes.items():
        if row.standing is Standing.UNSAID:
            state = State.ACTIVE if key in held else State.DRAFT
        else:
            state = STATES[row.standing]
        client = clients.get(_client_key(row))
        whose = client.name[:70] if client else _("Supervision")
        engagement = Engagement(
            practice=practice,
            lead=supervisor,
            client=client,
            title=(row.title or f"{whose} ({row.code})")[:120],
            reference=row.code,
            form=row.form,
            focus=row.focus,
            process=_process(row.count),
            language=supervisor.language,
            state=state,
            starts_on=row.starts_on,
        )
        if state == State.CLOSED:
            engagement.closed_at = now
            engagement.ending = Ending.COMPLETED
        made[key] = engagement
    Engagement.objects.bulk_create(made.values(), BATCH)
    told.engagements += [each.pk for each in made.values()]
    return made


def _process(count: int | None) -> Process:
    if count == 1:
        return Process.SINGLE
    return Process.SHORT if count and count <= SHORT_SESSIONS else Process.LONG


def _client_key(row: ProcessRow) -> str:
    return row.business_id or row.client.casefold()


def _clients(rows: Iterable[ProcessRow], known: Known, told: Made, practice: Practice) -> dict[str, ClientOrganisation]:
    """Return the organisations of rows by business id, or by name where the list gives none; makes the missing."""
    clients = {each.name.casefold(): each for each in known.organisations}
    clients |= {each.business_id: each for each in known.organisations if each.business_id}
    missing: dict[str, ClientOrganisation] = {}
    for row in rows:
        key = _client_key(row)
        if row.client and key not in clients and key not in missing:
            missing[key] = ClientOrganisation(practice=practice, name=row.client, business_id=row.business_id)
    ClientOrganisation.objects.bulk_create(missing.values(), BATCH)
    told.organisations += [each.pk for each in missing.values()]
    return {**clients, **missing}


def _contract(
    row: ProcessRow, engagement: Engagement, known: Known, first_held: date | None, *, supervisor: User, now: datetime
) -> None:
    contract = Contract(
        engagement=engagement,
        minutes=row.minutes,
        sessions_agreed=row.count,
        cancel_notice_hours=row.notice,
        **_when(row),
        **_price(row, known),
    )
    if row.mode:
        contract.mode = row.mode
    Contract.objects.bulk_create([contract])
    ContractParty.objects.bulk_create(
        [
            ContractParty(
                contract=contract, kind=ContractParty.Kind.SUPERVISOR, user=supervisor, signs=True, position=0
            ),
            ContractParty(
                contract=contract, kind=ContractParty.Kind.SUPERVISEE, signs=True, sets_goals=True, position=1
            ),
        ]
    )
    if engagement.state == State.DRAFT:
        return
    terms = collect(contract)
    words = wording.freeze(words_of(terms))
    frozen = {"terms": freeze(terms), "terms_hash": digest(terms), "wording": words}
    if engagement.state == State.OFFERED:
        Contract.objects.filter(pk=contract.pk).update(state=Contract.State.OFFERED, offered_at=now, **frozen)
        return
    oral = row.standing is Standing.UNSAID
    today = now.astimezone(HELSINKI).date()
    Contract.objects.filter(pk=contract.pk).update(
        state=Contract.State.AGREED,
        agreed_on=min(row.starts_on or today, first_held or today, today),
        agreed_how=Contract.How.ORAL if oral else Contract.How.PAPER,
        agreed_note=_("Imported: sessions had been held.") if oral else _("Imported as signed."),
        recorded_by=supervisor,
        **frozen,
    )


def _when(row: ProcessRow) -> dict[str, object]:
    """The columns of rhythm and regular time; Contract counts weekdays from 1."""
    when: dict[str, object] = {}
    if row.rhythm and row.rhythm.every is not None:
        when |= {"rhythm": row.rhythm.unit, "rhythm_every": row.rhythm.every}
    if row.weekly:
        weekday = row.weekly.weekday
        when |= {"weekday": None if weekday is None else weekday + 1, "time": row.weekly.start}
    return when


def _price(row: ProcessRow, known: Known) -> dict[str, object]:
    """The columns of the price, without VAT. Which class it is in, the practice's own standing says."""
    columns: dict[str, object] = {"vat_class": known.vat_class}
    if known.vat_class == VatClass.EXEMPT:
        columns["vat_reason"] = _("As the practice has stated.")
    if row.price is not None:
        columns["price"] = net_price(row.price, known)
        if row.price.unit is not None:
            columns["price_per"] = str(row.price.unit)
    return columns


# --- people and sessions --------------------------------------------------------------------------------------------


def _people(
    rows: list[PersonRow],
    engagements: dict[str, Engagement],
    known: Known,
    told: Made,
    *,
    supervisor: User,
    practice: Practice,
) -> None:
    """One Person an address; without an address one for each process, since only there the name tells who it is."""
    by_email = dict(known.persons)
    made: list[Person] = []
    participations: list[Participation] = []
    for row in rows:
        person = by_email.get(row.person.email) if row.person.email else None
        if person is None:
            person = _person(row.person, practice, supervisor)
            made.append(person)
            if row.person.email:
                by_email[row.person.email] = person
        engagement = engagements[code_key(row.code)]
        participations.append(
            Participation(
                engagement=engagement,
                person=person,
                line_manager=row.person.line_manager,
                joined_on=engagement.starts_on,
            )
        )
    Person.objects.bulk_create(made, BATCH)
    Participation.objects.bulk_create(participations, BATCH)
    told.persons += [each.pk for each in made]
    told.participations += [each.pk for each in participations]


def _person(named: NamedPerson, practice: Practice, supervisor: User) -> Person:
    return Person(
        practice=practice,
        given_name=named.given_name,
        family_name=named.family_name,
        email=named.email,
        language=supervisor.language,
    )


def _sessions(new: list[NewSession], engagements: dict[str, Engagement], told: Made, *, now: datetime) -> None:
    """What was held is charged; whether what was cancelled late has been, the list does not say, so it is not."""
    made = Session.objects.bulk_create(
        [
            Session(
                engagement=engagements[code_key(each.row.code)],
                starts_at=each.row.starts_at,
                ends_at=each.ends_at,
                mode=each.mode,
                place=each.row.place,
                state=each.row.state,
                marked_at=None if each.row.state == "planned" else now,
            )
            for each in new
        ],
        BATCH,
    )
    told.sessions += [each.pk for each in made]
    fees.freeze_all([(session, None) for session in made if session.state != SessionState.PLANNED], now)


def _tell(plan: Plan, engagements: dict[str, Engagement], *, supervisor: User, now: datetime) -> None:
    """One event and one audit entry for each process that got something; the starts make a second run add nothing."""
    starts: dict[str, list[str]] = {key: [] for key in plan.processes}
    people: dict[str, int] = {}
    for session in plan.sessions:
        starts.setdefault(code_key(session.row.code), []).append(session.row.starts_at.isoformat())
    for person in plan.people:
        key = code_key(person.code)
        starts.setdefault(key, [])
        people[key] = people.get(key, 0) + 1
    for key, imported in starts.items():
        engagement = engagements[key]
        Event.tell(engagement, Event.Kind.IMPORTED, by=supervisor, now=now, starts=imported)
        trail.record(
            engagement.pk,
            "engagement.imported",
            actor=supervisor,
            obj=engagement,
            data={"people": people.get(key, 0), "sessions": len(imported)},
        )
