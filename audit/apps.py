from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "audit"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.core.signals import got_request_exception

        from audit import any_of, counting  # noqa: F401 (registers its lookup)

        got_request_exception.connect(counting.request_failed)
