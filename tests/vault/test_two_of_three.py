"""Whoever has every row and every setting, but no passphrase, no sheet and no cookie, opens no private note."""

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from django.db import connection

from audit import asking
from tests.conftest import NOW
from tests.vault.conftest import PASSPHRASE, make_vault, write
from vault import blobs, derive, keys, opening, texts
from vault.blobs import Unopenable
from vault.keys import Opened
from vault.models import Opening, TextKeyWrap, VaultKey, Wrap

Cast = Any


def every_value() -> Iterator[bytes]:
    """Whatever bytes, texts and ids lie in the tables of the vault, as the one who sees most of them sees them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE tablename LIKE 'vault%' AND tablename <> 'vault_erasure'")
        for (table,) in cursor.fetchall():
            cursor.execute(f"SELECT * FROM {table}")  # noqa: S608
            for value in itertools.chain.from_iterable(cursor.fetchall()):
                if isinstance(value, memoryview | bytes):
                    yield bytes(value)
                elif value is not None:
                    yield str(value).encode()


def every_setting(settings: Any) -> list[bytes]:
    secrets = (settings.SECRET_KEY, settings.FACTOR_KEY, settings.VAULT_PEPPER, settings.CONTENT_KEY)
    digests = [*derive.peppers().values(), *derive.content_secrets().values()]
    return [*(secret.encode() for secret in secrets), *digests]


def thirty_two(values: list[bytes]) -> set[bytes]:
    """Every 32 bytes that stand somewhere in `values`, and what our own derivations make of each."""
    pieces = {value[at : at + 32] for value in values for at in range(0, max(1, len(value) - 31))}
    whole = {piece for piece in pieces if len(piece) == 32}
    made = {
        derive.expand(value, purpose)
        for value in values
        for purpose in ("vault passphrase", "vault recovery", "vault opening key", "content key", "vault public key")
    }
    return whole | made


@pytest.fixture
def lying(cast: Cast) -> tuple[VaultKey, bytes, list[str]]:
    """A note at rest, while its vault is even open in some browser."""
    own = make_vault(cast.lead)
    opening.keep_open(own, now=NOW)
    note = write(cast.lead, cast.engagement.pk)
    return own.key, note.sealed, note.place


def test_rows_and_settings_together_open_no_note(
    cast: Cast, settings: Any, lying: tuple[VaultKey, bytes, list[str]]
) -> None:
    key, sealed, place = lying
    known = [*every_value(), *every_setting(settings), sealed]
    wrap, wraps, openings = TextKeyWrap.objects.get(), list(Wrap.objects.all()), list(Opening.objects.all())
    tried = 0
    for candidate in thirty_two(known):
        tried += 1
        vault = Opened(key.owner, key, X25519PrivateKey.from_private_bytes(candidate))
        with pytest.raises((Unopenable, InvalidTag)):
            texts.unwrap(wrap, vault)
        for row in wraps:
            with pytest.raises(Unopenable):
                keys.unwrap(key, row, candidate)
        for each in openings:
            with pytest.raises(Unopenable):
                blobs.unseal(candidate, blobs.Kind.OPENING, bytes(each.sealed), "opening", str(key.owner),
                             bytes(each.pk).hex())  # fmt: skip
        with pytest.raises(Unopenable):
            blobs.unseal(candidate, blobs.Kind.TEXT, sealed, *texts.fields_of(wrap.text_key, place))
    assert tried > 500


def test_the_passphrase_would_have_opened_it(cast: Cast, lying: tuple[VaultKey, bytes, list[str]]) -> None:
    """The control: what the search above lacks is the passphrase alone."""
    _key, sealed, place = lying
    asking.become(cast.lead)
    assert texts.unseal(sealed, place, opening.unlock(cast.lead.pk, PASSPHRASE, now=NOW)) == "Salainen"


def test_the_passphrase_without_our_pepper_opens_nothing(
    cast: Cast, lying: tuple[VaultKey, bytes, list[str]], settings: Any
) -> None:
    key, _sealed, _place = lying
    settings.VAULT_PEPPER = "1:guessed"
    with pytest.raises(Unopenable):
        keys.unwrap_by_passphrase(key, PASSPHRASE)


def test_the_cookie_of_one_opens_nothing_for_another(cast: Cast) -> None:
    own = make_vault(cast.lead)
    cookie = opening.keep_open(own, now=NOW)
    make_vault(cast.co_supervisor)
    assert opening.find_open(cast.co_supervisor.pk, cookie, now=NOW) is None
    asking.become(cast.lead)
    Opening.objects.update(sealed=b"\x01\x03" + bytes(100))
    assert opening.find_open(cast.lead.pk, cookie, now=NOW) is None
