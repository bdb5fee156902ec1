from celery import shared_task
from django.utils import timezone

from notifications import outbox
from notifications.dispatch import Dispatcher, require_worker


@shared_task(name="notifications.plan")
def plan() -> None:
    """Find what is due."""
    require_worker()
    outbox.plan(timezone.now())


@shared_task(name="notifications.dispatch")
def dispatch() -> None:
    """Send what is due."""
    require_worker()
    Dispatcher().run()
