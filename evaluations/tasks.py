from celery import shared_task
from django.utils import timezone

from evaluations.rounds import closing
from notifications.dispatch import require_worker


@shared_task(name="evaluations.move")
def move() -> None:
    """Open and close the rounds for which it is time."""
    require_worker()
    closing.move(timezone.now())
