"""bin/test: the same preparation, servers of its own, then pytest."""

import os
import re
import shlex
import signal
from pathlib import Path

from environment import packages, prepare, system
from environment.place import ROOT, VAR, Refusal
from environment.processes import in_foreground, is_alive
from environment.servers import Servers

# On two cores a third process gains nothing: the long ones, which start everything, get longer.
WORKERS = "2"
TESTS = VAR / "test"


def test(arguments: list[str]) -> int:
    """Run pytest; --deep adds the long runs.

    TYONOHJAUS_SERVERS=<name> keeps the servers under var/test/<name> running for the next time.
    """
    system.ensure(system.COMMANDS_FOR_TESTS)
    packages.ensure("test")
    _sweep()
    kept = os.environ.get("TYONOHJAUS_SERVERS")
    servers = _servers(kept or str(os.getpid()))
    try:
        servers.start(tied=not kept)
        environment = packages.environment() | _settings(servers)
        prepare.assets(environment)
        prepare.manage(["roles"], environment)
        return in_foreground(_pytest(arguments, environment), environment, ROOT, ended_by=signal.SIGINT)
    finally:
        if not kept:
            servers.remove()


def _pytest(arguments: list[str], environment: dict[str, str]) -> list[str]:
    command = [str(packages.PYTHON), "-m", "pytest", *(each for each in arguments if each != "--deep")]
    if "--deep" in arguments:
        environment["TYONOHJAUS_DEEP"] = "1"
    if len(command) == 3:
        command += ["--numprocesses", WORKERS, "--dist", "loadgroup"]
    return command


def servers(arguments: list[str]) -> int:
    """Print the addresses of test servers that stay, starting them first where needed."""
    servers = _kept(arguments)
    packages.ensure("test")
    servers.start(tied=False)
    prepare.assets(packages.environment() | _settings(servers))
    for name, value in (_settings(servers) | {"TYONOHJAUS_SERVERS": Path(servers.name).name}).items():
        print(f"export {name}={shlex.quote(value)}")
    return 0


def stop(arguments: list[str]) -> int:
    _kept(arguments).remove()
    return 0


def _kept(arguments: list[str]) -> Servers:
    if not arguments or arguments[0] != "test" or len(arguments) > 2:
        raise Refusal("Say  bin/_env servers test [NAME]  or  bin/_env stop test [NAME].")
    return _servers(arguments[1] if len(arguments) > 1 else os.environ.get("TYONOHJAUS_SERVERS", "keep"))


def _servers(name: str) -> Servers:
    return Servers(f"test/{name}", durable=False)


def _settings(servers: Servers) -> dict[str, str]:
    """What settings.py reads: nothing of it comes from a production that this shell may point at."""
    return servers.environment() | {
        "TYONOHJAUS_TESTING": "1",
        "DEBUG": "0",
        "DEMONSTRATION": "0",
        "SECRET_KEY": "only-for-tests-0123456789-abcdefghijklmnopqrstuvwxyz",
        "FACTOR_KEY": "only-for-tests-abcdefghijklmnopqrstuvwxyz-0123456789",
        "VAULT_PEPPER": "only-for-tests-pepper-abcdefghijklmnopqrstuvwxyz",
        "CONTENT_KEY": "only-for-tests-content-abcdefghijklmnopqrstuvwxyz",
        "CALENDAR_KEY": "only-for-tests-calendar-abcdefghijklmnopqrstuvwxyz",
        "SITE_URL": "http://testserver",
        "ALLOWED_HOSTS": "testserver,localhost,127.0.0.1",
        "DJANGO_ALLOW_ASYNC_UNSAFE": "true",
    }


def _sweep() -> None:
    """Remove what test runs left that could not end by themselves."""
    for folder in TESTS.glob("*"):
        owner = re.fullmatch(r"(?:env-|var-)?(\d+)", folder.name)
        if owner and not is_alive(int(owner[1])):
            _servers(folder.name).remove()
