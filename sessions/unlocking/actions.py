"""What somebody does with the key of their notes. Each is told to them by e-mail: it may not have been them."""

from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from accounts.models import User
from notifications.occasions import stamp
from notifications.outbox import queue
from vault import opening
from vault.keys import Opened
from vault.models import VaultKey

CREATED: Final = "vault_created"
CHANGED: Final = "vault_changed"
SHEET: Final = "vault_sheet"
RECOVERED: Final = "vault_recovered"
KEY: Final = "vault_key"


@transaction.atomic
def create(passphrase: str, *, by: User, now: datetime) -> tuple[Opened, str]:
    """Return the new vault open, and the code of its recovery sheet. Raises keys.ThereIsOne."""
    opened, code = opening.begin(by.pk, passphrase, now=now)
    tell(by, CREATED, opened.key.pk, now)
    return opened, code


@transaction.atomic
def change_passphrase(current: str, new: str, *, by: User, now: datetime) -> Opened:
    """Raises opening.WrongPassphrase and TooManyTries."""
    opened = opening.change_passphrase(by.pk, current, new, now=now)
    tell(by, CHANGED, opened.key.pk, now)
    return opened


@transaction.atomic
def prove_sheet(code: str, *, by: User, now: datetime) -> None:
    """Take the sheet with this code into use. Raises opening.WrongPassphrase when there is no such sheet."""
    before = VaultKey.objects.get(owner=by.pk, retired_at=None)
    if opening.prove_sheet(by.pk, code, now=now) and before.ready_at:
        tell(by, SHEET, before.pk, now)


@transaction.atomic
def recover(code: str, passphrase: str, *, by: User, now: datetime) -> tuple[Opened, str]:
    """Return the vault open under its new passphrase, and the code of a new sheet. Raises as `change_passphrase`."""
    opened, new = opening.recover(by.pk, code, passphrase, now=now)
    tell(by, RECOVERED, opened.key.pk, now)
    return opened, new


@transaction.atomic
def replace_key(current: str, passphrase: str, *, by: User, now: datetime) -> tuple[Opened, str]:
    """Return the vault open with its new key, and the code of its sheet. Raises as `change_passphrase`."""
    old = opening.unlock(by.pk, current, now=now)
    opened, code = opening.replace_key(old, passphrase, now=now)
    tell(by, KEY, opened.key.pk, now)
    return opened, code


def tell(user: User, kind: str, key: UUID, now: datetime) -> None:
    queue(kind, obj=key, occasion=stamp(now), user=user, next_at=now, now=now)
