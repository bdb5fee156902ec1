"""What was sealed is kept for good: nobody changes, deletes or empties it, and only the worker writes it."""

import hashlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from audit import asking
from audit.models import Entry
from audit.roles import Role
from documents.actions import seal_and_keep
from documents.models import LARGEST, SealedFile, sealed_on
from documents.seal import fingerprint, verify
from tests.conftest import NOW
from tests.documents.conftest import HASH, PDF, Connect, keep
from tests.documents.test_pdf import made

Cast = Any
Worker = Callable[[], AbstractContextManager[None]]


@pytest.mark.parametrize("role", [Role.OWNER, Role.APP, Role.WORKER, Role.ADMIN, Role.BACKUP])
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE documents_sealedfile SET content = 'x'",
        "UPDATE documents_sealedfile SET sealed_at = now()",
        "UPDATE documents_sealedfile SET obj = gen_random_uuid()",
        "DELETE FROM documents_sealedfile",
        "TRUNCATE documents_sealedfile",
        "TRUNCATE accounts_practice CASCADE",
    ],
)
def test_no_role_changes_deletes_or_empties(kept: UUID, asks: Connect, role: Role, change: str) -> None:
    refusals = (psycopg.errors.RestrictViolation, psycopg.errors.InsufficientPrivilege)
    with asks(role) as connected, pytest.raises(refusals):
        connected.execute(change)
    with asks(Role.BACKUP) as backup:
        assert backup.execute("SELECT content FROM documents_sealedfile").fetchall() == [(PDF,)]


def test_the_owner_is_refused_by_the_table_itself(kept: UUID, asks: Connect) -> None:
    with asks(Role.OWNER) as owner, pytest.raises(psycopg.errors.RestrictViolation, match="append-only"):
        owner.execute("DELETE FROM documents_sealedfile")


def test_its_practice_cannot_be_taken_from_under_it(kept: UUID, settled: Cast, asks: Connect) -> None:
    with asks(Role.OWNER) as owner, pytest.raises(psycopg.errors.IntegrityError):
        owner.execute("DELETE FROM accounts_practice WHERE id = %s", [settled.practice.pk])


@pytest.mark.parametrize("role", [Role.APP, Role.ADMIN, Role.BACKUP])
def test_only_the_worker_writes(settled: Cast, asks: Connect, role: Role) -> None:
    with asks(role) as connected, pytest.raises(psycopg.errors.InsufficientPrivilege):
        keep(connected, settled.practice.pk)


def test_the_application_writes_nothing_even_as_the_lead(cast: Cast) -> None:
    asking.become(cast.lead)
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        SealedFile.objects.create(
            kind="contract", obj=uuid4(), practice=cast.practice, content=PDF, terms_hash="a" * 64, pages=1,
            sealed_at=NOW, certificate="c" * 64,
        )  # fmt: skip


def test_nobody_reads_through_the_application_until_a_room_above_says_who_may(kept: UUID, settled: Cast) -> None:
    for user in settled.members.values():
        with asking.acting_as(user):
            assert list(SealedFile.objects.all()) == []


def test_the_worker_finds_what_it_has_kept_and_cannot_read_it(kept: UUID, asks: Connect) -> None:
    with asks(Role.WORKER) as worker:
        assert worker.execute("SELECT id, sha256, size FROM documents_sealedfile").fetchall() == [
            (kept, HASH, len(PDF))
        ]
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            worker.execute("SELECT content FROM documents_sealedfile")


def test_the_hash_is_the_databases_and_nobody_says_another(settled: Cast, asks: Connect) -> None:
    with asks(Role.WORKER) as worker, pytest.raises(psycopg.errors.GeneratedAlways):
        worker.execute("INSERT INTO documents_sealedfile (sha256) VALUES ('a')")


@pytest.mark.parametrize(
    ("values", "rule"),
    [
        ({"kind": "note"}, "sealed_file_kind"),
        ({"content": b""}, "sealed_file_size"),
        ({"content": b"x" * (LARGEST + 1)}, "sealed_file_size"),
        ({"pages": 0}, "sealed_file_pages"),
        ({"terms_hash": "A" * 64}, "sealed_file_hashes"),
        ({"terms_hash": "a" * 63}, "sealed_file_hashes"),
    ],
)
def test_what_is_kept_is_whole(settled: Cast, asks: Connect, values: dict[str, Any], rule: str) -> None:
    with asks(Role.WORKER) as worker, pytest.raises(psycopg.errors.CheckViolation, match=rule):
        keep(worker, settled.practice.pk, **values)


def test_one_thing_has_one_file_and_a_file_is_of_one_thing(settled: Cast, asks: Connect) -> None:
    obj, practice = uuid4(), settled.practice.pk
    with asks(Role.WORKER) as worker:
        keep(worker, practice, obj=obj)
        with pytest.raises(psycopg.errors.UniqueViolation, match="sealed_once"):
            keep(worker, practice, b"another", obj=obj)
        with pytest.raises(psycopg.errors.UniqueViolation, match="sealed_file_by_hash"):
            keep(worker, practice)
        keep(worker, practice, b"another", obj=obj, kind="joining")


def test_a_list_leaves_the_bytes_where_they_are(db: None, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1) as asked:
        list(SealedFile.objects.without_content())
    assert '"content"' not in asked[0]["sql"]
    assert '"sha256"' in asked[0]["sql"]


def test_anybody_is_told_when_a_file_with_this_hash_was_sealed_and_nothing_else(kept: UUID, settled: Cast) -> None:
    for user in (None, settled.stranger):
        with asking.acting_as(user):
            assert sealed_on(HASH) == NOW
            assert sealed_on("0" * 64) is None
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_function_result('sec.sealed_on(text)'::regprocedure)")
        assert cursor.fetchone() == ("timestamp with time zone",)


# --- the verb -------------------------------------------------------------------------------------------------------


@pytest.fixture
def as_worker(own_database: str) -> Worker:
    from audit.connecting import as_role

    return lambda: as_role(Role.WORKER)


def keep_sealed(cast: Cast, obj: UUID, text: str = "Ehto", at: datetime = NOW) -> SealedFile:
    return seal_and_keep(
        made(text), kind=SealedFile.Kind.CONTRACT, obj=obj, practice=cast.practice.pk, stream=cast.engagement.pk,
        terms_hash="a" * 64, name="Sinetti", reason="Allekirjoitettu", at=at,
    )  # fmt: skip


def test_the_worker_seals_and_keeps_once(settled: Cast, as_worker: Worker, asks: Connect) -> None:
    obj = uuid4()
    with as_worker():
        first = keep_sealed(settled, obj)
        second = keep_sealed(settled, obj, "Toinen ehto", datetime.now(UTC))
    assert second == first
    assert (first.kind, first.obj, first.practice_id, first.sealed_at) == ("contract", obj, settled.practice.pk, NOW)
    assert (first.pages, first.terms_hash, first.certificate) == (1, "a" * 64, fingerprint())
    with asks(Role.BACKUP) as backup:
        ((content,),) = backup.execute("SELECT content FROM documents_sealedfile").fetchall()
    assert verify(content).bottom_line
    assert (hashlib.sha256(content).hexdigest(), len(content)) == (first.sha256, first.size)
    assert sealed_on(first.sha256) == NOW


def test_of_two_workers_at_once_the_first_ones_file_stays(
    settled: Cast, as_worker: Worker, asks: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    obj = uuid4()

    def meanwhile(*given: Any, **named: Any) -> bytes:
        with asks(Role.WORKER) as other:
            keep(other, settled.practice.pk, obj=obj)
        return b"too late"

    monkeypatch.setattr("documents.actions.seal", meanwhile)
    with as_worker():
        found = keep_sealed(settled, obj)
    assert found.sha256 == HASH
    with asks(Role.BACKUP) as backup:
        assert backup.execute("SELECT content FROM documents_sealedfile").fetchall() == [(PDF,)]


def test_sealing_is_written_down_without_a_name(settled: Cast, as_worker: Worker) -> None:
    with as_worker():
        kept = keep_sealed(settled, uuid4())
        entry = Entry.objects.get(event="file.sealed")
    assert (entry.stream, entry.actor, entry.obj) == (str(settled.engagement.pk), None, kept.pk)
    assert entry.data == {"kind": "contract", "pages": 1}
