"""Where mail goes on a developer's machine that has no mail server: files, one a message, read at /dev/mail/."""

import os
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage as ReadMessage
from email.policy import default as readable
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone

WRITTEN = "%Y%m%dT%H%M%S%f"
NAME = re.compile(r"[0-9]{8}T[0-9]{12}-[0-9a-f]{8}")
MOST = 200


def folder() -> Path:
    """Return the mailbox; raises ImproperlyConfigured where there is none, since nothing may end there unseen."""
    if settings.MAILBOX is None:
        raise ImproperlyConfigured("There is no mailbox where mail leaves by a server.")
    return Path(settings.MAILBOX)


class Mailbox(BaseEmailBackend):
    """Django's e-mail back end that writes each message into settings.MAILBOX as `<name>.eml`."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        folder().mkdir(mode=0o700, parents=True, exist_ok=True)
        for message in email_messages:
            name = f"{timezone.now().strftime(WRITTEN)}-{uuid.uuid4().hex[:8]}"
            unfinished = folder() / f".{name}"
            with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(message.message().as_bytes())
            unfinished.rename(folder() / f"{name}.eml")
        return len(email_messages)


@dataclass(frozen=True)
class Mail:
    """A message in the mailbox, as a mail program would show it."""

    name: str
    at: datetime
    sender: str
    to: str
    subject: str
    text: str
    html: str
    headers: Sequence[tuple[str, str]]


def mails() -> list[Mail]:
    """Return the newest messages, the last one first."""
    names = sorted((path.stem for path in folder().glob("*.eml") if NAME.fullmatch(path.stem)), reverse=True)
    return [read(folder() / f"{name}.eml") for name in names[:MOST]]


def mail(name: str) -> Mail | None:
    """Return the message of that name, or None."""
    path = folder() / f"{name}.eml"
    return read(path) if NAME.fullmatch(name) and path.is_file() else None


def read(path: Path) -> Mail:
    message = message_from_bytes(path.read_bytes(), policy=readable)
    return Mail(
        name=path.stem,
        at=datetime.strptime(path.stem.partition("-")[0], WRITTEN).replace(tzinfo=UTC),
        sender=str(message["From"]),
        to=str(message["To"]),
        subject=str(message["Subject"]),
        text=body(message, "plain"),
        html=body(message, "html"),
        headers=[(name, str(value)) for name, value in message.items() if name not in ("Content-Type", "MIME-Version")],
    )


def body(message: ReadMessage, subtype: str) -> str:
    part = message.get_body((subtype,))
    return str(part.get_content()) if part else ""
