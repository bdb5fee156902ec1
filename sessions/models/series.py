import uuid
from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from engagements.models import Engagement
from engagements.models.terms import Rhythm, Weekday
from sessions.models.session import Session


class Series(models.Model):
    """Sessions booked together, and the rhythm that gave their times. What holds stands on the sessions."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    engagement = models.ForeignKey(Engagement, models.CASCADE, related_name="series")
    every = models.PositiveSmallIntegerField(_("Every how many"))
    unit = models.CharField(_("Rhythm"), max_length=8, choices=Rhythm)
    weekday = models.PositiveSmallIntegerField(_("Weekday"), choices=Weekday)
    clock = models.TimeField(_("Starts at"))
    minutes = models.PositiveSmallIntegerField(_("Length"))
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("series")
        verbose_name_plural = _("series")
        constraints = [
            models.CheckConstraint(
                condition=Q(every__range=(1, 26), unit__in=[Rhythm.WEEKS, Rhythm.MONTHS], weekday__range=(1, 7))
                & Q(minutes__range=(10, 600)),
                name="series_rhythm_can_be",
            ),
            # What a session's (series, engagement) points to: a series never reaches into another process.
            models.UniqueConstraint(fields=["id", "engagement"], name="series_of_engagement"),
        ]

    def __str__(self) -> str:
        return f"{self.engagement_id} {self.every} {self.unit}"


class Shift(models.Model):
    """One session's part in a change of several: from when to when, and as which version (`Session.sequence`).

    The changes of one `edit` are told to a person in one message, whose object is the edit. A cancellation stays
    where it was.
    """

    id = models.BigAutoField(primary_key=True)
    edit = models.UUIDField()
    session = models.ForeignKey(Session, models.CASCADE, related_name="shifts")
    number = models.PositiveSmallIntegerField()
    before = models.DateTimeField()
    after = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["edit", "session"], name="shift_once_an_edit")]

    def __str__(self) -> str:
        return f"{self.session_id} {self.number}"

    @classmethod
    def of(cls, edit: uuid.UUID, session: Session, before: datetime) -> "Shift":
        """Return the shift of a session that has just been written, not kept yet."""
        return cls(edit=edit, session=session, number=session.sequence, before=before, after=session.starts_at)
