"""Who was asked to approve a wording, and what they answered. Answers are never changed: the latest one counts."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from engagements.models import Participation
from reports.models.report import HASH, Report, Revision


class Verdict(models.TextChoices):
    APPROVES = "approves", _("approves")
    OBJECTS = "objects", _("objects")


class Asked(models.Model):
    """A supervisee is asked to approve one wording, until the end of a day."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    report = models.ForeignKey(Report, models.CASCADE, related_name="asked")
    revision = models.ForeignKey(Revision, models.CASCADE, related_name="asked")
    participation = models.ForeignKey(Participation, models.CASCADE, related_name="+")
    asked_on = models.DateField()
    answer_by = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["revision", "participation"], name="asked_once"),
            models.CheckConstraint(condition=Q(answer_by__gte=models.F("asked_on")), name="asked_before_its_end"),
        ]

    def __str__(self) -> str:
        return f"{self.revision_id} {self.participation_id}"


class Answer(models.Model):
    """What one supervisee says to one wording; `hash` is the text that they had before them.

    `recorded_by`: given in a session, and written down by a supervisor; such an answer is never put over one's own.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    report = models.ForeignKey(Report, models.CASCADE, related_name="answers")
    revision = models.ForeignKey(Revision, models.CASCADE, related_name="answers")
    participation = models.ForeignKey(Participation, models.CASCADE, related_name="+")
    verdict = models.CharField(max_length=8, choices=Verdict)
    hash = models.CharField(max_length=64)
    reason = models.BinaryField(default=b"")
    recorded_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(hash__regex=HASH), name="answer_is_to_a_text"),
            models.CheckConstraint(
                condition=Q(verdict=Verdict.APPROVES, reason=b"")
                | Q(verdict=Verdict.OBJECTS, recorded_by=None) & ~Q(reason=b""),
                name="answer_objection_has_its_reason",
            ),
        ]
        indexes = [models.Index(fields=["revision", "participation", "at"], name="answer_latest")]

    def __str__(self) -> str:
        return f"{self.participation_id} {self.verdict}"
