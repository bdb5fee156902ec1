from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from audit.roles import Role
from vault import content
from vault.blobs import Unopenable


class Command(BaseCommand):
    help = "Wraps every content key with the newest CONTENT_KEY, so that an older one can be taken away."

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.DATABASE_ROLE != Role.OWNER:
            raise CommandError("Only the owner of the tables sees every key: set DATABASE_ROLE=owner.")
        try:
            with transaction.atomic():
                count = content.rewrap_all()
        except (ImproperlyConfigured, Unopenable) as error:
            raise CommandError(f"Nothing was changed: {error}") from error
        self.stdout.write(f"{count} content keys wrapped anew.")
