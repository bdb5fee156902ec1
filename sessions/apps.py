from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SessionsConfig(AppConfig):
    name = "sessions"
    label = "supervision"  # `sessions` is taken by django.contrib.sessions
    verbose_name = _("Sessions")
