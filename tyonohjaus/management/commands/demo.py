from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from tyonohjaus import demonstration, large_practice


class Command(BaseCommand):
    help = "Makes a believable practice to look around in (small), or one to measure with (large)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--scale", choices=["small", "large"], default="small")
        parser.add_argument("--if-empty", action="store_true", help="do nothing when anybody has an account")

    def handle(self, *args: Any, scale: str, if_empty: bool, **options: Any) -> None:
        if if_empty and not demonstration.empty():
            return
        if (large_practice if scale == "large" else demonstration).is_there():
            raise CommandError("The demonstration practice is there already.")
        if scale == "large":
            counts = large_practice.make(timezone.now())
            self.stdout.write(", ".join(f"{number} {what}" for what, number in counts.items()))
            return
        practice = demonstration.make(timezone.now())
        self.stdout.write(f"{practice.name} is ready to look around in.")
