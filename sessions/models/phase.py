import uuid
from typing import Final, Self

from django.db import models
from django.db.models.functions import Length
from django.db.models.lookups import LessThanOrEqual
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Practice, User
from engagements.models import Engagement
from engagements.phases import Phase

MOST_LETTERS: Final = 4000


class PhaseByHand(models.Model):
    """The phase of a process as a supervisor of it has set it, in place of the one that follows from its sessions."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    engagement = models.ForeignKey(Engagement, models.CASCADE, related_name="phase_by_hand", db_index=False)
    phase = models.CharField(max_length=7, choices=Phase)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["engagement"], name="phase_by_hand_once"),
            models.CheckConstraint(condition=models.Q(phase__in=Phase.values), name="phase_by_hand_known"),
        ]

    def __str__(self) -> str:
        return f"{self.engagement_id} {self.phase}"


class FacilitationTemplateQuerySet(models.QuerySet["FacilitationTemplate"]):
    def usable_by(self, user: User) -> Self:
        """Those of the practices where `user` supervises."""
        return self.filter(practice__in=Practice.objects.supervised_by(user).values("pk"))

    def in_use(self) -> Self:
        return self.filter(archived_at=None)


class FacilitationTemplate(models.Model):
    """Questions for a phase of a process, a line each: every line becomes a point on the agenda of a session.

    Words about the work, none about people, and so not sealed.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    practice = models.ForeignKey(Practice, models.CASCADE, related_name="facilitation_templates")
    phase = models.CharField(_("Phase"), max_length=7, choices=Phase, default=Phase.START)
    title = models.CharField(_("Name of the template"), max_length=80)
    text = models.TextField(_("Points for the agenda"), max_length=MOST_LETTERS)
    archived_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = FacilitationTemplateQuerySet.as_manager()

    class Meta:
        verbose_name = _("facilitation template")
        verbose_name_plural = _("facilitation templates")
        constraints = [
            models.CheckConstraint(
                condition=LessThanOrEqual(Length("text"), MOST_LETTERS), name="facilitation_text_in_bounds"
            ),
            models.CheckConstraint(condition=models.Q(phase__in=Phase.values), name="facilitation_phase_known"),
        ]

    def __str__(self) -> str:
        return self.title
