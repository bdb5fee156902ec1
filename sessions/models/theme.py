import uuid
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from engagements.models import Engagement, Participation
from sessions.models.session import Session


class ThemeQuerySet(models.QuerySet["ThemeProposal"]):
    def visible_to(self, user: User) -> Self:
        """What stands proposed in engagements that `user` leads or takes part in."""
        led = Engagement.objects.led_by(user).values("pk")
        attended = Engagement.objects.attended_by(user).values("pk")
        return self.filter(Q(engagement__any_of=led) | Q(engagement__any_of=attended), removed_at=None)


class ThemeProposal(models.Model):
    """A theme that a work community may take up in its own work. To the client it does not exist (promise 3).

    Its words never change, since others support them; taken away they are gone.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    engagement = models.ForeignKey(Engagement, models.CASCADE, related_name="themes")
    session = models.ForeignKey(Session, models.SET_NULL, null=True, related_name="themes")
    author = models.ForeignKey(User, models.PROTECT, related_name="+")
    text = models.BinaryField()
    created_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)
    removed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    objects = ThemeQuerySet.as_manager()

    class Meta:
        verbose_name = _("proposed theme")
        verbose_name_plural = _("proposed themes")
        constraints = [
            models.CheckConstraint(
                condition=Q(removed_at=None, removed_by=None) & ~Q(text=b"")
                | Q(removed_at__isnull=False, removed_by__isnull=False, text=b""),
                name="theme_removed_is_empty",
            ),
        ]
        indexes = [models.Index(fields=["engagement", "created_at", "id"], name="theme_of_engagement")]

    def __str__(self) -> str:
        return f"{self.engagement_id} {self.created_at:%Y-%m-%d}"


class ThemeSupport(models.Model):
    """A member supports a theme. Others see how many do, never who. A supervisor writes down who cannot log in."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    theme = models.ForeignKey(ThemeProposal, models.CASCADE, related_name="supports")
    participation = models.ForeignKey(Participation, models.CASCADE, related_name="+")
    at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["theme", "participation"], name="theme_supported_once")]

    def __str__(self) -> str:
        return f"{self.participation_id} for {self.theme_id}"
