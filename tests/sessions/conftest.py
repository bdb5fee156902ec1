from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from audit import asking
from vault import opening
from vault.keys import Opened

Cast = Any
PASSPHRASE = "kettu lampi siilo varis honka"


@pytest.fixture
def vault_of(cast: Cast) -> Callable[[User], Opened]:
    """Return a function that makes somebody's vault; its passphrase is `PASSPHRASE`."""

    def make(user: User) -> Opened:
        asking.become(user)
        return opening.create(user.pk, PASSPHRASE, now=timezone.now())[0]

    return make


@pytest.fixture
def lead_vault(cast: Cast, vault_of: Callable[[User], Opened]) -> Opened:
    return vault_of(cast.lead)


@pytest.fixture
def unlock() -> Callable[[Client, User, Opened], None]:
    """Return a function that opens a vault in somebody's browser."""

    def in_browser(client: Client, user: User, vault: Opened) -> None:
        asking.become(user)
        client.cookies["__Host-vault"] = opening.keep_open(vault, now=timezone.now())

    return in_browser
