"""Content that several people read: sealed with a key of its owner, which `CONTENT_KEY` wraps.

The owner is an engagement, or one person for what is theirs alone. What is sealed is bound to its place (table, row,
column): it opens there alone.
"""

import hmac
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from vault import blobs, derive
from vault.blobs import Kind, Unopenable
from vault.models import ContentKey


class Content:
    """The content keys of some owners, fetched at once; for the length of one request.

    ``Content([engagement.pk]).seal_text(engagement.pk, "…", "sessions_memo", memo.pk)``
    """

    def __init__(self, owners: Iterable[UUID]) -> None:
        rows = ContentKey.objects.filter(owner__in=set(owners))
        self.keys = {row.pk: row for row in rows}
        self._secrets: dict[UUID, bytes] = {}

    def seal_text(self, owner: UUID, text: str, table: str, row: UUID, column: str = "text", *, now: datetime) -> bytes:
        """Return `text` sealed for one place of `owner`'s; their key is made when there is none yet."""
        key = self.key_of(owner, now)
        content = blobs.padded(text)
        return blobs.seal(self.secret_of(key), key.pk, Kind.CONTENT, content, str(owner), table, str(row), column)

    def unseal_text(self, owner: UUID, sealed: bytes, table: str, row: UUID, column: str = "text") -> str:
        """Return the text; an empty one for no bytes. Raises Unopenable: destroyed, changed, or of another place."""
        if not sealed:
            return ""
        return blobs.unpadded(self.unseal(owner, sealed, Kind.CONTENT, table, row, column))

    def read_text(
        self, owner: UUID, sealed: bytes | memoryview, table: str, row: UUID, column: str = "text"
    ) -> str | None:
        """Return the text as `unseal_text`; None when it cannot be opened, which its page says in its place."""
        try:
            return self.unseal_text(owner, bytes(sealed), table, row, column)
        except Unopenable:
            return None

    def seal_file(self, owner: UUID, content: bytes, table: str, row: UUID, *, now: datetime) -> bytes:
        key = self.key_of(owner, now)
        return blobs.seal(self.secret_of(key), key.pk, Kind.FILE, content, str(owner), table, str(row), "file")

    def unseal_file(self, owner: UUID, sealed: bytes, table: str, row: UUID) -> bytes:
        """Return the bytes of a file. Raises Unopenable."""
        return self.unseal(owner, sealed, Kind.FILE, table, row, "file")

    def pseudonym(self, owner: UUID, subject: UUID, *, now: datetime) -> bytes:
        """Return a code (32 bytes) for `subject`, always the same under the key of `owner`; without it, nobody's."""
        return hmac.digest(derive.expand(self.secret_of(self.key_of(owner, now)), "pseudonym"), subject.bytes, "sha256")

    def unseal(self, owner: UUID, sealed: bytes, kind: Kind, table: str, row: UUID, column: str) -> bytes:
        key = self.keys.get(blobs.key_id(sealed))
        if key is None:
            raise Unopenable("no key is there")
        return blobs.unseal(self.secret_of(key), kind, sealed, str(owner), table, str(row), column)

    def secret_of(self, key: ContentKey) -> bytes:
        """Return the key itself, unwrapped once however many rows it opens. Raises Unopenable."""
        if key.pk not in self._secrets:
            self._secrets[key.pk] = opened(key)
        return self._secrets[key.pk]

    def key_of(self, owner: UUID, now: datetime) -> ContentKey:
        for key in self.keys.values():
            if key.owner == owner and key.retired_at is None:
                return key
        key = make_key(owner, now)
        self.keys[key.pk] = key
        return key


def make_key(owner: UUID, now: datetime) -> ContentKey:
    """Return the content key of `owner`, made unless somebody else was first."""
    number = next(iter(derive.content_secrets()))
    key = ContentKey(pk=uuid4(), owner=owner, number=number, created_at=now)
    key.sealed = wrapped(key, AESGCM.generate_key(256))
    ContentKey.objects.bulk_create([key], ignore_conflicts=True)
    return ContentKey.objects.get(owner=owner, retired_at=None)


def wrapped(key: ContentKey, secret: bytes) -> bytes:
    return blobs.seal(wrapping_key(key.number), key.pk, Kind.WRAP, secret, "content", str(key.owner))


def opened(key: ContentKey) -> bytes:
    """Return the key itself. Raises Unopenable when it was not wrapped here."""
    return blobs.unseal(wrapping_key(key.number), Kind.WRAP, bytes(key.sealed), "content", str(key.owner))


def wrapping_key(number: int) -> bytes:
    try:
        return derive.expand(derive.content_secrets()[number], "content key")
    except KeyError:
        raise Unopenable(f"CONTENT_KEY number {number} is not known here") from None


def rewrap_all() -> int:
    """Wrap every content key that is asked for with the newest `CONTENT_KEY`; return how many there were to change."""
    number = next(iter(derive.content_secrets()))
    old = list(ContentKey.objects.exclude(number=number))
    for key in old:
        secret = opened(key)
        key.number = number
        key.sealed = wrapped(key, secret)
    ContentKey.objects.bulk_update(old, ["number", "sealed"], batch_size=500)
    return len(old)


def destroy(owner: UUID) -> None:
    """Destroy the content keys of `owner`: what was sealed with them opens no more, also in a copy of the rows."""
    ContentKey.objects.filter(owner=owner).delete()
