"""A practice with something of everything in it, made into an archive for another installation."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from django.conf import LazySettings
from django.db import connection, connections, transaction
from django.utils import timezone

from audit import asking
from audit.connecting import as_role
from audit.roles import Role
from engagements import actions
from engagements.models import ContractParty, State
from engagements.signing.sealing import seal_due
from tests import test_access
from tests.conftest import copy_of, drop, make_engagement, point_at
from tests.engagements.test_sealing import sign_all
from transfer.archive.form import Manifest
from transfer.archive.keys import TransferKey, own_key
from transfer.archive.leaving import make_archive
from transfer.models import Receiver
from vault import keys as vault_keys
from vault import opening

Cast = Any
PASSPHRASE: Final = "kettu lampi siilo varis honka"
#: The secrets of the installation that receives.
THERE: Final = {"CONTENT_KEY": "another content key", "VAULT_PEPPER": "another pepper", "FACTOR_KEY": "another factor"}


@contextmanager
def secrets(settings: LazySettings, **values: str) -> Iterator[None]:
    before = {name: getattr(settings, name) for name in values}
    for name, value in values.items():
        setattr(settings, name, value)
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(settings, name, value)


@pytest.fixture
def receiver(settings: LazySettings) -> TransferKey:
    """The transfer key of the other installation."""
    with secrets(settings, **THERE):
        return own_key()


@dataclass(frozen=True)
class Made:
    """An archive as a file, what it says of itself, the sheet of its lead, and every row as it was."""

    path: Path
    manifest: Manifest
    sheet: str
    rows: dict[str, list[str]]
    about: dict[str, Any]


def accept(cast: Cast, key: TransferKey) -> None:
    """The practice's administrator names the receiver, and whoever runs the installation accepts it."""
    with transaction.atomic():
        asking.become(cast.practice_admin)
        Receiver.objects.all().delete()
        Receiver.objects.create(
            practice=cast.practice, key=str(key), asked_by=cast.practice_admin, asked_at=timezone.now()
        )
    with as_role(Role.OWNER), transaction.atomic():
        Receiver.objects.update(until=timezone.now() + timedelta(days=14))


def rows_here(tables: list[str]) -> dict[str, list[str]]:
    """Every row of these tables, as JSON, whoever's it is."""
    found: dict[str, list[str]] = {}
    with as_role(Role.OWNER), transaction.atomic(), connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"SELECT to_jsonb(t)::text FROM {table} t ORDER BY 1")  # noqa: S608  (ours)
            found[table] = [line for (line,) in cursor.fetchall()]
    return found


@pytest.fixture
def full(settled: Cast) -> dict[str, Any]:
    """The practice of the cast with something of everything, a contract signed by all and its sealed files."""
    with transaction.atomic():
        about = test_access.objects(settled)
        asking.become(settled.lead)
        draft = make_engagement(
            settled.practice, settled.lead, settled.organisation, settled.people, settled.client_contact,
            title="Aamu", state=State.DRAFT,
        )  # fmt: skip
        ContractParty.objects.create(contract=draft.contracts.get(), kind="supervisee", signs=True)
        contract = actions.offer(draft, by=settled.lead, now=timezone.now())
        sign_all(settled, contract)
    with as_role(Role.WORKER):
        seal_due(now=timezone.now())
    return about


@pytest.fixture
def archive(settled: Cast, full: dict[str, Any], receiver: TransferKey, tmp_path: Path) -> Made:
    """That practice as an archive for the other installation."""
    with transaction.atomic():
        asking.become(settled.lead)
        opened = opening.unlock(settled.lead.pk, PASSPHRASE, now=timezone.now())
        sheet = vault_keys.make_sheet(opened, timezone.now())
        vault_keys.prove_sheet(opened.key, sheet, timezone.now())
    accept(settled, receiver)
    path = tmp_path / "kaari.zip"
    with transaction.atomic():
        asking.become(settled.practice_admin)
        file, manifest = make_archive(settled.practice, receiver, by=settled.practice_admin, now=timezone.now())
        with file:
            path.write_bytes(file.read())
    tables = sorted({member.table for member in manifest.members if member.table})
    return Made(path, manifest, sheet, rows_here(tables), full)


@pytest.fixture
def there(template: str, worker_id: str, settings: LazySettings, own_database: str) -> Iterator[Callable[[], Any]]:
    """An empty database of the other installation, with secrets of its own; called, this process moves there."""
    name = f"tyonohjaus_there_{worker_id}"
    copy_of(template, name)
    before = connections.settings["default"]["NAME"]
    kept = {key: getattr(settings, key) for key in THERE}

    def move() -> None:
        point_at(name)
        for key, value in THERE.items():
            setattr(settings, key, value)

    yield move
    connections.close_all()
    point_at(before)
    for key, value in kept.items():
        setattr(settings, key, value)
    drop(name)
