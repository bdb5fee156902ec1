"""Web starts anew while people ask all the time, and none of them is sent away."""

import signal
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse

from environment.processes import is_alive, wait_until
from tests.production.visitors import NO_ANSWER, Visitor, signed_in

pytestmark = pytest.mark.xdist_group("production")

#: As systemd does with tyonohjaus-web.socket: the socket is number 3, and stays when the process goes.
ACTIVATED = """
import os, sys
os.environ |= {"LISTEN_FDS": "1", "LISTEN_PID": str(os.getpid())}
os.execv(sys.executable, [sys.executable, "-m", "gunicorn", "--config", "deploy/gunicorn.conf.py", "--workers", "2"])
"""


class Crowd:
    """People who ask, one request after the other, until they are told to stop; what they got is counted."""

    def __init__(self, *ask: Callable[[], int]) -> None:
        self.got: Counter[str] = Counter()
        self.lock = threading.Lock()
        self.stopping = threading.Event()
        self.threads = [threading.Thread(target=self.run, args=(each,)) for each in ask]

    def run(self, ask: Callable[[], int]) -> None:
        while not self.stopping.is_set():
            try:
                got = str(ask())
            except NO_ANSWER as error:
                got = type(error).__name__
            with self.lock:
                self.got[got] += 1

    def has_got(self, more: int) -> bool:
        """Wait for so many more answers of any kind."""
        before = self.got.total()
        return wait_until(lambda: self.got.total() >= before + more, 60)


@contextmanager
def asking(*ask: Callable[[], int]) -> Iterator[Crowd]:
    crowd = Crowd(*ask)
    for thread in crowd.threads:
        thread.start()
    try:
        yield crowd
    finally:
        crowd.stopping.set()
        for thread in crowd.threads:
            thread.join()


def their_own(cast: Any, port: int) -> list[Callable[[], int]]:
    def reading(visitor: Visitor, path: str) -> Callable[[], int]:
        return lambda: visitor.get(path).status

    path = reverse("engagements:list")
    return [reading(signed_in(user, port), path) for user in (cast.lead, cast.co_supervisor, cast.stranger)]


def workers_of(pid: int) -> set[int]:
    return {int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split() if is_alive(int(each))}


def answers(visitor: Visitor) -> bool:
    try:
        return visitor.get("/readyz").status == 200
    except NO_ANSWER:
        return False


def test_processes_are_replaced_one_by_one_and_no_request_is_lost(settled: Any, processes: Any, free_port: int) -> None:
    web = processes.web("web", free_port, "--workers", "2")
    assert wait_until(lambda: answers(Visitor(free_port, {})), 60)
    before = workers_of(web.pid)
    assert len(before) == 2
    with asking(*their_own(settled, free_port)) as crowd:
        assert crowd.has_got(20)
        web.send_signal(signal.SIGHUP)
        assert wait_until(lambda: not before & workers_of(web.pid), 60)
        assert crowd.has_got(20)
    assert set(crowd.got) == {"200"}


def test_the_whole_of_web_starts_anew_behind_its_socket_and_no_request_is_lost(settled: Any, processes: Any) -> None:
    """`systemctl restart`: those who come meanwhile wait in the socket, which belongs to systemd."""
    with socket.socket() as systemd:
        systemd.bind(("127.0.0.1", 0))
        systemd.listen(512)
        port = systemd.getsockname()[1]
        first = processes.start_behind(systemd, "first", "app", "-c", ACTIVATED)
        assert wait_until(lambda: answers(Visitor(port, {})), 60)
        with asking(*their_own(settled, port)) as crowd:
            assert crowd.has_got(20)
            first.send_signal(signal.SIGTERM)
            assert first.wait(40) == 0
            time.sleep(0.5)  # nobody is there at all, for as long as it takes
            processes.start_behind(systemd, "second", "app", "-c", ACTIVATED)
            assert crowd.has_got(20)
    assert set(crowd.got) == {"200"}


def test_without_a_socket_that_stays_requests_are_lost_as_the_crowd_would_notice(
    settled: Any, processes: Any, free_port: int
) -> None:
    """The control."""
    web = processes.web("web", free_port, "--workers", "2")
    assert wait_until(lambda: answers(Visitor(free_port, {})), 60)
    with asking(*their_own(settled, free_port)) as crowd:
        assert crowd.has_got(10)
        web.send_signal(signal.SIGTERM)
        web.wait(40)
        assert crowd.has_got(10)
    assert set(crowd.got) > {"200"}
