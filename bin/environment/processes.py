"""Small truths about processes."""

import ctypes
import signal
import time
from collections.abc import Callable
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


def dies_with_us(how: signal.Signals) -> Callable[[], None]:
    """What a child calls before it begins: a parent killed with -9 leaves no servers behind."""

    def ask_the_kernel() -> None:
        _libc.prctl(_PR_SET_PDEATHSIG, how)

    return ask_the_kernel


def is_alive(pid: int, program: str | None = None) -> bool:
    """Whether the process runs, and is this program; a number used anew by another one does not count."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    name, _, rest = status.partition("(")[2].rpartition(")")
    return rest.split()[0] not in {"Z", "X"} and (program is None or name == program)


def wait_until(condition: Callable[[], bool], seconds: float, *, unless: Callable[[], bool] = lambda: False) -> bool:
    """Ask again and again; False when the time is over or when waiting on is pointless."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end or unless():
            return condition()
        time.sleep(0.03)
    return True
