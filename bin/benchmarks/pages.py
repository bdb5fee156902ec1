"""Pages of a supervisor with 250 processes and 2,000 sessions, against a bare view behind the same middleware.

Asked of gunicorn as production runs it, over connections of its own as its proxy would open them; what a request costs
is read from the processes' own clocks, so that who asks costs nothing.
"""

import gzip
import http.client
import os
import re
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.figures import Figure
from benchmarks.people import founder, signed_in

ROLE = "app"
BARE = "/bare/rich/"
REQUESTS = 160
CONNECTIONS = 8
TICK = os.sysconf("SC_CLK_TCK")
#: What /rich costs where its peers were measured, in milliseconds; a page may cost 28 of them.
BARE_MS, PAGE_MS = 50.0, 28.0
KB = 1000


@dataclass(frozen=True)
class Web:
    """A running web process and its workers, and how to ask it as somebody."""

    port: int
    pid: int
    cookie: str

    def get(self, path: str) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {
            "Host": "localhost", "X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.1",
            "Accept-Encoding": "gzip", "Cookie": self.cookie,
        }  # fmt: skip
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer.status, body

    def cpu(self) -> float:
        """Seconds of CPU that the workers have used."""
        workers = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        return sum(_cpu(int(pid)) for pid in workers)


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


@dataclass
class Load:
    """What `REQUESTS` of one path took: CPU seconds a request, requests a second, the time of each."""

    cpu: float
    rate: float
    times: list[float]

    @property
    def spread(self) -> float:
        return sorted(self.times)[int(len(self.times) * 0.95)] / statistics.median(self.times)


def figures() -> Iterator[Figure]:
    from django.conf import settings
    from django.db import transaction
    from django.urls import reverse

    with transaction.atomic():
        who, engagement = founder()
    cookie = f"{settings.SESSION_COOKIE_NAME}={signed_in(who)}"
    paths = {
        "today": reverse("today"),
        "process": reverse("engagements:detail", args=[engagement]),
        "processes": reverse("engagements:list"),
        "calendar": reverse("calendar:calendar"),
        "sessions": reverse("sessions:list", args=[engagement]),
        "people": reverse("people:list"),
    }
    with _web(cookie) as web:
        for path in [BARE, *paths.values()]:
            status, _ = web.get(path)
            if status != 200:
                raise SystemExit(f"{path} answers {status}")
            _load(web, path, 16)
        for name, path in paths.items():
            bare, page = _turns(web, BARE, path)
            yield Figure(f"page {name}: requests a second", page.rate, "1/s", bare.rate, 0.8, at_most=False)
            yield Figure(f"page {name}: CPU", 1000 * page.cpu, "ms", 1000 * bare.cpu, PAGE_MS / BARE_MS)
            yield Figure(f"page {name}: p95 of p50 at {CONNECTIONS}", page.spread, "×", 1, 1.6)
            _, body = web.get(path)
            yield Figure(f"page {name}: over the wire", len(body) / KB, "kB", 15, 1)
        yield Figure("first visit: page, sheets, font, scripts", _first_visit(web, paths["today"]) / KB, "kB", 120, 1)


def _turns(web: Web, bare: str, page: str) -> tuple[Load, Load]:
    """Both paths in four turns, so that what slows the machine slows both."""
    sums = (Load(0, 0, []), Load(0, 0, []))
    for _ in range(4):
        for held, path in zip(sums, (bare, page), strict=True):
            load = _load(web, path, REQUESTS // 4)
            held.cpu += load.cpu / 4
            held.rate += load.rate / 4
            held.times += load.times
    return sums


def _load(web: Web, path: str, number: int) -> Load:
    times: list[float] = []
    left = iter(range(number))
    lock = threading.Lock()

    def ask() -> None:
        while True:
            with lock:
                if next(left, None) is None:
                    return
            begun = time.perf_counter()
            web.get(path)
            times.append(time.perf_counter() - begun)

    cpu, begun = web.cpu(), time.perf_counter()
    threads = [threading.Thread(target=ask) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - begun
    return Load((web.cpu() - cpu) / number, number / took, times)


def _first_visit(web: Web, path: str) -> int:
    """Bytes over the wire of a page and of every file of ours that it names, fonts in its sheets among them."""
    _, body = web.get(path)
    total, seen = len(body), set()
    todo = _files(gzip.decompress(body).decode())
    while todo:
        file = todo.pop()
        if file in seen or not file.startswith("/static/"):
            continue
        seen.add(file)
        status, content = web.get(file)
        total += len(content) if status == 200 else 0
    return total


def _files(page: str) -> list[str]:
    return re.findall(r'(?:<script[^>]* src|<link[^>]* href)="([^"]+)"', page)


@contextmanager
def _web(cookie: str) -> Iterator[Web]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "--config", "deploy/gunicorn.conf.py", "--max-requests", "0"]
    environment = os.environ | {"BIND": f"127.0.0.1:{port}", "WEB_CONCURRENCY": "3", "DATABASE_ROLE": ROLE}
    log = Path(os.environ["TYONOHJAUS_BENCH"]) / "web.log"
    with log.open("ab") as out:
        server = subprocess.Popen(command, env=environment, stdout=out, stderr=out)
    try:
        web = Web(port, server.pid, cookie)
        _wait(lambda: web.get("/livez")[0] == 200, server, log)
        yield web
    finally:
        server.terminate()
        server.wait(30)


def _wait(ready: Callable[[], bool], server: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end and server.poll() is None:
        try:
            if ready():
                return
        except OSError:
            pass
        time.sleep(0.2)
    raise SystemExit(f"The web process does not answer: see {log}.")
