import uuid
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from engagements.models import Engagement, Goal, GoalLevels
from sessions.models.session import Session


class ProgressQuerySet(models.QuerySet["Progress"]):
    def visible_to(self, user: User) -> Self:
        """Progress of goals that `user` sees as supervisor or supervisee; the client sees none of it."""
        led = Engagement.objects.led_by(user).values("pk")
        attended = Engagement.objects.attended_by(user).values("pk")
        goals = Goal.objects.visible_to(user).values("pk")
        return self.filter(Q(engagement__any_of=led) | Q(engagement__any_of=attended), goal__in=goals)

    def of_goal(self, goal: Goal) -> Self:
        """From the first day to the last."""
        return self.filter(goal=goal).order_by("on", "at", "pk")


class Progress(models.Model):
    """How far somebody found a goal to be on a day: a level of those that were described, a remark, or both.

    Appended, never changed; who noted it may take it back. The remark is sealed for the engagement.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    engagement = models.ForeignKey(Engagement, models.CASCADE, related_name="progress")
    goal = models.ForeignKey(Goal, models.PROTECT, related_name="progress")
    levels = models.ForeignKey(GoalLevels, models.PROTECT, null=True, related_name="progress")
    level = models.SmallIntegerField(null=True)
    session = models.ForeignKey(Session, models.PROTECT, null=True, related_name="progress")
    on = models.DateField()
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    remark = models.BinaryField(default=b"")
    at = models.DateTimeField()

    objects = ProgressQuerySet.as_manager()

    class Meta:
        verbose_name = _("progress towards a goal")
        verbose_name_plural = _("progress towards goals")
        constraints = [
            models.CheckConstraint(condition=Q(level=None) | Q(level__gte=-2, level__lte=2), name="progress_level"),
            models.CheckConstraint(
                condition=Q(level=None, levels=None) | Q(level__isnull=False, levels__isnull=False),
                name="progress_is_of_described_levels",
            ),
            models.CheckConstraint(condition=Q(level__isnull=False) | ~Q(remark=b""), name="progress_says_something"),
        ]
        indexes = [models.Index(fields=["goal", "on"], name="progress_of_goal")]

    def __str__(self) -> str:
        return f"{self.goal_id} {self.on}"
