"""Sealing files to keys that rest elsewhere (age, X25519), as streams: nothing in clear touches the disk."""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import IO, Protocol

import pyrage


class Refused(Exception):
    """A key or a file is not what it should be: a sentence for whoever runs the command."""


class Writes(Protocol):
    def write(self, data: bytes, /) -> int | None: ...
    def flush(self) -> None: ...


class Summed:
    """Writes on, and keeps the SHA-256 of what went by."""

    def __init__(self, under: IO[bytes]) -> None:
        self.under, self.sum = under, sha256()

    def write(self, data: bytes, /) -> int:
        self.sum.update(data)
        return self.under.write(data)

    def flush(self) -> None:
        self.under.flush()


def make_identity() -> tuple[str, str]:
    """Return a private key, to be kept away from this machine, and its recipient, to be named on it."""
    identity = pyrage.x25519.Identity.generate()
    return str(identity), str(identity.to_public())


def recipients_of(words: Sequence[str]) -> list[pyrage.x25519.Recipient]:
    """Raises Refused."""
    if not words:
        raise Refused(
            "Nobody is named whom it is sealed to: set BACKUP_RECIPIENTS (bin/manage backup_key makes a key)."
        )
    try:
        return [pyrage.x25519.Recipient.from_str(word) for word in words]
    except pyrage.RecipientError:
        raise Refused("A recipient begins with age1 and is 62 characters long.") from None


def identities_of(file: Path) -> list[pyrage.x25519.Identity]:
    """Return the private keys of a file: its lines, those that begin with # left out. Raises Refused."""
    try:
        lines = [line.strip() for line in file.read_text().splitlines()]
    except OSError as error:
        raise Refused(f"The private key cannot be read: {error.strerror}.") from None
    try:
        found = [pyrage.x25519.Identity.from_str(line) for line in lines if line and not line.startswith("#")]
    except pyrage.IdentityError:
        found = []
    if not found:
        raise Refused(f"{file} holds no private key: its line begins with AGE-SECRET-KEY-1.")
    return found


def seal(source: IO[bytes], target: IO[bytes], recipients: Iterable[pyrage.x25519.Recipient]) -> str:
    """Seal everything that `source` gives into `target`; return the SHA-256 of what was written, in hexadecimal."""
    summed = Summed(target)
    pyrage.encrypt_io(source, summed, list(recipients))
    return summed.sum.hexdigest()


def unseal(file: Path, target: Writes, identities: Iterable[pyrage.x25519.Identity]) -> None:
    """Raises Refused when the file was sealed to somebody else, or is not whole."""
    with file.open("rb") as source:
        try:
            pyrage.decrypt_io(source, target, list(identities))
        except pyrage.DecryptError as error:
            raise Refused(f"{file.name} does not open with this key, or is not whole ({error}).") from None


def checked(file: Path, expected: str) -> None:
    """Raises Refused when the file is not the one that was written."""
    found = sha256()
    with file.open("rb") as source:
        while piece := source.read(1 << 20):
            found.update(piece)
    if found.hexdigest() != expected:
        raise Refused(f"{file.name} is not as it was written: it was changed or cut off.")
