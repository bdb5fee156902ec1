"""A mail server that can be told to misbehave, and the process's connection as the role `worker`."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import dj_database_url
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.conf import settings
from django.db import connections

from audit.roles import Role, role_url


@contextmanager
def as_role(role: Role) -> Iterator[None]:
    """Let this process connect as another role, by that role's own log-in."""
    connection = connections["default"]
    config = dj_database_url.parse(role_url(settings.DATABASE_URL, role, settings.DATABASE_ROLE_NAMES.prefix))
    before = {name: connection.settings_dict[name] for name in ("USER", "PASSWORD")}
    connection.close()
    connection.settings_dict.update(USER=config["USER"], PASSWORD=config["PASSWORD"])
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(before)


@pytest.fixture
def as_worker() -> Callable[[], AbstractContextManager[None]]:
    return lambda: as_role(Role.WORKER)


@dataclass
class Sink:
    """What a mail server has taken, and how it behaves.

    `at_recipient` and `at_text` are asked before it answers RCPT and the end of the text; an answer of theirs is given
    instead of 250, and what they wait for holds the answer up. What `at_text` refuses is not taken.
    """

    port: int = 0
    taken: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    connections: int = 0
    at_recipient: Callable[[str], str | None] = lambda address: None
    at_text: Callable[[str], str | None] = lambda address: None
    #: Asked after the text is taken, before 250 is said.
    after_text: Callable[[str], str | None] = lambda address: None

    @property
    def ids(self) -> Counter[str]:
        return Counter(str(message["Message-ID"]) for message in self.taken)


class Handler:
    def __init__(self, sink: Sink) -> None:
        self.sink = sink
        self.lock = threading.Lock()

    async def handle_EHLO(self, server: SMTP, session: Session, envelope: Envelope, hostname: str) -> str:
        session.host_name = hostname
        self.sink.connections += 1
        return "250 HELP"

    async def asked(self, server: SMTP, ask: Callable[[str], str | None], address: str) -> str | None:
        answer: str | None = await server.loop.run_in_executor(None, ask, address)
        return answer

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if answer := await self.asked(server, self.sink.at_recipient, address):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        address = envelope.rcpt_tos[0]
        if answer := await self.asked(server, self.sink.at_text, address):
            return answer
        content: Any = envelope.content
        message = message_from_bytes(content, policy=default)
        with self.lock:
            self.sink.taken.append(message)
            self.sink.recipients += envelope.rcpt_tos
        answer = await self.asked(server, self.sink.after_text, address)
        return answer or f"250 2.0.0 Ok: queued as {len(self.sink.taken):06}"


@contextmanager
def serving(sink: Sink, port: int = 0) -> Iterator[Sink]:
    controller = Controller(Handler(sink), hostname="127.0.0.1", port=port or free_port(), ready_timeout=10)
    controller.start()
    sink.port = controller.port
    try:
        yield sink
    finally:
        controller.stop()


def free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@pytest.fixture
def sink() -> Iterator[Sink]:
    with serving(Sink()) as sink:
        yield sink


@pytest.fixture
def by_smtp(settings: Any, sink: Sink) -> Sink:
    """Mail of this process goes to the sink, by SMTP."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", sink.port, 5
    return sink
