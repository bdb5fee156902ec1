from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from backups import making
from backups.age import Refused


class Command(BaseCommand):
    help = "Writes the whole database, sealed, into a new folder of FOLDER; says with --status which of them count."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--status", action="store_true", help="write nothing; list what is there")

    def handle(self, *args: Any, folder: Path, status: bool, **options: Any) -> None:
        if status:
            for made in making.every(folder):
                proven = (
                    f"proven {made.proven:%Y-%m-%d %H:%M} UTC"
                    if made.proven
                    else "never brought back: it does not count"
                )
                self.stdout.write(f"{made.folder.name}  {proven}")
            return
        try:
            made_at = making.make(folder, timezone.now())
        except Refused as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{made_at} is written. It counts once rehearse_backup has brought it back.")
