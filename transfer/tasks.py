from celery import shared_task
from django.utils import timezone

from notifications.dispatch import require_worker
from transfer.importing.actions import forget_due


@shared_task(name="transfer.forget")
def forget() -> None:
    """Let spreadsheets go that nobody went on with for a day."""
    require_worker()
    forget_due(timezone.now())
