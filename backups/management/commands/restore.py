from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from backups import restoring
from backups.age import Refused
from backups.postgres import name_of


class Command(BaseCommand):
    help = "Brings a backup into this installation's database, which has to be empty, and proves it. Roles come first."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help="one backup")
        parser.add_argument("--identity", type=Path, required=True, help="the file with the private key")
        parser.add_argument(
            "--ledger", type=Path, help="the newest copy of erasures.jsonl, kept apart from the backups"
        )

    def handle(self, *args: Any, folder: Path, identity: Path, ledger: Path | None, **options: Any) -> None:
        database = name_of(settings.DATABASE_URL)
        try:
            found = restoring.restore(folder, identity, database, state=Path(settings.STATE), ledger=ledger)
        except Refused as error:
            raise CommandError(str(error)) from error
        keys = "no CONTENT_KEY was given to try" if found.keys is None else f"{found.keys} content keys open"
        self.stdout.write(
            f"Back as of {found.made_at}: {found.tables} tables, {found.rows} rows, all as they were; {keys}; what was "
            "erased since is erased again; every audit chain holds."
        )
