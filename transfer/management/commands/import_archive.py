from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

from audit.roles import Role
from transfer.archive.arriving import take_in
from transfer.archive.form import Broken


class Command(BaseCommand):
    help = "Takes in a practice from the archive that another installation made for this one, which must be empty."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="the archive")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.DATABASE_ROLE != Role.OWNER:
            raise CommandError("Only the owner of the tables takes a practice in: set DATABASE_ROLE=owner.")
        try:
            received = take_in(options["file"])
        except (Broken, ImproperlyConfigured) as error:
            raise CommandError(f"Nothing was taken in: {error}") from error
        name = received.manifest.practice["name"]
        self.stdout.write(f"{name} is here: {received.rows.total()} rows of {len(received.rows)} tables.")
