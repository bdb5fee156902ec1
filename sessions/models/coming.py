import uuid
from typing import Self

from django.db import models
from django.db.models import F

from engagements.models import Participation
from sessions.models.session import Session


class CannotComeQuerySet(models.QuerySet["CannotCome"]):
    def standing(self) -> Self:
        """What was told and not taken back, of a session that still begins when it was told."""
        return self.filter(told_at__isnull=False, starts_at=F("session__starts_at"))


class CannotCome(models.Model):
    """A supervisee has said beforehand that they cannot come to a session that is held without them.

    `starts_at` is when it was to begin: of another time nothing was said. `told_at` is None once it is taken back.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    session = models.ForeignKey(Session, models.CASCADE, related_name="missing")
    participation = models.ForeignKey(Participation, models.CASCADE, related_name="+")
    starts_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True)

    objects = CannotComeQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["session", "participation"], name="cannot_come_once_a_session")]

    def __str__(self) -> str:
        return f"{self.participation_id} {self.starts_at:%Y-%m-%d}"
