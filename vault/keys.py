"""A person's key: made, wrapped under passphrase and recovery code, unwrapped again."""

import hmac
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from vault import blobs, derive
from vault.blobs import Kind, Unopenable
from vault.models import VaultKey, Wrap

#: What seals the key of a text to a reader (RFC 9180).
SUITE: Final = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


@dataclass(frozen=True)
class Opened:
    """A vault that is open, for the length of one request: whose, which key, and its private half."""

    user: UUID
    key: VaultKey
    private: X25519PrivateKey


def key_in_use(user: UUID) -> VaultKey | None:
    return VaultKey.objects.filter(owner=user, retired_at=None).first()


def make_key(user: UUID, now: datetime) -> Opened:
    """Make a new key pair of `user`, not wrapped yet: who does not wrap it loses it."""
    private = X25519PrivateKey.generate()
    public, pepper = private.public_key().public_bytes_raw(), derive.newest_pepper()
    key = VaultKey(owner=user, public=public, pepper=pepper, created_at=now)
    key.mark = mark_of(key)
    key.save(force_insert=True)
    return Opened(user, key, private)


def mark_of(key: VaultKey) -> bytes:
    return derive.peppered(key.owner.bytes + key.id.bytes + bytes(key.public), key.pepper)


def public_of(key: VaultKey) -> X25519PublicKey:
    """Return the public half. Raises Unopenable when it was not made here: nothing is ever sealed to it."""
    if not hmac.compare_digest(mark_of(key), bytes(key.mark)):
        raise Unopenable("a public key that was not made here")
    return X25519PublicKey.from_public_bytes(bytes(key.public))


def wrap_by_passphrase(opened: Opened, passphrase: str, now: datetime) -> None:
    """Keep the private half under `passphrase`, in place of the one before."""
    salt, how, pepper = derive.new_salt(), derive.stretching(), derive.newest_pepper()
    wrapping = derive.from_passphrase(passphrase, salt, how, pepper)
    values = {"salt": salt, "stretching": how.as_json(), "pepper": pepper}
    keep_wrap(opened, Wrap.Method.PASSPHRASE, wrapping, now, **values)


def wrap_by_recovery(opened: Opened, now: datetime) -> str:
    """Keep the private half under a new recovery code, in place of the one before; return the code, kept nowhere."""
    code = derive.new_recovery_code()
    keep_wrap(opened, Wrap.Method.RECOVERY, derive.from_recovery(code), now)
    return code


def keep_wrap(opened: Opened, method: Wrap.Method, wrapping: bytes, now: datetime, **values: object) -> None:
    content = opened.private.private_bytes_raw()
    sealed = blobs.seal(wrapping, opened.key.pk, Kind.WRAP, content, "wrap", str(opened.user), method)
    Wrap.objects.update_or_create(
        key=opened.key, method=method, defaults={**values, "sealed": sealed, "created_at": now}
    )


def unwrap_by_passphrase(key: VaultKey, passphrase: str) -> Opened:
    """Return the open vault. Raises Unopenable for another passphrase."""
    wrap = key.wraps.get(method=Wrap.Method.PASSPHRASE)
    how, pepper = derive.Stretching(**wrap.stretching), wrap.pepper or 0
    return unwrap(key, wrap, derive.from_passphrase(passphrase, bytes(wrap.salt), how, pepper))


def unwrap_by_recovery(key: VaultKey, code: str) -> Opened:
    """Return the open vault. Raises Unopenable for another code, and for what is no code at all."""
    try:
        wrapping = derive.from_recovery(code)
    except ValueError:
        raise Unopenable("not a recovery code") from None
    return unwrap(key, key.wraps.get(method=Wrap.Method.RECOVERY), wrapping)


def unwrap(key: VaultKey, wrap: Wrap, wrapping: bytes) -> Opened:
    content = blobs.unseal(wrapping, Kind.WRAP, bytes(wrap.sealed), "wrap", str(key.owner), wrap.method)
    return Opened(key.owner, key, X25519PrivateKey.from_private_bytes(content))
