"""A nation to measure with: 3,000 supervisors, 60,000 supervisees and a million sessions, in a few minutes.

Written as the owner by INSERT … SELECT, a table at a time, with the tables' own triggers resting: bookings are made as
those would make them, and the constraints, that of double booking among them, read every row. Rows are found again by
keys that follow from their numbers.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import psycopg
from django.conf import settings
from django.db import connection, transaction
from django.db.models import GeneratedField, Model
from psycopg import sql
from psycopg.types.json import Jsonb
from stdnum.fi import ytunnus

from accounts.models import ClientOrganisation, Contact, Membership, Person, Practice, User
from audit import asking
from audit.roles import Role, role_url
from engagements.models import (
    Contract,
    ContractParty,
    Engagement,
    Event,
    Form,
    Participation,
    ReportingClause,
    State,
)
from engagements.terms import collect, digest, freeze
from formats.clock import HELSINKI
from sessions.models import Attendance, Booking, Session, SessionState

FIRST: Final = "ohjaaja0@kansa.example"
SUPERVISORS: Final = 3000
#: Practices of each size, the largest first; those that are left over share practices of the last size.
SIZES: Final = ((200, 2), (20, 50), (4, 400))
SUPERVISEES: Final = 20  # a supervisor, four in each of five processes at a time
CLIENTS: Final = 3  # a supervisor
GENERATIONS: Final = 3  # of five processes each, one after another; the last one runs now
FORTNIGHTS: Final = 67  # of five sessions each: 335 a supervisor, the first 104 weeks ago
PER_GENERATION: Final = 22

FAMILY: Final = ["Virtanen", "Korhonen", "Mäkinen", "Nieminen", "Öberg", "Åkerlund", "Laine", "Salo", "Lahti"]
GIVEN: Final = ["Anna", "Mikko", "Sari", "Jukka", "Åsa", "Timo", "Päivi", "Ville", "Öönä", "Eero", "Liisa"]


@dataclass(frozen=True)
class Source:
    """Rows to insert: `columns` of `model` as SQL over `rows`. Columns that are not named get the model's defaults."""

    model: type[Model]
    rows: str
    columns: Mapping[str, str]

    def statement(self) -> tuple[sql.Composed, list[Any]]:
        names: list[sql.Composable] = []
        values: list[sql.Composable] = []
        parameters: list[Any] = []
        for field in self.model._meta.concrete_fields:
            column = str(field.column)
            if column in self.columns:
                values.append(sql.SQL(self.columns[column]))
            elif isinstance(field, GeneratedField) or field.null or field.db_returning:
                continue
            else:
                values.append(sql.Placeholder())
                default = field.get_default()
                parameters.append(Jsonb(default) if isinstance(default, dict | list) else default)
            names.append(sql.Identifier(column))
        made = sql.SQL("INSERT INTO {} ({}) SELECT {} FROM ").format(
            sql.Identifier(self.model._meta.db_table), sql.SQL(", ").join(names), sql.SQL(", ").join(values)
        )
        return made + sql.SQL(self.rows), parameters


def is_there() -> bool:
    return User.objects.filter(email=FIRST).exists()


def make(now: datetime) -> dict[str, int]:
    """Make the nation around `now`, in one transaction; returns how many rows of each table were made."""
    terms, terms_hash = terms_of_one(now)
    made: dict[str, int] = {}
    with psycopg.connect(owner_address()) as owner, owner.cursor() as cursor:
        prepare(cursor, now, terms, terms_hash)
        for source in sources():
            table = sql.Identifier(source.model._meta.db_table)
            cursor.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(table))
            cursor.execute(*source.statement())
            name = str(source.model._meta.verbose_name_plural)
            made[name] = made.get(name, 0) + cursor.rowcount
            cursor.execute(sql.SQL("SET CONSTRAINTS ALL IMMEDIATE"))
            cursor.execute(sql.SQL("ALTER TABLE {} ENABLE TRIGGER USER").format(table))
        cursor.execute("ANALYZE")
    return made


def owner_address() -> str:
    """The owner's address of the database that this process uses."""
    name = connection.settings_dict["NAME"]
    return psycopg.conninfo.make_conninfo(
        role_url(settings.DATABASE_URL, Role.OWNER, settings.DATABASE_ROLE_NAMES.prefix), dbname=name
    )


def terms_of_one(now: datetime) -> tuple[dict[str, Any], str]:
    """Return the terms of a contract that is made and taken back at once, and their hash: all have the same."""
    with transaction.atomic():
        user = User.objects.create_user(FIRST, full_name="Ohjaaja 0")
        asking.become(user)
        practice = Practice.objects.create(
            name="Kansa", business_id=next(business_ids()), street="-", postcode="-", city="-"
        )
        for kind in Membership.Kind.values:
            Membership.objects.create(practice=practice, user=user, kind=kind)
        engagement = Engagement.objects.create(practice=practice, lead=user, title="Prosessi", form=Form.GROUP)
        contract = Contract.objects.create(
            engagement=engagement, minutes=60, sessions_agreed=PER_GENERATION, price="190.00", cancel_notice_hours=48
        )
        ContractParty.objects.create(contract=contract, kind=ContractParty.Kind.SUPERVISOR, user=user, signs=True)
        terms = collect(contract)
        transaction.set_rollback(True)
    return freeze(terms), digest(terms)


def business_ids() -> Iterator[str]:
    """Yield made-up business IDs whose check digit is right."""
    for number in range(9_000_000, 9_900_000):
        for check in range(10):
            if ytunnus.is_valid(f"{number}{check}"):
                yield f"{number}-{check}"


def practices() -> Iterator[tuple[int, int]]:
    """Yield (supervisor, practice) for every supervisor, both counted from 0."""
    sizes = [size for size, count in SIZES for _ in range(count)]
    number = practice = 0
    while number < SUPERVISORS:
        size = sizes[practice] if practice < len(sizes) else sizes[-1]
        for supervisor in range(number, min(number + size, SUPERVISORS)):
            yield supervisor, practice
        number, practice = number + size, practice + 1


def prepare(cursor: psycopg.Cursor[Any], now: datetime, terms: dict[str, Any], terms_hash: str) -> None:
    """Make what the statements read: the key of a numbered row, values that are the same for all, and who is who."""
    cursor.execute(
        "CREATE FUNCTION pg_temp.key(kind text, number bigint) RETURNS uuid LANGUAGE sql IMMUTABLE"
        " AS $$ SELECT md5('nation ' || kind || ' ' || number)::uuid $$"
    )
    monday = now.astimezone(HELSINKI).date()
    monday -= timedelta(days=monday.weekday(), weeks=104)
    cursor.execute(
        "CREATE TEMP TABLE the ON COMMIT DROP AS SELECT %s::timestamptz AS now, %s::date AS monday, %s::jsonb AS terms,"
        " %s::text AS terms_hash, %s::text[] AS family, %s::text[] AS given",
        [now, monday, Jsonb(terms), terms_hash, FAMILY, GIVEN],
    )
    cursor.execute("CREATE TEMP TABLE supervisor (s bigint, practice bigint, first boolean) ON COMMIT DROP")
    seen: set[int] = set()
    with cursor.copy("COPY supervisor FROM STDIN") as copy:
        for number, practice in practices():
            copy.write_row((number, practice, practice not in seen))
            seen.add(practice)
    cursor.execute("CREATE TEMP TABLE business (practice bigint, id text) ON COMMIT DROP")
    with cursor.copy("COPY business FROM STDIN") as copy:
        for practice, business_id in zip(sorted(seen), business_ids(), strict=False):
            copy.write_row((practice, business_id))
    cursor.execute(SESSIONS)


# k counts a supervisor's sessions: five a fortnight on Mon, Wed, Fri, Tue and Thu, each weekday one process's, always
# at the same time on the wall. c counts processes, m = c * 4 + 0…3 those who take part in them.
SESSIONS: Final = f"""
CREATE TEMP TABLE meeting ON COMMIT DROP AS
SELECT s, k, number, c, starts_at, starts_at + interval '1 hour' AS ends_at,
       CASE WHEN (s + k) % 37 = 0 THEN '{SessionState.CANCELLED}'
            WHEN starts_at + interval '1 hour' > now THEN '{SessionState.PLANNED}'
            WHEN (s + k) % 89 = 0 THEN '{SessionState.NO_SHOW}' ELSE '{SessionState.HELD}' END AS state
FROM (
  SELECT s, k, s * {FORTNIGHTS * 5} + k AS number, (s * {GENERATIONS} + generation) * 5 + k % 5 AS c, the.now,
         (monday + ((k / 5) * 14 + (ARRAY[0, 2, 4, 8, 10])[k % 5 + 1])::int
          + make_time((8 + (s + generation + k % 5) % 8)::int, 0, 0)) AT TIME ZONE 'Europe/Helsinki' AS starts_at
  FROM supervisor, the, generate_series(0, {FORTNIGHTS * 5 - 1}) k,
       LATERAL (SELECT least({GENERATIONS - 1}, k / {PER_GENERATION * 5}) AS generation) g
) each;
CREATE TEMP TABLE process ON COMMIT DROP AS
SELECT s, practice, c, generation = {GENERATIONS - 1} AS running,
       monday + generation * {PER_GENERATION * 14} AS starts_on,
       (monday + (generation + 1) * {PER_GENERATION * 14}) AT TIME ZONE 'Europe/Helsinki' AS over_at
FROM supervisor, the, generate_series(0, {GENERATIONS - 1}) generation,
     LATERAL (SELECT (s * {GENERATIONS} + generation) * 5 + n AS c FROM generate_series(0, 4) n) p;
ANALYZE meeting; ANALYZE process; ANALYZE supervisor;
"""  # noqa: S608  (numbers and states of this module)


def sources() -> Iterator[Source]:
    """Yield the tables in the order in which they can be filled."""
    yield Source(User, "supervisor", {
        "id": "pg_temp.key('user', s)", "email": "'ohjaaja' || s || '@kansa.example'",
        "full_name": "'Ohjaaja ' || lpad(s::text, 4, '0')", "password": "'!'",
    })  # fmt: skip
    yield Source(Practice, "supervisor JOIN business USING (practice) WHERE first", {
        "id": "pg_temp.key('practice', practice)", "name": "'Työnohjaus ' || practice", "business_id": "business.id",
        "street": "'Isokatu ' || practice", "postcode": "'00100'", "city": "'Helsinki'", "demonstration": "true",
    })  # fmt: skip
    who = {"practice_id": "pg_temp.key('practice', practice)", "user_id": "pg_temp.key('user', s)"}
    yield Source(Membership, "supervisor", {
        "id": "pg_temp.key('supervises', s)", "kind": f"'{Membership.Kind.SUPERVISOR}'", **who,
    })  # fmt: skip
    yield Source(Membership, "supervisor WHERE first", {
        "id": "pg_temp.key('administers', s)", "kind": f"'{Membership.Kind.ADMIN}'", **who,
    })  # fmt: skip
    client = f"supervisor, generate_series(0, {CLIENTS - 1}) n, LATERAL (SELECT s * {CLIENTS} + n AS o) x"
    yield Source(ClientOrganisation, client, {
        "id": "pg_temp.key('client', o)", "practice_id": "pg_temp.key('practice', practice)",
        "name": "'Organisaatio ' || o",
    })  # fmt: skip
    name = {
        "practice_id": "pg_temp.key('practice', practice)",
        "given_name": "given[1 + mod(p, cardinality(given))]",
        "family_name": "family[1 + mod(p, cardinality(family))]",
        "language": "CASE WHEN mod(p, 17) = 0 THEN 'sv' ELSE 'fi' END",
    }  # fmt: skip
    yield Source(
        Person,
        f"the, supervisor, generate_series(0, {SUPERVISEES - 1}) n, LATERAL (SELECT s * {SUPERVISEES} + n AS p) x",
        {"id": "pg_temp.key('person', p)", "email": "'h' || p || '@kansa.example'", **name},
    )
    yield Source(Person, f"the, {client}, LATERAL (SELECT o AS p) y", {
        "id": "pg_temp.key('contact person', o)", "email": "'y' || o || '@kansa.example'", **name,
    })  # fmt: skip
    yield Source(Contact, client, {
        "id": "pg_temp.key('contact', o)", "organisation_id": "pg_temp.key('client', o)",
        "person_id": "pg_temp.key('contact person', o)",
    })  # fmt: skip
    yield from engagements()
    yield from meetings()


def engagements() -> Iterator[Source]:
    yield Source(Engagement, "process", {
        "id": "pg_temp.key('process', c)", "practice_id": "pg_temp.key('practice', practice)",
        "lead_id": "pg_temp.key('user', s)", "client_id": f"pg_temp.key('client', s * {CLIENTS} + mod(c, {CLIENTS}))",
        "title": "'Prosessi ' || c", "form": f"'{Form.GROUP}'", "starts_on": "starts_on",
        "state": f"CASE WHEN running THEN '{State.ACTIVE}' ELSE '{State.CLOSED}' END", "step": "4",
        "ending": "CASE WHEN running THEN '' ELSE 'completed' END",
        "closed_at": "CASE WHEN running THEN NULL ELSE over_at END",
    })  # fmt: skip
    yield Source(Contract, "process, the", {
        "id": "pg_temp.key('contract', c)", "engagement_id": "pg_temp.key('process', c)", "minutes": "60",
        "sessions_agreed": str(PER_GENERATION), "price": "190", "cancel_notice_hours": "48",
        "state": f"'{Contract.State.AGREED}'", "terms": "terms", "terms_hash": "terms_hash", "agreed_on": "starts_on",
        "agreed_how": f"'{Contract.How.PAPER}'",
    })  # fmt: skip
    yield Source(ContractParty, "process", {
        "id": "pg_temp.key('leading', c)", "contract_id": "pg_temp.key('contract', c)",
        "kind": f"'{ContractParty.Kind.SUPERVISOR}'", "user_id": "pg_temp.key('user', s)", "signs": "true",
    })  # fmt: skip
    yield Source(ContractParty, f"process, LATERAL (SELECT s * {CLIENTS} + mod(c, {CLIENTS}) AS o) x", {
        "id": "pg_temp.key('ordering', c)", "contract_id": "pg_temp.key('contract', c)",
        "kind": f"'{ContractParty.Kind.CONTACT}'", "person_id": "pg_temp.key('contact person', o)",
        "contact_id": "pg_temp.key('contact', o)", "orders": "true", "signs": "true", "reads_reports": "true",
    })  # fmt: skip
    yield Source(ReportingClause, "process, unnest(ARRAY['dates', 'minutes']) what", {
        "id": "md5(what || c)::uuid", "contract_id": "pg_temp.key('contract', c)", "what": "what", "when": "'monthly'",
        "approval": "'none'",
    })  # fmt: skip
    yield Source(Participation, "process, generate_series(0, 3) n", {
        "id": "pg_temp.key('taking part', c * 4 + n)", "engagement_id": "pg_temp.key('process', c)",
        "person_id": f"pg_temp.key('person', s * {SUPERVISEES} + mod(c, 5) * 4 + n)", "joined_on": "starts_on",
    })  # fmt: skip


def meetings() -> Iterator[Source]:
    yield Source(Session, "meeting", {
        "id": "pg_temp.key('meeting', number)", "engagement_id": "pg_temp.key('process', c)", "starts_at": "starts_at",
        "ends_at": "ends_at", "state": "state", "place": "'Isokatu 1'",
        "marked_at": f"CASE state WHEN '{SessionState.PLANNED}' THEN NULL ELSE ends_at END",
    })  # fmt: skip
    yield Source(Booking, f"meeting WHERE state <> '{SessionState.CANCELLED}'", {
        "session_id": "pg_temp.key('meeting', number)", "user_id": "pg_temp.key('user', s)",
        "during": "tstzrange(starts_at, ends_at)",
    })  # fmt: skip
    yield Source(Attendance, f"meeting, generate_series(0, 3) n WHERE state = '{SessionState.HELD}'", {
        "id": "pg_temp.key('attendance', number * 4 + n)", "session_id": "pg_temp.key('meeting', number)",
        "participation_id": "pg_temp.key('taking part', c * 4 + n)",
        "presence": "CASE WHEN mod(number + n, 11) = 0 THEN 'absent' ELSE 'present' END",
        "how": "CASE WHEN mod(number + n, 11) = 0 THEN '' ELSE 'in_person' END",
    })  # fmt: skip
    yield Source(Event, f"meeting WHERE state = '{SessionState.HELD}'", {
        "id": "pg_temp.key('event', number)", "engagement_id": "pg_temp.key('process', c)", "kind": "'held'",
        "at": "ends_at", "actor_id": "pg_temp.key('user', s)",
        "data": "jsonb_build_object('session', pg_temp.key('meeting', number), 'starts_at', starts_at)",
    })  # fmt: skip
