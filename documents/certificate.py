"""Whose seal it is: the installation's key and certificate, and the certificates that it trusts.

In production the worker alone is given the key (`SEAL_KEY`) and the certificate (`SEAL_CERTIFICATE`, by which `verify`
judges). In development and in tests both are made at the first need, under `STATE`.
"""

import os
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

VALID: Final = timedelta(days=3653)
#: The longest name that X.509 lets a certificate have (RFC 5280, ub-common-name), in characters.
LONGEST_NAME: Final = 64
#: A developer's certificate covers what tests and demonstrations call now.
DEVELOPMENT_SINCE: Final = datetime(2025, 1, 1, tzinfo=UTC)
_CERTIFICATE: Final = re.compile(rb"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@dataclass(frozen=True)
class Identity:
    """Who seals: the private key, and certificates in DER, the one that seals first."""

    key: Key
    certificates: tuple[bytes, ...]


def identity() -> Identity:
    """Return the key and the certificates with which this process seals.

    Raises ImproperlyConfigured when it has not been given them, or when they do not belong together.
    """
    key, certificates = settings.SEAL_KEY, settings.SEAL_CERTIFICATE
    if not key and (settings.DEBUG or settings.TESTING):
        key, certificates = made_once(Path(settings.STATE) / "seal")
    if not key or not certificates:
        raise ImproperlyConfigured("SEAL_KEY and SEAL_CERTIFICATE are missing here: they are the worker's alone.")
    return read(key, certificates)


@cache
def read(key: str, certificates: str) -> Identity:
    """Return what two PEM texts say. Raises ImproperlyConfigured with a sentence that names the setting at fault."""
    try:
        private = load_pem_private_key(key.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ImproperlyConfigured("SEAL_KEY is no private key in PEM without a password.") from error
    if not isinstance(private, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise ImproperlyConfigured("SEAL_KEY is neither an RSA key nor one of an elliptic curve.")
    found = read_certificates(certificates)
    if not found:
        raise ImproperlyConfigured("SEAL_CERTIFICATE holds no certificate in PEM.")
    public = found[0].public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if public != private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo):
        raise ImproperlyConfigured("SEAL_KEY does not belong to the first certificate of SEAL_CERTIFICATE.")
    return Identity(private, tuple(certificate.public_bytes(Encoding.DER) for certificate in found))


def read_certificates(text: str) -> list[x509.Certificate]:
    """Return every certificate of a PEM text, whatever else stands between them."""
    try:
        return [x509.load_pem_x509_certificate(each) for each in _CERTIFICATE.findall(text.encode())]
    except ValueError as error:
        raise ImproperlyConfigured("SEAL_CERTIFICATE holds something that is no certificate in PEM.") from error


def trusted() -> tuple[bytes, ...]:
    """Return the certificates in DER that have sealed or seal here: all of `SEAL_CERTIFICATE`.

    A certificate that is replaced stays in that file below the new one, and what it sealed stays trusted.
    """
    if settings.SEAL_CERTIFICATE:
        return tuple(each.public_bytes(Encoding.DER) for each in read_certificates(settings.SEAL_CERTIFICATE))
    return identity().certificates


def make(name: str, now: datetime) -> tuple[str, str]:
    """Return a new key and a certificate signed by itself, both in PEM, for whoever is called `name`.

    RSA of 3072 bits: every reader of PDFs knows it. Valid for ten years from `now`, for signing documents alone. Raises
    ValueError when the name is empty or longer than 64 characters.
    """
    key = rsa.generate_private_key(public_exponent=65537, key_size=3072)
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    usage = dict.fromkeys(
        ("key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign", "crl_sign", "encipher_only",
         "decipher_only"), False,
    )  # fmt: skip
    certificate = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        # A clock that is a little behind still finds it valid.
        .not_valid_before(now.astimezone(UTC) - timedelta(hours=1))
        .not_valid_after(now.astimezone(UTC) + VALID)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(digital_signature=True, content_commitment=True, **usage), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return private.decode(), certificate.public_bytes(Encoding.PEM).decode()


def made_once(folder: Path) -> tuple[str, str]:
    """Return key and certificate of a developer's machine: one file in `folder`, made when it is missing."""
    file = folder / "development.pem"
    if not file.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        new = folder / f"{os.getpid()}.new"
        write(new, "".join(make("Työnohjaus (development)", DEVELOPMENT_SINCE)))
        with suppress(FileExistsError):  # several processes may come here at once: the first one's stays
            file.hardlink_to(new)
        new.unlink()
    key, begin, certificate = file.read_text().partition("-----BEGIN CERTIFICATE-----")
    return key, begin + certificate


def write(file: Path, text: str) -> None:
    """Write a file that its owner alone may read. Raises FileExistsError: what is there already stays."""
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as new:
        new.write(text)
