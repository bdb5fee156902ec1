"""What the tests of bin/ share. They start real programs and real servers, in folders of their own."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from environment.place import ROOT, VAR
from environment.processes import dies_with_us
from environment.servers import Servers

#: What the shell that runs the tests knows about databases must not reach the programs under test.
FOREIGN = (
    "DATABASE",
    "REDIS",
    "DEBUG",
    "DEMONSTRATION",
    "SECRET",
    "FACTOR",
    "VAULT",
    "CONTENT",
    "SITE",
    "TYONOHJAUS",
    "DJANGO",
    "ALLOWED",
    "EMAIL",
)


@pytest.fixture
def own_servers() -> Iterator[Servers]:
    servers = Servers(f"test/env-{os.getpid()}", durable=False)
    yield servers
    servers.remove()


@pytest.fixture(scope="module")
def own_var() -> Iterator[Path]:
    """A var/ of its own: what bin/run does there, a running bin/run of this folder never sees."""
    folder = VAR / "test" / f"var-{os.getpid()}"
    folder.mkdir(parents=True)
    # Fonts take ten seconds to make and are the same for everybody.
    for name in ("assets", "fonts"):
        shutil.copytree(VAR / name, folder / name)
    shutil.copy(VAR / "assets.sha256", folder)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def begin(own_var: Path, port: int) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Return a function that starts bin/run (or another program of bin/) there; what is left over is killed."""
    begun: list[subprocess.Popen[str]] = []

    def start(*command: str, **environment: str) -> subprocess.Popen[str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "bin" / "_env"), *(command or ["run"])],
            env=clean | {"TYONOHJAUS_VAR": str(own_var), "PORT": str(port)} | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            preexec_fn=dies_with_us(signal.SIGTERM),
        )
        begun.append(process)
        return process

    yield start
    for process in begun:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()
