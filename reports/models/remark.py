"""Writing together: what supervisees say to a paragraph, and how far everybody has read."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from engagements.models import Told
from reports.models.report import Report


class Remark(models.Model):
    """A comment on a paragraph, or another wording of it, sealed like the text it is about.

    `quote` is the paragraph as it stood. The supervisors settle it: they take the wording, or answer.
    """

    class Kind(models.TextChoices):
        COMMENT = "comment", _("comment")
        SUGGESTION = "suggestion", _("another wording")

    class Outcome(models.TextChoices):
        TAKEN = "taken", _("taken")
        ANSWERED = "answered", _("answered")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    report = models.ForeignKey(Report, models.CASCADE, related_name="remarks")
    what = models.CharField(max_length=10, choices=Told)
    kind = models.CharField(max_length=10, choices=Kind)
    quote = models.BinaryField()
    text = models.BinaryField()
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    outcome = models.CharField(max_length=8, choices=Outcome, blank=True)
    reply = models.BinaryField(default=b"")
    settled_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    settled_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["at", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(outcome="", settled_by=None, settled_at=None, reply=b"")
                | ~Q(outcome="") & Q(settled_by__isnull=False, settled_at__isnull=False),
                name="remark_settled_says_who",
            ),
            models.CheckConstraint(
                condition=~Q(outcome="taken") | Q(kind="suggestion"), name="remark_taken_was_a_wording"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["report", "at"], name="remark_of_report")]

    def __str__(self) -> str:
        return f"{self.report_id} {self.kind}"


class ReadUpTo(models.Model):
    """Which wording of a report somebody has read last."""

    report = models.ForeignKey(Report, models.CASCADE, related_name="read_up_to")
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    number = models.PositiveSmallIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["report", "user"], name="read_up_to_once")]

    def __str__(self) -> str:
        return f"{self.report_id} {self.number}"
