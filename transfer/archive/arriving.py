"""A practice taken in from an archive: whole, with its ids, into an empty installation. An operator's verb."""

import base64
import hashlib
import json
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final, Self
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.db.utils import DataError
from psycopg import sql

from accounts.models import Practice, User
from accounts.sealing import seal
from audit import trail
from documents.models import Attachment
from documents.models.attachment import purpose
from formats import Unreadable
from transfer.archive import form, own_key, scope
from transfer.archive.form import Broken, Manifest, Member
from transfer.archive.keys import NotForUs, TransferKey, unseal
from transfer.archive.leaving import GENUINE, hexed, raw
from vault import content as contents
from vault import derive
from vault import keys as vault_keys
from vault.models import ContentKey, VaultKey

#: Nothing points at their numbers, which an administrator who is here already may have.
NUMBERED_ANEW: Final = {"account_emailaddress": "id"}
#: Rows that are written at a time, so that one member is not one statement of megabytes.
BATCH: Final = 500


@dataclass(frozen=True)
class Received:
    """What came in: which archive, and how many rows of each table."""

    manifest: Manifest
    rows: Counter[str]


class Archive:
    """An archive that is open: its manifest, and its members when they are asked for. Raises Broken."""

    def __init__(self, path: Path) -> None:
        try:
            self.zip = zipfile.ZipFile(path)
        except (OSError, zipfile.BadZipFile, ValueError):
            raise Broken(f"{path} is no archive, or not a whole one.") from None
        try:
            self.begin()
        except BaseException:
            self.zip.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.zip.close()

    def begin(self) -> None:
        """Read what the archive says of itself, and open its key."""
        parts = self.zip.infolist()
        if len(parts) > form.MOST_MEMBERS or sum(part.file_size for part in parts) > form.MOST_TOGETHER:
            raise Broken("The archive holds more than a practice would.")
        self.parts = {part.filename: part for part in parts}
        if len(self.parts) != len(parts):
            raise Broken("The archive holds two members of one name.")
        self.manifest = form.read_manifest(self.read(form.MANIFEST, form.MOST_OF_A_MANIFEST))
        self.members = {member.name: member for member in self.manifest.members}
        try:
            self.receiver = TransferKey.read(self.manifest.receiver)
            sealed = base64.b64decode(self.manifest.key)
            self.key = unseal(self.receiver, sealed, "archive", self.manifest.bound())
        except (Unreadable, NotForUs, ValueError):
            raise Broken(
                "The archive was not made for this installation, or was changed: its key does not open here."
            ) from None

    def read(self, name: str, most: int) -> bytes:
        """Return a member as it is stored, which is never packed: what it says it holds, it holds."""
        part = self.parts.get(name)
        if part is None:
            raise Broken(f"{name} is missing from the archive.")
        if part.compress_type != zipfile.ZIP_STORED or part.file_size > most:
            raise Broken(f"{name} is larger than such a file is, or packed.")
        try:
            with self.zip.open(part) as opened:
                return opened.read(most + 1)
        except (zipfile.BadZipFile, OSError, EOFError, RuntimeError, NotImplementedError, ValueError):
            raise Broken(f"{name} cannot be read.") from None

    def opened(self, name: str) -> bytes:
        """Return the content of a sealed member."""
        member = self.members.get(name)
        if member is None:
            raise Broken(f"The manifest does not name {name}.")
        sealed = self.read(name, form.MOST_OF_A_MEMBER)
        if len(sealed) != member.size or hashlib.sha256(sealed).hexdigest() != member.sha256:
            raise Broken(f"{name} was changed.")
        return form.unseal(self.key, self.manifest.archive, name, sealed)

    def rows(self) -> Iterator[tuple[Member, list[str]]]:
        """The members that hold rows, each a line of JSON."""
        for member in self.manifest.members:
            if member.table:
                lines = self.opened(member.name).decode().splitlines()
                if len(lines) != member.rows:
                    raise Broken(f"{member.name} holds {len(lines)} rows instead of {member.rows}.")
                yield member, lines


def take_in(path: Path) -> Received:
    """Write everything that the archive holds, in one transaction, and check it. To be called as the owner.

    Raises Broken when the archive is changed, of another version, for another installation, or when somebody is here.
    """
    with Archive(path) as archive:
        return take(archive)


def take(archive: Archive) -> Received:
    if archive.manifest.schema != form.schema_hash():
        raise Broken(
            "The archive was made by another version of the program: bring both installations to the same one."
        )
    derive.peppers()  # who has none is told before anything is written
    with transaction.atomic():
        refuse_others()
        with connection.cursor() as cursor:
            there = tables_there(cursor)
            toggle(cursor, there, "DISABLE")
            try:
                rows = write(cursor, archive)
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            except (IntegrityError, DataError) as error:
                raise Broken(f"The rows of the archive do not fit together: {str(error).splitlines()[0]}") from None
            toggle(cursor, there, "ENABLE")
            go_on_counting(cursor, rows)
            check(cursor, archive, rows)
        practice = Practice.objects.get()
        data: dict[str, trail.Value] = {"archive": archive.manifest.archive, "rows": rows.total()}
        trail.record(f"practice:{practice.pk}", "practice.received", actor=None, obj=practice, data=data)
    return Received(archive.manifest, rows)


def refuse_others() -> None:
    """Raise Broken unless nobody is here but who administers the installation."""
    if Practice.objects.exists() or User.objects.filter(is_staff=False).exists():
        raise Broken("There is a practice here already, or somebody who works in one: the installation is not empty.")


def tables_there(cursor: Any) -> list[str]:
    cursor.execute("SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'")
    there = {name for (name,) in cursor.fetchall()}
    return [table for table in scope.tables() if table in there]


def toggle(cursor: Any, tables: list[str], verb: str) -> None:
    """Let the triggers of tables rest, or work again: what comes in was ruled by them where it was made, and its chain
    of evidence and its signed contracts have to stay as they are.
    """
    for table in tables:
        cursor.execute(sql.SQL("ALTER TABLE {} {} TRIGGER USER").format(sql.Identifier(table), sql.SQL(verb)))


def write(cursor: Any, archive: Archive) -> Counter[str]:
    rows: Counter[str] = Counter()
    columns = form.schema()
    for member, found in archive.rows():
        if member.table not in columns:
            raise Broken(f"The archive has rows of {member.table}, which does not travel.")
        kept = [name for name in columns[member.table] if name != NUMBERED_ANEW.get(member.table)]
        names = sql.SQL(", ").join(map(sql.Identifier, kept))
        statement = sql.SQL(
            "INSERT INTO {table} ({names}) OVERRIDING SYSTEM VALUE"
            " SELECT {names} FROM jsonb_populate_recordset(NULL::{table}, %s::jsonb)"
        ).format(table=sql.Identifier(member.table), names=names)
        arrived = [arriving(archive, member.table, line) for line in found]
        for at in range(0, len(arrived), BATCH):
            cursor.execute(statement, [f"[{','.join(arrived[at : at + BATCH])}]"])
        rows[member.table] += len(arrived)
    return rows


def arriving(archive: Archive, table: str, line: str) -> str:
    """Return a row as it stands here: what was sealed for this installation is sealed with its own keys.

    Every other row stays the text that it is, so that no number is rounded on the way.
    """
    change = CHANGES.get(table)
    if change is None:
        return line
    try:
        return json.dumps(change(archive, json.loads(line)))
    except (KeyError, ValueError, TypeError, AttributeError):
        raise Broken(f"A row of {table} cannot be read.") from None


def sealed_file(archive: Archive, row: dict[str, Any]) -> dict[str, Any]:
    return row | {"content": hexed(archive.opened(row["content"]))}


def attachment(archive: Archive, row: dict[str, Any]) -> dict[str, Any]:
    belongs = Attachment(pk=UUID(row["attachment_id"]))
    return row | {"sealed": hexed(seal(archive.opened(row["sealed"]), purpose(belongs)))}


def content_key(archive: Archive, row: dict[str, Any]) -> dict[str, Any]:
    about = ("content key", archive.manifest.archive, row["id"], row["owner"])
    try:
        secret = unseal(archive.receiver, raw(row["sealed"]), *about)
    except NotForUs:
        raise Broken("A content key of the archive does not open here.") from None
    key = ContentKey(pk=UUID(row["id"]), owner=UUID(row["owner"]), number=next(iter(derive.content_secrets())))
    return row | {"number": key.number, "sealed": hexed(contents.wrapped(key, secret))}


def vault_key(_archive: Archive, row: dict[str, Any]) -> dict[str, Any]:
    pepper = derive.newest_pepper()
    key = VaultKey(id=UUID(row["id"]), owner=UUID(row["owner"]), public=raw(row["public"]), pepper=pepper)
    mark = vault_keys.mark_of(key) if row["mark"] == GENUINE else b""
    return row | {"pepper": pepper, "mark": hexed(mark)}


def of_own_key(table: str, archive: Archive, row: dict[str, Any]) -> dict[str, Any]:
    changed = dict(row)
    for column in own_key.COLUMNS[table][0]:
        if content := raw(row[column]):
            about = own_key.about(archive.manifest.archive, table, row, column)
            try:
                opened = unseal(archive.receiver, content, *about)
            except NotForUs:
                raise Broken(f"A row of {table} does not open here.") from None
            changed[column] = hexed(own_key.sealed(table, row, column, opened))
    return changed


CHANGES: Final[Mapping[str, Callable[[Archive, dict[str, Any]], dict[str, Any]]]] = {
    **{table: partial(of_own_key, table) for table in own_key.COLUMNS},
    "vault_contentkey": content_key,
    "vault_vaultkey": vault_key,
    "documents_sealedfile": sealed_file,
    "documents_attachmentcontent": attachment,
}


def go_on_counting(cursor: Any, rows: Counter[str]) -> None:
    """Let numbers that the database draws go on after those that came in."""
    for table in rows.keys() - NUMBERED_ANEW.keys():
        pk = str(scope.by_table()[table]._meta.pk.column)
        cursor.execute("SELECT pg_get_serial_sequence(%s, %s)", [table, pk])
        (sequence,) = cursor.fetchone()
        if sequence:
            cursor.execute(
                sql.SQL("SELECT setval(%s, (SELECT max({pk}) FROM {table}))").format(
                    pk=sql.Identifier(pk), table=sql.Identifier(table)
                ),
                [sequence],
            )


def check(cursor: Any, archive: Archive, rows: Counter[str]) -> None:
    """Raise Broken unless what stands here is what the archive said: one practice, sealed files, chains of evidence."""
    practices = [str(each.pk) for each in Practice.objects.all()]
    if practices != [archive.manifest.practice["id"]]:
        raise Broken("The archive does not hold the one practice that it names.")
    cursor.execute("SELECT id::text, sha256 FROM documents_sealedfile")
    here = dict(cursor.fetchall())
    told = {
        row["id"]: row["sha256"]
        for member, lines in archive.rows()
        if member.table == "documents_sealedfile"
        for row in map(json.loads, lines)
    }
    if here != told:
        raise Broken("A sealed file is not the one that was sealed.")
    if broken := trail.breaks():
        raise Broken(f"A chain of evidence does not hold: {broken[0].stream} {broken[0].number}, {broken[0].why}.")
