"""The search for planted text finds it in every shape: otherwise finding nothing would say nothing."""

import base64
import gzip
import json
import zipfile
import zlib
from io import BytesIO

import pytest
import weasyprint
from hypothesis import given
from hypothesis import strategies as st

from tests.traces import Plants, betrays

PLANTS = Plants()
TEXT = PLANTS.of("memo")


def zipped(content: bytes) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("note.md", content)
    return buffer.getvalue()


SHAPES = {
    "plain": TEXT.encode(),
    "json": json.dumps({"text": TEXT}).encode(),
    "utf-16": TEXT.encode("utf-16"),
    "hexadecimal, as in a dump": b"\\\\x" + (b"0" * 40 + TEXT.encode()).hex().encode(),
    "gzip": b"head" + gzip.compress(TEXT.encode() * 3),
    "zlib": zlib.compress(TEXT.encode()),
    "gzip in base64": base64.b64encode(gzip.compress(TEXT.encode() * 9)),
    "gzip in hexadecimal": gzip.compress(TEXT.encode()).hex().encode(),
    "zip": b"x" + zipped(TEXT.encode() * 20),
} | {f"base64 at {offset}": base64.b64encode(b"x" * offset + TEXT.encode() + b"end") for offset in range(3)}


@pytest.mark.parametrize("shape", SHAPES)
def test_it_is_found(shape: str) -> None:
    assert PLANTS.found_in(b"before\n" * 3 + SHAPES[shape] if shape != "zlib" else SHAPES[shape])


def test_it_is_found_in_a_pdf_and_in_a_pdf_in_a_dump() -> None:
    pdf = weasyprint.HTML(string=f"<p>{TEXT}").write_pdf()
    assert "memo" in PLANTS.found_in(pdf)
    assert "memo" in PLANTS.found_in(b"\\\\x" + pdf.hex().encode())


@pytest.mark.parametrize("magic", [b"PK\x03\x04", b"%PDF-1.7", b"\x1f\x8b\x08", b"\x78\x9c"])
@given(rest=st.binary(max_size=400))
def test_bytes_that_seem_packed_by_chance_do_not_stop_it(magic: bytes, rest: bytes) -> None:
    tail = rest + b"PK\x05\x06" + rest[:18].ljust(18, b"\xff")  # the end of an archive that is none
    assert "memo" in PLANTS.found_in(magic + tail + TEXT.encode())


def test_case_does_not_hide_it() -> None:
    assert betrays(b"x ZIMTSTERN y", "Zimtstern")


def test_what_is_not_there_is_not_found() -> None:
    assert not PLANTS.found_in(Plants().of("memo").encode() * 3)
