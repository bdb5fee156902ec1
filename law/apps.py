from django.apps import AppConfig
from django.core.checks import register
from django.utils.translation import gettext_lazy as _


class LawConfig(AppConfig):
    name = "law"
    verbose_name = _("Law")

    def ready(self) -> None:
        from law.checks import aids_are_whole, register_is_whole

        register(register_is_whole)
        register(aids_are_whole)
