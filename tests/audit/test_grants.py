"""What roles may do beside reading and writing tables."""

from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from django.conf import settings
from django.db import connection

from audit.roles import Role, role_url

Cast = Any
OTHERS = [Role.WORKER, Role.ADMIN, Role.BACKUP]


def connect(role: Role, database: str) -> psycopg.Connection[Any]:
    url = role_url(settings.DATABASE_URL, role, settings.DATABASE_ROLE_NAMES.prefix)
    return psycopg.connect(urlunsplit(urlsplit(url)._replace(path=f"/{database}")), autocommit=True)


def name(role: Role) -> str:
    return settings.DATABASE_ROLE_NAMES[role]


def ask(question: str, *values: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(question, values)
        return cursor.fetchall()


@pytest.mark.parametrize("role", OTHERS)
def test_the_functions_that_let_somebody_in_answer_to_the_application_alone(db: None, role: Role) -> None:
    callable_by = (
        "SELECT oid::regprocedure::text FROM pg_proc WHERE pronamespace = 'sec'::regnamespace"
        " AND has_function_privilege(%s, oid, 'EXECUTE') ORDER BY 1"
    )
    own = {
        Role.ADMIN: [("sec.try_again(uuid)",)],
        Role.WORKER: [
            ("sec.answers_in(uuid)",),
            ("sec.ask_joiners(timestamp with time zone)",),
            ("sec.beat_lease(uuid,double precision,jsonb)",),
            ("sec.destroy_due_keys(uuid[])",),
            ("sec.keys_going(date,date)",),
            ("sec.let_go(text,integer)",),
            ("sec.offer_left(uuid,timestamp with time zone)",),
            ("sec.orderers_of(uuid)",),
            ("sec.release_report(uuid,timestamp with time zone)",),
            ("sec.report_lines(uuid,text,timestamp with time zone)",),
            ("sec.report_people(uuid,timestamp with time zone)",),
            ("sec.report_readers(uuid,timestamp with time zone)",),
            ("sec.report_silence(uuid,timestamp with time zone)",),
            ("sec.report_stops(uuid,timestamp with time zone)",),
            ("sec.reports_leaving(timestamp with time zone)",),
            ("sec.rounds_alike(uuid)",),
            ("sec.settle_round(uuid,text,text)",),
            ("sec.stop_report(uuid,timestamp with time zone)",),
            ("sec.to_seal(integer)",),
            ("sec.toto_thin(timestamp with time zone,uuid[])",),
        ],
    }
    assert ask(callable_by, name(role)) == own.get(role, [])
    assert ("sec.claim_persons(uuid)",) in ask(callable_by, name(Role.APP))
    theirs = {signature for signatures in own.values() for signature in signatures}
    assert theirs.isdisjoint(ask(callable_by, name(Role.APP)))


@pytest.mark.parametrize("role", [Role.APP, *OTHERS])
def test_no_role_calls_what_a_trigger_is_to_call(db: None, role: Role) -> None:
    assert ask(
        "SELECT oid::regprocedure::text FROM pg_proc WHERE pronamespace = 'sec'::regnamespace"
        " AND prorettype = 'trigger'::regtype AND has_function_privilege(%s, oid, 'EXECUTE')",
        name(role),
    ) == []  # fmt: skip


def test_no_other_role_of_the_cluster_connects_or_makes_temporary_tables(db: None, template: str) -> None:
    for role, verb, may in (("public", "CONNECT", False), ("public", "TEMPORARY", False),
                            (name(Role.APP), "TEMPORARY", False), (name(Role.APP), "CREATE", False),
                            (name(Role.APP), "CONNECT", True), (name(Role.BACKUP), "CONNECT", True)):  # fmt: skip
        assert ask("SELECT has_database_privilege(%s, %s, %s)", role, template, verb) == [(may,)], (role, verb)


@pytest.mark.parametrize("schema", ["public", "sec"])
@pytest.mark.parametrize("role", ["public", Role.APP, *OTHERS])
def test_nobody_makes_anything_in_a_schema(db: None, schema: str, role: str) -> None:
    who = role if role == "public" else name(Role(role))
    assert ask("SELECT has_schema_privilege(%s, %s, 'CREATE')", who, schema) == [(False,)]


@pytest.mark.parametrize("role", [Role.APP, Role.WORKER, Role.ADMIN])
def test_no_role_sets_a_number_back(db: None, role: Role) -> None:
    assert ask(
        "SELECT sequence_name FROM information_schema.sequences WHERE sequence_schema = 'public'"
        " AND has_sequence_privilege(%s, quote_ident(sequence_name), 'UPDATE, USAGE')",
        name(role),
    ) == []  # fmt: skip


def test_the_worker_gives_an_invitation_its_link_and_changes_nothing_else(settled: Cast, own_database: str) -> None:
    with connect(Role.WORKER, own_database) as worker:
        worker.execute("UPDATE accounts_invitation SET token_hash = NULL")
        for change in ("kind = 'practice_admin'", "email = 'x@x.example'", "accepted_at = now()"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                worker.execute(f"UPDATE accounts_invitation SET {change}")  # noqa: S608


@pytest.mark.parametrize("role", [Role.APP, Role.WORKER, Role.ADMIN])
def test_only_the_chain_writes_the_heads(own_database: str, role: Role) -> None:
    with connect(role, own_database) as other:
        for change in ("UPDATE audit_head SET number = 0", "DELETE FROM audit_head",
                       "INSERT INTO audit_head VALUES ('x', 1, '')"):  # fmt: skip
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                other.execute(change)
