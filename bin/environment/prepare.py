"""What lies between running servers and a product that can be used: roles, tables, assets, a demonstration."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from environment import packages
from environment.place import ROOT, VAR, Refusal, fingerprint, only_one, say
from environment.servers import Servers

ON = {"t", "true", "on", "ok", "y", "yes", "1"}


def is_on(value: str | None) -> bool:
    """Read a switch as settings.py does."""
    return value is not None and value.lower() in ON


def development() -> dict[str, str]:
    """The environment of bin/run and bin/manage: what is already set wins over what suits a developer."""
    environment = {"DEBUG": "1", "DEMONSTRATION": "1"} | packages.environment()
    if not is_on(environment["DEBUG"]):
        missing = [name for name in ("DATABASE_URL", "REDIS_URL") if not environment.get(name)]
        if missing:
            raise Refusal(
                f"DEBUG is off and {' and '.join(missing)} not set: "
                "the embedded servers are for development; name real ones, or set DEBUG=1."
            )
    elif not environment.get("SECRET_KEY") and not environment.get("SECRET_KEY_FILE"):
        environment["SECRET_KEY_FILE"] = str(_secret_key())
    return environment


def embedded() -> Servers:
    """The servers of bin/run: those whose address nobody has set."""
    return Servers(
        "run",
        durable=True,
        postgres=not os.environ.get("DATABASE_URL"),
        valkey=not os.environ.get("REDIS_URL"),
    )


def tables(servers: Servers, environment: dict[str, str]) -> None:
    """Make the roles and bring the tables up to date; skipped while neither the data nor its sources have changed."""
    sources = [*ROOT.glob("*/migrations/*.py"), *ROOT.glob("audit/**/*.py"), ROOT / "requirements" / "base.lock"]
    with _once(servers, "tables", fingerprint(*sources)) as needed:
        if not needed:
            return
        if environment.get("DATABASE_URL_SUPERUSER"):
            manage(["roles"], environment)
        say("Bringing the tables up to date …")
        manage(["migrate", "--verbosity", "0"], environment)


def demonstration(servers: Servers, environment: dict[str, str]) -> None:
    """Make a demonstration practice when the database is empty and a demonstration is wanted."""
    if not is_on(environment.get("DEMONSTRATION")):
        return
    with _once(servers, "demonstration", "made") as needed:
        if needed:
            say("Making a demonstration practice if there is nothing yet …")
            manage(["demo", "--if-empty"], environment)


@contextmanager
def _once(servers: Servers, what: str, state: str) -> Iterator[bool]:
    """Whether it still has to be done for this data; remembered beside it when the block succeeds.

    A database elsewhere may change without us, so there it always has to be done.
    """
    if not servers.postgres:
        yield True
        return
    stamp = servers.home / "prepared.json"
    with only_one(servers.home / "prepared.lock"):
        done = json.loads(stamp.read_text()) if stamp.exists() else {}
        if done.get("data") != servers.identity():
            done = {"data": servers.identity()}
        yield done.get(what) != state
        stamp.write_text(json.dumps({**done, what: state}))


def assets(environment: dict[str, str]) -> None:
    """Subset the font and compile the catalogues when one of their sources has changed."""
    stamp = VAR / "assets.sha256"
    catalogues = list(ROOT.glob("locale/*/LC_MESSAGES/*.po"))
    recipes = [ROOT / "tyonohjaus" / "fonts.py", ROOT / "tyonohjaus" / "management" / "commands" / "build_assets.py"]
    sources = [*catalogues, *recipes, ROOT / "requirements" / "base.lock"]
    with only_one(VAR / "locks" / "assets"):
        made = (VAR / "assets").is_dir() and all(file.with_suffix(".mo").exists() for file in catalogues)
        state = fingerprint(*sources)
        if made and stamp.exists() and stamp.read_text() == state:
            return
        manage(["build_assets"], environment)
        stamp.write_text(state)


def manage(arguments: list[str], environment: dict[str, str]) -> None:
    """Run manage.py, quietly when it succeeds; raises Refusal when it fails."""
    command = [str(packages.PYTHON), "manage.py", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode != 0:
        say((done.stdout + done.stderr)[-6000:].rstrip())
        raise Refusal(f"“manage.py {' '.join(arguments)}” failed; its own words stand above.")


def _secret_key() -> Path:
    """A key of this installation's own, made once, so that a restart ends nobody's session."""
    file = VAR / "secret_key"
    with only_one(VAR / "locks" / "secret_key"):
        if not file.exists():
            with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
                out.write(os.urandom(48).hex())
    return file
