"""Two beats on two machines: one speaks, and the other follows within seconds."""

import json
import logging
import signal
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import OperationalError, connection
from psycopg.types.json import Json

from audit.roles import Role
from environment.processes import wait_until
from tyonohjaus import beat
from tyonohjaus.celery import app

Queue = Any
pytestmark = pytest.mark.xdist_group("production")
#: How long a lease may last after its holder was killed, and how long until the other looks.
FOLLOWS_WITHIN = beat.LEASE_SECONDS + beat.RENEW_SECONDS


@pytest.fixture
def lease(superuser_address: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(superuser_address, autocommit=True) as watching:
        yield watching


def holder(lease: psycopg.Connection[Any]) -> str | None:
    row = lease.execute("SELECT holder FROM sec.beat WHERE until > clock_timestamp()").fetchone()
    return str(row[0]) if row else None


class Heard:
    """Which process put which task into the queue: also what somebody has taken out of it, or emptied, meanwhile."""

    def __init__(self, valkey: Queue) -> None:
        self.valkey = valkey
        self.every: dict[str, tuple[str, str]] = {}

    def said(self) -> list[tuple[str, str]]:
        for message in self.valkey.lrange("celery", 0, -1):
            header = json.loads(message)["headers"]
            self.every[header["id"]] = (header["origin"].partition("@")[0], header["task"])
        return list(self.every.values())


def by(process: Any) -> str:
    return f"gen{process.pid}"


def all_due(lease: psycopg.Connection[Any]) -> None:
    """As if a beat had said everything two days ago and nobody since."""
    long_ago = (datetime.now(UTC) - timedelta(days=2)).isoformat()
    lease.execute(
        "INSERT INTO sec.beat (holder, until, said) VALUES (gen_random_uuid(), now() - interval '1 day', %s)",
        [Json(dict.fromkeys(app.conf.beat_schedule, long_ago))],
    )


def test_one_of_two_speaks_and_the_other_follows_when_it_is_killed(
    lease: psycopg.Connection[Any], processes: Any, valkey: Queue
) -> None:
    all_due(lease)
    heard = Heard(valkey)
    first = processes.beat("first")
    everything = len(app.conf.beat_schedule)
    assert wait_until(lambda: len(heard.said()) >= everything, 60)
    second = processes.beat("second")
    assert wait_until(lambda: "beat: Starting" in processes.said("second"), 60)
    assert wait_until(lambda: len(heard.said()) > everything, 30), "the first goes on"
    assert {who for who, _ in heard.said()} == {by(first)}

    before = holder(lease)
    processes.kill(first)
    assert wait_until(lambda: holder(lease) not in (None, before), FOLLOWS_WITHIN + 5)
    assert wait_until(lambda: by(second) in {who for who, _ in heard.said()}, 30)
    times = Counter(task for _, task in heard.said())
    daily = [app.conf.beat_schedule[name]["task"] for name in ("anchor", "retention", "destroy", "forget")]
    assert [times[task] for task in daily] == [1, 1, 1, 1], "it goes on in the rhythm of the first"


def test_one_that_is_stopped_lets_go_at_once(lease: psycopg.Connection[Any], processes: Any) -> None:
    first = processes.beat("first")
    assert wait_until(lambda: holder(lease) is not None, 60)
    first.send_signal(signal.SIGTERM)
    first.wait(30)
    assert holder(lease) is None


def test_a_lease_is_taken_once_renewed_by_its_holder_and_taken_over_when_it_has_run_out(
    lease: psycopg.Connection[Any], as_worker: Any
) -> None:
    with as_worker():
        one, other = beat.Scheduler(app), beat.Scheduler(app)
        assert one.takes_the_lease()
        assert not other.takes_the_lease()
        assert one.takes_the_lease()
        lease.execute("UPDATE sec.beat SET until = clock_timestamp()")
        assert other.takes_the_lease()
        assert not one.takes_the_lease(), "it was held up, and finds another speaking"
        other.close()
        assert one.takes_the_lease()


def test_whoever_follows_knows_when_each_task_was_last_said(lease: psycopg.Connection[Any], as_worker: Any) -> None:
    with as_worker():
        one, other = beat.Scheduler(app), beat.Scheduler(app)
        one.takes_the_lease()
        at = datetime(2026, 11, 20, 2, 20, tzinfo=UTC)
        one.schedule["retention"].last_run_at = at
        one.close()
        assert other.takes_the_lease()
        assert other.schedule["retention"].last_run_at == at
        assert other.schedule["retention"].last_run_at.tzinfo == app.timezone, "its clock is read, hour by hour"


def test_without_a_database_nobody_speaks_and_beat_lives_on(
    own_database: str, as_worker: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away(*_: Any) -> None:
        raise OperationalError

    with as_worker():
        one = beat.Scheduler(app)
        assert one.takes_the_lease()
        with monkeypatch.context() as gone, caplog.at_level(logging.INFO):
            gone.setattr(one, "ask", away)
            assert one.tick() == beat.RENEW_SECONDS
            one.speaks = True
            one.close()
        assert not one.speaks
        assert "OperationalError" in caplog.text
        assert one.takes_the_lease(), "it is back by itself"


@pytest.mark.parametrize("role", [Role.APP, Role.WORKER, Role.ADMIN])
def test_nobody_reads_or_writes_the_lease_but_by_its_function(db: None, role: Role) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT has_table_privilege(%s, 'sec.beat', 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE')",
            [settings.DATABASE_ROLE_NAMES[role]],
        )
        assert cursor.fetchone() == (False,)
