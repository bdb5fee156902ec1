from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from backups import keys
from backups.age import Refused


class Command(BaseCommand):
    help = "Seals this installation's own keys into FILE, to KEY_RECIPIENTS: others than those of the backups."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--secrets", type=Path, help="the folder of deploy/make-secrets; else what this process has"
        )

    def handle(self, *args: Any, file: Path, secrets: Path | None, **options: Any) -> None:
        try:
            names = keys.keep(file, secrets)
        except Refused as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{file} holds {', '.join(names)}. Keep it in another place than the backups.")
