from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from backups import keys
from backups.age import Refused


class Command(BaseCommand):
    help = "Opens FILE of backup_keys and writes each key into a file of FOLDER; none is written over."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("folder", type=Path)
        parser.add_argument("--identity", type=Path, required=True, help="the file with the private key")

    def handle(self, *args: Any, file: Path, folder: Path, identity: Path, **options: Any) -> None:
        try:
            names = keys.bring_back(file, identity, folder)
        except Refused as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{folder} has {', '.join(names)}.")
