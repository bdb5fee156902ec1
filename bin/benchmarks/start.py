"""How long a web process takes until it could answer: the application, and every address with its view, loaded."""

import os
import statistics
import subprocess
import sys
from collections.abc import Iterator

from benchmarks.figures import Figure

ROLE = "app"
ROUNDS = 5
#: Django loads the addresses with the first request; whoever sends it waits for them, so they count.
LOADED = "import tyonohjaus.wsgi; from django.urls import get_resolver; get_resolver().url_patterns"


def figures() -> Iterator[Figure]:
    """CPU and not wall seconds: loading is work of one core, and so another's work does not count.

    The first round, which may have to compile, is left out.
    """
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "tyonohjaus.settings", "DATABASE_ROLE": ROLE}
    took = [_cpu([sys.executable, "-c", LOADED], environment) for _ in range(ROUNDS + 1)]
    yield Figure("start: web process loaded, CPU", statistics.median(took[1:]), "s", 1.5, 1)


def _cpu(command: list[str], environment: dict[str, str]) -> float:
    """Return the seconds of CPU that `command` took."""
    process = subprocess.Popen(command, env=environment)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit("The web process does not load.")
    return used.ru_utime + used.ru_stime
