import uuid
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from engagements.models import Engagement, Theme


class BoardQuerySet(models.QuerySet["BoardEntry"]):
    def visible_to(self, user: User) -> Self:
        """What stands on the boards of engagements that `user` leads or takes part in."""
        led = Engagement.objects.led_by(user).values("pk")
        attended = Engagement.objects.attended_by(user).values("pk")
        return self.filter(Q(engagement__any_of=led) | Q(engagement__any_of=attended), removed_at=None)

    def removable_by(self, user: User) -> Self:
        """Own ones, and for a supervisor all."""
        led = Engagement.objects.led_by(user).values("pk")
        return self.visible_to(user).filter(Q(author=user) | Q(engagement__any_of=led))


class BoardEntry(models.Model):
    """Something that a group has learnt, for everybody in the process and nobody else. Removed: its words are gone."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    engagement = models.ForeignKey(Engagement, models.CASCADE, related_name="board")
    author = models.ForeignKey(User, models.PROTECT, related_name="+")
    theme = models.CharField(_("Theme"), max_length=10, choices=Theme, blank=True)
    text = models.BinaryField()
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)
    removed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    objects = BoardQuerySet.as_manager()

    class Meta:
        verbose_name = _("entry of a board")
        verbose_name_plural = _("entries of boards")
        constraints = [
            models.CheckConstraint(
                condition=Q(removed_at=None, removed_by=None) & ~Q(text=b"")
                | Q(removed_at__isnull=False, removed_by__isnull=False, text=b""),
                name="board_removed_is_empty",
            ),
        ]
        indexes = [models.Index(fields=["engagement", "-created_at", "-id"], name="board_of_engagement")]

    def __str__(self) -> str:
        return f"{self.engagement_id} {self.created_at:%Y-%m-%d}"
