"""The seal: a PAdES signature of the installation over a whole PDF, after which nothing in it may change.

It certifies that the file is what was sealed here at that moment: an electronic seal with evidence of integrity, not a
qualified one. Without `SEAL_TSA_URL` it is PAdES B-B, whose moment is our own word; with it B-T, whose moment is the
word of a time-stamp authority.
"""

import hashlib
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any, Final, TypeVar

from asn1crypto.x509 import Certificate
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, Signer
from pyhanko.sign.timestamps import HTTPTimeStamper, TimeStamper
from pyhanko.sign.validation import SignatureCoverageLevel, validate_pdf_signature
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import CertificateStore, SimpleCertificateStore
from pyhanko_certvalidator.util import get_pyca_cryptography_hash

from documents.certificate import Identity, Key, identity, trusted

T = TypeVar("T")

FIELD: Final = "Seal"
#: How long a time-stamp authority is waited for, in seconds.
TSA_TIMEOUT: Final = 15

# Both quote what they read, and a contract is no matter for a log.
logging.getLogger("pyhanko").setLevel(logging.CRITICAL)
logging.getLogger("pyhanko_certvalidator").setLevel(logging.CRITICAL)


@dataclass(frozen=True)
class Seal:
    """What a file says of its seal, and whether it is so.

    `intact`: what was sealed is as it was. `trusted`: by a certificate of this installation, valid at that moment.
    `bottom_line`: both, and nothing was added afterwards; this alone decides. A file without a seal has the empty one.
    """

    sealed_by: str = ""
    at: datetime | None = None
    intact: bool = False
    trusted: bool = False
    bottom_line: bool = False


class _AtOneMoment(PdfSigner):
    """Signs as of a moment that it is told: pyHanko itself would look at the clock."""

    moment: datetime

    def init_signing_session(self, *arguments: Any, **named: Any) -> Any:
        session = super().init_signing_session(*arguments, **named)
        session.system_time = self.moment
        return session


class _MetadataStays(IncrementalPdfFileWriter):
    """Leaves the metadata as the document has it: pyHanko would write its own name and the hour there."""

    def _update_meta(self) -> None:
        """Do nothing."""


def seal(pdf: bytes, *, name: str, reason: str, at: datetime) -> bytes:
    """Return `pdf` sealed at the moment `at`: the same bytes, with an update behind them that signs all of them.

    `name` is what readers of PDFs call the seal, by eye or by voice; `reason` says why it was made; both in the
    document's language. It adds about 8 kB and takes 0.05 s; with a time-stamp authority as long as that takes.

    Raises ValueError when `at` is naive or the PDF is sealed already, ImproperlyConfigured without key and certificate
    or when the certificate is not valid at that moment, TimestampRequestError when the authority does not answer: then
    nothing is sealed, and it may be tried again.
    """
    if at.tzinfo is None:
        raise ValueError("A seal needs a moment with its time zone.")
    who = identity()
    if not valid_at(Certificate.load(who.certificates[0]), at):
        raise ImproperlyConfigured("The first certificate of SEAL_CERTIFICATE is not valid at this moment.")
    writer = _MetadataStays(BytesIO(pdf))
    if writer.prev.embedded_signatures:
        raise ValueError("This file is sealed already.")
    metadata = PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        subfilter=SigSeedSubFilter.PADES,
        certify=True,
        docmdp_permissions=MDPPerm.NO_CHANGES,
        reason=reason,
    )
    place = SigFieldSpec(FIELD, on_page=-1, readable_field_name=name)
    signer = _AtOneMoment(metadata, _signer(who), timestamper=_timestamper(), new_field_spec=place)
    signer.moment = at
    sealed: bytes = _apart(lambda: signer.sign_pdf(writer).getvalue())
    return sealed


def _apart(work: Callable[[], T]) -> T:
    """Do `work` in a thread of its own: pyHanko runs an event loop, which no thread does that is in one already."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(work).result()


class _OurSigner(Signer):
    """Signs with a key that was read once: to read one proves its primes, which takes longer than all the rest."""

    key: Key

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        digest = get_pyca_cryptography_hash(digest_algorithm)
        if isinstance(self.key, RSAPrivateKey):
            return self.key.sign(data, PKCS1v15(), digest)
        return self.key.sign(data, ECDSA(digest))


def _signer(who: Identity) -> Signer:
    certificate, *others = (Certificate.load(each) for each in who.certificates)
    chain, last = [], certificate
    while issuer := next((each for each in others if each.subject == last.issuer), None):
        others.remove(issuer)
        chain.append(issuer)
        last = issuer
    store: CertificateStore = SimpleCertificateStore()  # type: ignore[no-untyped-call]
    store.register_multiple(chain)
    signer = _OurSigner(signing_cert=certificate, cert_registry=store)
    signer.key = who.key
    return signer


def _timestamper() -> TimeStamper | None:
    return HTTPTimeStamper(settings.SEAL_TSA_URL, timeout=TSA_TIMEOUT) if settings.SEAL_TSA_URL else None


def verify(pdf: bytes) -> Seal:
    """Return what is to be said of the seal of `pdf`. Anything may be given; what cannot be read has no seal.

    A seal is judged as of the moment at which it says that it was made, so that it outlives its certificate. Of changes
    in the seal's own place, which it cannot sign, only the hash of the whole file tells.
    """
    ours = [Certificate.load(each) for each in trusted()]
    try:
        signatures = PdfFileReader(BytesIO(pdf)).embedded_signatures
        if not signatures:
            return Seal()
        first = signatures[0]
        at = first.self_reported_timestamp
        context = ValidationContext(trust_roots=ours, moment=at, best_signature_time=at, allow_fetching=False)
        status = _apart(lambda: validate_pdf_signature(first, signer_validation_context=context))
    except Exception:
        # A file from anywhere, or one changed in the wrong place, breaks its reader in as many ways as that has lines.
        return Seal()
    # pyHanko asks no certificate that it is told to trust whether it is valid.
    by_us = status.signing_cert.sha256 in {each.sha256 for each in ours} and valid_at(status.signing_cert, at)
    whole = status.coverage == SignatureCoverageLevel.ENTIRE_FILE and first.docmdp_level == MDPPerm.NO_CHANGES
    stamp = status.timestamp_validity
    return Seal(
        sealed_by=str(status.signing_cert.subject.native.get("common_name", "")),
        at=stamp.timestamp if stamp else at,
        intact=bool(status.intact and status.valid),
        trusted=bool(status.trusted and by_us),
        bottom_line=bool(status.bottom_line and by_us and whole and len(signatures) == 1),
    )


def valid_at(certificate: Certificate, at: datetime | None) -> bool:
    return at is not None and certificate.not_valid_before <= at <= certificate.not_valid_after


def pages_of(pdf: bytes) -> int:
    """Return how many pages a PDF of our own has."""
    return int(PdfFileReader(BytesIO(pdf)).root["/Pages"]["/Count"])


def fingerprint() -> str:
    """Return the SHA-256 of the certificate that seals here, 64 hexadecimal digits."""
    return hashlib.sha256(identity().certificates[0]).hexdigest()
