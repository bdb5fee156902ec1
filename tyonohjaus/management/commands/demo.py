from collections.abc import Mapping
from types import ModuleType
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from tyonohjaus import demonstration, demonstration_evaluations, large_practice, nation

MAKERS: Final[Mapping[str, ModuleType]] = {
    "small": demonstration_evaluations,
    "large": large_practice,
    "national": nation,
}


class Command(BaseCommand):
    help = (
        "Makes a believable practice to look around in (small), or one (large) or a nation (national) to measure with."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--scale", choices=list(MAKERS), default="small")
        parser.add_argument("--if-empty", action="store_true", help="do nothing when anybody has an account")

    def handle(self, *args: Any, scale: str, if_empty: bool, **options: Any) -> None:
        if if_empty and not demonstration.empty():
            return
        maker = MAKERS[scale]
        if maker.is_there():
            raise CommandError("The demonstration practice is there already.")
        made = maker.make(timezone.now())
        if isinstance(made, dict):
            self.stdout.write(", ".join(f"{number} {what}" for what, number in made.items()))
        else:
            self.stdout.write(f"{made.name} is ready to look around in.")
