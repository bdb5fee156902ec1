"""A day's reminders through two dispatchers, against Django's templates and send_messages on the same mail server."""

import multiprocessing
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from benchmarks.figures import Figure

ROLE = "worker"
WORKERS = 2
MOST = 1500
PEER = 600

fork = multiprocessing.get_context("fork")


class Sink:
    """Takes every mail and keeps nothing but how many, and under which Message-ID."""

    def __init__(self, told: Any) -> None:
        self.told = told

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        head = envelope.content.partition(b"\r\n\r\n")[0].decode("latin-1")
        for line in head.split("\r\n"):
            if line.lower().startswith("message-id:"):
                self.told.put(line.partition(":")[2].strip())
        return "250 taken"


def figures() -> Iterator[Figure]:
    from django.conf import settings
    from django.db import connections
    from django.utils import timezone

    told = fork.Queue()
    with _sink(told) as port:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        morning = timezone.localtime().replace(hour=10, minute=0, second=0, microsecond=0)
        _forget()
        planned_in = _plan(morning)
        due = _keep(MOST)
        connections.close_all()
        took = _both([_dispatch] * WORKERS, morning)
        ids = _all(told)
        connections.close_all()
        peer_took = _both([_peer] * WORKERS, morning)
        _all(told)
    _forget()
    rate, peer = due / took, WORKERS * PEER / peer_took
    yield Figure("outbox: mails a second, two workers", rate, "1/s", peer, 0.7, at_most=False)
    yield Figure("outbox: said, of those that were due", float(len(set(ids))), "mails", float(due), 1, at_most=False)
    yield Figure("outbox: said twice", float(1 + len(ids) - len(set(ids))), "1 + mails", 1, 1)
    yield Figure("outbox: planning a day of the practice", planned_in, "s", 60, 1)


@contextmanager
def _sink(told: Any) -> Iterator[int]:
    """A mail server in a process of its own."""
    here, there = fork.Pipe()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    def serve() -> None:
        from aiosmtpd.controller import Controller

        controller = Controller(Sink(told), hostname="127.0.0.1", port=port)
        controller.start()
        there.send(port)
        there.recv()
        controller.stop()

    process = fork.Process(target=serve, daemon=True)
    process.start()
    yield int(here.recv())
    here.send(None)
    process.join(10)


def _both(works: list[Callable[[datetime], None]], now: datetime) -> float:
    """Return the seconds until all works, each in a process of its own, have ended."""
    processes = [fork.Process(target=work, args=(now,)) for work in works]
    begun = time.perf_counter()
    for process in processes:
        process.start()
    for process in processes:
        process.join()
        if process.exitcode:
            raise SystemExit("A worker ended with an error.")
    return time.perf_counter() - begun


def _dispatch(now: datetime) -> None:
    from notifications.dispatch import Dispatcher

    Dispatcher(clock=lambda: now).run()


def _peer(now: datetime) -> None:
    """The same letters, made from the same templates, sent over one kept connection, and nothing written down."""
    from django.core.mail import get_connection

    from notifications.kinds import kinds
    from notifications.letters import compose
    from notifications.models import Message

    messages = list(Message.objects.with_recipients().order_by("pk")[:PEER])
    kind = kinds()[messages[0].kind]
    letters: Any = kind.letters(messages, now)
    with get_connection() as post:
        for message in messages:
            post.send_messages([compose(kind, message, letters[message.pk])])


def _plan(now: datetime) -> float:
    from notifications import outbox

    begun = time.perf_counter()
    outbox.plan(now)
    return time.perf_counter() - begun


def _owner() -> Any:
    import psycopg

    return psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)


def _forget() -> None:
    with _owner() as owner:
        owner.execute("DELETE FROM notifications_message")


def _keep(number: int) -> int:
    """Keep so many reminders of the day; return how many there are."""
    with _owner() as owner:
        owner.execute(
            "DELETE FROM notifications_message WHERE kind <> 'session_reminder' OR id NOT IN"
            " (SELECT id FROM notifications_message WHERE kind = 'session_reminder' ORDER BY id LIMIT %s)",
            [number],
        )
        found = owner.execute("SELECT count(*) FROM notifications_message").fetchone()
    return int(found[0])


def _all(told: Any) -> list[str]:
    time.sleep(timedelta(seconds=1).total_seconds())
    found = []
    while not told.empty():
        found.append(told.get())
    return found
