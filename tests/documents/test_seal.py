"""A sealed file: archival and tagged as before, good as long as nothing is changed or added, by our own seal alone."""

import asyncio
import hashlib
import http.server
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from asn1crypto import keys, tsp
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from pyhanko.pdf_utils.generic import pdf_name, pdf_string
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.timestamps import DummyTimeStamper, TimestampRequestError

from documents import certificate
from documents.pdf import Attachment, render
from documents.seal import Seal, fingerprint, pages_of, seal, verify
from tests.documents.test_pdf import made, opened, tags, text, words

AT = datetime(2026, 11, 25, 12, 30, tzinfo=UTC)
NAME, REASON = "Työnohjaus, sinetti", "Sopimus on allekirjoitettu"
TERMS = b'{"minutes":90}'


@cache
def contract() -> bytes:
    attached = Attachment("terms.json", TERMS, "application/json", "Sopimuksen ehdot", "Data", AT)
    return render("pdf/contract.html", text("Ehto", "Toinen"), "fi", draft=False, attachments=[attached])


def sealed(pdf: bytes | None = None, at: datetime = AT) -> bytes:
    return seal(pdf or contract(), name=NAME, reason=REASON, at=at)


@cache
def one() -> bytes:
    return sealed()


def test_a_sealed_file_says_by_whom_and_when_and_is_good() -> None:
    assert verify(one()) == Seal("Työnohjaus (development)", AT, intact=True, trusted=True, bottom_line=True)


def test_what_was_there_stays_byte_for_byte_and_the_seal_stands_behind_it() -> None:
    assert one().startswith(contract())
    assert words(one()) == words(contract())


def test_a_sealed_file_is_still_archival_and_tagged() -> None:
    with opened(contract()) as before, opened(one()) as after:
        assert str(after.Root.Lang) == "fi"
        assert bool(after.Root.MarkInfo.Marked) is True
        assert tags(after.Root.StructTreeRoot, set()) == tags(before.Root.StructTreeRoot, set())
        assert str(after.Root.OutputIntents[0].S) == "/GTS_PDFA1"
        assert after.Root.Metadata.read_bytes() == before.Root.Metadata.read_bytes()
        assert dict(after.docinfo) == dict(before.docinfo)
        assert after.attachments["terms.json"].get_file().read_bytes() == TERMS
        with after.open_metadata() as metadata:
            assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("3", "A")


def test_the_seal_is_a_certification_that_allows_no_changes_and_its_field_is_named() -> None:
    with opened(one()) as pdf:
        (field,) = pdf.Root.AcroForm.Fields
        assert str(field.V.SubFilter) == "/ETSI.CAdES.detached"
        assert pdf.Root.Perms.DocMDP.Reference[0].TransformParams.P == 1
        assert (str(field.TU), str(field.V.Reason)) == (NAME, REASON)
        assert str(field.V.M) == "D:20261125123000Z"
        assert list(field.Rect) == [0, 0, 0, 0]
        assert int(field.F) & 0b110 == 0b100  # printed and not hidden, as PDF/A asks
        assert all(str(page.Tabs) == "/S" for page in pdf.pages)


def test_a_file_is_sealed_once() -> None:
    with pytest.raises(ValueError, match="sealed already"):
        sealed(one())


def test_a_moment_without_its_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        sealed(at=AT.replace(tzinfo=None))


def test_pages_are_counted() -> None:
    with opened(contract()) as pdf:
        assert pages_of(contract()) == len(pdf.pages)


# --- what breaks it -------------------------------------------------------------------------------------------------


def signed_ranges(pdf: bytes) -> tuple[int, int, int]:
    """Where the seal's own bytes begin and end, and the end of the file: all but those are signed."""
    with opened(pdf) as file:
        _zero, before, after, rest = (int(each) for each in file.Root.AcroForm.Fields[0].V.ByteRange)
    return before, after, after + rest


def flipped(pdf: bytes, place: int, bit: int) -> bytes:
    return pdf[:place] + bytes([pdf[place] ^ (1 << bit)]) + pdf[place + 1 :]


@examples(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_one_flipped_bit_breaks_it(data: st.DataObject) -> None:
    before, after, end = signed_ranges(one())
    assert end == len(one())
    place = data.draw(st.one_of(st.integers(0, before - 1), st.integers(after, end - 1)))
    changed = verify(flipped(one(), place, data.draw(st.integers(0, 7))))
    assert not changed.bottom_line
    assert not changed.intact


def test_what_the_seal_cannot_see_of_its_own_place_the_hash_of_the_file_does() -> None:
    _before, after, _end = signed_ranges(one())
    padded = flipped(one(), after - 2, 0)
    assert hashlib.sha256(padded).hexdigest() != hashlib.sha256(one()).hexdigest()


def test_an_appended_edit_leaves_it_intact_but_not_good() -> None:
    writer: Any = IncrementalPdfFileWriter(BytesIO(one()))
    writer.root[pdf_name("/Lang")] = pdf_string("sv")
    writer.update_root()
    out = BytesIO()
    writer.write(out)
    changed = verify(out.getvalue())
    assert out.getvalue().startswith(one())
    assert (changed.intact, changed.bottom_line) == (True, False)


def test_bytes_behind_the_end_are_an_edit_too() -> None:
    assert not verify(one() + b"\n%").bottom_line


def test_a_file_written_anew_is_not_good() -> None:
    out = BytesIO()
    with opened(one()) as pdf:
        pdf.pages.append(pdf.pages[0])
        pdf.save(out)
    assert not verify(out.getvalue()).bottom_line


@pytest.mark.parametrize("given", [b"", b"%PDF-1.7", b"x" * 3000, b"%PDF-1.7\n%%EOF", b"\x00" * 100])
def test_what_is_no_pdf_has_no_seal(given: bytes) -> None:
    assert verify(given) == Seal()


def test_a_file_without_a_seal_has_none() -> None:
    assert verify(contract()) == Seal()


@pytest.mark.parametrize("length", [0.2, 0.9, 0.999])
def test_a_file_cut_short_is_not_good(length: float) -> None:
    assert not verify(one()[: int(len(one()) * length)]).bottom_line


# --- by whom --------------------------------------------------------------------------------------------------------


def test_anothers_seal_is_not_trusted_though_it_carries_our_name(settings: Any) -> None:
    settings.SEAL_KEY, settings.SEAL_CERTIFICATE = certificate.make("Työnohjaus (development)", AT)
    theirs = sealed()
    assert verify(theirs).bottom_line
    settings.SEAL_KEY = settings.SEAL_CERTIFICATE = ""
    assert verify(theirs) == Seal("Työnohjaus (development)", AT, intact=True, trusted=False, bottom_line=False)


def test_a_replaced_certificate_stays_trusted_below_the_new_one(settings: Any) -> None:
    settings.SEAL_KEY, settings.SEAL_CERTIFICATE = old = certificate.make("Kaari", AT)
    first, first_mark = sealed(), fingerprint()
    settings.SEAL_KEY, new = certificate.make("Kaari 2", AT)
    settings.SEAL_CERTIFICATE = new + old[1]
    assert (verify(first).sealed_by, verify(first).bottom_line) == ("Kaari", True)
    assert (verify(sealed()).sealed_by, verify(sealed()).bottom_line) == ("Kaari 2", True)
    assert fingerprint() != first_mark


def test_a_seal_outlives_its_certificate_but_is_not_made_before_or_after_it(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.SEAL_KEY, settings.SEAL_CERTIFICATE = certificate.make("Kaari", AT - timedelta(days=3700))
    assert verify(sealed(at=AT - timedelta(days=3000))).bottom_line
    for outside in (AT, AT - timedelta(days=3800)):
        with pytest.raises(ImproperlyConfigured, match="not valid at this moment"):
            sealed(at=outside)
        with monkeypatch.context() as patch:
            patch.setattr("documents.seal.valid_at", lambda certificate, at: True)
            forced = sealed(at=outside)
        assert not verify(forced).trusted
        assert not verify(forced).bottom_line


def test_a_bought_certificate_brings_its_chain(settings: Any) -> None:
    root_key, root = issued("Juuri", authority=True)
    key, leaf = issued("Kaari Oy", by=(root_key, root))
    settings.SEAL_KEY, settings.SEAL_CERTIFICATE = pem(key), pem(leaf) + pem(root)
    judged = verify(sealed())
    assert (judged.sealed_by, judged.bottom_line) == ("Kaari Oy", True)
    with_another = issued("Muu Oy", by=(root_key, root))
    settings.SEAL_KEY, settings.SEAL_CERTIFICATE = pem(with_another[0]), pem(with_another[1]) + pem(root)
    other = sealed()
    settings.SEAL_KEY, settings.SEAL_CERTIFICATE = pem(key), pem(leaf) + pem(root)
    assert not verify(other).trusted  # the same authority has many customers


def test_a_key_of_an_elliptic_curve_seals_too(settings: Any) -> None:
    from cryptography.hazmat.primitives.asymmetric import ec

    key, leaf = issued("Kaari Oy", key=ec.generate_private_key(ec.SECP256R1()))
    settings.SEAL_KEY, settings.SEAL_CERTIFICATE = pem(key), pem(leaf)
    assert verify(sealed()).bottom_line


# --- the certificate ------------------------------------------------------------------------------------------------


def test_a_certificate_is_for_signing_documents_alone_for_ten_years() -> None:
    _key, text = certificate.make("Kaari ja Kaiku Oy", AT)
    (made_,) = certificate.read_certificates(text)
    usage = made_.extensions.get_extension_for_class(x509.KeyUsage).value
    assert (usage.digital_signature, usage.content_commitment) == (True, True)
    assert not any((usage.key_cert_sign, usage.key_encipherment, usage.data_encipherment, usage.crl_sign))
    assert made_.extensions.get_extension_for_class(x509.BasicConstraints).value.ca is False
    assert made_.not_valid_after_utc == AT + timedelta(days=3653)
    assert made_.subject.rfc4514_string() == "CN=Kaari ja Kaiku Oy"


def test_a_developers_certificate_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    first = certificate.made_once(tmp_path / "seal")
    assert certificate.made_once(tmp_path / "seal") == first
    (file,) = (tmp_path / "seal").iterdir()
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_what_is_missing_or_does_not_fit_is_said_with_its_name(settings: Any) -> None:
    key, text = certificate.make("Kaari", AT)
    other, _ = certificate.make("Kaari", AT)
    settings.TESTING = settings.DEBUG = False
    for key_, text_, sentence in (
        ("", "", "SEAL_KEY and SEAL_CERTIFICATE are missing"),
        (key, "", "are missing"),
        ("x", text, "SEAL_KEY is no private key"),
        (key, "x", "SEAL_CERTIFICATE holds no certificate"),
        (key, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "something that is no certificate"),
        (other, text, "SEAL_KEY does not belong"),
    ):
        settings.SEAL_KEY, settings.SEAL_CERTIFICATE = key_, text_
        with pytest.raises(ImproperlyConfigured, match=sentence):
            sealed()


def test_the_command_makes_two_files_and_renews_them_so_that_old_seals_stay_trusted(
    tmp_path: Path, settings: Any
) -> None:
    settings.SITE_URL = "https://kaari.example"

    def use() -> None:
        settings.SEAL_KEY = (tmp_path / "seal_key").read_text()
        settings.SEAL_CERTIFICATE = (tmp_path / "seal_certificate").read_text()

    call_command("make_seal_certificate", str(tmp_path), verbosity=0)
    use()
    now = datetime.now(UTC)
    first = sealed(at=now)
    assert (verify(first).sealed_by, verify(first).bottom_line) == ("kaari.example", True)
    with pytest.raises(CommandError, match="--renew"):
        call_command("make_seal_certificate", str(tmp_path))
    call_command("make_seal_certificate", str(tmp_path), "--renew", "--name", "Kaari Oy", verbosity=0)
    use()
    second = sealed(at=now)
    assert (verify(second).sealed_by, verify(second).bottom_line) == ("Kaari Oy", True)
    assert verify(first).bottom_line
    assert (tmp_path / "seal_key").stat().st_mode & 0o777 == 0o444


@pytest.mark.parametrize("name", ["", " ", "x" * 65])
def test_the_command_says_what_a_name_may_be(tmp_path: Path, name: str) -> None:
    with pytest.raises(CommandError, match="1 to 64"):
        call_command("make_seal_certificate", str(tmp_path), "--name", name)


def test_the_command_says_whether_a_file_is_good(tmp_path: Path, capsys: Any) -> None:
    good, bad = tmp_path / "good.pdf", tmp_path / "bad.pdf"
    good.write_bytes(one())
    bad.write_bytes(flipped(one(), 200, 0))
    call_command("verify_seal", str(good))
    assert "good" in capsys.readouterr().out
    with pytest.raises(CommandError, match="not good"):
        call_command("verify_seal", str(bad))


def test_a_worker_without_a_seal_does_not_start(settings: Any) -> None:
    from tyonohjaus.celery import nobody_works_without_a_seal

    nobody_works_without_a_seal()
    settings.TESTING = settings.DEBUG = False
    with pytest.raises(SystemExit, match="SEAL_KEY"):
        nobody_works_without_a_seal()


# --- a time-stamp authority -----------------------------------------------------------------------------------------


def pem(thing: Any) -> str:
    if isinstance(thing, x509.Certificate):
        return thing.public_bytes(serialization.Encoding.PEM).decode()
    form, none = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return str(thing.private_bytes(serialization.Encoding.PEM, form, none).decode())


def issued(
    name: str, *, by: tuple[Any, x509.Certificate] | None = None, authority: bool = False, stamps: bool = False,
    key: Any = None,
) -> tuple[Any, x509.Certificate]:  # fmt: skip
    """A key and its certificate from `by`, else from itself."""
    key = key or rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    issuer_key, issuer = (by[0], by[1].subject) if by else (key, subject)
    usage = x509.KeyUsage(
        digital_signature=True, content_commitment=True, key_cert_sign=authority, key_encipherment=False,
        data_encipherment=False, key_agreement=False, crl_sign=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    builder = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(AT - timedelta(days=10)).not_valid_after(AT + timedelta(days=1000))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(usage, critical=True)
    )  # fmt: skip
    if stamps:
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
    return key, builder.sign(issuer_key, hashes.SHA256())


class Stamping(http.server.BaseHTTPRequestHandler):
    stamper: DummyTimeStamper
    works = True

    def do_POST(self) -> None:
        asked = tsp.TimeStampReq.load(self.rfile.read(int(self.headers["Content-Length"])))
        answer = self.stamper.request_tsa_response(asked).dump()
        self.send_response(200 if self.works else 503)
        self.send_header("Content-Type", "application/timestamp-reply" if self.works else "text/plain")
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def authority(settings: Any) -> Iterator[x509.Certificate]:
    """A time-stamp authority on this machine, whose clock stands an hour later than ours."""
    key, cert = issued("Aikaleima", stamps=True)
    der = serialization.Encoding.DER
    private = key.private_bytes(der, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    Stamping.stamper = DummyTimeStamper(
        asn1.Certificate.load(cert.public_bytes(der)),
        keys.PrivateKeyInfo.load(private),
        fixed_dt=AT + timedelta(hours=1),
    )
    Stamping.works = True
    server = http.server.HTTPServer(("127.0.0.1", 0), Stamping)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    settings.SEAL_TSA_URL = f"http://127.0.0.1:{server.server_port}/"
    yield cert
    server.shutdown()
    thread.join()
    server.server_close()


def test_with_an_authority_the_moment_is_its_word_where_its_certificate_is_trusted(
    authority: x509.Certificate, settings: Any
) -> None:
    settings.SEAL_KEY, own = certificate.make("Kaari", AT)
    settings.SEAL_CERTIFICATE = own + pem(authority)
    stamped = sealed()
    judged = verify(stamped)
    assert (judged.at, judged.bottom_line) == (AT + timedelta(hours=1), True)
    settings.SEAL_CERTIFICATE = own
    assert (verify(stamped).intact, verify(stamped).bottom_line) == (True, False)


def test_an_authority_that_fails_lets_nothing_be_sealed(authority: x509.Certificate) -> None:
    Stamping.works = False
    with pytest.raises(TimestampRequestError):
        sealed()


# --- files inside ---------------------------------------------------------------------------------------------------


def test_terms_travel_inside_as_an_associated_file() -> None:
    with opened(contract()) as pdf:
        (associated,) = pdf.Root.AF
        assert str(associated.AFRelationship) == "/Data"
        assert str(associated.UF) == "terms.json"
        assert str(associated.Desc) == "Sopimuksen ehdot"
        file = pdf.attachments["terms.json"].get_file()
        assert (file.read_bytes(), file.mime_type) == (TERMS, "application/json")
        assert file.obj.Params.ModDate == "D:20261125123000Z"
        with pdf.open_metadata() as metadata:
            assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("3", "A")


def test_the_same_input_with_files_gives_the_same_bytes() -> None:
    attached = [
        Attachment("b.json", b"{}", "application/json", "Toinen", "Source", AT),
        Attachment("a.json", b"[]", "application/json", "Ensimmäinen", "Data", AT),
    ]
    both = [render("pdf/contract.html", text("Ehto"), "fi", draft=False, attachments=attached) for _ in range(2)]
    assert both[0] == both[1]
    with opened(both[0]) as pdf:
        assert [str(each) for each in list(pdf.Root.Names.EmbeddedFiles.Names)[::2]] == ["a.json", "b.json"]
        assert [str(each.AFRelationship) for each in pdf.Root.AF] == ["/Data", "/Source"]


def test_a_text_cannot_name_a_file_that_travels_inside() -> None:
    attached = Attachment("terms.json", TERMS, "application/json", "Ehdot", "Data", AT)
    hostile = text('<link rel="attachment" href="ours:terms.json">')
    pdf = render("pdf/contract.html", hostile, "fi", draft=False, attachments=[attached])
    with opened(pdf) as file:
        assert len(file.Root.AF) == 1


def test_a_file_inside_has_a_moment_with_its_time_zone() -> None:
    with pytest.raises(ValueError, match="time zone"):
        Attachment("a", b"", "text/plain", "", "Data", AT.replace(tzinfo=None))


def test_pikepdf_reads_what_is_sealed() -> None:
    with pikepdf.open(BytesIO(sealed(made("Ehto")))) as pdf:
        assert pdf.check_pdf_syntax() == []


def test_it_seals_also_where_an_event_loop_runs() -> None:
    async def is_good() -> bool:
        return verify(sealed()).bottom_line

    with ThreadPoolExecutor(max_workers=1) as pool:  # browser tests leave a loop in this thread
        assert pool.submit(asyncio.run, is_good()).result()
