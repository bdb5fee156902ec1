"""One night's run. The database says what is due and lets it go; here are only the steps, the batches, the count."""

from datetime import datetime
from typing import Final

from django.db import connection
from django.utils import timezone

from privacy.models import RetentionRun
from privacy.policy import RULES
from vault import erasures

#: How many things of a rule go in one transaction.
BATCH: Final = 100


def run(now: datetime, *, batch: int = BATCH) -> RetentionRun:
    """Let go what is due, and return how much it was by rule. To be run as the worker.

    `now` only dates the run: what is due the database reckons by its own clock. Each batch is a transaction of its own,
    so a run that is cut off has done what it has done, and the next one goes on there. Two at once take turns.
    """
    night = RetentionRun.objects.create(started_at=now)
    counts: dict[str, int] = {}
    keys = erasures.destroy_due()
    if keys:
        counts["keys"] = keys
    for rule in RULES:
        gone = let_go(rule, batch)
        if gone:
            counts[rule] = gone
            RetentionRun.objects.filter(pk=night.pk).update(counts=counts)
    RetentionRun.objects.filter(pk=night.pk).update(counts=counts, ended_at=timezone.now())
    night.refresh_from_db()
    return night


def let_go(rule: str, batch: int) -> int:
    """Let go everything that is due by one rule, a batch at a time; return how much it was."""
    gone = 0
    while some := _batch(rule, batch):
        gone += some
    return gone


def _batch(rule: str, most: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT sec.let_go(%s, %s)", [rule, most])
        row = cursor.fetchone()
    return int(row[0]) if row else 0
