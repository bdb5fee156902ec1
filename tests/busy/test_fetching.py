"""Fetching from addresses that people type: from real servers of this machine, and from what must not be asked."""

import gzip
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sessions.busy import fetching
from sessions.busy.fetching import Fetched, Refused, fetch, is_out_there, judged
from sessions.models import Fault

CALENDAR = b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"
Answer = Callable[[BaseHTTPRequestHandler], None]


class Server:
    """A server on loopback that answers as it is told, and remembers what it was asked."""

    def __init__(self, answer: Answer, certificate: Path | None = None) -> None:
        asked: list[tuple[str, dict[str, str]]] = []
        self.asked = asked

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
                try:
                    answer(self)
                except OSError:
                    return

            def log_message(self, *_args: Any) -> None:
                return

        class Quiet(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_args: Any) -> None:
                return

        self.server = Quiet(("127.0.0.1", 0), Handler)
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.port: int = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def url(self, path: str = "/calendar.ics") -> str:
        return f"http://127.0.0.1:{self.port}{path}"


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    servers: list[Server] = []

    def start(answer: Answer, certificate: Path | None = None) -> Server:
        servers.append(Server(answer, certificate))
        return servers[-1]

    yield start
    for each in servers:
        each.server.shutdown()
        each.server.server_close()


@pytest.fixture
def loopback(settings: Any) -> None:
    settings.BUSY_CALENDARS_ON_LOOPBACK = True


def send(handler: BaseHTTPRequestHandler, body: bytes = CALENDAR, status: int = 200, **headers: str) -> None:
    handler.send_response(status)
    for name, value in ({"Content-Length": str(len(body))} | headers).items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


def why(address: str, **marks: str) -> Fault:
    with pytest.raises(Refused) as refused:
        fetch(address, **marks)
    assert address not in str(refused.value)
    assert refused.value.__cause__ is None
    return refused.value.fault


# --- what is asked, and what comes ----------------------------------------------------------------------------------


@pytest.mark.usefixtures("loopback")
def test_the_calendar_comes_with_the_marks_by_which_it_is_asked_for_again(serve: Callable[..., Server]) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        if handler.headers["If-None-Match"] == '"abc"':
            handler.send_response(304)
            handler.end_headers()
        else:
            send(handler, ETag='"abc"', Last_Modified="Mon, 23 Nov 2026 07:00:00 GMT")

    server = serve(answer)
    first = fetch(server.url("/salainen.ics?avain=ä x"))
    assert first == Fetched(CALENDAR, '"abc"', "Mon, 23 Nov 2026 07:00:00 GMT")
    again = fetch(server.url(), etag=first.etag, last_modified=first.last_modified)
    assert again == Fetched(None, first.etag, first.last_modified)
    (path, headers), (_path, later) = server.asked
    assert path == "/salainen.ics?avain=%C3%A4%20x"
    assert headers["host"] == f"127.0.0.1:{server.port}"
    assert "if-none-match" not in headers
    assert later["if-modified-since"] == first.last_modified
    assert not {"cookie", "authorization", "referer"} & set(headers)


@pytest.mark.usefixtures("loopback")
def test_what_is_packed_is_unpacked(serve: Callable[..., Server]) -> None:
    packed = gzip.compress(CALENDAR[:10]) + gzip.compress(CALENDAR[10:])
    assert fetch(serve(lambda handler: send(handler, packed, Content_Encoding="gzip")).url()).content == CALENDAR


@pytest.mark.usefixtures("loopback")
@pytest.mark.parametrize(
    ("status", "fault"),
    [
        (404, Fault.MISSING),
        (410, Fault.MISSING),
        (401, Fault.MISSING),
        (403, Fault.MISSING),
        (500, Fault.SERVER),
        (503, Fault.SERVER),
        (304, Fault.SERVER),
        (206, Fault.SERVER),
    ],
)
def test_what_is_answered_otherwise_is_said_by_its_kind(
    serve: Callable[..., Server], status: int, fault: Fault
) -> None:
    assert why(serve(lambda handler: send(handler, b"", status)).url()) == fault


@pytest.mark.usefixtures("loopback")
def test_redirects_are_followed_three_times_and_no_more(serve: Callable[..., Server]) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        left = int(handler.path.rpartition("/")[2])
        if left:
            send(handler, b"", 302, Location=f"/on/{left - 1}")
        else:
            send(handler)

    server = serve(answer)
    assert fetch(server.url("/on/3")).content == CALENDAR
    assert why(server.url("/on/4")) == Fault.SERVER


# --- where it may not lead ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "http://calendar.example/x.ics",
        "ftp://calendar.example/x.ics",
        "file:///etc/passwd",
        "gopher://calendar.example/x",
        "calendar.example/x.ics",
        "https:///x.ics",
        "https://user:secret@calendar.example/x.ics",
        "https://user@calendar.example/x.ics",
        "https://calendar.example:22/x.ics",
        "https://calendar.example:80/x.ics",
        "https://calendar.example:0/x.ics",
        "https://calendar.example:99999/x.ics",
        "https://127.0.0.1/x.ics",
        "https://[::1]/x.ics",
        "https://[::ffff:10.0.0.1]/x.ics",
        "https://10.0.0.1/x.ics",
        "https://169.254.169.254/latest/meta-data/",
        "https://[fe80::1%25eth0]/x.ics",
        "https://calendar.example\\@127.0.0.1/x.ics",
        "https://calendar example/x.ics",
        "https://[not-an-address]/x.ics",
        "https://" + "a" * 300 + ".example/x.ics",
        "https://calendar.example/" + "x" * 1500,
    ],
)
def test_addresses_that_are_never_asked(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "look_up", lambda *_: pytest.fail("It was looked up."))
    assert why(address) == Fault.ADDRESS


@pytest.mark.parametrize(
    ("address", "asked"),
    [
        ("webcal://p01.calendar.example/a?b=c#d", "https://p01.calendar.example/a?b=c"),
        (" https://Calendar.Example./x.ics ", "https://calendar.example/x.ics"),
        ("https://käsi.example:8443", "https://xn--ksi-qla.example:8443/"),
    ],
)
def test_how_an_address_is_understood(address: str, asked: str) -> None:
    assert judged(address).geturl() == asked


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.1", "0.1.2.3", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.9.9.9", "169.254.169.254", "172.16.0.1",
        "172.31.255.255", "192.0.0.1", "192.0.0.10", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1",
        "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
        "::", "::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::7f00:1", "64:ff9b::a00:1", "64:ff9b::808:808",
        "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2002:7f00:1::", "2002:808:808::1", "3fff::1", "fc00::1",
        "fd00:ec2::254", "fe80::1", "fec0::1", "ff02::1", "5f00::1", "4000::1",
    ],
)  # fmt: skip
def test_machines_that_are_not_out_there(address: str) -> None:
    assert not is_out_there(ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "193.166.3.2", "172.32.0.1", "2001:67c:2b0::1", "2a00:1450:400f::200e"])
def test_machines_that_are(address: str) -> None:
    assert is_out_there(ip_address(address))


def test_one_address_of_a_name_that_is_not_for_everybody_refuses_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "connected", lambda *_: pytest.fail("It was connected to."))
    for answer in (["10.0.0.5"], ["8.8.8.8", "10.0.0.5"], ["2a00::1", "::1"]):
        monkeypatch.setattr(fetching, "look_up", lambda *_, answer=answer: answer)
        assert why("https://calendar.example/x.ics") == Fault.ADDRESS


def test_a_number_that_the_resolver_takes_for_loopback_is_refused() -> None:
    for written in ("2130706433", "0x7f000001", "127.1"):
        assert why(f"https://{written}/x.ics") in (Fault.ADDRESS, Fault.UNREACHABLE)


def test_what_the_name_answers_the_second_time_is_never_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that answers well at first and with loopback then: it is looked up once, and that address is used."""
    answers = [["8.8.8.8"], ["127.0.0.1"]]
    went: list[str] = []
    monkeypatch.setattr(fetching, "look_up", lambda *_: answers.pop(0))

    def connect(addresses: list[Any], *_: Any) -> socket.socket:
        went.extend(str(each) for each in addresses)
        raise ConnectionRefusedError

    monkeypatch.setattr(fetching, "connected", connect)
    assert why("https://rebinding.example/x.ics") == Fault.UNREACHABLE
    assert (went, answers) == (["8.8.8.8"], [["127.0.0.1"]])


@pytest.mark.parametrize(
    "onward",
    [
        "https://10.0.0.1/x.ics",
        "https://[::1]/x.ics",
        "http://calendar.example/x.ics",
        "file:///etc/passwd",
        "https://inside.example/x.ics",
        "//169.254.169.254/",
        "https://user@calendar.example/",
    ],
)
def test_a_redirect_is_judged_as_what_was_typed(
    serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch, settings: Any, onward: str
) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        send(handler, b"", 302, Location=onward)
        settings.BUSY_CALENDARS_ON_LOOPBACK = False

    settings.BUSY_CALENDARS_ON_LOOPBACK = True
    server = serve(answer)
    monkeypatch.setattr(fetching, "look_up", lambda host, _port: ["10.0.0.1"] if "inside" in host else ["127.0.0.1"])
    assert why(server.url()) == Fault.ADDRESS
    assert len(server.asked) == 1


def test_in_earnest_not_even_loopback_is_asked(serve: Callable[..., Server]) -> None:
    server = serve(send)
    assert why(server.url()) == Fault.ADDRESS
    assert server.asked == []


# --- how long and how large -----------------------------------------------------------------------------------------


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch, loopback: None) -> None:
    monkeypatch.setattr(fetching, "WHOLE_SECONDS", 0.6)
    monkeypatch.setattr(fetching, "READ_SECONDS", 0.4)


@pytest.mark.usefixtures("impatient")
def test_who_says_nothing_drips_headers_or_drips_a_body_is_waited_for_no_longer(serve: Callable[..., Server]) -> None:
    ends = threading.Event()

    def silent(_handler: BaseHTTPRequestHandler) -> None:
        ends.wait(5)

    def headers(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while not ends.wait(0.05):
            handler.wfile.write(b"x")

    def body(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n")
        while not ends.wait(0.05):
            handler.wfile.write(b"x")

    def onward(handler: BaseHTTPRequestHandler) -> None:
        time.sleep(0.35)
        send(handler, b"", 302, Location="/on")

    for answer in (silent, headers, body, onward):
        started = time.monotonic()
        assert why(serve(answer).url()) == Fault.SLOW
        assert time.monotonic() - started < 2
    ends.set()


@pytest.mark.usefixtures("impatient")
def test_a_resolver_that_does_not_answer_is_waited_for_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    ends = threading.Event()
    monkeypatch.setattr(fetching, "look_up", lambda *_: [str(ends.wait(5))])
    started = time.monotonic()
    assert why("https://calendar.example/x.ics") == Fault.SLOW
    assert time.monotonic() - started < 2
    ends.set()


@pytest.mark.usefixtures("loopback")
def test_what_is_too_large_is_refused_before_it_is_all_read(
    serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "MOST_BYTES", 100_000)

    def announced(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n")

    def endless(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            handler.wfile.write(b"x" * 65536)

    def chunked(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            handler.wfile.write(b"10000\r\n" + b"x" * 65536 + b"\r\n")

    bomb = gzip.compress(b"x" * 50_000_000)
    for answer in (announced, endless, chunked, lambda handler: send(handler, bomb, Content_Encoding="gzip")):
        assert why(serve(answer).url()) == Fault.LARGE
    assert len(bomb) < 100_000


@pytest.mark.usefixtures("loopback")
def test_what_speaks_no_http_or_packs_as_nobody_asked_is_refused(serve: Callable[..., Server]) -> None:
    def strange(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"SSH-2.0-OpenSSH_9.2\r\n")

    def torn(handler: BaseHTTPRequestHandler) -> None:
        send(handler, gzip.compress(CALENDAR)[:-9], Content_Encoding="gzip")

    assert why(serve(strange).url()) == Fault.UNREACHABLE
    assert why(serve(torn).url()) == Fault.CALENDAR
    assert why(serve(lambda handler: send(handler, Content_Encoding="br")).url()) == Fault.SERVER


@pytest.mark.usefixtures("loopback")
def test_nobody_there_and_no_such_name(serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        assert why(f"http://127.0.0.1:{closed.getsockname()[1]}/") == Fault.UNREACHABLE

    def unknown(*_: Any) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(fetching, "look_up", unknown)
    assert why("https://nowhere.example/x.ics") == Fault.UNREACHABLE


# --- who answers ----------------------------------------------------------------------------------------------------


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate of calendar.example that signs itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "calendar.example")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("calendar.example")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    file = tmp_path / "calendar.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return file


@pytest.mark.usefixtures("loopback")
def test_the_name_that_was_asked_for_has_to_be_the_certificates(
    serve: Callable[..., Server], certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(send, certificate)
    monkeypatch.setattr(fetching, "look_up", lambda *_: ["127.0.0.1"])
    url = f"https://calendar.example:{server.port}/x.ics"
    assert why(url) == Fault.UNREACHABLE  # nobody vouches for it
    monkeypatch.setattr(fetching, "where", lambda: str(certificate))
    assert fetch(url).content == CALENDAR
    assert server.asked[0][1]["host"] == f"calendar.example:{server.port}"
    assert why(url.replace("calendar.example", "other.example")) == Fault.UNREACHABLE
