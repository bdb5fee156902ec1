"""A person's key: made, wrapped under passphrase and recovery code, unwrapped again."""

import hmac
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet

from vault import blobs, derive, words
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


class ThereIsOne(Exception):
    """This person has a vault already."""


def key_in_use(user: UUID) -> VaultKey | None:
    return VaultKey.objects.filter(owner=user, retired_at=None).first()


def key_to_seal_for(user: UUID) -> VaultKey | None:
    """Return the key to which texts for `user` are sealed, or None: no vault, or one without a recovery sheet yet.

    It stays the key in use until the end of the transaction.
    """
    hold(user)
    key = key_in_use(user)
    return key if key and key.ready_at else None


def ready_keys(user: UUID) -> QuerySet[VaultKey]:
    """The key of `user`, if texts can be sealed to it now: for asking alone; who seals asks for `key_to_seal_for`."""
    return VaultKey.objects.filter(owner=user, retired_at=None, ready_at__isnull=False)


def hold(user: UUID, *, alone: bool = False) -> None:
    """Wait until nobody replaces the key of `user` (or, `alone`, until nobody seals to it), and keep it so.

    Without it a text could be sealed, while its reader's key is replaced, to a private half that is gone afterwards.
    """
    which = "pg_advisory_xact_lock" if alone else "pg_advisory_xact_lock_shared"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {which}(hashtextextended(%s, 0))", [f"vault {user}"])


def fingerprint(key: VaultKey) -> list[str]:
    """Return four words by which two people tell, side by side or by telephone, that they see the same key.

    Raises Unopenable for a key that was not made here.
    """
    return words.fingerprint(public_of(key).public_bytes_raw())


def make_key(user: UUID, now: datetime) -> Opened:
    """Make a new key pair of `user`, not wrapped yet: who does not wrap it loses it. Raises ThereIsOne."""
    private = X25519PrivateKey.generate()
    public, pepper = private.public_key().public_bytes_raw(), derive.newest_pepper()
    key = VaultKey(owner=user, public=public, pepper=pepper, created_at=now)
    key.mark = mark_of(key)
    try:
        with transaction.atomic():
            key.save(force_insert=True)
    except IntegrityError:
        raise ThereIsOne from None
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


def make_sheet(opened: Opened, now: datetime) -> str:
    """Keep the private half under a new recovery code, which is returned and kept nowhere.

    It opens nothing before `prove_sheet`; until then the code of the sheet before does.
    """
    code = derive.new_recovery_code()
    keep_wrap(opened, Wrap.Method.UNPROVEN, derive.from_recovery(code), now)
    return code


def prove_sheet(key: VaultKey, code: str, now: datetime) -> bool:
    """Let the recovery code of the sheet made last open from now on, in place of the one before.

    Return whether it is new: the code that is in use already is taken for granted. Raises Unopenable for any other.
    """
    try:
        opened = unwrap_by_recovery(key, code, Wrap.Method.UNPROVEN)
    except Unopenable:
        unwrap_by_recovery(key, code)
        return False
    keep_wrap(opened, Wrap.Method.RECOVERY, derive.from_recovery(code), now)
    key.wraps.filter(method=Wrap.Method.UNPROVEN).delete()
    if key.ready_at is None:
        key.ready_at = now
        key.save(update_fields=["ready_at"])
    return True


def is_of_a_sheet(key: VaultKey, code: str) -> bool:
    """Whether `code` is that of the newest sheet of this key, proven or not."""
    for method in (Wrap.Method.UNPROVEN, Wrap.Method.RECOVERY):
        try:
            unwrap_by_recovery(key, code, method)
        except Unopenable:
            continue
        return True
    return False


def keep_wrap(opened: Opened, method: Wrap.Method, wrapping: bytes, now: datetime, **values: object) -> None:
    content = opened.private.private_bytes_raw()
    sealed = blobs.seal(wrapping, opened.key.pk, Kind.WRAP, content, "wrap", str(opened.user), method)
    Wrap.objects.update_or_create(
        key=opened.key, method=method, defaults={**values, "sealed": sealed, "created_at": now}
    )


def unwrap_by_passphrase(key: VaultKey, passphrase: str) -> Opened:
    """Return the open vault. Raises Unopenable for another passphrase."""
    wrap = wrap_of(key, Wrap.Method.PASSPHRASE)
    how, pepper = derive.Stretching(**wrap.stretching), wrap.pepper or 0
    return unwrap(key, wrap, derive.from_passphrase(passphrase, bytes(wrap.salt), how, pepper))


def unwrap_by_recovery(key: VaultKey, code: str, method: Wrap.Method = Wrap.Method.RECOVERY) -> Opened:
    """Return the open vault. Raises Unopenable for another code, and for what is no code at all."""
    try:
        wrapping = derive.from_recovery(code)
    except ValueError:
        raise Unopenable("not a recovery code") from None
    return unwrap(key, wrap_of(key, method), wrapping)


def wrap_of(key: VaultKey, method: Wrap.Method) -> Wrap:
    wrap = key.wraps.filter(method=method).first()
    if wrap is None:
        raise Unopenable("not wrapped in this way")
    return wrap


def unwrap(key: VaultKey, wrap: Wrap, wrapping: bytes) -> Opened:
    """Return the open vault. Raises Unopenable, also when the private half is not that of the public one."""
    content = blobs.unseal(wrapping, Kind.WRAP, bytes(wrap.sealed), "wrap", str(key.owner), wrap.method)
    private = X25519PrivateKey.from_private_bytes(content)
    if private.public_key().public_bytes_raw() != bytes(key.public):
        raise Unopenable("the private half of another key")
    return Opened(key.owner, key, private)
