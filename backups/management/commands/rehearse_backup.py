from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from backups import restoring
from backups.age import Refused


class Command(BaseCommand):
    help = "Brings a backup into a database of its own and proves it; only then it counts. The database is gone after."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help="one backup")
        parser.add_argument("--identity", type=Path, required=True, help="the file with the private key")

    def handle(self, *args: Any, folder: Path, identity: Path, **options: Any) -> None:
        try:
            found = restoring.rehearse(folder, identity, timezone.now())
        except Refused as error:
            raise CommandError(f"It does not count: {error}") from error
        self.stdout.write(f"Proven: {found.tables} tables and {found.rows} rows came back as they were.")
