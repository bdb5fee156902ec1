from typing import Any

from django.core.management.commands import migrate
from django.db import connection, transaction

from audit import grants


class Command(migrate.Command):
    """Django's own, and afterwards every role is granted what `audit/grants.py` says."""

    def handle(self, *args: Any, **options: Any) -> str | None:
        result: str | None = super().handle(*args, **options)
        if not options.get("plan") and "audit_entry" in connection.introspection.table_names():
            with transaction.atomic():
                grants.apply()
        return result
