"""A whole practice made into an archive that only the receiving installation opens."""

import base64
import hashlib
import json
import zipfile
from collections.abc import Iterator
from datetime import datetime
from tempfile import TemporaryFile
from typing import IO, Any, Final
from uuid import UUID, uuid4

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actions import stream
from accounts.models import Practice, User
from audit import trail
from documents.models import Attachment, AttachmentContent
from transfer.archive import form, own_key
from transfer.archive.form import Manifest, Member
from transfer.archive.keys import TransferKey
from vault import content as contents
from vault import keys as vault_keys
from vault.blobs import Unopenable
from vault.models import ContentKey, VaultKey

#: Rows that the database gives at a time.
AT_A_TIME: Final = 200
#: Bytes of an archive that is made while one waits.
MOST: Final = 500 * 1024 * 1024
GENUINE: Final = "\\x01"


class Packing:
    """An archive being written: rows are gathered into members, each sealed as soon as it is full."""

    def __init__(self, file: IO[bytes], receiver: TransferKey, now: datetime) -> None:
        self.zip = zipfile.ZipFile(file, "w", zipfile.ZIP_STORED)
        self.receiver, self.at = receiver, timezone.localtime(now).timetuple()[:6]
        self.archive, self.key = str(uuid4()), AESGCM.generate_key(256)
        self.members: list[Member] = []
        self.table, self.lines, self.length, self.number, self.together = "", list[str](), 0, 0, 0

    def add_row(self, table: str, line: str) -> None:
        if table != self.table or self.length + len(line) > form.PART:
            self.flush(table)
        self.lines.append(line)
        self.length += len(line)

    def flush(self, next_table: str = "") -> None:
        if self.lines:
            self.number += 1
            content = ("\n".join(self.lines) + "\n").encode()
            self.add(f"rows/{self.table}.{self.number:04}.jsonl", content, self.table, len(self.lines))
        if next_table != self.table:
            self.number = 0
        self.table, self.lines, self.length = next_table, [], 0

    def add(self, name: str, content: bytes, table: str = "", rows: int = 0) -> None:
        sealed = form.seal(self.key, self.archive, name, content)
        self.members.append(Member(name, len(sealed), hashlib.sha256(sealed).hexdigest(), table, rows))
        self.together += len(sealed)
        if self.together > MOST:
            raise ValidationError(
                _("The practice is larger than what is made while one waits: ask who runs this installation.")
            )
        self.plain(name, sealed)

    def plain(self, name: str, content: bytes) -> None:
        self.zip.writestr(zipfile.ZipInfo(name, self.at), content)

    def finish(self, practice: Practice, now: datetime, readme: str) -> Manifest:
        """Write who it is for and what is in it; the archive's key is bound to all of that."""
        said = {"id": str(practice.pk), "name": practice.name, "business_id": practice.business_id}
        values = (self.archive, now.isoformat(), said, str(self.receiver), form.schema_hash(), self.members)
        sealed = self.receiver.seal(self.key, "archive", Manifest(*values).bound())
        manifest = Manifest(*values, key=base64.b64encode(sealed).decode())
        self.plain(form.README, readme.encode())
        self.plain(form.MANIFEST, manifest.written())
        self.zip.close()
        return manifest


def make_archive(practice: Practice, receiver: TransferKey, *, by: User, now: datetime) -> tuple[IO[bytes], Manifest]:
    """Return the archive of a practice as an open file, and what it says of itself.

    To be called as an administrator of the practice whose receiver is accepted: the database gives the rows to nobody
    else. Nothing of them is written anywhere unsealed. Raises ValidationError when a key of the practice cannot be
    opened here, since what it seals would be lost.
    """
    file = TemporaryFile()  # noqa: SIM115  (whoever sends it closes it)
    packing = Packing(file, receiver, now)
    try:
        count = pack(packing, practice)
        manifest = packing.finish(practice, now, readme(practice, receiver, count))
    except BaseException:
        packing.zip.close()
        file.close()
        raise
    data: dict[str, trail.Value] = {"archive": packing.archive, "rows": count, "receiver": str(receiver)}
    trail.record(stream(practice), "practice.exported", actor=by, obj=practice, data=data)
    file.seek(0)
    return file, manifest


def pack(packing: Packing, practice: Practice) -> int:
    """Pack every row; return how many there were."""
    count = 0
    for table, line in rows_of(practice):
        packing.add_row(table, travelling(packing, table, line))
        count += 1
    packing.flush()
    if not count:
        raise ValidationError(_("Nobody has accepted the receiving installation, or that was more than 14 days ago."))
    return count


def rows_of(practice: Practice) -> Iterator[tuple[str, str]]:
    """Every row of the practice in one look at the database: by table, as JSON in a line."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, line FROM sec.practice_rows(%s)", [practice.pk])
        while found := cursor.fetchmany(AT_A_TIME):
            yield from found


def travelling(packing: Packing, table: str, line: str) -> str:
    """Return a row as it travels: what only this installation opens is opened and sealed for the receiver."""
    if table == "vault_contentkey":
        return content_key(packing, json.loads(line))
    if table in own_key.COLUMNS:
        return of_own_key(packing, table, json.loads(line))
    if table == "vault_vaultkey":
        return vault_key(json.loads(line))
    if table in ("documents_sealedfile", "documents_attachmentcontent"):
        return file_of(packing, table, json.loads(line))
    return line


def content_key(packing: Packing, row: dict[str, Any]) -> str:
    key = ContentKey(pk=UUID(row["id"]), owner=UUID(row["owner"]), number=row["number"], sealed=raw(row["sealed"]))
    try:
        secret = contents.opened(key)
    except Unopenable:
        raise ValidationError(
            _("A content key of the practice cannot be opened here: CONTENT_KEY is not whole.")
        ) from None
    sealed = packing.receiver.seal(secret, "content key", packing.archive, row["id"], row["owner"])
    return json.dumps(row | {"sealed": hexed(sealed)})


def of_own_key(packing: Packing, table: str, row: dict[str, Any]) -> str:
    changed = dict(row)
    try:
        for column, content in own_key.opened(table, row):
            changed[column] = hexed(packing.receiver.seal(content, *own_key.about(packing.archive, table, row, column)))
    except InvalidTag:
        raise ValidationError(_("A row of the practice cannot be opened here: FACTOR_KEY is not whole.")) from None
    return json.dumps(changed)


def vault_key(row: dict[str, Any]) -> str:
    """A public key is marked by each installation with its own pepper; here it is said whether our mark is on it."""
    key = VaultKey(
        id=UUID(row["id"]), owner=UUID(row["owner"]), public=raw(row["public"]), mark=raw(row["mark"]),
        pepper=row["pepper"],
    )  # fmt: skip
    try:
        vault_keys.public_of(key)
        mark = GENUINE
    except Unopenable:
        mark = "\\x"
    return json.dumps(row | {"mark": mark})


def file_of(packing: Packing, table: str, row: dict[str, Any]) -> str:
    """A file travels as a file of its own, as its readers know it."""
    if table == "documents_sealedfile":
        column, name, content = "content", f"files/{row['id']}.pdf", raw(row["content"])
    else:
        attachment = Attachment(pk=UUID(row["attachment_id"]))
        column, name = "sealed", f"files/{attachment.pk}"
        try:
            content = AttachmentContent(attachment=attachment, sealed=raw(row["sealed"])).opened()
        except InvalidTag:
            raise ValidationError(_("A file of the practice cannot be opened here: FACTOR_KEY is not whole.")) from None
    packing.add(name, content)
    return json.dumps(row | {column: name})


def raw(text: str) -> bytes:
    """Return the bytes of a column as PostgreSQL writes them, `\\x…`."""
    return bytes.fromhex(text.removeprefix("\\x"))


def hexed(content: bytes) -> str:
    return "\\x" + content.hex()


def readme(practice: Practice, receiver: TransferKey, count: int) -> str:
    """Return what the archive says to whoever opens it by hand, in the language of who made it."""
    return "\n\n".join(
        [
            _("The whole practice %(name)s, for moving to another installation of Työnohjaus.")
            % {"name": practice.name},
            _("It holds %(count)d rows and the files that belong to them.") % {"count": count},
            _(
                "Everything but this text and manifest.json is sealed. Only the installation whose transfer key is "
                "%(key)s opens it, by: bin/manage import_archive FILE"
            )
            % {"key": receiver},
            _(
                "Private notes stay sealed for their authors there too: they open with the recovery sheet. Everybody "
                "logs in anew and adds a second factor of their own."
            ),
            _("The format is documented in docs/export.md."),
            "",
        ]
    )
