"""Whether worker and beat are at work: they say so themselves, since nobody can ask them cheaply.

Each touches a file of its own in the folder TYONOHJAUS_ALIVE, for `deploy/healthy` to look at, and tells systemd's
watchdog where there is one. What is said comes out of the very loop that does the work: a loop that hangs falls silent.
"""

import os
import socket
from pathlib import Path
from typing import Any, Final

from celery.signals import heartbeat_sent
from django.conf import settings

SYSTEMD: Final = b"READY=1\nWATCHDOG=1"


def say(name: str) -> None:
    """Say that `name` is at work."""
    if settings.ALIVE:
        (Path(settings.ALIVE) / name).touch()
    if address := os.environ.get("NOTIFY_SOCKET"):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as watchdog:
            # An address that begins with @ is in the kernel's own namespace, where that letter is a zero.
            watchdog.sendto(SYSTEMD, address.replace("@", "\0", 1) if address.startswith("@") else address)


def worker_is_at_work(**_: Any) -> None:
    """Celery's worker calls this every other second, as long as it has its queue."""
    say("worker")


heartbeat_sent.connect(worker_is_at_work, weak=False)
