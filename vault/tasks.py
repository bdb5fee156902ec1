from celery import shared_task
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from audit.roles import Role
from vault import erasures


@shared_task(name="vault.destroy")
def destroy() -> None:
    """Destroy the keys whose contract's date has come, and write the ledger of erasures."""
    if settings.DATABASE_ROLE != Role.WORKER:
        raise ImproperlyConfigured("Keys are destroyed by the role worker: set DATABASE_ROLE=worker.")
    erasures.destroy_due()
