"""Handing a message to the mail server, over one connection that is kept, and saying exactly what became of it."""

import re
import smtplib
from collections.abc import Callable
from email.generator import BytesGenerator
from io import BytesIO

from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.smtp import EmailBackend
from django.core.mail.message import sanitize_address

LONGEST_REPLY = 200
SERVICE_CLOSING = 421
ADDRESS = re.compile(r"\S*@\S*")
ENHANCED_CODE = re.compile(rb"\b[245]\.\d{1,3}\.\d{1,3}\b")


class Down(Exception):
    """The mail server cannot be reached or does not let us in: nothing was tried."""


class Later(Exception):
    """It did not work now. `in_doubt`: the server had the whole message, but whether it took it is not known."""

    def __init__(self, why: str, *, in_doubt: bool = False) -> None:
        super().__init__(why)
        self.in_doubt = in_doubt


class Refused(Exception):
    """The server will never take a message to this recipient."""


def reason(stage: str, code: int, reply: bytes) -> str:
    """Return a refusal in codes (RFC 5321, RFC 3463): a server's own words may repeat addresses and text."""
    enhanced = ENHANCED_CODE.search(reply)
    return f"{stage} {code} {enhanced[0].decode() if enhanced else ''}".strip()


def acceptance(code: int, reply: bytes) -> str:
    """Return the server's receipt, which holds its queue number, without addresses and bounded."""
    words = ADDRESS.sub("…", reply.decode("ascii", "replace")).replace("\x00", "")
    return f"{code} {' '.join(words.split())}"[:LONGEST_REPLY]


def dotted(text: bytes) -> bytes:
    """Return a letter as DATA wants it: leading dots doubled, one dot on the last line (RFC 5321, 4.5.2)."""
    return re.sub(rb"(?m)^\.", b"..", text) + (b"" if text.endswith(b"\r\n") else b"\r\n") + b".\r\n"


def as_bytes(letter: EmailMessage) -> bytes:
    out = BytesIO()
    BytesGenerator(out, mangle_from_=False).flatten(letter.message(), linesep="\r\n")
    return out.getvalue()


class Post:
    """A connection to the mail server that is opened when needed and kept from message to message."""

    def __init__(self) -> None:
        self.backend = get_connection()
        self.used = False

    @property
    def smtp(self) -> smtplib.SMTP | None:
        """The open SMTP connection; other back ends (the developer's mailbox, a provider's interface) have none."""
        return self.backend.connection if isinstance(self.backend, EmailBackend) else None

    def open(self) -> None:
        """Raise Down when the mail server cannot be reached or refuses us."""
        if isinstance(self.backend, EmailBackend) and self.backend.connection is None:
            try:
                self.backend.open()
                self.connection.ehlo_or_helo_if_needed()
            except (OSError, smtplib.SMTPException) as error:
                self.drop()
                raise Down(type(error).__name__) from error
            self.used = False

    def send(self, letter: EmailMessage, *, keep: Callable[[], bool] = lambda: True) -> str:
        """Hand over one letter to its one recipient and return the server's receipt.

        `keep` is asked before each step up to the text; where it says no, somebody else sends the letter. Raises
        Later, Refused, or Down when the kept connection was gone and no new one could be opened.
        """
        if not isinstance(self.backend, EmailBackend):
            return self.hand_over(letter)
        self.open()
        text = dotted(as_bytes(letter))
        try:
            self.begin(sanitize_address(letter.from_email, "utf-8"), sanitize_address(letter.to[0], "utf-8"), keep)
        except (smtplib.SMTPException, OSError) as error:
            self.drop()
            raise Later(type(error).__name__) from error
        return self.finish(text)

    def hand_over(self, letter: EmailMessage) -> str:
        try:
            taken = self.backend.send_messages([letter])
        except OSError as error:
            raise Later(type(error).__name__, in_doubt=True) from error
        if not taken:
            raise Later("not taken")
        return "taken"

    def begin(self, sender: str, recipient: str, keep: Callable[[], bool]) -> None:
        """Everything before the text itself: whatever happens here, the server has nothing yet."""
        self.go_on(keep)
        code, reply = self.mail_from(sender)
        if code == SERVICE_CLOSING and self.used:
            # Servers end a connection after so many messages; that says nothing about this one.
            self.drop()
            self.open()
            code, reply = self.mail_from(sender)
        self.expect("MAIL", code, reply)
        self.go_on(keep)
        code, reply = self.connection.rcpt(recipient)
        if 500 <= code < 600:
            self.reset()
            raise Refused(reason("RCPT", code, reply))
        self.expect("RCPT", code, reply)
        self.go_on(keep)
        self.expect("DATA", *self.connection.docmd("DATA"), wanted=354)

    def go_on(self, keep: Callable[[], bool]) -> None:
        if not keep():
            self.reset()
            raise Later("another dispatcher has it")

    def mail_from(self, sender: str) -> tuple[int, bytes]:
        options = ["BODY=8BITMIME"] if self.connection.has_extn("8bitmime") else []
        try:
            return self.connection.mail(sender, options)
        except smtplib.SMTPServerDisconnected:
            if not self.used:
                raise
            return SERVICE_CLOSING, b""

    def finish(self, text: bytes) -> str:
        """Send the text. From its last line on the server may have taken it, whatever we hear."""
        try:
            self.connection.send(text)
            code, reply = self.connection.getreply()
        except (smtplib.SMTPException, OSError) as error:
            self.drop()
            raise Later(type(error).__name__, in_doubt=True) from error
        self.used = True
        self.expect("text", code, reply)
        return acceptance(code, reply)

    @property
    def connection(self) -> smtplib.SMTP:
        if self.smtp is None:
            raise smtplib.SMTPServerDisconnected("not connected")
        return self.smtp

    def expect(self, stage: str, code: int, reply: bytes, wanted: int = 250) -> None:
        """Go on when the server answered as it should; else raise Later and leave a connection that can be used."""
        if code in (wanted, 251):
            return
        if code == SERVICE_CLOSING:
            self.drop()
        else:
            self.reset()
        raise Later(reason(stage, code, reply))

    def reset(self) -> None:
        try:
            if self.connection.rset()[0] != 250:
                self.drop()
        except (smtplib.SMTPException, OSError):
            self.drop()

    def drop(self) -> None:
        """Let go of a connection that is of no use any more."""
        smtp = self.smtp
        if smtp is not None:
            smtp.close()
            self.backend = get_connection()

    def close(self) -> None:
        """Take leave of the server; what it took is settled long before."""
        try:
            self.backend.close()
        except (OSError, smtplib.SMTPException):
            self.drop()
