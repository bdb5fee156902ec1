from django.apps import AppConfig
from django.db import connection
from django.utils.translation import gettext_lazy as _


class TransferConfig(AppConfig):
    name = "transfer"
    verbose_name = _("Import and export")

    def after_migrate(self) -> None:
        """Make anew the function that gives a practice's rows: it follows from the models."""
        from transfer.archive.scope import make_function

        with connection.cursor() as cursor:
            make_function(cursor)
