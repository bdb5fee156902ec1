"""Keys that are destroyed for good: on the contract's date, or by the author; and the ledger of it.

The database does the first by itself (`sec.destroy_due_keys`), reckoning by its own clock. The ledger is a file
outside it, in `STATE`: JSON lines of ids alone, each on the disk before it is forgotten in the database. Whoever
restores a copy that still holds the keys replays it.
"""

import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.utils.dateparse import parse_datetime

from audit import trail
from vault.models import ContentKey, Erasure, TextKey, TextKeyWrap


@dataclass(frozen=True)
class Destroyed:
    """So many keys, destroyed at a moment: of the texts at one place, or of an engagement's texts or content.

    Or a person, erased at a moment.
    """

    id: str
    what: str
    obj: str
    at: str
    keys: int


#: Who erases again what is no key; a room above says so when it is ready.
AGAIN: dict[str, Callable[[Iterable[Destroyed]], int]] = {}


def ledger() -> Path:
    return Path(settings.STATE) / "erasures.jsonl"


def destroy_due() -> int:
    """Destroy what is due and write down what was destroyed; return how many lines the ledger has gained.

    To be run as the worker. What a crash leaves unwritten is written the next time, at worst twice.
    """
    with transaction.atomic():
        rows = ask(())
        for row, fresh in rows:
            if fresh:
                event = "notes_destroyed" if row.what == Erasure.What.TEXTS else "content_destroyed"
                trail.record(row.obj, event, actor=None, data={"keys": row.keys})
    if rows:
        append([row for row, _fresh in rows])
        ask([row.id for row, _fresh in rows])
    return len(rows)


def ask(written: Sequence[str]) -> list[tuple[Destroyed, bool]]:
    """Forget what is `written`, destroy what is due, and return what is to be written; and whether it is new."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, what, obj, at, keys, fresh FROM sec.destroy_due_keys(%s::uuid[])", [list(written)])
        return [
            (Destroyed(str(pk), what, str(obj), at.isoformat(), keys), fresh)
            for pk, what, obj, at, keys, fresh in cursor.fetchall()
        ]


def append(rows: Iterable[Destroyed]) -> None:
    """Write lines to the ledger, and come back when they are on the disk."""
    file = ledger()
    file.parent.mkdir(parents=True, exist_ok=True)
    new = not file.exists()
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a") as out:
        out.writelines(json.dumps(asdict(row)) + "\n" for row in rows)
        out.flush()
        os.fsync(out.fileno())
    if new:
        folder = os.open(file.parent, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)


def read(file: Path) -> Iterator[Destroyed]:
    """Read a ledger. Raises ValueError with the number of a line that is none; the last may have been cut off."""
    lines = file.read_text().splitlines(keepends=True) if file.exists() else []
    for number, line in enumerate(lines, 1):
        try:
            row = Destroyed(**json.loads(line))
            UUID(row.obj)
            Erasure.What(row.what)
            moment(row)
        except (ValueError, TypeError) as error:
            if number == len(lines) and not line.endswith("\n"):
                return
            raise ValueError(f"Line {number} of {file} is not of a ledger.") from error
        yield row


def moment(row: Destroyed) -> datetime:
    at = parse_datetime(row.at)
    if at is None or at.tzinfo is None:
        raise ValueError("no moment with its time zone")
    return at


@transaction.atomic
def replay(rows: Iterable[Destroyed]) -> int:
    """Destroy again what the ledger says was destroyed, and return how many keys there were; as owner.

    Keys made after that moment stay: what a line says of an engagement is of what it had then.
    """
    count = 0
    for row in rows:
        if row.what in AGAIN:
            count += AGAIN[row.what]([row])
            continue
        at = moment(row)
        if row.what == Erasure.What.CONTENT:
            count += ContentKey.objects.filter(owner=row.obj, created_at__lte=at).delete()[0]
            continue
        column = "about" if row.what == Erasure.What.TEXT else "engagement"
        found = TextKey.objects.filter(**{column: row.obj}, created_at__lte=at)
        TextKeyWrap.objects.filter(text_key__in=found).delete()
        count += found.delete()[0]
    return count
