"""Real processes of the product, started as production starts them, on a database of the test's own."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
import redis
from django.conf import settings

from audit.connecting import as_role
from audit.roles import Role
from environment.place import ROOT
from environment.processes import dies_with_us

#: A part of the tests' Valkey that nobody else uses: the tests of this folder run one after the other.
VALKEY = settings.REDIS_URL.partition("?")[0] + "?db=10"


def database_url(database: str) -> str:
    return urlunsplit(urlsplit(settings.DATABASE_URL)._replace(path=f"/{database}"))


class Processes:
    """The processes of one test. `environment` is what each is told besides what the tests' own shell says."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        self.environment = environment
        self.started: list[subprocess.Popen[bytes]] = []

    def start(self, name: str, role: str, *command: str, **environment: str) -> subprocess.Popen[bytes]:
        """Start a Python process of this role, in a group of its own; what it says goes to a file of that name."""
        return self.start_behind(None, name, role, *command, **environment)

    def start_behind(
        self, listening: socket.socket | None, name: str, role: str, *command: str, **environment: str
    ) -> subprocess.Popen[bytes]:
        """Start one that is handed a socket, as its number 3."""

        def begin() -> None:
            dies_with_us(signal.SIGKILL)()
            if listening:
                os.dup2(listening.fileno(), 3)

        given = self.environment | {"DATABASE_ROLE": role, "PYTHONPATH": str(ROOT)} | environment
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, *command], cwd=ROOT, env=os.environ | given, stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, start_new_session=True, preexec_fn=begin, pass_fds=(3,) if listening else (),
            )  # fmt: skip
        self.started.append(process)
        return process

    def beat(self, name: str = "beat", **environment: str) -> subprocess.Popen[bytes]:
        command = (*CELERY, "beat", "--loglevel", "INFO", "--pidfile", "")
        return self.start(name, "worker", *command, **environment)

    def worker(self, name: str = "worker", **environment: str) -> subprocess.Popen[bytes]:
        command = (
            *CELERY,
            "worker",
            "--loglevel",
            "INFO",
            "--concurrency",
            "1",
            "--without-gossip",
            "--without-mingle",
        )
        return self.start(name, "worker", *command, **environment)

    def web(self, name: str, port: int, *options: str, **environment: str) -> subprocess.Popen[bytes]:
        gunicorn = ("-m", "gunicorn", "--config", "deploy/gunicorn.conf.py", *options)
        return self.start(name, "app", *gunicorn, BIND=f"127.0.0.1:{port}", **environment)

    def said(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text()

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """Kill -9 a process with everything it has started."""
        if process in self.started:
            self.started.remove(process)
            with suppress(ProcessLookupError):  # it has ended, and all it started too
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


CELERY = ("-m", "celery", "--app", "tyonohjaus")


@pytest.fixture
def processes(own_database: str, tmp_path: Path, valkey: Any) -> Iterator[Processes]:
    processes = Processes(tmp_path, DATABASE_URL=database_url(own_database), REDIS_URL=VALKEY)
    yield processes
    for process in [*processes.started]:
        processes.kill(process)
    for log in tmp_path.glob("*.log"):
        print(f"--- {log.name}\n{log.read_text()[-3000:]}")


@pytest.fixture
def valkey() -> Iterator[Any]:
    """The queue of the processes, empty before and after."""
    with redis.Redis.from_url(VALKEY) as client:
        client.flushdb()
        yield client
        client.flushdb()


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def as_worker() -> Callable[[], AbstractContextManager[None]]:
    return lambda: as_role(Role.WORKER)
