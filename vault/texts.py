"""Private texts: sealed for their author and those with whom they share them, opened by an open vault alone.

Each saved text has a key of its own, which is sealed to the readers' public keys. So nothing has to be unlocked to
write, and an autosave goes on when the vault has locked itself.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from vault import blobs, keys
from vault.blobs import Kind, Unopenable
from vault.keys import Opened
from vault.models import TextKey, TextKeyWrap, VaultKey

KEY_BITS: Final = 256


class NoVault(Exception):
    """One who is to read has no vault yet: nothing can be sealed for them."""


def seal(
    text: str, place: Sequence[str], *, engagement: UUID, author: UUID, readers: Iterable[UUID] = (), now: datetime
) -> bytes:
    """Return `text` sealed for `author`, and for `readers` beside them, for the place that `place` names.

    Raises NoVault when one of them has none.
    """
    text_key = TextKey.objects.create(engagement=engagement, author=author, created_at=now)
    secret = AESGCM.generate_key(KEY_BITS)
    for reader in {author, *readers}:
        wrap_for(text_key, secret, reader, by=author)
    return blobs.seal(secret, text_key.pk, Kind.TEXT, blobs.padded(text), *fields_of(text_key, place))


def unseal(sealed: bytes, place: Sequence[str], vault: Opened, wrap: TextKeyWrap | None = None) -> str:
    """Return the text. `wrap` is `vault`'s own, where the caller has fetched many at once (`wraps_of`).

    Raises Unopenable: not theirs to read, destroyed, changed or moved.
    """
    wrap = wrap or wraps_of([sealed], vault).get(blobs.key_id(sealed))
    if wrap is None:
        raise Unopenable("no key is there")
    secret = unwrap(wrap, vault)
    content = blobs.unseal(secret, Kind.TEXT, sealed, *fields_of(wrap.text_key, place))
    return blobs.unpadded(content)


def wraps_of(sealed: Iterable[bytes], vault: Opened) -> dict[UUID, TextKeyWrap]:
    """Return the wraps with which `vault` opens these texts, by text key, in one query."""
    wanted = [blobs.key_id(each) for each in sealed]
    wraps = TextKeyWrap.objects.filter(text_key__in=wanted, reader=vault.user).select_related("text_key")
    return {wrap.text_key_id: wrap for wrap in wraps}


def share(sealed: bytes, reader: UUID, vault: Opened) -> None:
    """Let `reader` open this text too. Raises Unopenable when `vault` cannot, NoVault when the reader has none."""
    wrap = wraps_of([sealed], vault).get(blobs.key_id(sealed))
    if wrap is None:
        raise Unopenable("no key is there")
    wrap_for(wrap.text_key, unwrap(wrap, vault), reader, by=vault.user)


def forget(sealed: Iterable[bytes]) -> None:
    """Destroy the keys of these texts: nobody opens them any more, whoever kept a copy of the sealed bytes."""
    TextKey.objects.filter(pk__in=[blobs.key_id(each) for each in sealed]).delete()


def wrap_for(text_key: TextKey, secret: bytes, reader: UUID, *, by: UUID) -> None:
    key = keys.key_in_use(reader)
    if key is None:
        raise NoVault(str(reader))
    sealed = keys.SUITE.encrypt(secret, keys.public_of(key), info_of(text_key, key))
    wrap = TextKeyWrap(text_key=text_key, reader=reader, reader_key=key, by=by, sealed=sealed)
    TextKeyWrap.objects.bulk_create([wrap], ignore_conflicts=True)


def unwrap(wrap: TextKeyWrap, vault: Opened) -> bytes:
    """Return the key of a text. Raises Unopenable when the wrap is for another key or text."""
    try:
        return keys.SUITE.decrypt(bytes(wrap.sealed), vault.private, info_of(wrap.text_key, vault.key))
    except InvalidTag:
        raise Unopenable("sealed for another key") from None


def rewrap(vault: Opened, new: Opened) -> int:
    """Seal every text key that `vault` opens to the public key of `new`, of the same person; return how many."""
    wraps = list(TextKeyWrap.objects.filter(reader=vault.user, reader_key=vault.key).select_related("text_key"))
    for wrap in wraps:
        wrap.sealed = keys.SUITE.encrypt(unwrap(wrap, vault), new.private.public_key(), info_of(wrap.text_key, new.key))
        wrap.reader_key = new.key
    TextKeyWrap.objects.bulk_update(wraps, ["sealed", "reader_key"], batch_size=500)
    return len(wraps)


def info_of(text_key: TextKey, reader: VaultKey) -> bytes:
    """Return what an HPKE message is bound to: text, engagement, reader and the reader's key."""
    return blobs.joined(["text", str(text_key.engagement), str(text_key.pk), str(reader.owner), str(reader.pk)])


def fields_of(text_key: TextKey, place: Sequence[str]) -> list[str]:
    return ["text", str(text_key.engagement), str(text_key.author), *place]
