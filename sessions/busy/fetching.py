"""Fetching a calendar from an address that somebody typed, without becoming their way into our own network.

The address leads out: https alone, to a port of the web, to machines that the whole world reaches. A name is looked up
once, every address it has is judged, and the connection goes to exactly one of those, so that a name which answers
otherwise the next moment gains nothing. Each redirect is judged anew. What comes is bounded in size and in time. The
address is a secret of its owner's: no error and no line of a log carries it.
"""

import http.client
import io
import re
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any, Final
from urllib.parse import SplitResult, urljoin, urlsplit

from certifi import where
from django.conf import settings

from sessions.models import Fault

LONGEST_ADDRESS: Final = 1500
MOST_BYTES: Final = 5 * 1024 * 1024
MOST_REDIRECTS: Final = 3
#: How many of the addresses of one name are tried.
MOST_TRIED: Final = 3
#: Seconds to connect, between two bytes, and for everything together.
CONNECT_SECONDS: Final = 5.0
READ_SECONDS: Final = 10.0
WHOLE_SECONDS: Final = 15.0
PORTS: Final = {443, 8443}
REDIRECTS: Final = {301, 302, 303, 307, 308}
#: There is nothing, or nothing for whoever has this address.
MISSING: Final = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.GONE}
#: Of what is called global, what leads on to other addresses or belongs to no machine (RFC 6890 and its registries).
NOT_OUT_THERE: Final = tuple(
    IPv4Network(each) for each in ("192.0.0.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24",
                                   "192.175.48.0/24", "100.64.0.0/10", "198.18.0.0/15", "240.0.0.0/4")
)  # fmt: skip
UNICAST: Final = IPv6Network("2000::/3")
NOT_OUT_THERE_6: Final = tuple(
    IPv6Network(each) for each in ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20")
)
Address = IPv4Address | IPv6Address


class Refused(Exception):
    """The calendar was not fetched; `fault` says why, and nothing says from where."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault)
        self.fault = fault


@dataclass(frozen=True)
class Fetched:
    """What came, with the marks by which it is asked for again; None for `content` where it has not changed."""

    content: bytes | None
    etag: str = ""
    last_modified: str = ""


def fetch(address: str, *, etag: str = "", last_modified: str = "") -> Fetched:
    """Return what is at `address`. Raises Refused."""
    deadline = time.monotonic() + WHOLE_SECONDS
    try:
        target = judged(address)
        for _step in range(MOST_REDIRECTS + 1):
            answer = ask(target, deadline, etag, last_modified)
            if isinstance(answer, Fetched):
                return answer
            target = judged(urljoin(target.geturl(), answer))
        raise Refused(Fault.SERVER)
    except Refused as error:
        raise Refused(error.fault) from None
    except TimeoutError:
        raise Refused(Fault.SLOW) from None
    except zlib.error:
        raise Refused(Fault.CALENDAR) from None
    except (OSError, http.client.HTTPException, ValueError):  # whose words may hold the address
        raise Refused(Fault.UNREACHABLE) from None


# --- where it leads -------------------------------------------------------------------------------------------------


def judged(address: str) -> SplitResult:
    """Return the parts of an address that may be asked. Raises Refused for any other, before anything is looked up."""
    try:
        parts = urlsplit(address.strip())
        host, port = ascii_host(parts.hostname or ""), parts.port
    except ValueError:
        raise Refused(Fault.ADDRESS) from None
    scheme = "https" if parts.scheme == "webcal" else parts.scheme
    plain = scheme == "http" and settings.BUSY_CALENDARS_ON_LOOPBACK
    fits = port is None or port in PORTS or settings.BUSY_CALENDARS_ON_LOOPBACK
    if len(address) > LONGEST_ADDRESS or not host or "@" in parts.netloc or not fits:
        raise Refused(Fault.ADDRESS)
    if scheme != "https" and not plain:
        raise Refused(Fault.ADDRESS)
    if (literal := as_address(host)) and not is_out_there(literal):
        raise Refused(Fault.ADDRESS)
    return SplitResult(scheme, netloc(host, port), parts.path or "/", parts.query, "")


def as_address(host: str) -> Address | None:
    """Return the address that a host is written as; None for a name."""
    try:
        return ip_address(host)
    except ValueError:
        return None


def ascii_host(host: str) -> str:
    """Return a host as it is looked up. Raises ValueError for what is none."""
    if ":" in host:  # an address in brackets
        return str(IPv6Address(host))
    plain = host.rstrip(".").encode("idna").decode()
    if plain and not re.fullmatch(r"[a-z0-9_.-]+", plain, re.IGNORECASE):
        raise ValueError("no host")
    return plain


def netloc(host: str, port: int | None) -> str:
    bracketed = f"[{host}]" if ":" in host else host
    return bracketed if port is None else f"{bracketed}:{port}"


def is_out_there(found: Address) -> bool:
    """Whether an address is a machine's that the whole world reaches, and leads to no other address."""
    if found.is_loopback and settings.BUSY_CALENDARS_ON_LOOPBACK:
        return True
    if not found.is_global or found.is_multicast or found.is_reserved or found.is_unspecified:
        return False
    if isinstance(found, IPv6Address):  # what holds an IPv4 address (mapped, NAT64) lies outside of unicast
        return found in UNICAST and not any(found in network for network in NOT_OUT_THERE_6)
    return not any(found in network for network in NOT_OUT_THERE)


def out_there(host: str, port: int, deadline: float) -> list[Address]:
    """Return the addresses of `host`. Raises Refused when one of them is not for everybody, or there is none."""
    found = [ip_address(each.partition("%")[0]) for each in within(lambda: look_up(host, port), deadline)]
    if not found:
        raise Refused(Fault.UNREACHABLE)
    if not all(is_out_there(each) for each in found):
        raise Refused(Fault.ADDRESS)
    return found[:MOST_TRIED]


def look_up(host: str, port: int) -> list[str]:
    """Return what the system's resolver says. Raises OSError."""
    answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return list(dict.fromkeys(str(answer[4][0]) for answer in answers))


def within(step: Callable[[], list[str]], deadline: float) -> list[str]:
    """Return what `step` returns, which knows no time of its own. Raises TimeoutError at the deadline."""
    found: list[list[str] | Exception] = []

    def run() -> None:
        try:
            found.append(step())
        except Exception as error:  # it is raised where somebody waits
            found.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(left(deadline))
    if not found:
        raise TimeoutError
    if isinstance(found[0], Exception):
        raise found[0]
    return found[0]


def left(deadline: float) -> float:
    """Return how many seconds are left. Raises TimeoutError when none are."""
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise TimeoutError
    return seconds


# --- one question and its answer ------------------------------------------------------------------------------------


class Timed(io.RawIOBase):
    """What comes through a socket, bounded in time and in bytes, however slowly it drips."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self.sock, self.deadline, self.came = sock, deadline, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self.sock.settimeout(min(READ_SECONDS, left(self.deadline)))
        count = self.sock.recv_into(buffer)
        self.came += count
        if self.came > 2 * MOST_BYTES:  # packed or not, with what is said before it
            raise Refused(Fault.LARGE)
        return count


class Wire:
    """What http.client asks of a socket. It closes one before the answer is read; we do so when it has been."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self.sock, self.deadline = sock, deadline

    def makefile(self, *_args: Any, **_kwargs: Any) -> io.BufferedReader:
        return io.BufferedReader(Timed(self.sock, self.deadline))

    def sendall(self, content: bytes) -> None:
        self.sock.settimeout(min(CONNECT_SECONDS, left(self.deadline)))
        self.sock.sendall(content)

    def close(self) -> None:
        return


class Connection(http.client.HTTPConnection):
    """A connection to the address that was judged, under the name that was asked for."""

    def __init__(self, target: SplitResult, deadline: float) -> None:
        self.secure = target.scheme == "https"
        self.default_port = 443 if self.secure else 80
        self.deadline = deadline
        self.open: socket.socket | None = None
        super().__init__(target.hostname or "", target.port or self.default_port)

    def connect(self) -> None:
        sock = connected(out_there(self.host, self.port, self.deadline), self.port, self.deadline)
        if self.secure:
            sock.settimeout(min(READ_SECONDS, left(self.deadline)))
            try:
                sock = context().wrap_socket(sock, server_hostname=self.host)
            except BaseException:
                sock.close()
                raise
        self.open = sock
        self.sock: Any = Wire(sock, self.deadline)

    def hang_up(self) -> None:
        self.close()
        if self.open is not None:
            self.open.close()


def connected(addresses: list[Address], port: int, deadline: float) -> socket.socket:
    """Return a socket to the first address that answers. Raises OSError when none does."""
    last: OSError = OSError()
    for address in addresses:
        family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
        sock = socket.socket(family, socket.SOCK_STREAM)
        sock.settimeout(min(CONNECT_SECONDS, left(deadline)))
        try:
            sock.connect((str(address), port))
        except OSError as error:
            sock.close()
            last = error
        else:
            return sock
    raise last


def context() -> ssl.SSLContext:
    """Whom we believe to be whom: the authorities that come with `requests`, by which providers are asked too."""
    return ssl.create_default_context(cafile=where())


def ask(target: SplitResult, deadline: float, etag: str, last_modified: str) -> Fetched | str:
    """Return what `target` answers: the calendar, that it has not changed, or the address that it leads on to."""
    headers = {
        "Accept": "text/calendar, */*;q=0.1",
        "Accept-Encoding": "gzip",
        "User-Agent": "Tyonohjaus (calendar)",
        "Connection": "close",
    }
    if etag:
        headers["If-None-Match"] = etag
    if last_modified:
        headers["If-Modified-Since"] = last_modified
    connection = Connection(target, deadline)
    try:
        connection.request("GET", path_of(target), headers=headers)
        response = connection.getresponse()
        if response.status in REDIRECTS and (onward := response.getheader("Location")):
            return onward
        if response.status == HTTPStatus.NOT_MODIFIED and (etag or last_modified):
            return Fetched(None, etag, last_modified)
        if response.status != HTTPStatus.OK:
            raise Refused(Fault.MISSING if response.status in MISSING else Fault.SERVER)
        return Fetched(body_of(response), mark(response, "ETag"), mark(response, "Last-Modified"))
    finally:
        connection.hang_up()


def path_of(target: SplitResult) -> str:
    """Return the path and the query as they are sent: what is no ASCII, or would end the line, is quoted."""
    path = target.path + (f"?{target.query}" if target.query else "")
    return "".join(each if "!" <= each <= "~" else "".join(f"%{byte:02X}" for byte in each.encode()) for each in path)


def mark(response: http.client.HTTPResponse, name: str) -> str:
    """Return a header that is sent back as it came; none where it could not be."""
    value = (response.getheader(name) or "").strip()
    return value if len(value) <= 200 and value.isascii() and value.isprintable() else ""


def body_of(response: http.client.HTTPResponse) -> bytes:
    """Return what was sent, unpacked. Raises Refused when it is too large, or packed as nobody asked for."""
    packing = (response.getheader("Content-Encoding") or "identity").strip().lower()
    if packing not in ("identity", "gzip", "x-gzip"):
        raise Refused(Fault.SERVER)
    announced = response.getheader("Content-Length") or ""
    if announced.isdecimal() and int(announced) > MOST_BYTES:
        raise Refused(Fault.LARGE)
    sent = response.read(MOST_BYTES + 1)
    if len(sent) > MOST_BYTES:
        raise Refused(Fault.LARGE)
    return sent if packing == "identity" else unpacked(sent)


def unpacked(sent: bytes) -> bytes:
    """Return what gzip packed, at most `MOST_BYTES`. Raises Refused for more and zlib.error for what is no gzip."""
    body = bytearray()
    while sent:
        unpacking = zlib.decompressobj(16 + zlib.MAX_WBITS)
        body += unpacking.decompress(sent, MOST_BYTES + 1 - len(body))
        if len(body) > MOST_BYTES:
            raise Refused(Fault.LARGE)
        if not unpacking.eof:
            raise zlib.error("not whole")
        sent = unpacking.unused_data
    return bytes(body)
