"""Where things lie, how this program speaks, and locks between programs."""

import fcntl
import hashlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
VAR = Path(os.environ.get("TYONOHJAUS_VAR", ROOT / "var")).absolute()
VENV = ROOT / ".venv"


class Refusal(Exception):
    """One sentence that says why nothing was started and what to do about it."""


def say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


def fingerprint(*files: Path) -> str:
    """SHA-256 over names and contents; a file that is missing counts as empty. A moved project keeps its own."""
    seen = hashlib.sha256()
    for file in sorted(files):
        content = file.read_bytes() if file.is_file() else b""
        name = file.relative_to(ROOT) if file.is_relative_to(ROOT) else file.name
        seen.update(f"{name}\0{len(content)}\0".encode() + content)
    return seen.hexdigest()


@contextmanager
def only_one(lock: Path, *, shared: bool = False) -> Iterator[None]:
    """Wait for the lock and hold it; the system lets go of it when the process ends, however it ends."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
        yield


def try_lock(lock: Path) -> int | None:
    """The open lock, to be kept for as long as it shall hold, or None when somebody else has it."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    file = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(file)
        return None
    return file
