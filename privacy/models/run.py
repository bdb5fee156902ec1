"""What the nightly runs leave behind: counts, and since when somebody has been in nothing."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Person


class RetentionRun(models.Model):
    """One night's run: how much went by which rule. No names, no ids.

    `ended_at` is missing where a run was cut off; the next one goes on where it stood.
    """

    id = models.BigAutoField(primary_key=True)
    started_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)
    counts = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("run of the retention periods")
        verbose_name_plural = _("runs of the retention periods")
        ordering = ["-started_at"]

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d %H:%M}"

    @property
    def total(self) -> int:
        return sum(self.counts.values())


class Loose(models.Model):
    """That a person is in no process and speaks for no client any more, and since when a run has known it."""

    person = models.OneToOneField(Person, models.CASCADE, primary_key=True, related_name="+")
    since = models.DateField()

    class Meta:
        verbose_name = _("person in nothing")
        verbose_name_plural = _("persons in nothing")

    def __str__(self) -> str:
        return f"{self.person_id} {self.since}"


class Passage(models.Model):
    """That in this transaction goes what must go, past the rules that nothing of it changes.

    Written and taken away by the functions of schema `sec` that erase, and by nobody else: no role may touch it.
    """

    transaction = models.CharField(primary_key=True, max_length=20)

    def __str__(self) -> str:
        return self.transaction
