import uuid
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Language, Practice, User
from engagements.models.engagement import Engagement, Participation


class Theme(models.TextChoices):
    """The eight things supervision makes possible; on goals, questions and reports."""

    LEARNING = "learning", _("learning together")
    WELLBEING = "wellbeing", _("work ability and wellbeing")
    FLUENCY = "fluency", _("fluency and success of the work")
    QUALITY = "quality", _("quality and impact")
    MEANING = "meaning", _("meaningfulness")
    DIALOGUE = "dialogue", _("dialogue and interaction")
    IDENTITY = "identity", _("professional identity and resources")
    STRATEGY = "strategy", _("strategy and shared goals")


class GoalQuerySet(models.QuerySet["Goal"]):
    def shared(self) -> Self:
        return self.filter(owner=None)

    def visible_to(self, user: User) -> Self:
        """All goals of engagements `user` leads; shared ones where they take part; their own private ones."""
        led = Engagement.objects.led_by(user).values("pk")
        attended = Engagement.objects.attended_by(user).values("pk")
        party = Engagement.objects.party_to(user).values("pk")
        return self.filter(
            Q(engagement__any_of=led)
            | Q(engagement__any_of=attended, owner=None)
            | Q(engagement__in=party, owner=None)
            | Q(owner__person__user=user, engagement__any_of=attended)
        )


class Goal(models.Model):
    """What the supervision is for. Shared, or one supervisee's own (`owner`): theirs and the supervisors'."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    engagement = models.ForeignKey(Engagement, models.CASCADE, related_name="goals")
    owner = models.ForeignKey(
        Participation,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="goals",
        verbose_name=_("Whose goal"),
        help_text=_("Empty: shared by all. Otherwise only this supervisee and the supervisors see it."),
    )
    theme = models.CharField(_("Theme"), max_length=10, choices=Theme)
    text = models.CharField(_("Goal"), max_length=300)
    aim = models.CharField(_("Aim of the organisation it serves"), max_length=300, blank=True)
    weight = models.PositiveSmallIntegerField(_("Weight"), default=1, db_default=1)
    position = models.PositiveSmallIntegerField(default=0, editable=False)

    objects = GoalQuerySet.as_manager()

    class Meta:
        verbose_name = _("goal")
        verbose_name_plural = _("goals")
        ordering = ["position", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(weight__gte=1, weight__lte=3), name="goal_weight_one_to_three")
        ]

    def __str__(self) -> str:
        return self.text


class LibraryGoal(models.Model):
    """A goal that a practice keeps ready for its contracts."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    practice = models.ForeignKey(Practice, models.CASCADE, related_name="library_goals")
    language = models.CharField(_("Language"), max_length=2, choices=Language, default=Language.FI)
    theme = models.CharField(_("Theme"), max_length=10, choices=Theme)
    text = models.CharField(_("Goal"), max_length=300)

    class Meta:
        verbose_name = _("goal in the library")
        verbose_name_plural = _("goal library")
        ordering = ["theme", "text"]
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "language", "text"],
                name="library_goal_once",
                violation_error_message=_("This goal is in the library already."),
            )
        ]

    def __str__(self) -> str:
        return self.text
