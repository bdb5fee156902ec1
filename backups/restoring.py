"""Bringing a backup back: into an empty database, proven row by row, with everything erased since erased again."""

import io
import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any, Final, cast
from uuid import uuid4

import psycopg
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db.migrations.loader import MigrationLoader
from psycopg import sql

from audit.roles import Role
from backups import making, postgres
from backups.age import Refused, checked, identities_of, unseal
from vault.blobs import Unopenable
from vault.content import opened
from vault.models import ContentKey

#: So many content keys, taken at random, have to open with the CONTENT_KEY that is given.
SAMPLE: Final = 200


@dataclass(frozen=True)
class Found:
    """What stood the proof: tables, rows, and content keys that opened (None where no CONTENT_KEY was given)."""

    made_at: str
    tables: int
    rows: int
    keys: int | None


def restore(folder: Path, identity: Path, database: str, *, state: Path, ledger: Path | None = None) -> Found:
    """Bring a backup into `database`, which has to be empty, and what lay beside it into the folder `state`; bring the
    tables up to date, erase again what the ledgers name, and prove all of it. Raises Refused.
    """
    keys = identities_of(identity)
    manifest = read_manifest(folder, keys)
    for name, expected in manifest["files"].items():
        checked(folder / name, expected)
    if unknown := newer(manifest["migrations"]):
        raise Refused(f"The backup is of a newer version than this one: {', '.join(unknown)} is not known here.")
    address = postgres.superuser_address(database)
    with connected(address) as connection:
        if connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone() != (0,):
            raise Refused(f"The database {database} is not empty. A backup comes into an empty one, or not at all.")
        program = postgres.tool("pg_restore", max(manifest["server"], connection.info.server_version))
    fill(program, address, folder / making.DATABASE, keys)
    with connected(address) as connection:
        prove(manifest["tables"], postgres.fingerprints(connection))
        opening = open_keys(connection)
    unpack(folder / making.STATE, state, keys)
    if ledger:
        join(state / "erasures.jsonl", ledger)
    for command in (["migrate"], ["replay_erasures"], ["audit_verify"]):
        manage(command, database, state)
    rows = sum(count for count, _sum in manifest["tables"].values())
    return Found(manifest["made_at"], len(manifest["tables"]), rows, opening)


def rehearse(folder: Path, identity: Path, now: datetime) -> Found:
    """Bring a backup into a database of its own, which is gone afterwards, and write down that it stood the proof."""
    name = f"rehearsal_{uuid4().hex[:12]}"
    plain, name_ = sql.Identifier(name), settings.DATABASE_ROLE_NAMES[Role.OWNER]
    home = postgres.superuser_address("postgres")
    with psycopg.connect(home, autocommit=True) as superuser, TemporaryDirectory() as state:
        superuser.execute(
            sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8'").format(
                plain, sql.Identifier(name_)
            )
        )
        try:
            found = restore(folder, identity, name, state=Path(state))
        finally:
            superuser.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(plain))
    proof = {"at": now.isoformat(), "tables": found.tables, "rows": found.rows, "keys": found.keys}
    (folder / making.PROVEN).write_text(json.dumps(proof))
    return found


def read_manifest(folder: Path, keys: Any) -> dict[str, Any]:
    if not (folder / making.MANIFEST).is_file():
        raise Refused(f"{folder} is no whole backup: it has no {making.MANIFEST}.")
    content = io.BytesIO()
    unseal(folder / making.MANIFEST, content, keys)
    manifest: dict[str, Any] = json.loads(content.getvalue())
    return manifest


def newer(last: Mapping[str, str]) -> list[str]:
    """Return which migrations, by app the last one of a backup, this version does not have."""
    known = MigrationLoader(None).disk_migrations or {}
    return [f"{app}.{name}" for app, name in last.items() if (app, name) not in known]


@contextmanager
def connected(address: str) -> Iterator["psycopg.Connection[Any]"]:
    try:
        with psycopg.connect(address) as connection:
            yield connection
    except psycopg.OperationalError as error:
        raise Refused(f"The database cannot be reached: {str(error).strip().splitlines()[-1]}") from None


def fill(program: str, address: str, file: Path, keys: Any) -> None:
    """Give pg_restore what the file holds in clear, piece by piece."""
    command = [program, "--exit-on-error", "--single-transaction", "--dbname", postgres.name_of(address)]
    with subprocess.Popen(
        command, env=postgres.environment(address), stdin=subprocess.PIPE, stderr=subprocess.PIPE
    ) as restoring:
        stdin = cast(IO[bytes], restoring.stdin)
        with suppress(BrokenPipeError):
            unseal(file, stdin, keys)
        with suppress(BrokenPipeError):
            stdin.close()
        said = (restoring.stderr.read() if restoring.stderr else b"").decode(errors="replace").strip()
    if restoring.returncode:
        raise Refused(f"pg_restore did not go through: {said}")


def prove(expected: Mapping[str, list[int]], found: Mapping[str, list[int]]) -> None:
    """Raises Refused naming the tables that are not as they were."""
    others = sorted(table for table in expected.keys() | found.keys() if expected.get(table) != found.get(table))
    if others:
        raise Refused(f"What came back is not what was there: {', '.join(others)}.")


def open_keys(connection: "psycopg.Connection[Any]") -> int | None:
    """Open content keys at random, to know that the CONTENT_KEY kept apart fits. Raises Refused when one does not."""
    if not settings.CONTENT_KEY:
        return None
    columns = ("id", "owner", "number", "sealed")
    rows = connection.execute(
        "SELECT id, owner, number, sealed FROM vault_contentkey ORDER BY random() LIMIT %s", [SAMPLE]
    ).fetchall()
    for row in rows:
        try:
            opened(ContentKey(**dict(zip(columns, row, strict=True))))
        except (Unopenable, ImproperlyConfigured) as error:
            raise Refused(f"The CONTENT_KEY that is given does not open this backup: {error}.") from None
    return len(rows)


def unpack(file: Path, state: Path, keys: Any) -> None:
    """Put the heads of the audit chains and the ledger of erasures where they were; a ledger that is there goes on."""
    content = io.BytesIO()
    unseal(file, content, keys)
    content.seek(0)
    state.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=state) as folder, tarfile.open(fileobj=content) as tar:
        tar.extractall(folder, filter="data")
        for each in sorted(path for path in Path(folder).rglob("*") if path.is_file()):
            target = state / each.relative_to(folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            if target.name == "erasures.jsonl":
                join(target, each)
            elif not target.exists():
                each.rename(target)


def join(ledger: Path, more: Path) -> None:
    """Write into a ledger the lines of another that it lacks. Raises Refused when the other is not there."""
    if not more.is_file():
        raise Refused(f"There is no {more}.")
    there = ledger.read_text().splitlines() if ledger.exists() else []
    lines = dict.fromkeys([*there, *more.read_text().splitlines()])
    ledger.write_text("".join(f"{line}\n" for line in lines))


def manage(command: list[str], database: str, state: Path) -> None:
    """Run a command of ours as the owner, on that database and that folder. Raises Refused."""
    environment = os.environ | {
        "DATABASE_ROLE": Role.OWNER.value,
        "DATABASE_URL": postgres.at(settings.DATABASE_URL, database),
        "TYONOHJAUS_STATE": str(state),
    }
    environment.pop("DATABASE_URL_FILE", None)
    done = subprocess.run(
        [sys.executable, "manage.py", *command], cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True
    )
    if done.returncode:
        raise Refused(f"{command[0]} did not go through: {(done.stderr or done.stdout).strip()[-2000:]}")
