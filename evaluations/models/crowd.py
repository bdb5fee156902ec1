"""Crowds: the smallest that figures over many processes are added up from. A crowd that is full never changes."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Practice, User
from engagements.models import Engagement, Form
from evaluations.models.round import Round


class CrowdKind(models.TextChoices):
    OWN = "own", _("one process, whose results its own group sees")
    POOLED = "pooled", _("several processes with too few answers each")
    NAMED = "named", _("several processes whose answers were given by name")


class Crowd(models.Model):
    """People who are only ever counted together: of one process, or of several small ones of one supervisor.

    `same_people`: in each of its processes the same have answered before and after. It is full from `full_at` on, with
    so many `people` (`answered_both` of them before and after) and the `threshold` that held then; who leads its
    processes later changes nothing of it. No page reads this table.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    practice = models.ForeignKey(Practice, models.DO_NOTHING, related_name="+")
    lead = models.ForeignKey(User, models.DO_NOTHING, related_name="+")
    form = models.CharField(max_length=12, choices=Form)
    kind = models.CharField(max_length=6, choices=CrowdKind)
    same_people = models.BooleanField()
    threshold = models.PositiveSmallIntegerField(null=True)
    people = models.PositiveSmallIntegerField(null=True)
    answered_both = models.PositiveSmallIntegerField(null=True)
    full_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("crowd")
        verbose_name_plural = _("crowds")
        constraints = [
            models.CheckConstraint(
                condition=Q(full_at=None, threshold=None, people=None, answered_both=None)
                | Q(
                    full_at__isnull=False,
                    threshold__gte=5,
                    people__gte=models.F("threshold"),
                    answered_both__isnull=False,
                ),
                name="crowd_full_from_its_threshold_on",
            ),
        ]
        indexes = [models.Index(fields=["practice", "lead"], name="crowd_of_practice")]

    def __str__(self) -> str:
        return str(self.pk)


class Entered(models.Model):
    """A process stands in a crowd, once and for good, with its rounds before and after."""

    engagement = models.OneToOneField(Engagement, models.DO_NOTHING, primary_key=True, related_name="+")
    crowd = models.ForeignKey(Crowd, models.DO_NOTHING, related_name="+")
    before = models.ForeignKey(Round, models.DO_NOTHING, related_name="+")
    after = models.ForeignKey(Round, models.DO_NOTHING, related_name="+")

    class Meta:
        verbose_name = _("process in a crowd")
        verbose_name_plural = _("processes in crowds")

    def __str__(self) -> str:
        return str(self.pk)
