from typing import Any

from django.apps import apps
from django.core.management.commands import migrate
from django.db import connection, transaction

from audit import grants


class Command(migrate.Command):
    """Django's own. Afterwards rooms make what follows from the models (`after_migrate` of their configuration), and
    every role is granted what `audit/grants.py` says.
    """

    def handle(self, *args: Any, **options: Any) -> str | None:
        result: str | None = super().handle(*args, **options)
        if not options.get("plan") and "audit_entry" in connection.introspection.table_names():
            with transaction.atomic():
                for config in apps.get_app_configs():
                    if after := getattr(config, "after_migrate", None):
                        after()
                grants.apply()
        return result
