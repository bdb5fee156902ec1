"""The address of a calendar at rest: whoever has it sees the whole calendar, so a copy of the database must not."""

from uuid import UUID

from vault import blobs, derive
from vault.blobs import Kind, Unopenable

TABLE = "supervision_busycalendar"


def seal(address: str, calendar: UUID) -> bytes:
    """Return the address sealed for its row alone, with the newest `CALENDAR_KEY`."""
    number, secret = next(iter(derive.calendar_secrets().items()))
    return blobs.seal(key_of(secret), UUID(int=number), Kind.CONTENT, blobs.padded(address), TABLE, str(calendar))


def unseal(sealed: bytes | memoryview, calendar: UUID) -> str:
    """Return the address. Raises Unopenable: another key, another row, or changed."""
    sealed = bytes(sealed)
    secret = derive.calendar_secrets().get(blobs.key_id(sealed).int)
    if secret is None:
        raise Unopenable("sealed with a key that is not here")
    return blobs.unpadded(blobs.unseal(key_of(secret), Kind.CONTENT, sealed, TABLE, str(calendar)))


def key_of(secret: bytes) -> bytes:
    return derive.expand(secret, "calendar address")
