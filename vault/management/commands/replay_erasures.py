from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit.roles import Role
from vault import erasures


class Command(BaseCommand):
    help = "Destroys again, after a restore, every key and person that the ledger of erasures names. Harmless twice."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("ledger", nargs="?", type=Path, help="another file than erasures.jsonl in TYONOHJAUS_STATE")

    def handle(self, *args: Any, ledger: Path | None, **options: Any) -> None:
        if settings.DATABASE_ROLE != Role.OWNER:
            raise CommandError("Only the owner of the tables sees every key: set DATABASE_ROLE=owner.")
        if ledger and not ledger.exists():
            raise CommandError(f"There is no {ledger}.")
        try:
            rows = list(erasures.read(ledger or erasures.ledger()))
        except ValueError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{len(rows)} lines replayed, {erasures.replay(rows)} keys and persons were there.")
