import uuid
from decimal import Decimal
from typing import Final

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portfolio.models.owned import LINE, OwnedQuerySet, owned

#: The table's name is part of what is sealed in it.
LOG: Final = "portfolio_logentry"
#: Minutes of one entry: two working weeks.
MOST_MINUTES: Final = 6_000


class Kind(models.TextChoices):
    TOTO = "toto", _("supervision of supervision (ToTo)")
    EDUCATION = "education", _("continuing education")
    PEER = "peer", _("peer work")


class Unit(models.IntegerChoices):
    """How long an hour is in which something is counted: training counts 45 minutes as one."""

    HOUR = 60, pgettext_lazy("unit of time", "hours of 60 minutes")
    LESSON = 45, pgettext_lazy("unit of time", "training hours of 45 minutes")


class LogEntryQuerySet(OwnedQuerySet["LogEntry"]):
    pass


class LogEntry(models.Model):
    """Something done for one's own growth. Minutes and their unit are both kept: an hour alone says too little.

    `note` is sealed with a key of its owner's.
    """

    class Branch(models.TextChoices):
        PHILOSOPHY = "philosophy", _("philosophy")
        THEORY = "theory", _("theory")
        METHODS = "methods", _("methods")
        RESEARCH = "research", _("research")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = owned()
    kind = models.CharField(_("What it was"), max_length=10, choices=Kind)
    branch = models.CharField(_("Branch"), max_length=10, choices=Branch, blank=True)
    day = models.DateField(_("Day"))
    minutes = models.PositiveSmallIntegerField(_("Length"))
    unit = models.PositiveSmallIntegerField(_("Counted in"), choices=Unit, default=Unit.HOUR)
    title = models.CharField(_("Title"), max_length=LINE)
    whom = models.CharField(_("With whom, or who arranged it"), max_length=LINE, blank=True)
    note = models.BinaryField(blank=True)

    objects = LogEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("log entry")
        verbose_name_plural = _("log entries")
        ordering = ["-day", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(minutes__range=(1, MOST_MINUTES)), name="log_minutes"),
            models.CheckConstraint(condition=Q(unit__in=(60, 45)), name="log_unit"),
            models.CheckConstraint(condition=Q(kind="education") | Q(branch=""), name="log_branch_of_education"),
        ]
        indexes = [models.Index(fields=["owner", "-day", "-id"], name="log_of_owner")]

    def __str__(self) -> str:
        return f"{self.kind} {self.day}"

    @property
    def amount(self) -> Decimal:
        """How many hours of its own unit it took."""
        return (Decimal(self.minutes) / self.unit).quantize(Decimal("0.01"))
