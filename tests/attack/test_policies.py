"""Past every view and scope: a stranger reads, changes, removes and adds none of our rows in any table.

Then each policy of the database is replaced by `true`, one at a time: these probes must notice each.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import psycopg
import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from psycopg import sql

from audit import asking
from audit.roles import Role
from tests.attack import world

Cast = Any
APP: Final = settings.DATABASE_ROLE_NAMES[Role.APP]
VERBS: Final = {"r": "SELECT", "a": "INSERT", "w": "UPDATE", "d": "DELETE", "*": "ALL"}


@dataclass(frozen=True)
class Policy:
    table: str
    name: str
    verb: str
    using: str | None
    check: str | None

    @property
    def lets_everybody(self) -> bool:
        """Names of practices are read by all, and everybody may add evidence."""
        return "true" in (self.using, self.check)

    def __str__(self) -> str:
        return f"{self.table}.{self.name}"


@dataclass(frozen=True)
class Row:
    """A row of ours, as the superuser sees it, and the columns that an INSERT may name."""

    content: str
    columns: list[str]
    key: str
    #: A column that the role of the web may change, if there is one.
    changeable: str


@pytest.fixture
def superuser(superuser_address: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(superuser_address, autocommit=True) as connected:
        yield connected


@pytest.fixture
def furnished(settled: Cast, superuser: psycopg.Connection[Any]) -> Cast:
    """The cast with a row of ours in every table under policies: where nobody has made one, it is made up."""
    with transaction.atomic():
        world.fill(settled)
    superuser.execute("SET session_replication_role = replica")
    empty = {each.table for each in policies(superuser)} - set(rows_of_ours(superuser, settled))
    for table in sorted(empty):
        make_up(superuser, table, settled)
    superuser.execute("SET session_replication_role = origin")
    for table in {each.table for each in policies(superuser)}:  # a trigger of ours may refuse before a policy can
        superuser.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(sql.Identifier(table)))
    return settled


#: What stands in a column of a made-up row, by its type.
MADE_UP: Final = {
    "uuid": "gen_random_uuid()", "timestamp with time zone": "now()", "date": "current_date", "boolean": "true",
    "jsonb": "'{}'::jsonb", "bytea": "'\\x00'::bytea", "inet": "'::1'::inet",
    "time without time zone": "'12:00'::time", "interval": "'1 day'::interval", "tstzrange": "tstzrange(now(), NULL)",

}  # fmt: skip


def make_up(superuser: psycopg.Connection[Any], table: str, cast: Cast) -> None:
    """Add a row of ours to `table`, of this test's own database: what it refers to is ours, nothing else is right."""
    for (name,) in superuser.execute(
        "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'c'", [f"public.{table}"]
    ).fetchall():
        superuser.execute(
            sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(sql.Identifier(table), sql.Identifier(name))
        )
    refers = dict(
        superuser.execute(
            "SELECT a.attname, c.confrelid::regclass::text FROM pg_constraint c"
            " JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]"
            " WHERE c.conrelid = %s::regclass AND c.contype = 'f'",
            [f"public.{table}"],
        ).fetchall()
    )
    values = {}
    for name, kind in superuser.execute(
        "SELECT attname, format_type(atttypid, NULL) FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
        " AND NOT attisdropped AND attgenerated = '' AND attidentity = ''",
        [f"public.{table}"],
    ).fetchall():
        ours = KEYS.get(refers.get(name, "") or WORDS.get(name, ""))
        values[name] = f"'{ours(cast)}'" if ours else "'{}'" if kind.endswith("[]") else MADE_UP.get(kind, "'1'")
    superuser.execute(
        sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
            sql.Identifier(table),
            sql.SQL(", ").join(map(sql.Identifier, values)),
            sql.SQL(", ").join(sql.SQL(each) for each in values.values()),
        )
    )


#: Which row of ours a made-up row refers to, by the table; and by the name of a column that is no foreign key.
KEYS: Final[dict[str, Callable[[Cast], Any]]] = {
    "accounts_user": lambda cast: cast.lead.pk,
    "accounts_practice": lambda cast: cast.practice.pk,
    "accounts_clientorganisation": lambda cast: cast.organisation.pk,
    "accounts_person": lambda cast: cast.people[0].pk,
    "accounts_contact": lambda cast: cast.client_contact.pk,
    "engagements_engagement": lambda cast: cast.engagement.pk,
    "supervision_session": lambda cast: cast.session.pk,
}
WORDS: Final = {
    "owner": "accounts_user", "user": "accounts_user", "author": "accounts_user", "reader": "accounts_user",
    "engagement": "engagements_engagement", "obj": "engagements_engagement",
}  # fmt: skip


def policies(superuser: psycopg.Connection[Any]) -> list[Policy]:
    """Return what the database allows the role of the web: one policy a verb and table, or some.

    The few that only narrow others down (of example processes) have tests of their own, tests/test_example.py.
    """
    found = superuser.execute(
        "SELECT c.relname, p.polname, p.polcmd::text, pg_get_expr(p.polqual, p.polrelid),"
        " pg_get_expr(p.polwithcheck, p.polrelid) FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid"
        " JOIN pg_roles r ON r.oid = ANY (p.polroles) WHERE r.rolname = %s AND p.polpermissive ORDER BY 1, 2",
        [APP],
    )
    return [Policy(table, name, VERBS[verb], using, check) for table, name, verb, using, check in found]


def rows_of_ours(superuser: psycopg.Connection[Any], cast: Cast) -> dict[str, list[Row]]:
    """Return rows that a stranger may not read, of each table under policies that has some."""
    tables = {each.table for each in policies(superuser)}
    with transaction.atomic():
        theirs = {}
        for table in tables:
            theirs[table] = visible(cast.stranger, table) | visible(cast.stranger_supervisee, table)
    found: dict[str, list[Row]] = {}
    for table in tables:
        named = "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped"
        columns = [name for (name,) in superuser.execute(named + " AND attgenerated = ''", [f"public.{table}"])]
        key = next(
            name
            for (name,) in superuser.execute(
                "SELECT attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid"
                " AND a.attnum = i.indkey[0] WHERE i.indrelid = %s::regclass AND i.indisprimary",
                [f"public.{table}"],
            )
        )
        may = "SELECT has_column_privilege(%s, %s::regclass, %s, 'UPDATE')"
        changeable = [
            each for each in columns if superuser.execute(may, [APP, f"public.{table}", each]).fetchall()[0][0]
        ]
        query = sql.SQL("SELECT ctid::text, row_to_json(x)::text FROM {} x").format(sql.Identifier(table))
        every = superuser.execute(query).fetchall()
        # What everybody reads, as names of practices, is ours to change.
        ours = [content for place, content in every if place not in theirs[table]] or [each for _, each in every]
        if ours:
            found[table] = [Row(content, columns, key, (changeable or [""])[-1]) for content in ours]
    return found


def visible(who: Any, table: str) -> set[str]:
    """Return the places of the rows that `who` may read, without a scope."""
    with asking.acting_as(who), connection.cursor() as cursor:
        try:
            with transaction.atomic():
                cursor.execute(f'SELECT ctid::text FROM "{table}"')  # noqa: S608
                return {place for (place,) in cursor.fetchall()}
        except DatabaseError as refused:
            assert "permission denied" in str(refused), refused  # noqa: PT017
            return set()


def outcome(who: Any, statement: str, *params: Any) -> tuple[int, str]:
    """Return how many rows a statement reached, and what refused it; everything is taken back."""
    count, error = 0, ""
    with transaction.atomic():
        asking.become(who)
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement, params)
                count = cursor.rowcount
                transaction.set_rollback(True)
        except DatabaseError as refused:
            error = str(refused)
        transaction.set_rollback(True)
    return count, error


#: A probe returns what it has reached of ours, or nothing. Whoever asks is the stranger.
Probe = Callable[[Cast, str, list[Row]], str]


def reads(cast: Cast, table: str, ours: list[Row]) -> str:
    found, _error = outcome(cast.stranger, f'SELECT {ours[0].key} FROM "{table}"')  # noqa: S608
    theirs = outcome(cast.stranger, f'SELECT {ours[0].key} FROM "{table}" WHERE NOT ({is_ours(ours)})')[0]  # noqa: S608
    return f"reads {found - theirs}" if found > theirs else ""


def is_ours(ours: list[Row]) -> str:
    keys = ", ".join(f"(({row_literal(row)})->>'{row.key}')" for row in ours)
    return f"{ours[0].key}::text IN ({keys})"


def row_literal(row: Row) -> str:
    return "'" + row.content.replace("'", "''").replace("%", "%%") + "'::json"


def changes(cast: Cast, table: str, ours: list[Row]) -> str:
    """Without a WHERE, and reading no column, an UPDATE asks the policy of updating alone."""
    if not ours[0].changeable:
        return ""
    return beyond(f'UPDATE "{table}" SET "{ours[0].changeable}" = NULL', "changes")  # noqa: S608


def removes(cast: Cast, table: str, ours: list[Row]) -> str:
    return beyond(f'DELETE FROM "{table}"', "removes")  # noqa: S608


def beyond(statement: str, verb: str) -> str:
    """Asked as nobody, who has no row at all: whatever is reached, or refused only by what stands in a row, is ours."""
    count, error = outcome(None, statement)
    if "permission denied" in error:
        return ""
    return f"{verb}: {count or error}" if count or error else ""


def adds(cast: Cast, table: str, ours: list[Row]) -> str:
    """A copy of a row of ours, by the stranger and by nobody; what refuses it beside the policies is told."""
    row, told = ours[0], set()
    named = ", ".join(f'"{name}"' for name in row.columns)
    source = f'SELECT {named} FROM json_populate_record(NULL::"{table}", {row_literal(row)})'  # noqa: S608
    for who in (cast.stranger, None):
        _count, error = outcome(who, f'INSERT INTO "{table}" ({named}) {source}')
        if "row-level security" not in error and "permission denied" not in error:
            told.add(f"{OTHERWISE} {error} ({'the stranger' if who else 'nobody'})" if error else ADDED)
    return "; ".join(sorted(told))


#: How it is told that a row is refused, though not by a policy.
OTHERWISE: Final = "refused before:"
ADDED: Final = "adds a row"
PROBES: Final[dict[str, Probe]] = {"SELECT": reads, "INSERT": adds, "UPDATE": changes, "DELETE": removes}


def reached(cast: Cast, policy: Policy, ours: list[Row]) -> str:
    """Return what the probes of the verbs of `policy` reach."""
    probes = PROBES.values() if policy.verb == "ALL" else [PROBES[policy.verb]]
    return "; ".join(said for probe in probes if (said := probe(cast, policy.table, ours)))


def test_a_stranger_reaches_none_of_our_rows_in_any_table(furnished: Cast, superuser: psycopg.Connection[Any]) -> None:
    known = policies(superuser)
    ours = rows_of_ours(superuser, furnished)
    assert len(ours) > 60, "too few tables have a row of ours for this to say anything"
    found = {}
    for each in known:
        said = reached(furnished, each, ours[each.table]) if each.table in ours and not each.lets_everybody else ""
        if said and (ADDED in said or not said.startswith(OTHERWISE)):
            found[str(each)] = said
    assert not found, "\n".join(map(str, found.items()))


def test_each_policy_that_is_taken_away_is_missed(furnished: Cast, superuser: psycopg.Connection[Any]) -> None:
    """Counted apart: what the grants refuse already, and the two that let everybody in anyway."""
    known = policies(superuser)
    ours = rows_of_ours(superuser, furnished)
    survivors, closed = [], []
    for each in known:
        if not granted(superuser, each) or each.lets_everybody:
            closed.append(str(each))
            continue
        before = reached(furnished, each, ours[each.table]) if each.table in ours else ""
        change = sql.SQL("ALTER POLICY {} ON {}").format(sql.Identifier(each.name), sql.Identifier(each.table))
        superuser.execute(change + clauses("true" if each.using else None, "true" if each.check else None))
        try:
            if each.table not in ours or reached(furnished, each, ours[each.table]) == before:
                survivors.append(f"{each}{'' if each.table in ours else ' (no row)'} {before}".strip())
        finally:
            superuser.execute(change + clauses(each.using, each.check))
    open_ = len(known) - len(closed)
    print(f"{len(known)} policies, {len(closed)} without effect; of {open_}, {open_ - len(survivors)} are missed")
    assert not survivors, "\n".join(survivors)


def granted(superuser: psycopg.Connection[Any], policy: Policy) -> bool:
    """Return whether the role of the web may do what the policy is about, to some column at least."""
    verb = "SELECT" if policy.verb == "ALL" else policy.verb
    asks = "has_table_privilege" if verb == "DELETE" else "has_any_column_privilege"
    found = superuser.execute(f"SELECT {asks}(%s, %s::regclass, %s)", [APP, f"public.{policy.table}", verb])
    return bool(found.fetchall()[0][0])


def clauses(using: str | None, check: str | None) -> sql.SQL:
    parts = [f"USING ({using})" if using else "", f"WITH CHECK ({check})" if check else ""]
    return sql.SQL(" " + " ".join(parts))
