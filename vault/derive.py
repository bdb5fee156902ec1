"""Keys that follow from something else: a passphrase, a recovery code, the cookie of an open vault, our settings."""

import base64
import hashlib
import hmac
import os
import secrets
import threading
import unicodedata
from dataclasses import dataclass
from typing import Final

from argon2.low_level import Type, hash_secret_raw
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

#: How many passphrases one process reckons with at a time: each takes 64 MiB.
AT_ONCE: Final = threading.BoundedSemaphore(2)
RECOVERY_BYTES: Final = 20
SALT_BYTES: Final = 16


@dataclass(frozen=True)
class Stretching:
    """How a passphrase is stretched by argon2id (RFC 9106): memory in KiB, passes, lanes."""

    memory: int
    passes: int
    lanes: int = 1

    def as_json(self) -> dict[str, int]:
        return {"memory": self.memory, "passes": self.passes, "lanes": self.lanes}


def stretching() -> Stretching:
    """Return how new passphrases are stretched: 64 MiB and three passes, 150–300 ms."""
    memory, passes = settings.VAULT_STRETCHING
    return Stretching(memory, passes)


def from_passphrase(passphrase: str, salt: bytes, how: Stretching, pepper: int) -> bytes:
    """Return the key (32 bytes) that wraps a private key under `passphrase` and our pepper of that number."""
    with AT_ONCE:
        stretched = hash_secret_raw(
            typed(passphrase), salt, time_cost=how.passes, memory_cost=how.memory, parallelism=how.lanes,
            hash_len=32, type=Type.ID,
        )  # fmt: skip
    return expand(stretched, "vault passphrase", salt=pepper_of(pepper))


def typed(passphrase: str) -> bytes:
    """Return a passphrase as bytes: the same from every keyboard, whichever way it composes letters and spaces."""
    return " ".join(unicodedata.normalize("NFKC", passphrase).split()).encode()


def from_recovery(code: str) -> bytes:
    """Return the key that wraps a private key under a recovery code, however it is spaced and in whichever case."""
    return expand(recovery_bytes(code), "vault recovery")


def new_recovery_code() -> str:
    """Return 160 random bits as eight groups of four: letters, and digits that look like no letter."""
    return " ".join(code_groups(base64.b32encode(secrets.token_bytes(RECOVERY_BYTES)).decode()))


def recovery_bytes(code: str) -> bytes:
    """Return the bits of a recovery code. Raises ValueError when it is none: 32 letters A–Z and digits 2–7."""
    text = "".join(code_groups(code))
    if len(text) != 32:
        raise ValueError("A recovery code has 32 letters and digits.")
    return base64.b32decode(text)


def code_groups(code: str) -> list[str]:
    """Return the groups of four of a recovery code or a part of it, however it was typed."""
    text = "".join(each for each in code.upper() if each.isalnum()).replace("0", "O").replace("1", "I")
    return [text[start : start + 4] for start in range(0, len(text), 4)]


def from_opening(secret: bytes) -> tuple[bytes, bytes]:
    """Return the name under which an open vault is kept, and the key that seals it: both follow from the cookie."""
    return expand(secret, "vault opening id"), expand(secret, "vault opening key")


def peppered(content: bytes, pepper: int) -> bytes:
    """Return a mark (32 bytes) on `content` that nobody makes without our pepper of that number."""
    return hmac.digest(expand(pepper_of(pepper), "vault public key"), content, hashlib.sha256)


def expand(secret: bytes, purpose: str, salt: bytes | None = None) -> bytes:
    return HKDF(SHA256(), length=32, salt=salt, info=f"tyonohjaus {purpose}".encode()).derive(secret)


def new_salt() -> bytes:
    return os.urandom(SALT_BYTES)


def peppers() -> dict[int, bytes]:
    """Return our peppers by number. Raises ImproperlyConfigured in a process that is given none."""
    return _numbered("VAULT_PEPPER")


def pepper_of(number: int) -> bytes:
    """Return our pepper of this number. Raises ImproperlyConfigured when it was taken away too early."""
    try:
        return peppers()[number]
    except KeyError:
        raise ImproperlyConfigured(f"VAULT_PEPPER has no number {number}, and a vault still needs it.") from None


def newest_pepper() -> int:
    return next(iter(peppers()))


def content_secrets() -> dict[int, bytes]:
    """Return what wraps content keys, by number. Raises ImproperlyConfigured in a process that is given none."""
    return _numbered("CONTENT_KEY")


def calendar_secrets() -> dict[int, bytes]:
    """Return what seals addresses of calendars, by number. Raises ImproperlyConfigured in a process that has none."""
    return _numbered("CALENDAR_KEY")


def _numbered(name: str) -> dict[int, bytes]:
    """Return the secrets that the setting `name` lists as `2:secret,1:older secret`, the newest first.

    Raises ImproperlyConfigured when it lists none, something else, or two under one number.
    """
    listed = getattr(settings, name)
    if not listed:
        raise ImproperlyConfigured(f"This process has no {name}: it opens nothing that is sealed with it.")
    found: dict[int, bytes] = {}
    for entry in listed.split(","):
        number, colon, secret = entry.strip().partition(":")
        if not colon:
            number, secret = "1", entry.strip()
        if not number.isdecimal() or not secret or int(number) in found:
            raise ImproperlyConfigured(f"{name} is one secret, or several as 2:secret,1:older secret.")
        found[int(number)] = hashlib.sha256(secret.encode()).digest()
    return found
