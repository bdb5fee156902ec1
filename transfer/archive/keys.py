"""The transfer key of an installation: what another one seals a practice to.

It follows from CONTENT_KEY, so that nothing new has to be kept: whoever can open the content of the installation can
open what is sent to it, and nobody else.
"""

import base64
import hashlib
from dataclasses import dataclass
from typing import Final, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from django.utils.translation import gettext_lazy as _

from formats import Unreadable
from vault import derive, words
from vault.keys import SUITE

PREFIX: Final = "TOT1"
CHECK: Final = 5


class NotForUs(Exception):
    """What is sealed was not sealed for this installation, or was changed on the way."""


@dataclass(frozen=True)
class TransferKey:
    """A public transfer key: which CONTENT_KEY of its installation it follows from, and its 32 bytes."""

    number: int
    public: bytes

    def __str__(self) -> str:
        """`TOT1-1-…`: the number, then the key and five bytes of its hash in base 32, in groups of eight."""
        text = base64.b32encode(self.public + _check(self.number, self.public)).decode().rstrip("=")
        return "-".join([PREFIX, str(self.number), *(text[at : at + 8] for at in range(0, len(text), 8))])

    @classmethod
    def read(cls, text: str) -> Self:
        """Return the key that was written. Raises Unreadable when it is none, or was mistyped."""
        prefix, _dash, rest = "".join(text.split()).upper().partition("-")
        number, _dash, letters = rest.partition("-")
        try:
            letters = letters.replace("-", "")
            content = base64.b32decode(letters + "=" * (-len(letters) % 8))
        except ValueError:
            content = b""
        if prefix != PREFIX or not number.isdecimal() or len(number) > 4 or len(content) != 32 + CHECK:
            raise Unreadable(_("This is no transfer key. It begins with TOT1-."), code="transfer_key")
        found = cls(int(number), content[:32])
        if content[32:] != _check(found.number, found.public):
            raise Unreadable(_("The transfer key was not copied whole. Copy it again."), code="transfer_key")
        return found

    @property
    def words(self) -> list[str]:
        """Four words by which two people tell by telephone that they see the same key."""
        return words.fingerprint(self.public)

    def seal(self, content: bytes, *about: str) -> bytes:
        """Return `content` sealed (HPKE, RFC 9180) for who holds the private half; it opens for the same `about`."""
        return SUITE.encrypt(content, X25519PublicKey.from_public_bytes(self.public), info=_info(about))


def _check(number: int, public: bytes) -> bytes:
    return hashlib.sha256(f"{PREFIX} {number} ".encode() + public).digest()[:CHECK]


def _info(about: tuple[str, ...]) -> bytes:
    parts = [part.encode() for part in ("tyonohjaus transfer", *about)]
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def own_key() -> TransferKey:
    """Return the transfer key of this installation. Raises ImproperlyConfigured in a process without CONTENT_KEY."""
    number = next(iter(derive.content_secrets()))
    return TransferKey(number, _private(number).public_key().public_bytes_raw())


def unseal(key: TransferKey, sealed: bytes, *about: str) -> bytes:
    """Return what was sealed for `key`, which is ours. Raises NotForUs."""
    private = _private(key.number)
    if private.public_key().public_bytes_raw() != key.public:
        raise NotForUs
    try:
        return SUITE.decrypt(sealed, private, info=_info(about))
    except (InvalidTag, ValueError):
        raise NotForUs from None


def _private(number: int) -> X25519PrivateKey:
    try:
        secret = derive.content_secrets()[number]
    except KeyError:
        raise NotForUs from None
    return X25519PrivateKey.from_private_bytes(derive.expand(secret, "transfer key"))
