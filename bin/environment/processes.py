"""Small truths about processes."""

import ctypes
import signal
import subprocess
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


def in_foreground(
    command: list[str], environment: dict[str, str], folder: Path, *, ended_by: signal.Signals = signal.SIGTERM
) -> int:
    """Run the command in the terminal's foreground and return its exit code, as a shell would give it.

    Ctrl-C reaches it from the terminal; our own SIGTERM, and our death, reach it as `ended_by`.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def begin() -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        dies_with_us(ended_by)()

    process = subprocess.Popen(command, cwd=folder, env=environment, preexec_fn=begin)
    signal.signal(signal.SIGTERM, lambda *_: process.send_signal(ended_by))
    code = process.wait()
    return 128 - code if code < 0 else code
