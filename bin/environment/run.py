"""bin/run: from whatever is there to a product in the browser, and back to nothing running."""

import ipaddress
import json
import os
import signal
import socket
import subprocess
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from environment import packages, prepare, system
from environment.place import ROOT, VAR, Refusal, say, try_lock
from environment.processes import dies_with_us, wait_until
from environment.servers import Servers

# Measured for two cores: shared performance notes, "Servers".
WEB_PROCESSES = "3"
QUEUE_PROCESSES = "2"
ANSWER_SECONDS = 60
STOP_SECONDS = 20
ROLES = "supervisor, practice administrator, supervisee, client contact or administrator"


def run(arguments: list[str]) -> int:
    """Start everything, wait for Ctrl-C or SIGTERM, stop everything.

    HOST (127.0.0.1), PORT (8000), DATABASE_URL and REDIS_URL are read from the environment.
    """
    if arguments:
        raise Refusal(
            "bin/run takes no arguments: it reads HOST, PORT, DATABASE_URL and REDIS_URL from the environment."
        )
    # SIGINT too: a shell that starts us in the background has it ignored.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    children: list[Child] = []
    try:
        system.ensure({})
        packages.ensure("base")
        environment = prepare.development()
        host, port = environment.get("HOST", "127.0.0.1"), environment.setdefault("PORT", "8000")
        with _alone(), _served(environment) as servers:
            _refuse_taken(host, port)
            prepare.assets(environment)
            prepare.tables(servers, environment)
            prepare.demonstration(servers, environment)
            if not prepare.is_on(environment["DEBUG"]):
                prepare.manage(["collectstatic", "--noinput", "--verbosity", "0"], environment)
            try:
                children.append(_start_web(host, port, environment))
                _wait_for_answer(host, port, children)
                # Only now: on two cores they would make the first page wait for them.
                children += _start_queue(environment)
                _welcome(host, port, environment)
                return _watch(children, servers)
            finally:
                _ignore_signals()
                say("Stopping …")
                _stop(children)
    except KeyboardInterrupt:
        return 0


@dataclass(frozen=True)
class Child:
    """One of our processes, with all it starts in a group of its own, so that Ctrl-C reaches only us."""

    name: str
    process: subprocess.Popen[str]

    @property
    def failure(self) -> str | None:
        code = self.process.poll()
        return None if code is None else f"{self.name} has ended with code {code}: see {_log(self.name)}."


def _start_web(host: str, port: str, environment: dict[str, str]) -> Child:
    web = [str(packages.PYTHON), "-m", "gunicorn", "tyonohjaus.wsgi:application", "--bind", f"{host}:{port}"]
    web += ["--workers", WEB_PROCESSES, "--preload", "--log-level", "warning"]
    web += ["--graceful-timeout", "10", "--no-control-socket"]
    return _child("web", web, environment | {"DATABASE_ROLE": "app"})


def _start_queue(environment: dict[str, str]) -> Iterator[Child]:
    environment = environment | {"DATABASE_ROLE": "worker"}
    celery = [str(packages.PYTHON), "-m", "celery", "--app", "tyonohjaus"]
    worker = [*celery, "worker", "--loglevel", "INFO", "--concurrency", QUEUE_PROCESSES]
    yield _child("worker", [*worker, "--without-gossip", "--without-mingle"], environment)
    beat = [*celery, "beat", "--loglevel", "INFO", "--pidfile", ""]
    yield _child("beat", beat, environment)


def _child(name: str, command: list[str], environment: dict[str, str]) -> Child:
    log = _log(name)
    log.parent.mkdir(parents=True, exist_ok=True)
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
        preexec_fn=dies_with_us(signal.SIGTERM),
    )
    threading.Thread(target=_copy_output, args=(name, process), daemon=True).start()
    return Child(name, process)


def _copy_output(name: str, process: subprocess.Popen[str]) -> None:
    """Everything goes to the log; the first line of an error also to the terminal."""
    with _log(name).open("a", buffering=1) as log:
        for line in process.stdout or ():
            log.write(line)
            if error := _error(line):
                say(f"{name}: {error}")


def _error(line: str) -> str | None:
    try:
        entry = json.loads(line)
    except ValueError:
        return line.rstrip() if "ERROR" in line or "CRITICAL" in line else None
    if not isinstance(entry, dict) or entry.get("level") not in {"error", "critical"}:
        return None
    return " – ".join([str(entry.get("event", "")).partition("\n")[0], str(entry.get("exception", ""))]).strip(" –")


def _watch(children: list[Child], servers: Servers) -> int:
    """Return 1 as soon as something has ended that should not; Ctrl-C and SIGTERM leave by KeyboardInterrupt."""
    while True:
        failed = [child.failure for child in children if child.failure]
        if not servers.running():
            failed.append(f"a database server has ended: see the logs in {servers.home}.")
        if failed:
            say(" ".join(failed))
            return 1
        signal.sigtimedwait([], 0.5)


def _stop(children: list[Child]) -> None:
    for child in children:
        if child.process.poll() is None:
            child.process.terminate()
    wait_until(lambda: all(child.process.poll() is not None for child in children), STOP_SECONDS)
    for child in children:
        # The group outlives its leader only when something in it hangs.
        try:
            os.killpg(child.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
        child.process.wait()


@contextmanager
def _alone() -> Iterator[None]:
    if (lock := try_lock(VAR / "locks" / "run")) is None:
        raise Refusal(f"Another bin/run or bin/manage is using {VAR}: stop it first.")
    yield
    os.close(lock)


@contextmanager
def _served(environment: dict[str, str]) -> Iterator[Servers]:
    servers = prepare.embedded()
    try:
        servers.start(tied=True)
        environment |= servers.environment()
        yield servers
    finally:
        _ignore_signals()
        servers.stop()


def _refuse_taken(host: str, port: str) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, int(port)))
        except (OSError, ValueError, OverflowError) as error:
            raise Refusal(f"{host}:{port} cannot be used ({error}): choose another with PORT=… bin/run.") from None


def _wait_for_answer(host: str, port: str, children: list[Child]) -> None:
    def answers() -> bool:
        try:
            request = urllib.request.Request(f"http://{_reachable(host)}:{port}/livez", headers={"Host": "localhost"})
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=5) as response:
                return bool(response.status == 200)
        except (OSError, urllib.error.URLError):
            return False

    def pointless() -> bool:
        return any(child.failure for child in children)

    if not wait_until(answers, ANSWER_SECONDS, unless=pointless):
        failures = [child.failure for child in children if child.failure]
        raise Refusal(" ".join(failures) or f"The web server does not answer: see {_log('web')}.")


def _welcome(host: str, port: str, environment: dict[str, str]) -> None:
    address = f"http://{_reachable(host)}:{port}"
    print(f"\nTyönohjaus is ready: {address}/")
    if prepare.is_on(environment["DEBUG"]):
        if prepare.is_on(environment["DEMONSTRATION"]):
            print(f"  Enter as {ROLES}: {address}/demo/")
        if not environment.get("EMAIL_HOST"):
            print(f"  Mail that would have been sent: {address}/dev/mail/")
    print(f"  Logs: {VAR / 'log'}. Ctrl-C stops everything.\n", flush=True)


def _reachable(host: str) -> str:
    """The name under which this machine reaches a server bound to `host`, as it stands in an address."""
    try:
        number = ipaddress.ip_address(host)
    except ValueError:
        return host
    if number.is_unspecified:
        return "localhost"
    return f"[{host}]" if number.version == 6 else host


def _log(name: str) -> Path:
    return VAR / "log" / f"{name}.log"


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _ignore_signals() -> None:
    """While stopping, a second Ctrl-C must not leave half of it running."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
