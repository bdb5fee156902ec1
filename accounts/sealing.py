"""Secrets of ours at rest: second factors, and sessions, in which allauth keeps codes and seeds for minutes."""

import base64
import hashlib
import hmac
import json
import os
from typing import Any, Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

VERSION: Final = b"\x01"


def seal(content: bytes, purpose: str) -> bytes:
    """Return `content` under AES-256-GCM: version, nonce, ciphertext; it opens for the same `purpose` alone."""
    nonce = os.urandom(12)
    return VERSION + nonce + _cipher().encrypt(nonce, content, VERSION + purpose.encode())


def unseal(sealed: bytes, purpose: str) -> bytes:
    """Return what `seal` was given; raises InvalidTag when it was changed or sealed for another purpose."""
    return _cipher().decrypt(sealed[1:13], sealed[13:], sealed[:1] + purpose.encode())


def seal_text(text: str, purpose: str) -> str:
    return base64.b64encode(seal(text.encode(), purpose)).decode()


def unseal_text(sealed: str, purpose: str) -> str:
    return unseal(base64.b64decode(sealed), purpose).decode()


def fingerprint(text: str, purpose: str) -> str:
    """Return 64 hexadecimal digits by which `text` is known again, and cannot be guessed without our key."""
    return hmac.new(_key(), f"{purpose}\n{text}".encode(), hashlib.sha256).hexdigest()


def _cipher() -> AESGCM:
    return AESGCM(_key())


def _key() -> bytes:
    if not settings.FACTOR_KEY:
        raise ImproperlyConfigured("This process has no FACTOR_KEY: it seals nothing and opens nothing sealed.")
    return hashlib.sha256(settings.FACTOR_KEY.encode()).digest()


class SessionSerializer:
    """Seals a session before it becomes a row. One that cannot be opened is empty: its owner logs in again."""

    def dumps(self, session: Any) -> bytes:
        return seal(json.dumps(session, separators=(",", ":")).encode(), "session")

    def loads(self, sealed: bytes) -> Any:
        return json.loads(unseal(sealed, "session"))
