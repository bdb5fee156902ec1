"""The format of sealed bytes: `version(1) | kind(1) | key id(16) | nonce(12) | AES-256-GCM ciphertext and tag`.

The first eighteen bytes and the fields that say where the bytes belong are authenticated with them: a row that was
changed, moved, or put in another's place does not open. Text is padded to a multiple of 256 bytes, so that its length
tells little. All of it exists in WebCrypto too.
"""

import os
from collections.abc import Sequence
from enum import IntEnum
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

VERSION: Final = 1
HEAD: Final = 18
NONCE: Final = 12
BLOCK: Final = 256


class Kind(IntEnum):
    TEXT = 1
    WRAP = 2
    OPENING = 3
    FILE = 4
    CONTENT = 5


class Unopenable(Exception):
    """The bytes cannot be opened: another key, another place, changed, or of a version that is not known here."""


def seal(key: bytes, key_id: UUID, kind: Kind, content: bytes, *fields: str) -> bytes:
    """Return `content` sealed with `key` (32 bytes) for the place that `fields` name."""
    head = bytes([VERSION, kind]) + key_id.bytes
    nonce = os.urandom(NONCE)
    return head + nonce + AESGCM(key).encrypt(nonce, content, head + joined(fields))


def unseal(key: bytes, kind: Kind, sealed: bytes, *fields: str) -> bytes:
    """Return what `seal` was given. Raises Unopenable, whatever is wrong."""
    sealed = bytes(sealed)
    if len(sealed) < HEAD + NONCE or sealed[0] != VERSION or sealed[1] != kind:
        raise Unopenable("not of a version and kind that is known here")
    try:
        return AESGCM(key).decrypt(sealed[HEAD : HEAD + NONCE], sealed[HEAD + NONCE :], sealed[:HEAD] + joined(fields))
    except InvalidTag:
        raise Unopenable("another key, another place, or changed") from None


def key_id(sealed: bytes) -> UUID:
    """Return which key sealed these bytes. Raises Unopenable when they do not say."""
    if len(sealed) < HEAD:
        raise Unopenable("too short")
    return UUID(bytes=bytes(sealed[2:HEAD]))


def padded(text: str) -> bytes:
    """Return `text` as bytes, filled up to a multiple of 256 with 0x80 00 …"""
    content = text.encode() + b"\x80"
    return content + bytes(-len(content) % BLOCK)


def unpadded(content: bytes) -> str:
    """Return the text that `padded` was given. Raises Unopenable when it is none."""
    text, mark, rest = content.rpartition(b"\x80")
    if not mark or rest.strip(b"\x00"):
        raise Unopenable("without an end")
    return text.decode()


def joined(fields: Sequence[str]) -> bytes:
    """Return the fields one after the other, each with its length before it, so that no two lists look alike."""
    return b"".join(len(field.encode()).to_bytes(4, "big") + field.encode() for field in fields)
