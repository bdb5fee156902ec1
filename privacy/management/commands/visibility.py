from typing import Any

from django.core.management.base import BaseCommand

from privacy.visibility.document import PLACE, document


class Command(BaseCommand):
    help = "Write docs/visibility.md from privacy/visibility/rows.py."

    def handle(self, *args: Any, **options: Any) -> None:
        PLACE.write_text(document())
        self.stdout.write(f"{PLACE} is written.")
