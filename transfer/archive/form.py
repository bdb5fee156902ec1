"""The form of an archive, version 1: docs/export.md says it in words.

A ZIP whose members are stored as they are. `manifest.json` and `README.txt` are readable; everything else is sealed
(AES-256-GCM) with a key of this archive alone, which is sealed (HPKE) to the transfer key of the receiver, bound to
the manifest: one changed letter, and nothing opens.
"""

import hashlib
import json
import os
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import models

from transfer.archive import scope

FORMAT: Final = "tyonohjaus-practice"
VERSION: Final = 1
MANIFEST: Final = "manifest.json"
README: Final = "README.txt"
NONCE: Final = 12

#: Bytes of rows in one member, before they are packed; a single row may be longer.
PART: Final = 4 * 1024 * 1024
MOST_MEMBERS: Final = 50_000
MOST_OF_A_MEMBER: Final = 64 * 1024 * 1024
MOST_TOGETHER: Final = 4 * 1024 * 1024 * 1024
MOST_OF_A_MANIFEST: Final = 16 * 1024 * 1024


class Broken(Exception):
    """An archive cannot be taken in; says why in a sentence."""


@dataclass(frozen=True)
class Member:
    """A sealed member: its name, how many bytes it has sealed, their SHA-256, and how many rows of which table."""

    name: str
    size: int
    sha256: str
    table: str = ""
    rows: int = 0


@dataclass(frozen=True)
class Manifest:
    """What an archive says of itself. `key` is its own key, sealed for `receiver`."""

    archive: str
    made_at: str
    practice: Mapping[str, str]
    receiver: str
    schema: str
    members: Sequence[Member]
    key: str = ""

    def bound(self) -> str:
        """Return the hash to which the archive's key is bound: of everything but the key."""
        content = asdict(self) | {"key": "", "format": FORMAT, "version": VERSION}
        return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=True).encode()).hexdigest()

    def written(self) -> bytes:
        content = {"format": FORMAT, "version": VERSION, **asdict(self)}
        return json.dumps(content, indent=1, ensure_ascii=False).encode()


def read_manifest(content: bytes) -> Manifest:
    """Return what a manifest says. Raises Broken when it is none, or of a version that is not known here."""
    try:
        found: dict[str, Any] = json.loads(content)
        if found.pop("format") != FORMAT:
            raise Broken("This is no archive of a practice.")
        version = found.pop("version")
        if version != VERSION:
            raise Broken(f"The archive is of version {version!r}; this installation reads version {VERSION}.")
        members = [Member(**each) for each in found.pop("members")]
        manifest = Manifest(members=members, **found)
        if not all(isinstance(each.size, int) and isinstance(each.name, str) for each in members):
            raise TypeError
    except Broken:
        raise
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise Broken("The manifest of the archive cannot be read.") from None
    return manifest


def seal(key: bytes, archive: str, name: str, content: bytes) -> bytes:
    """Return `content` packed and sealed as the member `name` of this archive alone."""
    nonce = os.urandom(NONCE)
    return nonce + AESGCM(key).encrypt(nonce, zlib.compress(content, 6), f"{archive} {name}".encode())


def unseal(key: bytes, archive: str, name: str, sealed: bytes) -> bytes:
    """Return what `seal` was given. Raises Broken when it was changed, moved, or unpacks into too much."""
    try:
        packed = AESGCM(key).decrypt(sealed[:NONCE], sealed[NONCE:], f"{archive} {name}".encode())
        unpacking = zlib.decompressobj()
        content = unpacking.decompress(packed, MOST_OF_A_MEMBER)
    except (InvalidTag, ValueError, zlib.error):
        raise Broken(f"{name} was changed.") from None
    if not unpacking.eof:
        raise Broken(f"{name} unpacks into more than {MOST_OF_A_MEMBER // 1024 // 1024} MB.")
    return content


def schema() -> dict[str, dict[str, str]]:
    """Return by table the columns that travel and their types in PostgreSQL."""
    from django.db import connection

    return {
        table: {
            str(field.column): str(field.db_type(connection))
            for field in scope.by_table()[table]._meta.concrete_fields
            if not isinstance(field, models.GeneratedField)
        }
        for table in scope.tables()
    }


def schema_hash() -> str:
    return hashlib.sha256(json.dumps(schema(), sort_keys=True).encode()).hexdigest()
