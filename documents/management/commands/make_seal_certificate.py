from argparse import ArgumentParser
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from documents.certificate import LONGEST_NAME, make, write

KEY: Final = "seal_key"
CERTIFICATE: Final = "seal_certificate"


class Command(BaseCommand):
    help = "Makes the key and the certificate with which the worker seals: two files in a folder."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="where the secrets lie")
        parser.add_argument("--name", help="who seals, as readers of PDFs show it (the host name of SITE_URL)")
        parser.add_argument("--renew", action="store_true", help="replace them; the old certificate stays trusted")

    def handle(self, *args: Any, folder: Path, name: str | None, renew: bool, **options: Any) -> None:
        name = (urlsplit(settings.SITE_URL).hostname or "" if name is None else name).strip()
        if not 0 < len(name) <= LONGEST_NAME:
            raise CommandError(f"A name in a certificate has 1 to {LONGEST_NAME} characters.")
        key, certificate = folder / KEY, folder / CERTIFICATE
        if (key.exists() or certificate.exists()) and not renew:
            raise CommandError(f"{folder} has a seal already; --renew replaces it.")
        before = certificate.read_text() if certificate.exists() else ""
        new_key, new_certificate = make(name, timezone.now())
        replace(key, new_key)
        replace(certificate, new_certificate + before)
        if options["verbosity"]:
            self.stdout.write(f"{name} seals from now on: restart the worker.")


def replace(file: Path, text: str) -> None:
    """Write `text` in place of what is there, at once; as every secret of the folder, for whoever is given it."""
    new = file.with_suffix(".new")
    new.unlink(missing_ok=True)
    write(new, text)
    new.chmod(0o444)
    new.replace(file)
