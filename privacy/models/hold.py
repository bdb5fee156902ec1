"""What does not go although its day has come: somebody has a ground, and a day until which it lasts."""

import uuid
from datetime import date
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Person, Practice, User
from engagements.models import Engagement


class HoldQuerySet(models.QuerySet["Hold"]):
    def in_force(self, today: date) -> Self:
        return self.filter(lifted_at=None, until__gte=today)


class Hold(models.Model):
    """A legal hold on a process or on a person: nothing of it goes until it is lifted, or its last day is over.

    It always has a last day; who needs longer sets another one, and says again why. Its grounds are no content of
    supervision.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    practice = models.ForeignKey(Practice, models.CASCADE, related_name="+")
    engagement = models.ForeignKey(Engagement, models.CASCADE, null=True, related_name="holds")
    person = models.ForeignKey(Person, models.CASCADE, null=True, related_name="holds")
    grounds = models.CharField(
        _("Grounds"),
        max_length=200,
        help_text=_("For example: a claim for damages that is under way. Nothing that was said in supervision."),
    )
    until = models.DateField(_("Last day"))
    set_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    set_at = models.DateTimeField(default=timezone.now)
    lifted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    lifted_at = models.DateTimeField(null=True)

    objects = HoldQuerySet.as_manager()

    class Meta:
        verbose_name = _("legal hold")
        verbose_name_plural = _("legal holds")
        ordering = ["until"]
        constraints = [
            models.CheckConstraint(
                condition=Q(engagement=None, person__isnull=False) | Q(engagement__isnull=False, person=None),
                name="hold_is_on_one",
            ),
            models.CheckConstraint(condition=~Q(grounds=""), name="hold_says_why"),
            models.CheckConstraint(
                condition=Q(lifted_by=None, lifted_at=None) | Q(lifted_by__isnull=False, lifted_at__isnull=False),
                name="hold_lifted_says_who",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)
