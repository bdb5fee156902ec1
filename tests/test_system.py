from typing import Any

from django.db import OperationalError
from django.test import Client
from redis.exceptions import ConnectionError as ValkeyDown


def test_the_process_says_that_it_lives_even_without_its_servers(client: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr("django.db.backends.base.base.BaseDatabaseWrapper.ensure_connection", refuse_database)

    response = client.get("/livez")

    assert (response.status_code, response.content) == (200, b"ok\n")
    assert response.headers["Cache-Control"] == "no-store"


def test_it_is_ready_when_database_and_valkey_answer(client: Client, db: None) -> None:
    response = client.get("/readyz")

    assert (response.status_code, response.content) == (200, b"ok\n")
    assert response.headers["Cache-Control"] == "no-store"


def test_it_is_not_ready_without_the_database_and_says_so(client: Client, db: None, monkeypatch: Any) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("django.db.backends.base.base.BaseDatabaseWrapper.cursor", refuse_database)

        response = client.get("/readyz")

    assert (response.status_code, response.content) == (503, b"database\n")


def test_it_is_not_ready_without_valkey_and_says_so(client: Client, db: None, monkeypatch: Any) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("django.core.cache.backends.redis.RedisCache.get", refuse_valkey)

        response = client.get("/readyz")

    assert (response.status_code, response.content) == (503, b"valkey\n")


def test_it_is_not_ready_before_its_tables_are_and_says_so(client: Client, db: None, monkeypatch: Any) -> None:
    monkeypatch.setattr("tyonohjaus.system._ours", set())
    with monkeypatch.context() as patch:
        patch.setattr("django.db.migrations.recorder.MigrationRecorder.applied_migrations", lambda self: {})
        response = client.get("/readyz")
    assert (response.status_code, response.content) == (503, b"tables\n")
    assert client.get("/readyz").status_code == 200


def test_tables_that_were_ready_are_not_asked_about_again(client: Client, db: None, monkeypatch: Any) -> None:
    client.get("/readyz")
    with monkeypatch.context() as patch:
        patch.setattr("django.db.migrations.recorder.MigrationRecorder.applied_migrations", refuse_database)
        assert client.get("/readyz").status_code == 200


def test_pages_are_packed_for_those_who_can_unpack(client: Client, db: None) -> None:
    plain, packed = client.get("/"), client.get("/", HTTP_ACCEPT_ENCODING="gzip")
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert len(packed.content) < len(plain.content) / 2


def test_health_is_told_under_any_host_name(client: Client, db: None) -> None:
    assert client.get("/readyz", HTTP_HOST="10.0.0.7:8000").status_code == 200


def refuse_database(*_: Any) -> Any:
    raise OperationalError


def refuse_valkey(*_: Any) -> Any:
    raise ValkeyDown
