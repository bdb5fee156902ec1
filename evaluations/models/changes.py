"""What a group agreed to change when it saw its results, and how that went by the next round."""

import uuid
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from engagements.models import Engagement
from evaluations.models.round import Round


class AgreedChangeQuerySet(models.QuerySet["AgreedChange"]):
    def visible_to(self, user: User) -> Self:
        """What was agreed where `user` supervises or takes part."""
        led = Engagement.objects.led_by(user).values("pk")
        attended = Engagement.objects.attended_by(user).values("pk")
        return self.filter(Q(engagement__any_of=led) | Q(engagement__any_of=attended))

    def led_by(self, user: User) -> Self:
        return self.filter(engagement__any_of=Engagement.objects.led_by(user).values("pk"))

    def open(self) -> Self:
        """Not looked at again yet."""
        return self.filter(outcome="")


class AgreedChange(models.Model):
    """What was agreed in the group over the results of a round; its words are sealed for the engagement.

    It is looked at again once, at a later round: what came of it, and a remark.
    """

    class Outcome(models.TextChoices):
        DONE = "done", _("done")
        PARTLY = "partly", _("partly done")
        NOT = "not", _("not done")
        DROPPED = "dropped", _("given up together")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    engagement = models.ForeignKey(Engagement, models.CASCADE, related_name="agreed_changes")
    round = models.ForeignKey(Round, models.PROTECT, related_name="agreed_changes")
    text = models.BinaryField()
    agreed_on = models.DateField()
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    looked_at_in = models.ForeignKey(Round, models.PROTECT, null=True, related_name="changes_looked_at")
    looked_at = models.DateTimeField(null=True)
    looked_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    outcome = models.CharField(max_length=7, choices=Outcome, blank=True)
    remark = models.BinaryField(default=b"")

    objects = AgreedChangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("agreed change")
        verbose_name_plural = _("agreed changes")
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome="", looked_at_in=None, looked_at=None, looked_by=None, remark=b"")
                | ~Q(outcome="") & Q(looked_at_in__isnull=False, looked_at__isnull=False, looked_by__isnull=False),
                name="agreed_change_looked_at_says_where",
            ),
            models.CheckConstraint(condition=~Q(text=b""), name="agreed_change_says_something"),
        ]
        indexes = [models.Index(fields=["engagement", "at"], name="agreed_change_of_engagement")]

    def __str__(self) -> str:
        return f"{self.engagement_id} {self.agreed_on}"
