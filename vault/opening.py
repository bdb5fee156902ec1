"""Opening a vault and locking it: who has given the passphrase reads, until the vault locks itself.

The private half lies in an `Opening`, under a key that only a cookie of the browser holds: database, Valkey and
settings together do not open it.
"""

import base64
import binascii
import secrets
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from django.db.models import F

from audit import trail
from vault import blobs, derive, keys, texts
from vault.blobs import Kind, Unopenable
from vault.keys import Opened
from vault.models import Opening, Tries, VaultKey, Wrap

IDLE: Final = timedelta(minutes=15)
AT_MOST: Final = timedelta(hours=8)
TRIES: Final = 5
TRIES_WITHIN: Final = timedelta(minutes=15)
SECRET_BYTES: Final = 32


class WrongPassphrase(Exception):
    """Neither the passphrase nor the code of this vault."""


class TooManyTries(Exception):
    """Nobody tries before `until`."""

    def __init__(self, until: datetime) -> None:
        super().__init__(str(until))
        self.until = until


class ThereIsOne(Exception):
    """This person has a vault already."""


def create(user: UUID, passphrase: str, *, now: datetime) -> tuple[Opened, str]:
    """Make the vault of `user`; return it open, and the recovery code, which is kept nowhere. Raises ThereIsOne."""
    if keys.key_in_use(user):
        raise ThereIsOne
    opened = keys.make_key(user, now)
    keys.wrap_by_passphrase(opened, passphrase, now)
    code = keys.wrap_by_recovery(opened, now)
    record(user, "vault.created", key=str(opened.key.pk))
    return opened, code


def unlock(user: UUID, passphrase: str, *, now: datetime) -> Opened:
    """Return the open vault of `user`; what was wrapped with an older pepper is wrapped anew.

    Raises WrongPassphrase and TooManyTries; VaultKey.DoesNotExist when there is none.
    """
    key = count_a_try(user, now)
    try:
        opened = keys.unwrap_by_passphrase(key, passphrase)
    except Unopenable:
        record(user, "vault.refused")
        raise WrongPassphrase from None
    Tries.objects.filter(owner=user).delete()
    if key.wraps.get(method=Wrap.Method.PASSPHRASE).pepper != derive.newest_pepper():
        keys.wrap_by_passphrase(opened, passphrase, now)
    if key.pepper != derive.newest_pepper():
        keys.public_of(key)
        key.pepper = derive.newest_pepper()
        key.mark = keys.mark_of(key)
        key.save(update_fields=["pepper", "mark"])
    record(user, "vault.opened")
    return opened


def change_passphrase(user: UUID, old: str, new: str, *, now: datetime) -> Opened:
    """Put `new` in the place of `old`; every open vault of theirs locks. Raises as `unlock`."""
    opened = unlock(user, old, now=now)
    keys.wrap_by_passphrase(opened, new, now)
    lock(user, why="passphrase")
    record(user, "vault.passphrase")
    return opened


def recover(user: UUID, code: str, passphrase: str, *, now: datetime) -> tuple[Opened, str]:
    """Open by the recovery code, and set a new passphrase and a new code, which is returned. Raises as `unlock`."""
    key = count_a_try(user, now)
    try:
        opened = keys.unwrap_by_recovery(key, code)
    except Unopenable:
        record(user, "vault.refused")
        raise WrongPassphrase from None
    Tries.objects.filter(owner=user).delete()
    keys.wrap_by_passphrase(opened, passphrase, now)
    new_code = keys.wrap_by_recovery(opened, now)
    lock(user, why="recovery")
    record(user, "vault.recovered")
    return opened, new_code


def new_recovery_code(opened: Opened, *, now: datetime) -> str:
    """Return a new recovery code; the one before opens nothing any more."""
    code = keys.wrap_by_recovery(opened, now)
    record(opened.user, "vault.recovery_code")
    return code


def replace_key(opened: Opened, passphrase: str, *, now: datetime) -> tuple[Opened, str]:
    """Put a new key pair in the place of the one in use, after a suspicion; return it open, and its recovery code.

    Every text that could be opened still can; the old passphrase, code and copies of the old key open nothing new.
    """
    VaultKey.objects.filter(pk=opened.key.pk).update(retired_at=now)
    new = keys.make_key(opened.user, now)
    keys.wrap_by_passphrase(new, passphrase, now)
    code = keys.wrap_by_recovery(new, now)
    count = texts.rewrap(opened, new)
    lock(opened.user, why="key")
    opened.key.wraps.all().delete()
    record(opened.user, "vault.key_changed", key=str(new.key.pk), texts=count)
    return new, code


# --- open, until it locks -------------------------------------------------------------------------------------------


def keep_open(opened: Opened, *, now: datetime) -> str:
    """Keep the vault open for who holds the returned secret, the value of a cookie."""
    secret = secrets.token_bytes(SECRET_BYTES)
    name, sealing = derive.from_opening(secret)
    content = opened.private.private_bytes_raw()
    sealed = blobs.seal(sealing, opened.key.pk, Kind.OPENING, content, "opening", str(opened.user), name.hex())
    Opening.objects.create(id=name, key=opened.key, owner=opened.user, sealed=sealed, opened_at=now, seen_at=now)
    return base64.urlsafe_b64encode(secret).decode()


def find_open(user: UUID, cookie: str, *, now: datetime, touch: bool = True) -> Opened | None:
    """Return the vault that is open for `user` and this cookie, or None when it is locked.

    `touch` says that the person is at work: the time until it locks itself begins anew.
    """
    opening = opening_of(user, cookie, now=now)
    if opening is None:
        return None
    _name, sealing = derive.from_opening(secret_in(cookie))
    try:
        content = blobs.unseal(
            sealing, Kind.OPENING, bytes(opening.sealed), "opening", str(user), bytes(opening.pk).hex()
        )
    except Unopenable:
        return None
    if touch:
        Opening.objects.filter(pk=opening.pk).update(seen_at=now)
    return Opened(user, opening.key, X25519PrivateKey.from_private_bytes(content))


def opening_of(user: UUID, cookie: str, *, now: datetime) -> Opening | None:
    name, _sealing = derive.from_opening(secret_in(cookie))
    lasting = Opening.objects.filter(pk=name, owner=user, seen_at__gt=now - IDLE, opened_at__gt=now - AT_MOST)
    return lasting.filter(key__retired_at=None).select_related("key").first()


def secret_in(cookie: str) -> bytes:
    """Return the secret that a cookie carries; of something else as many bytes that open nothing."""
    try:
        secret = base64.urlsafe_b64decode(cookie.encode())
    except (binascii.Error, ValueError):
        secret = b""
    return secret if len(secret) == SECRET_BYTES else bytes(SECRET_BYTES)


def lock(user: UUID, *, why: str) -> None:
    """Lock the vault of `user` wherever it is open."""
    gone, _rows = Opening.objects.filter(owner=user).delete()
    if gone:
        record(user, "vault.locked", why=why)


def count_a_try(user: UUID, now: datetime) -> VaultKey:
    """Count one try before it is made, so that two at once count twice. Raises TooManyTries."""
    key = VaultKey.objects.get(owner=user, retired_at=None)
    Tries.objects.filter(owner=user, since__lte=now - TRIES_WITHIN).delete()
    Tries.objects.bulk_create([Tries(owner=user, since=now)], ignore_conflicts=True)
    if not Tries.objects.filter(owner=user, count__lt=TRIES).update(count=F("count") + 1):
        raise TooManyTries(Tries.objects.get(owner=user).since + TRIES_WITHIN)
    return key


class _Actor:
    def __init__(self, user: UUID) -> None:
        self.pk = user


def record(user: UUID, event: str, **data: trail.Value) -> None:
    """Append to the chain of this person's vault: what was done, never with what."""
    trail.record(f"vault {user}", event, actor=_Actor(user), obj=_Actor(user), data=data)
