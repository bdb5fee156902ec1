"""The evidence: appending to the hash chain and checking it."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db import connection, connections, router

from audit.asking import HasKey
from audit.models import Entry

Value = str | int | bool | None


def record(
    stream: UUID | str,
    event: str,
    *,
    actor: HasKey | None,
    obj: HasKey | None = None,
    data: Mapping[str, Value] | None = None,
) -> None:
    """Append one entry to `stream`. Give ids and counts, never names or text.

    Call it late in the transaction: the stream's head is locked until the commit.
    """
    append([entry(stream, event, actor, obj, data)])


def record_each(
    stream: UUID | str,
    event: str,
    objs: Iterable[HasKey],
    *,
    actor: HasKey | None,
    data: Mapping[str, Value] | None = None,
) -> None:
    """Append one entry for each of `objs` to `stream`, at once."""
    append([entry(stream, event, actor, obj, data) for obj in objs])


def append(entries: Iterable[Entry]) -> None:
    """Append `entries` without reading them back, which not everybody who does something may."""
    rows = [(each.stream, each.event, each.actor, each.obj, json.dumps(each.data)) for each in entries]
    with connections[router.db_for_write(Entry)].cursor() as cursor:
        cursor.executemany(
            "INSERT INTO audit_entry (stream, number, event, actor, obj, data, previous, hash)"
            " VALUES (%s, 0, %s, %s, %s, %s::jsonb, '', '')",
            rows,
        )


def entry(
    stream: UUID | str, event: str, actor: HasKey | None, obj: HasKey | None, data: Mapping[str, Value] | None
) -> Entry:
    return Entry(
        stream=str(stream),
        event=event,
        actor=actor.pk if actor else None,
        obj=obj.pk if obj else None,
        data=data or {},
    )


@dataclass(frozen=True)
class Break:
    """Where a chain does not hold: the stream, the entry's number, and what is wrong with it."""

    stream: str
    number: int
    why: str


def breaks(anchors: Mapping[str, tuple[int, str]] | None = None) -> list[Break]:
    """Return every place where a chain was edited, cut or reordered; an empty list means that all hold.

    The owner asks, or the backup: the application sees only a part of the chains. `anchors` are heads written down
    elsewhere earlier, stream → (number, hash in hex): a chain cut at its end holds in itself and is found only against
    them.
    """
    found: list[Break] = []
    hashes: dict[str, dict[int, str]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT stream, number, encode(hash, 'hex'), encode(previous, 'hex'), "
            "encode(audit_entry_hash(e), 'hex') FROM audit_entry e ORDER BY stream, number"
        )
        for stream, number, kept, previous, computed in cursor.fetchall():
            seen = hashes.setdefault(stream, {})
            if kept != computed:
                found.append(Break(stream, number, "edited"))
            if number > 1 and number - 1 not in seen:
                found.append(Break(stream, number, "the entry before it is missing"))
            elif previous != seen.get(number - 1, ""):
                found.append(Break(stream, number, "does not follow the entry before it"))
            seen[number] = kept
        cursor.execute("SELECT stream, number, encode(hash, 'hex') FROM audit_head")
        heads = {stream: (number, digest) for stream, number, digest in cursor.fetchall()}
    found += cut_off(hashes, heads.items(), "the end is missing")
    found += cut_off(hashes, (anchors or {}).items(), "does not reach the anchor")
    return found


def cut_off(
    hashes: Mapping[str, Mapping[int, str]], heads: Iterable[tuple[str, tuple[int, str]]], why: str
) -> list[Break]:
    return [
        Break(stream, number, why) for stream, (number, digest) in heads if hashes.get(stream, {}).get(number) != digest
    ]
