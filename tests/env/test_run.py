"""bin/run, started and stopped for real."""

import os
import signal
import socket
import subprocess
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from environment.processes import is_alive, wait_until

Begin = Callable[..., "subprocess.Popen[str]"]
pytestmark = pytest.mark.xdist_group("bin/run")


def until_ready(process: subprocess.Popen[str]) -> str:
    """Read what bin/run prints until it says how it is stopped; fail with all of it when it ends before."""
    said = ""
    assert process.stdout
    for line in process.stdout:
        said += line
        if "Ctrl-C stops everything" in line:
            return said
    raise AssertionError(said)


def descendants(pid: int) -> list[int]:
    """Everything that the process has started, and what those have started."""
    children = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return children + [each for child in children for each in descendants(child)]


def stop(process: subprocess.Popen[str], how: signal.Signals = signal.SIGTERM) -> int:
    process.send_signal(how)
    return process.wait(timeout=60)


@dataclass
class Start:
    """What one start said, what it had started, and how it ended."""

    said: str
    livez: int
    started: list[int]
    code: int
    left: list[int]


@pytest.fixture(scope="module")
def first_start(begin: Begin, port: int) -> Start:
    """bin/run on an empty var/, stopped with Ctrl-C."""
    process = begin()
    said = until_ready(process)
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/livez", timeout=10) as response:
        livez = response.status
    started = descendants(process.pid)
    code = stop(process, signal.SIGINT)
    return Start(said, livez, started, code, [pid for pid in started if is_alive(pid)])


def test_it_serves_and_leaves_nothing_behind_on_ctrl_c(first_start: Start) -> None:
    assert first_start.livez == 200
    # gunicorn with its workers, Celery's worker and beat, PostgreSQL with its own, Valkey
    assert len(first_start.started) > 8
    assert first_start.code == 0
    assert first_start.left == []


def test_it_says_how_to_enter_as_each_role_and_where_the_mail_is(first_start: Start, port: int) -> None:
    assert f"http://127.0.0.1:{port}/demo/" in first_start.said
    assert f"http://127.0.0.1:{port}/dev/mail/" in first_start.said
    for role in ("supervisor", "practice administrator", "supervisee", "client contact", "administrator"):
        assert role in first_start.said


def test_a_second_start_repeats_nothing_and_sigterm_stops_it(begin: Begin, first_start: Start) -> None:
    assert "Bringing the tables up to date" in first_start.said
    process = begin()
    said = until_ready(process)
    assert "tables" not in said
    assert "demonstration practice" not in said
    assert stop(process) == 0


def test_what_it_keeps_secret_is_its_owners_alone(own_var: Path, first_start: Start) -> None:
    key = own_var / "secret_key"
    assert key.stat().st_mode & 0o077 == 0
    assert len(key.read_text()) >= 64


def test_a_child_that_dies_is_named_and_takes_all_with_it(begin: Begin) -> None:
    process = begin()
    until_ready(process)
    started = descendants(process.pid)
    beat = next(pid for pid in started if b"\0beat\0" in Path(f"/proc/{pid}/cmdline").read_bytes())
    os.kill(beat, signal.SIGKILL)
    said, _ = process.communicate(timeout=60)
    assert "beat has ended with code -9" in said
    assert process.returncode == 1
    assert not [pid for pid in started if is_alive(pid)]


def test_killed_with_9_it_leaves_nothing_running(begin: Begin) -> None:
    process = begin()
    until_ready(process)
    started = descendants(process.pid)
    stop(process, signal.SIGKILL)
    assert wait_until(lambda: not [pid for pid in started if is_alive(pid)], 30)


def test_a_taken_port_is_one_clear_sentence(begin: Begin, port: int) -> None:
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", port))
        other.listen()
        process = begin()
        said, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert f"127.0.0.1:{port} cannot be used" in said
    assert len(said.strip().splitlines()) == 1


def test_without_debug_it_refuses_the_embedded_servers(begin: Begin) -> None:
    process = begin(DEBUG="0")
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert said.startswith("DEBUG is off and DATABASE_URL and REDIS_URL not set")


def test_manage_uses_the_running_servers_and_leaves_them_running(begin: Begin) -> None:
    process = begin()
    until_ready(process)
    servers = descendants(process.pid)
    manage = begin("manage", "showmigrations", "--plan")
    said, _ = manage.communicate(timeout=60)
    assert manage.returncode == 0, said
    assert "[X]  accounts." in said
    assert all(is_alive(pid) for pid in servers)
    assert stop(process) == 0


def test_manage_starts_the_servers_when_nobody_has_and_stops_them(begin: Begin, own_var: Path) -> None:
    manage = begin("manage", "showmigrations", "--plan")
    said, _ = manage.communicate(timeout=60)
    assert manage.returncode == 0, said
    assert "[X]  accounts." in said
    assert "[ ]" not in said
    pids = [int(file.read_text().split("\n")[0]) for file in own_var.rglob("*.pid")]
    assert not [pid for pid in pids if is_alive(pid)]
