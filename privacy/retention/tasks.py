from celery import shared_task
from django.utils import timezone

from notifications.dispatch import require_worker
from privacy.retention import running


@shared_task(name="privacy.retention")
def retention() -> None:
    """Let go what is due; nightly, and harmless at any other time."""
    require_worker()
    running.run(timezone.now())
