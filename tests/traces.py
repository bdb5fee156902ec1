"""Looking for planted text in bytes, in every shape in which text hides: encoded, packed, inside a PDF."""

import base64
import os
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from secrets import token_hex
from typing import Final

import pikepdf
import pypdf

#: How deep a thing may lie in another: a PDF in a packed answer in a row of a dump.
DEPTH: Final = 4
HEX: Final = re.compile(rb"(?:[0-9a-f]{2}){32,}")
#: What is said of bytes that begin like something packed by chance, as sealed ones do.
NOT_WHAT_IT_SEEMED: Final = (
    zipfile.BadZipFile, zlib.error, struct.error, pikepdf.PdfError, pypdf.errors.PyPdfError,
    EOFError, IndexError, KeyError, OSError, RuntimeError, TypeError, ValueError,
)  # fmt: skip
#: How something begins that is packed: gzip, zlib, zip, PDF.
PACKED: Final = re.compile(rb"\x1f\x8b\x08|\x78[\x01\x9c\xda]|PK\x03\x04|%PDF-")
BASE64: Final = re.compile(rb"[A-Za-z0-9+/_-]{40,}={0,2}")


@dataclass
class Plants:
    """Texts that nobody would write, one for each field that must not leak; all begin alike and end with their name."""

    stem: str = field(default_factory=lambda: f"Zqx{token_hex(5)}")

    def of(self, name: str) -> str:
        """Return the text to be written into the field `name` (small letters)."""
        return f"{self.stem}.{name}."

    def found_in(self, content: bytes) -> set[str]:
        """Return the names of the fields whose text lies in `content`; "?" where only its beginning can be read."""
        parts = [part for part in everything_in(content) if spelled_in(part, self.stem)]
        named = re.compile(re.escape(self.stem.encode()) + rb"\.([a-z_ ]+)\.")
        return {name.decode() for part in parts for name in named.findall(part)} or ({"?"} if parts else set())

    def found_in_files(self, *roots: Path, since: float) -> set[str]:
        """Return what lies in files under `roots` that were written after `since` (seconds), and in which."""
        found = set()
        # os.walk passes over a directory that goes while it is being read, as that of another test's database may.
        for path in (Path(place, name) for root in roots for place, _, names in os.walk(root) for name in names):
            try:
                if path.is_file() and not path.is_symlink() and path.stat().st_mtime >= since:
                    found |= {f"{name} in {path}" for name in self.found_in(path.read_bytes())}
            except OSError:  # a file of a moment, or one that is nobody's to read
                continue
        return found


def betrays(content: bytes, word: str) -> bool:
    """Return whether `word` lies in `content`, in whatever shape and case."""
    return any(spelled_in(part, word) for part in everything_in(content))


def spelled_in(content: bytes, word: str) -> bool:
    lowered = content.lower()
    return any(shape.lower() in lowered for shape in shapes(word))


def everything_in(content: bytes, depth: int = 0) -> Iterator[bytes]:
    """Yield `content`, and what is packed in it, and what is packed in that."""
    yield content
    if depth < DEPTH:
        for inner in unpacked(content):
            yield from everything_in(inner, depth + 1)


def shapes(text: str) -> Iterator[bytes]:
    """Yield `text` as it stands in bytes: in clear, UTF-16, hexadecimal, and base64 at each of its three offsets."""
    plain = text.encode()
    yield plain
    yield text.encode("utf-16-le")
    yield text.encode("utf-16-be")
    yield plain.hex().encode()
    for raw in (plain, text.encode("utf-16-le")):
        for offset in range(3):
            whole = base64.b64encode(bytes(offset) + raw)
            sure = whole[4 if offset else 0 : len(whole) - 4]  # what does not depend on its neighbours
            yield sure
            yield sure.translate(bytes.maketrans(b"+/", b"-_"))


def unpacked(content: bytes) -> Iterator[bytes]:
    """Yield what is packed in `content`: hexadecimal and base64 runs, gzip, zlib, zip, streams and text of a PDF."""
    for run in HEX.findall(content):
        yield bytes.fromhex(run.decode())
    for start in positions(content, b"\x1f\x8b\x08"):
        yield from inflated(content[start:], 31)
    for start in positions(content, b"PK\x03\x04"):
        with_zip = content[start:]
        try:
            with zipfile.ZipFile(BytesIO(with_zip)) as archive:
                yield from (archive.read(name) for name in archive.namelist())
        except NOT_WHAT_IT_SEEMED:
            continue
    for start in positions(content, b"%PDF-"):
        yield from of_pdf(content[start:])
    for start in (found.start() for found in re.finditer(rb"\x78[\x01\x9c\xda]", content)):
        yield from inflated(content[start:], 15)
    for run in BASE64.findall(content):
        whole = run.translate(bytes.maketrans(b"-_", b"+/")).rstrip(b"=")
        decoded = base64.b64decode(whole[: len(whole) // 4 * 4] + b"")
        if PACKED.match(decoded):
            yield decoded


def positions(content: bytes, magic: bytes) -> Iterator[int]:
    start = content.find(magic)
    while start >= 0:
        yield start
        start = content.find(magic, start + 1)


def inflated(content: bytes, window: int) -> Iterator[bytes]:
    try:
        yield zlib.decompressobj(window).decompress(content, 50_000_000)
    except zlib.error:
        return


def of_pdf(content: bytes) -> Iterator[bytes]:
    try:
        with pikepdf.open(BytesIO(content)) as pdf:
            for thing in pdf.objects:
                if isinstance(thing, pikepdf.Stream):
                    yield thing.read_bytes()
        yield "\n".join(page.extract_text() for page in pypdf.PdfReader(BytesIO(content)).pages).encode()
    except NOT_WHAT_IT_SEEMED:
        return
