"""Private texts: sealed for their author and those with whom they share them, opened by an open vault alone.

Each saved text has a key of its own, which is sealed to the readers' public keys. So nothing has to be unlocked to
write, and an autosave goes on when the vault has locked itself.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID, uuid4, uuid5

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from vault import blobs, keys
from vault.blobs import Kind, Unopenable
from vault.keys import Opened
from vault.models import Erasure, TextKey, TextKeyWrap, VaultKey

KEY_BITS: Final = 256
#: Names the places of texts (`about`).
PLACES: Final = UUID("6f0f4b52-6a53-4a5c-8a5e-0b1f6f0d2c11")


class NoVault(Exception):
    """One who is to read has no vault yet, or no recovery sheet of it: nothing can be sealed for them."""


def seal(
    text: str, place: Sequence[str], *, engagement: UUID, author: UUID, readers: Iterable[UUID] = (), now: datetime
) -> bytes:
    """Return `text` sealed for `author`, and for `readers` beside them, for the place that `place` names.

    Raises NoVault when one of them has none.
    """
    text_key = TextKey(engagement=engagement, author=author, about=about(place), created_at=now)
    text_key.save(force_insert=True)
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


def reseal(sealed: bytes, place: Sequence[str], vault: Opened, *, now: datetime) -> bytes:
    """Return a text of `vault`'s owner sealed with a new key for them and who reads it still; the old one is destroyed.

    For texts whose key is retired (`retired`): somebody knew it who may not read any more. Keep the returned bytes in
    the same transaction. Raises Unopenable when the text is not theirs or does not open, NoVault while a reader has no
    key to seal it for: then it stays as it is for another time.
    """
    wrap = wraps_of([sealed], vault).get(blobs.key_id(sealed))
    if wrap is None or wrap.text_key.author != vault.user:
        raise Unopenable("not of this author")
    text = unseal(sealed, place, vault, wrap)
    old = wrap.text_key
    readers = list(old.wraps.exclude(reader=vault.user).values_list("reader", flat=True))
    new = seal(text, place, engagement=old.engagement, author=vault.user, readers=readers, now=now)
    forget([sealed])
    return new


def retired(sealed: Iterable[bytes]) -> set[UUID]:
    """Return which of the keys of these texts are retired, in one query: their author seals those texts anew."""
    ids = [blobs.key_id(each) for each in sealed]
    return set(TextKey.objects.filter(pk__in=ids, retired_at__isnull=False).values_list("pk", flat=True))


def forget(sealed: Iterable[bytes]) -> None:
    """Destroy the keys of these texts: nobody opens them any more, whoever kept a copy of the sealed bytes.

    For what another saving has taken the place of. What its author wants gone for good is erased (`erase`).
    """
    TextKey.objects.filter(pk__in=[blobs.key_id(each) for each in sealed]).delete()


def erase(sealed: Iterable[bytes], author: UUID, *, now: datetime) -> None:
    """Destroy the keys of everything that `author` ever saved where these texts of theirs are.

    It goes into the ledger of erasures too, so that a restored copy of the database does not bring them back.
    """
    own = TextKey.objects.filter(author=author)
    places = set(own.filter(pk__in=[blobs.key_id(each) for each in sealed]).values_list("about", flat=True))
    Erasure.objects.bulk_create([Erasure(what=Erasure.What.TEXT, obj=place, at=now) for place in places])
    own.filter(about__in=places).delete()


def key_changed(reader: UUID, since: datetime) -> bool:
    """Whether `reader` has another key than at `since`, when something was last shared with them."""
    key = keys.key_in_use(reader)
    return key is None or key.created_at > since


def about(place: Sequence[str]) -> UUID:
    """Return an id of the place itself: kind and row, the first two names of it, whatever revision follows."""
    return uuid5(PLACES, blobs.joined(place[:2]).hex()) if len(place) > 1 else uuid4()


def wrap_for(text_key: TextKey, secret: bytes, reader: UUID, *, by: UUID) -> None:
    key = keys.key_to_seal_for(reader)
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
