from celery import shared_task

from notifications.dispatch import require_worker
from sessions.busy import refreshing


@shared_task(name="sessions.refresh_busy")
def refresh() -> None:
    """Read the calendars that are due."""
    require_worker()
    refreshing.refresh_due()
