from celery import shared_task
from django.utils import timezone

from notifications.dispatch import require_worker


@shared_task(name="engagements.seal")
def seal() -> None:
    """Seal what everybody has signed."""
    from engagements.signing.sealing import seal_due  # WeasyPrint and pyHanko take seconds to import

    require_worker()
    seal_due(now=timezone.now())
