"""A mail server that can be told to misbehave, and the process's connection as the role `worker`."""

import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from audit.connecting import as_role
from audit.roles import Role


@pytest.fixture
def as_worker() -> Callable[[], AbstractContextManager[None]]:
    return lambda: as_role(Role.WORKER)


#: Asked with the recipient and the port; may wait; what it answers is said instead of 250.
Ask = Callable[[str, int], str | None]


@dataclass
class Sink:
    """What mail servers have taken, and how they behave.

    `at_recipient` is asked before RCPT is answered, `at_text` before the text is taken, `after_text` when it is taken
    and before 250 is said.
    """

    ports: list[int] = field(default_factory=list)
    taken: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    connections: int = 0
    at_recipient: Ask = lambda address, port: None
    at_text: Ask = lambda address, port: None
    after_text: Ask = lambda address, port: None

    @property
    def port(self) -> int:
        return self.ports[0]

    @property
    def ids(self) -> Counter[str]:
        return Counter(str(message["Message-ID"]) for message in self.taken)


class Handler:
    def __init__(self, sink: Sink, port: int) -> None:
        self.sink = sink
        self.port = port
        self.lock = threading.Lock()

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        self.sink.connections += 1
        return responses

    async def asked(self, server: SMTP, ask: Ask, address: str) -> str | None:
        answer: str | None = await server.loop.run_in_executor(None, ask, address, self.port)
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
def serving(*ports: int, sink: Sink | None = None, **behaviour: Any) -> Iterator[Sink]:
    """Let a sink that behaves so, or one that was there before, answer at `ports`."""
    sink = sink or Sink(**behaviour)
    controllers = [Controller(Handler(sink, port), hostname="127.0.0.1", port=port, ready_timeout=10) for port in ports]
    for controller in controllers:
        controller.start()
    sink.ports = list(ports)
    try:
        yield sink
    finally:
        for controller in controllers:
            controller.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@pytest.fixture
def mail_servers() -> Callable[..., AbstractContextManager[Sink]]:
    """Give `serving`, for tests that start mail servers at ports of their own."""
    return serving


@pytest.fixture
def free_ports() -> list[int]:
    return [free_port() for _ in range(4)]


@pytest.fixture
def sink() -> Iterator[Sink]:
    with serving(free_port()) as sink:
        yield sink


@pytest.fixture
def by_smtp(settings: Any, sink: Sink) -> Sink:
    """Mail of this process goes to the sink, by SMTP."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", sink.port, 5
    return sink
