"""Made-up evidence: a contract's PDF, and files that the worker has sealed and kept."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID, uuid4

import psycopg
import pytest
from django.conf import settings

from audit.roles import Role, role_url
from tests.conftest import NOW

PDF = b"%PDF-1.7 made up"
HASH = hashlib.sha256(PDF).hexdigest()
COLUMNS = "id, kind, obj, practice_id, content, terms_hash, pages, sealed_at, certificate"


def connect(role: Role, database: str) -> "psycopg.Connection[Any]":
    url = role_url(settings.DATABASE_URL, role, settings.DATABASE_ROLE_NAMES.prefix)
    return psycopg.connect(urlunsplit(urlsplit(url)._replace(path=f"/{database}")), autocommit=True)


def keep(
    connection: "psycopg.Connection[Any]",
    practice: UUID,
    content: bytes = PDF,
    *,
    kind: str = "contract",
    obj: UUID | None = None,
    at: datetime = NOW,
    terms_hash: str = "a" * 64,
    pages: int = 2,
) -> UUID:
    """Write a row as whoever has opened `connection`, and return its id."""
    pk = uuid4()
    values = [pk, kind, obj or uuid4(), practice, content, terms_hash, pages, at.astimezone(UTC), "c" * 64]
    connection.execute(f"INSERT INTO documents_sealedfile ({COLUMNS}) VALUES ({', '.join(['%s'] * 9)})", values)  # noqa: S608
    return pk


@pytest.fixture
def kept(settled: Any, own_database: str) -> UUID:
    """One sealed file, kept by the worker."""
    with connect(Role.WORKER, own_database) as worker:
        return keep(worker, settled.practice.pk)


Connect = Callable[[Role], "psycopg.Connection[Any]"]


@pytest.fixture
def asks(own_database: str) -> Connect:
    return lambda role: connect(role, own_database)
