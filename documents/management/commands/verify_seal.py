from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from documents.seal import verify


class Command(BaseCommand):
    help = "Says whether a PDF is as it was sealed here. Ends with 1 when it is not."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="a PDF; /dev/stdin reads what is handed over")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        try:
            seal = verify(file.read_bytes())
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.") from error
        said = f"sealed by {seal.sealed_by} at {seal.at:%Y-%m-%d %H:%M:%S %Z}" if seal.at else "no seal can be read"
        parts = f"{said}; intact: {yes(seal.intact)}; by a certificate of ours: {yes(seal.trusted)}"
        if not seal.bottom_line:
            raise CommandError(f"not good: {parts}")
        self.stdout.write(f"good: {parts}")


def yes(value: bool) -> str:
    return "yes" if value else "no"
