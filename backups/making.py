"""Making a backup: a folder of sealed files, which has its name only once all of it is there."""

import io
import json
import shutil
import subprocess
import tarfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any, Final, cast

import psycopg
from django.conf import settings

from backups import postgres
from backups.age import Refused, recipients_of, seal

#: Copies are kept so long and no longer: it is how long after an erasure something may still stand in one.
KEPT: Final = timedelta(days=35)
NAME: Final = "%Y-%m-%dT%H%M%SZ"
MANIFEST, DATABASE, STATE, PROVEN = "manifest.age", "database.age", "state.age", "proven.json"


@dataclass(frozen=True)
class Made:
    """A whole backup: when it was made, and when it was last brought back in a rehearsal, if ever."""

    folder: Path
    at: datetime
    proven: datetime | None


def make(parent: Path, now: datetime) -> Path:
    """Write a backup into a new folder of `parent`, and remove those that are older than `KEPT`.

    Raises Refused; what was begun is removed then.
    """
    recipients = recipients_of(settings.BACKUP_RECIPIENTS)
    folder = parent / now.strftime(NAME)
    if folder.exists():
        raise Refused(f"{folder.name} is there already.")
    begun = parent / f"{folder.name}.begun"
    begun.mkdir(parents=True, mode=0o700)
    try:
        with psycopg.connect(postgres.backup_address()) as connection:
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            (snapshot,) = connection.execute("SELECT pg_export_snapshot()").fetchone() or ("",)
            sums = {DATABASE: dump(begun / DATABASE, snapshot, connection.info.server_version, recipients)}
            with (begun / STATE).open("wb") as target:
                sums[STATE] = seal(io.BytesIO(packed(postgres.state_files())), target, recipients)
            manifest = {
                "made_at": now.isoformat(),
                "server": connection.info.server_version,
                "migrations": postgres.migrations(connection),
                "tables": postgres.fingerprints(connection),
                "files": sums,
            }
        with (begun / MANIFEST).open("wb") as target:
            seal(io.BytesIO(json.dumps(manifest).encode()), target, recipients)
        begun.rename(folder)
    except psycopg.Error as error:
        shutil.rmtree(begun, ignore_errors=True)
        raise Refused(f"PostgreSQL refuses: {str(error).strip().splitlines()[0]}") from None
    except BaseException:
        shutil.rmtree(begun, ignore_errors=True)
        raise
    for old in every(parent):
        if old.at < now - KEPT:
            shutil.rmtree(old.folder)
    return folder


def dump(file: Path, snapshot: str, server: int, recipients: Any) -> str:
    """Seal what pg_dump says of the database as it is in `snapshot`. Raises Refused."""
    command = [postgres.tool("pg_dump", server), "--format", "custom", "--snapshot", snapshot]
    with (
        file.open("wb") as target,
        subprocess.Popen(
            command, env=postgres.environment(postgres.backup_address()), stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as dumping,
    ):
        summed = seal(cast(IO[bytes], dumping.stdout), target, recipients)
        said = (dumping.stderr.read() if dumping.stderr else b"").decode(errors="replace").strip()
    if dumping.returncode:
        raise Refused(f"pg_dump did not go through: {said}")
    return summed


def packed(files: list[Path]) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as tar:
        for file in files:
            tar.add(file, str(file.relative_to(settings.STATE)), recursive=False)
    return content.getvalue()


def every(parent: Path) -> list[Made]:
    """Return the whole backups of a folder, the newest first; what is begun or something else does not count."""
    found = []
    for folder in parent.iterdir() if parent.is_dir() else ():
        try:
            at = datetime.strptime(f"{folder.name}+0000", f"{NAME}%z")
        except ValueError:
            continue
        if (folder / MANIFEST).is_file():
            proven = folder / PROVEN
            when = datetime.fromisoformat(json.loads(proven.read_text())["at"]) if proven.is_file() else None
            found.append(Made(folder, at, when))
    return sorted(found, key=lambda made: made.at, reverse=True)
