from celery import shared_task
from django.utils import timezone

from notifications.dispatch import require_worker


@shared_task(name="reports.move")
def move() -> None:
    """Ask who has joined for approval, and hand over the reports whose time to be taken back is over."""
    from reports.actions import releasing  # pyHanko takes seconds to import

    require_worker()
    releasing.move(timezone.now())
