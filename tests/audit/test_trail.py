"""The chain: appended to, never changed, and honest about every tampering."""

import threading
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import DatabaseError, connection, connections, transaction

from audit import asking, trail
from audit.models import Entry, Head
from audit.roles import Role

Cast = Any


def write(count: int = 5, stream: str = "test") -> None:
    for number in range(count):
        trail.record(stream, "done", actor=None, data={"number": number})


def test_entries_are_numbered_and_chained_by_the_database(db: None) -> None:
    write(3)
    first, second, third = Entry.objects.filter(stream="test").order_by("number")
    assert [first.number, second.number, third.number] == [1, 2, 3]
    assert bytes(second.previous) == bytes(first.hash)
    assert bytes(Head.objects.get(stream="test").hash) == bytes(third.hash)
    assert trail.breaks() == []


def test_what_the_writer_claims_about_number_time_and_hash_is_ignored(db: None) -> None:
    Entry.objects.bulk_create([Entry(stream="test", event="x", number=99, hash=b"lie", at="2001-01-01T00:00Z")])
    entry = Entry.objects.get(stream="test")
    assert entry.number == 1
    assert entry.at is not None
    assert entry.at.year >= 2026
    assert trail.breaks() == []


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_entry SET event = 'x'", "DELETE FROM audit_entry", "TRUNCATE audit_entry"]
)
def test_the_application_can_only_append(db: None, statement: str) -> None:
    write()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.fixture
def superuser(own_database: str, superuser_address: str) -> Any:
    with psycopg.connect(superuser_address, autocommit=True) as connection:
        yield connection


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_entry SET event = 'x'", "DELETE FROM audit_entry", "TRUNCATE audit_entry"]
)
def test_the_owner_is_refused_too(own_database: str, superuser: Any, statement: str) -> None:
    write()
    superuser.execute(f"SET ROLE {settings.DATABASE_ROLE_NAMES.prefix}_owner")
    with pytest.raises(psycopg.errors.RestrictViolation):
        superuser.execute(statement)


@pytest.mark.parametrize("role", [Role.APP, Role.WORKER, Role.ADMIN, Role.BACKUP])
@pytest.mark.parametrize(
    "statement", ["UPDATE audit_entry SET event = 'x'", "DELETE FROM audit_entry", "TRUNCATE audit_entry"]
)
def test_no_role_of_the_product_changes_it(own_database: str, superuser: Any, role: Role, statement: str) -> None:
    write()
    superuser.execute(f"SET ROLE {settings.DATABASE_ROLE_NAMES[role]}")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        superuser.execute(statement)


def test_of_a_process_one_reads_what_one_did_and_its_supervisors_what_was_done(cast: Cast) -> None:
    for member in (cast.lead, cast.co_supervisor, cast.supervisee):
        asking.become(member)
        trail.record(cast.engagement.pk, "memo.read", actor=member)
        trail.record(f"diary {member.pk}", "diary.begun", actor=member)
    seen = {}
    for name, user in cast.members.items():
        asking.become(user)
        seen[name] = (
            Entry.objects.filter(stream=str(cast.engagement.pk)).count(),
            Entry.objects.filter(stream__startswith="diary").count(),
        )
    assert seen == {
        "lead": (3, 1), "co_supervisor": (3, 1), "supervisee": (1, 1), "contact": (0, 0), "practice_admin": (0, 0),
        "administrator": (0, 0), "stranger": (0, 0), "stranger_supervisee": (0, 0),
    }  # fmt: skip


def test_who_may_not_read_an_entry_appends_it_all_the_same(cast: Cast) -> None:
    asking.become(None)
    trail.record(cast.engagement.pk, "contract.viewed", actor=None)
    assert not Entry.objects.filter(stream=str(cast.engagement.pk)).exists()
    asking.become(cast.lead)
    assert Entry.objects.filter(stream=str(cast.engagement.pk)).count() == 1


def test_the_owner_checks_every_chain_whole(settled: Cast, superuser: Any) -> None:
    with asking.acting_as(settled.supervisee):
        trail.record(settled.engagement.pk, "memo.read", actor=settled.supervisee)
    for role in (Role.OWNER, Role.BACKUP):
        superuser.execute(f"SET ROLE {settings.DATABASE_ROLE_NAMES[role]}")
        found = superuser.execute("SELECT count(*) FROM audit_entry WHERE stream = %s", [str(settled.engagement.pk)])
        assert found.fetchone() == (1,)
        superuser.execute("RESET ROLE")


@pytest.mark.parametrize(
    ("tampering", "number"),
    [
        ("UPDATE audit_entry SET data = '{\"number\": 7}' WHERE number = 3", 3),
        ("UPDATE audit_entry SET actor = gen_random_uuid() WHERE number = 2", 2),
        ("UPDATE audit_entry SET at = at + interval '1 second' WHERE number = 4", 4),
        ("DELETE FROM audit_entry WHERE number = 3", 4),
        ("UPDATE audit_entry SET number = 6 - number WHERE number IN (2, 4)", 2),
        ("DELETE FROM audit_entry WHERE number = 5", 5),
    ],
    ids=["edited", "another actor", "another time", "deleted", "reordered", "cut off"],
)
def test_tampering_with_the_triggers_off_is_found(superuser: Any, tampering: str, number: int) -> None:
    write()
    superuser.execute("SET session_replication_role = replica")
    superuser.execute("ALTER TABLE audit_entry DROP CONSTRAINT entry_number_once_a_stream")
    superuser.execute(tampering)
    assert number in {found.number for found in trail.breaks()}


def test_a_chain_cut_at_its_end_with_its_head_is_found_against_an_anchor(superuser: Any) -> None:
    write()
    head = Head.objects.get(stream="test")
    anchors = {"test": (head.number, bytes(head.hash).hex())}
    superuser.execute("SET session_replication_role = replica")
    superuser.execute("DELETE FROM audit_entry WHERE number = 5")
    superuser.execute("UPDATE audit_head h SET number = 4, hash = e.hash FROM audit_entry e WHERE e.number = 4")
    assert trail.breaks() == []
    assert [found.why for found in trail.breaks(anchors)] == ["does not reach the anchor"]


def test_writers_at_once_make_one_chain(own_database: str) -> None:
    def writer() -> None:
        for _ in range(20):
            with asking.acting_as(None):
                trail.record("busy", "done", actor=None)
        connections.close_all()

    threads = [threading.Thread(target=writer) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(Entry.objects.filter(stream="busy").order_by("number").values_list("number", flat=True)) == list(
        range(1, 81)
    )
    assert trail.breaks() == []
