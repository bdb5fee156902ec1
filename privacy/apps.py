from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PrivacyConfig(AppConfig):
    name = "privacy"
    verbose_name = _("Data protection")

    def ready(self) -> None:
        from django.core import checks as system

        from privacy.erasing import erase_again
        from privacy.own import told
        from privacy.policy import checks
        from vault import erasures
        from vault.models import Erasure

        erasures.AGAIN[Erasure.What.PERSON] = erase_again
        checks.register()
        system.register(told.every_table_is_told, "privacy")
