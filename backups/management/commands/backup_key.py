from typing import Any

from django.core.management.base import BaseCommand

from backups.age import make_identity


class Command(BaseCommand):
    help = "Makes a key to which backups are sealed. Its private part is shown once: keep it away from this machine."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        private, recipient = make_identity()
        self.stdout.write(
            f"# The private key. Print it or write it to a file elsewhere; it is kept nowhere here.\n{private}"
        )
        self.stdout.write(f"# Whom to seal to: into BACKUP_RECIPIENTS or KEY_RECIPIENTS.\n{recipient}")
