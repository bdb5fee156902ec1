import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from environment.place import ROOT, Refusal
from environment.processes import is_alive, wait_until
from environment.servers import Servers
from environment.system_user import others_may_enter


def asked(servers: Servers, setting: str) -> str:
    with psycopg.connect(servers.environment()["DATABASE_URL_SUPERUSER"]) as connection:
        row = connection.execute(f"SHOW {setting}").fetchone()
    assert row
    return str(row[0])


def test_the_servers_are_reached_by_sockets_alone_that_nobody_else_may_open(own_servers: Servers) -> None:
    own_servers.start(tied=True)
    assert asked(own_servers, "listen_addresses") == ""
    assert stat.S_IMODE(own_servers.sockets.stat().st_mode) == 0o700
    assert stat.S_IMODE(own_servers.data.stat().st_mode) == 0o700


def test_what_people_wrote_reaches_no_log_of_the_database(own_servers: Servers) -> None:
    own_servers.start(tied=True)
    with psycopg.connect(own_servers.environment()["DATABASE_URL_SUPERUSER"], autocommit=True) as connection:
        connection.execute("CREATE TABLE note (text text PRIMARY KEY)")
        connection.execute("INSERT INTO note VALUES ('Kuiskattu')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("INSERT INTO note VALUES ('Kuiskattu')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("INSERT INTO note VALUES (%s)", ["Kuiskattu"])
    log = (own_servers.home / "postgres.log").read_text()
    assert "duplicate key" in log
    assert "Kuiskattu" not in log


def test_letters_beyond_ascii_have_case(own_servers: Servers) -> None:
    own_servers.start(tied=True)
    with psycopg.connect(own_servers.environment()["DATABASE_URL_SUPERUSER"]) as connection:
        assert connection.execute("SELECT lower('ÄLÄ ÅBO')").fetchone() == ("älä åbo",)


def test_starting_twice_starts_once_and_stopping_stops(own_servers: Servers) -> None:
    own_servers.start(tied=True)
    first = own_servers._postgres_pid(), own_servers._valkey_pid()
    own_servers.start(tied=True)
    assert (own_servers._postgres_pid(), own_servers._valkey_pid()) == first
    own_servers.stop()
    assert not own_servers.running()
    assert not any(is_alive(pid) for pid in first if pid)


def test_data_outlives_a_stop(own_servers: Servers) -> None:
    own_servers.start(tied=True)
    with psycopg.connect(own_servers.environment()["DATABASE_URL_SUPERUSER"]) as connection:
        connection.execute("CREATE TABLE kept ()")
    identity = own_servers.identity()
    own_servers.stop()
    own_servers.start(tied=True)
    with psycopg.connect(own_servers.environment()["DATABASE_URL_SUPERUSER"]) as connection:
        connection.execute("SELECT FROM kept")
    assert own_servers.identity() == identity


def test_a_killed_parent_leaves_no_servers_behind(own_servers: Servers) -> None:
    program = (
        "import sys, time; from environment.servers import Servers; "
        "Servers(sys.argv[1], durable=False).start(tied=True); print('up', flush=True); time.sleep(600)"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT / "bin")}
    parent = subprocess.Popen(
        [sys.executable, "-c", program, own_servers.name], env=environment, stdout=subprocess.PIPE, text=True
    )
    with parent:
        assert parent.stdout
        assert parent.stdout.readline() == "up\n"
        assert own_servers.running()
        parent.send_signal(signal.SIGKILL)
    assert wait_until(lambda: not own_servers.running(), 10)


def test_data_of_another_postgresql_is_refused_in_one_sentence(own_servers: Servers) -> None:
    own_servers.start(tied=True)
    own_servers.stop()
    (own_servers.data / "PG_VERSION").write_text("12\n")
    with pytest.raises(Refusal, match=r"holds data of PostgreSQL 12, but \d+ is installed"):
        own_servers.start(tied=True)


def test_a_long_path_gets_its_sockets_elsewhere() -> None:
    servers = Servers(f"test/env-{os.getpid()}-{'long' * 30}", durable=False)
    try:
        servers.start(tied=True)
        assert not servers.sockets.is_relative_to(servers.home)
        assert asked(servers, "listen_addresses") == ""
    finally:
        servers.remove()


def test_a_folder_that_others_may_not_enter_is_known(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    (tmp_path / "var").mkdir()
    assert not others_may_enter(tmp_path / "var")


def test_only_what_has_no_address_of_its_own_is_started() -> None:
    servers = Servers(f"test/env-{os.getpid()}-half", durable=False, postgres=False)
    try:
        servers.start(tied=True)
        assert servers.running()
        assert set(servers.environment()) == {"REDIS_URL"}
        assert not servers.data.exists()
    finally:
        servers.remove()
