"""What was once agreed and closed long ago: put there as no page could, and run as the worker would."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import psycopg
import pytest
from django.utils import timezone

from audit.connecting import as_role
from audit.roles import Role
from formats.clock import HELSINKI
from privacy.models import RetentionRun
from privacy.retention import running

Change = Callable[..., None]
Ask = Callable[..., list[Any]]
Night = Callable[[], RetentionRun]


@pytest.fixture
def superuser(superuser_address: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(superuser_address, autocommit=True) as connection:
        yield connection


@pytest.fixture
def change(superuser: psycopg.Connection[Any]) -> Change:
    """Change what no page lets anybody change, past every trigger."""

    def do(statement: str, *values: Any) -> None:
        superuser.execute("SET session_replication_role = replica")
        superuser.execute(statement, values)
        superuser.execute("SET session_replication_role = origin")

    return do


@pytest.fixture
def ask(superuser: psycopg.Connection[Any]) -> Ask:
    def do(question: str, *values: Any) -> list[Any]:
        return superuser.execute(question, values).fetchall()

    return do


@pytest.fixture
def night(settings: Any, tmp_path: Any) -> Night:
    """Run a night as the worker; its ledger stands in a folder of the test's own."""
    settings.STATE = tmp_path / "state"
    settings.DATABASE_ROLE = Role.WORKER

    def do() -> RetentionRun:
        with as_role(Role.WORKER):
            return running.run(timezone.now())

    return do


def noon(day: Any) -> datetime:
    return datetime.combine(day, datetime.min.time(), HELSINKI).replace(hour=12)
