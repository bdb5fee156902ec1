"""PgBouncer in transaction mode before the database: each transaction may get another connection, or another's."""

import configparser
import re
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from django.urls import reverse

from audit.roles import Role
from environment import system
from environment.place import ROOT
from environment.processes import wait_until
from environment.system_user import as_system_user, owned_folder
from tests.production.visitors import signed_in

pytestmark = pytest.mark.xdist_group("production")


@pytest.fixture
def pooler(own_database: str) -> Iterator[str]:
    """A PgBouncer with the settings that are shipped, and one connection for each role; gives its host."""
    with tempfile.TemporaryDirectory(prefix="tyonohjaus-pooler-") as made:
        folder = Path(made)
        users = [f'"{settings.DATABASE_ROLE_NAMES[role]}" ""' for role in (Role.APP, Role.ADMIN, Role.WORKER)]
        (folder / "userlist").write_text("\n".join(users))
        server = parse_qs(urlsplit(settings.DATABASE_URL).query)["host"][0]
        told = configparser.ConfigParser(interpolation=None)
        told.read(ROOT / "deploy" / "pgbouncer.ini")
        told["databases"] = {own_database: f"host={server}"}
        told["pgbouncer"].update({
            "listen_addr": "", "listen_port": "5432", "unix_socket_dir": made, "auth_type": "trust",
            "auth_file": f"{made}/userlist", "default_pool_size": "1",
        })  # fmt: skip
        with (folder / "pgbouncer.ini").open("w") as file:
            told.write(file)
        for file_ in ("userlist", "pgbouncer.ini"):
            (folder / file_).chmod(0o644)
        owned_folder(folder)
        command = [str(system.command("pgbouncer")), str(folder / "pgbouncer.ini")]
        with (folder / "log").open("ab") as log:
            running = as_system_user(command, log, tied=True)
        ready = wait_until((folder / ".s.PGSQL.5432").exists, 10, unless=lambda: running.poll() is not None)
        assert ready, (folder / "log").read_text()
        yield made
        running.kill()
        running.wait()


def through(pooler: str, role: Role, database: str) -> str:
    return f"postgresql://{settings.DATABASE_ROLE_NAMES[role]}@/{database}?host={quote(pooler)}"


def addresses(pooler: str, database: str) -> dict[str, str]:
    roles = (Role.APP, Role.ADMIN, Role.WORKER)
    return {f"DATABASE_URL_{role.upper()}": through(pooler, role, database) for role in roles}


def test_two_clients_of_a_pool_of_one_share_a_connection_and_only_what_ends_with_the_transaction_stays_apart(
    pooler: str, own_database: str
) -> None:
    """The control: what the product must not do would show here."""
    url = through(pooler, Role.APP, own_database)
    with psycopg.connect(url, autocommit=True) as one, psycopg.connect(url, autocommit=True) as other:

        def asked() -> Any:
            return other.execute("SELECT pg_backend_pid(), current_setting('app.uid', true)").fetchone()

        with one.transaction():
            mine = one.execute("SELECT pg_backend_pid(), set_config('app.uid', 'one', true)").fetchone()
            assert mine
        assert asked() == (mine[0], ""), "said for the transaction: gone with it"
        one.execute("SELECT set_config('app.uid', 'one', false)")
        assert asked() == (mine[0], "one"), "said for the session: another client speaks as this one"


def test_people_who_ask_at_once_through_one_connection_see_their_own_and_nothing_else(
    settled: Any, pooler: str, own_database: str, processes: Any, free_port: int
) -> None:
    processes.web("web", free_port, "--workers", "3", **addresses(pooler, own_database))
    lead, stranger = signed_in(settled.lead, free_port), signed_in(settled.stranger, free_port)
    assert wait_until(lambda: ready(lead), 60)
    cases = [
        (lead, settled.engagement, 200), (lead, settled.foreign_engagement, 404),
        (stranger, settled.foreign_engagement, 200), (stranger, settled.engagement, 404),
    ] * 15  # fmt: skip

    def ask(case: Any) -> tuple[int, bool, bool]:
        who, engagement, _ = case
        process = who.get(reverse("engagements:detail", args=[engagement.pk]))
        people = who.get(reverse("engagements:list")).body.decode()
        return process.status, settled.engagement.title in people, settled.foreign_engagement.title in people

    with ThreadPoolExecutor(6) as crowd:
        answers = list(crowd.map(ask, cases))
    assert answers == [(status, who is lead, who is stranger) for who, _, status in cases]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND usename = %s AND pid <> pg_backend_pid()",
            [own_database, settings.DATABASE_ROLE_NAMES[Role.APP]],
        )
        assert cursor.fetchone() == (1,), "three processes of web had one connection between them"


def ready(visitor: Any) -> bool:
    try:
        return bool(visitor.get("/readyz").status == 200)
    except OSError:
        return False


def test_worker_and_beat_work_through_it(
    settled: Any, pooler: str, own_database: str, superuser_address: str, processes: Any
) -> None:
    with psycopg.connect(superuser_address, autocommit=True) as superuser:
        superuser.execute(
            "INSERT INTO sec.beat (holder, until, said) VALUES (gen_random_uuid(), now(),"
            ' \'{"plan": "2026-01-01T00:00:00+00:00", "dispatch": "2026-01-01T00:00:00+00:00"}\')'
        )
    for start in (processes.worker, processes.beat):
        start(start.__name__, **addresses(pooler, own_database))
    for task in ("notifications.plan", "notifications.dispatch"):
        done = re.compile(rf"Task {task}\[[^]]+\] succeeded")
        assert wait_until(partial(is_in, done, processes), 60), task


def is_in(done: re.Pattern[str], processes: Any) -> bool:
    return bool(done.search(processes.said("worker")))


def test_a_connection_asks_at_its_start_for_nothing_that_a_pooler_refuses_or_forgets() -> None:
    with_defaults = connection.get_connection_params()
    assert with_defaults["prepare_threshold"] is None, "a prepared statement stays with one connection"
    assert not {"options", "assume_role", "pool"} & set(settings.DATABASES["default"]["OPTIONS"])
    assert {each["DISABLE_SERVER_SIDE_CURSORS"] for each in settings.DATABASES.values()} == {True}


#: What outlives a transaction, as SQL says it.
OUTLIVES = re.compile(
    r"pg_(try_)?advisory_(lock|unlock)|\bLISTEN \w|\bSET (SESSION|ROLE)\b|set_config\([^()]*,\s*false\)|WITH HOLD"
    r"|CREATE TEMP TABLE (?!.* ON COMMIT DROP)"
)


def test_nothing_in_the_product_outlives_its_transaction() -> None:
    rooms = [path.parent for path in ROOT.glob("*/__init__.py") if path.parent.name != "tests"]
    code = [file for room in rooms for file in room.rglob("*.py")]
    assert len(code) > 500
    assert [f"{file}: {found[0]}" for file in code if (found := OUTLIVES.search(file.read_text()))] == []
    for control in ("SELECT pg_advisory_lock(1)", "SELECT set_config('app.uid', %s, false)", "LISTEN news"):
        assert OUTLIVES.search(control), control
