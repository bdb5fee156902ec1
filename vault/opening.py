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
from django.db.models import F, QuerySet

from audit import trail
from vault import blobs, derive, keys, texts
from vault.blobs import Kind, Unopenable
from vault.keys import Opened
from vault.models import Opening, TextKey, Tries, VaultKey, Wrap

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


def create(user: UUID, passphrase: str, *, now: datetime) -> tuple[Opened, str]:
    """Make the vault of `user`, ready at once; return it open, and the recovery code, which is kept nowhere.

    For who has the code in hand already; pages `begin` and wait for `prove_sheet`. Raises keys.ThereIsOne.
    """
    opened, code = begin(user, passphrase, now=now)
    keys.prove_sheet(opened.key, code, now)
    return opened, code


def begin(user: UUID, passphrase: str, *, now: datetime) -> tuple[Opened, str]:
    """Make the vault of `user`; return it open, and the code of its recovery sheet. Raises keys.ThereIsOne.

    Nothing is sealed to it before its owner has shown that they have the sheet (`prove_sheet`).
    """
    opened = keys.make_key(user, now)
    keys.wrap_by_passphrase(opened, passphrase, now)
    code = keys.make_sheet(opened, now)
    record(user, "vault.created", key=str(opened.key.pk))
    return opened, code


def unlock(user: UUID, passphrase: str, *, now: datetime) -> Opened:
    """Return the open vault of `user`; what was wrapped with an older pepper is wrapped anew.

    Raises WrongPassphrase and TooManyTries; VaultKey.DoesNotExist when there is none.
    """
    opened = opened_by(user, passphrase, now)
    record(user, "vault.opened")
    return opened


def opened_by(user: UUID, passphrase: str, now: datetime) -> Opened:
    key = count_a_try(user, now)
    try:
        opened = keys.unwrap_by_passphrase(key, passphrase)
    except Unopenable:
        record(user, "vault.refused")
        raise WrongPassphrase from None
    Tries.objects.filter(owner=user).delete()
    if keys.wrap_of(key, Wrap.Method.PASSPHRASE).pepper != derive.newest_pepper():
        keys.wrap_by_passphrase(opened, passphrase, now)
    if key.pepper != derive.newest_pepper():
        keys.public_of(key)
        key.pepper = derive.newest_pepper()
        key.mark = keys.mark_of(key)
        key.save(update_fields=["pepper", "mark"])
    return opened


def change_passphrase(user: UUID, old: str, new: str, *, now: datetime) -> Opened:
    """Put `new` in the place of `old`; every open vault of theirs locks. Raises as `unlock`."""
    opened = opened_by(user, old, now)
    keys.wrap_by_passphrase(opened, new, now)
    lock(user, why="passphrase")
    record(user, "vault.passphrase")
    return opened


def recover(user: UUID, code: str, passphrase: str, *, now: datetime) -> tuple[Opened, str]:
    """Open by the recovery code, and set a new passphrase; return the vault open, and the code of a new sheet.

    The code that was used opens nothing any more. Raises as `unlock`.
    """
    key = count_a_try(user, now)
    try:
        opened = keys.unwrap_by_recovery(key, code)
    except Unopenable:
        record(user, "vault.refused")
        raise WrongPassphrase from None
    Tries.objects.filter(owner=user).delete()
    keys.wrap_by_passphrase(opened, passphrase, now)
    key.wraps.filter(method=Wrap.Method.RECOVERY).delete()
    new_code = keys.make_sheet(opened, now)
    lock(user, why="recovery")
    record(user, "vault.recovered")
    return opened, new_code


def new_sheet(user: UUID, passphrase: str, *, now: datetime) -> tuple[Opened, str]:
    """Return the vault open, and the code of a new recovery sheet; the one before is good until this one is proven.

    Raises as `unlock`.
    """
    opened = opened_by(user, passphrase, now)
    code = keys.make_sheet(opened, now)
    record(user, "vault.sheet_made")
    return opened, code


def prove_sheet(user: UUID, code: str, *, now: datetime) -> bool:
    """Take the sheet made last into use: whoever shows its code has it. Return whether it is new.

    Raises WrongPassphrase for a code of no sheet; VaultKey.DoesNotExist when there is no vault.
    """
    key = VaultKey.objects.get(owner=user, retired_at=None)
    try:
        new = keys.prove_sheet(key, code, now)
    except Unopenable:
        raise WrongPassphrase from None
    if new:
        record(user, "vault.sheet")
    return new


def replace_key(opened: Opened, passphrase: str, *, now: datetime) -> tuple[Opened, str]:
    """Put a new key pair in the place of the one in use, after a suspicion; return it open, and its recovery code.

    Every text that could be opened still can; the old passphrase, code and copies of the old key open nothing new. The
    keys of one's own texts are retired: each is sealed anew when its author next has it open. As with a new vault,
    nothing is sealed to the new key before the sheet is proven.
    """
    keys.hold(opened.user, alone=True)
    if not VaultKey.objects.filter(pk=opened.key.pk, retired_at=None).update(retired_at=now):
        raise Unopenable("replaced already")
    new = keys.make_key(opened.user, now)
    keys.wrap_by_passphrase(new, passphrase, now)
    code = keys.make_sheet(new, now)
    count = texts.rewrap(opened, new)
    TextKey.objects.filter(author=opened.user, retired_at=None).update(retired_at=now)
    lock(opened.user, why="key")
    opened.key.wraps.all().delete()
    record(opened.user, "vault.key_changed", key=str(new.key.pk), texts=count)
    return new, code


# --- open, until it locks -------------------------------------------------------------------------------------------


def keep_open(opened: Opened, *, now: datetime, device: str = "") -> str:
    """Keep the vault open for who holds the returned secret, the value of a cookie.

    `device`: what its browser says of itself, for the list of where it is open.
    """
    Opening.objects.filter(owner=opened.user).exclude(pk__in=lasting(opened.user, now).values("pk")).delete()
    secret = secrets.token_bytes(SECRET_BYTES)
    name, sealing = derive.from_opening(secret)
    content = opened.private.private_bytes_raw()
    sealed = blobs.seal(sealing, opened.key.pk, Kind.OPENING, content, "opening", str(opened.user), name.hex())
    Opening.objects.create(
        id=name, key=opened.key, owner=opened.user, sealed=sealed, opened_at=now, seen_at=now, device=device[:200]
    )
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


def lasting(user: UUID, now: datetime) -> QuerySet[Opening]:
    """Return where the vault of `user` is open now."""
    return Opening.objects.filter(
        owner=user, seen_at__gt=now - IDLE, opened_at__gt=now - AT_MOST, key__retired_at=None
    )  # fmt: skip


def opening_of(user: UUID, cookie: str, *, now: datetime) -> Opening | None:
    """Return the opening that this cookie belongs to, while it lasts. One query; nothing is opened by it."""
    name, _sealing = derive.from_opening(secret_in(cookie))
    return lasting(user, now).filter(pk=name).select_related("key").first()


def locks_at(opening: Opening) -> datetime:
    """Return when this opening locks itself unless it is used before."""
    return min(opening.seen_at + IDLE, opening.opened_at + AT_MOST)


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


def lock_here(user: UUID, cookie: str, *, why: str) -> None:
    """Lock the vault of `user` for this cookie alone."""
    name, _sealing = derive.from_opening(secret_in(cookie))
    gone, _rows = Opening.objects.filter(owner=user, pk=name).delete()
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
