import uuid
from typing import Final, Self

from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from engagements.models.goal import Goal

#: The five levels of goal attainment scaling, the best first, and what each means before it has words of its own.
LEVELS: Final[dict[int, Promise]] = {
    2: _("much more than expected"),
    1: _("more than expected"),
    0: _("as expected"),
    -1: _("less than expected"),
    -2: _("much less than expected"),
}


def signed(level: int) -> str:
    """Return a level with its sign, and a real minus: `+1`, `0`, `−2`."""
    return f"{level:+d}".replace("-", "−") if level else "0"


class GoalLevelsQuerySet(models.QuerySet["GoalLevels"]):
    def newest(self) -> Self:
        """Of each goal the levels that are in use."""
        latest = self.model.objects.filter(goal=OuterRef("goal")).order_by("-version").values("version")[:1]
        return self.filter(version=Subquery(latest))

    def visible_to(self, user: User) -> Self:
        return self.filter(goal__in=Goal.objects.visible_to(user).values("pk"))


class GoalLevels(models.Model):
    """What a goal looks like at each level (GAS), put into words before it is scored; plain, as the goal itself.

    In a draft they are written on. From the offer on they stay: what is agreed to change is a new version, with its
    reason and with who agreed. The database holds that, and that levels which were scored never go.
    """

    class How(models.TextChoices):
        CONTRACT = "contract", _("with the contract")
        SESSION = "session", _("in a session")
        OTHERWISE = "otherwise", _("between sessions")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    goal = models.ForeignKey(Goal, models.CASCADE, related_name="levels")
    version = models.PositiveSmallIntegerField(default=1)
    much_more = models.CharField(max_length=300)
    more = models.CharField(max_length=300)
    expected = models.CharField(max_length=300)
    less = models.CharField(max_length=300)
    much_less = models.CharField(max_length=300)
    agreed_how = models.CharField(max_length=10, choices=How, default=How.CONTRACT)
    agreed_on = models.DateField(null=True)
    agreed_by = models.CharField(max_length=120, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    described_at = models.DateTimeField()
    described_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    objects = GoalLevelsQuerySet.as_manager()

    class Meta:
        verbose_name = _("levels of a goal")
        verbose_name_plural = _("levels of goals")
        ordering = ["goal", "version"]
        constraints = [
            models.UniqueConstraint(fields=["goal", "version"], name="goal_levels_once_a_version"),
            models.CheckConstraint(
                condition=Q(version=1) | Q(version__gt=1) & ~Q(reason=""),
                name="goal_levels_change_says_why",
            ),
            models.CheckConstraint(
                condition=Q(agreed_how="contract") | Q(agreed_on__isnull=False) & ~Q(agreed_by=""),
                name="goal_levels_say_who_agreed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.goal_id} {self.version}"

    @property
    def texts(self) -> dict[int, str]:
        """The words of each level, the best first."""
        return dict(zip(LEVELS, (self.much_more, self.more, self.expected, self.less, self.much_less), strict=True))

    @property
    def rows(self) -> list[tuple[str, Promise, str]]:
        """For a table: the level with its sign, what it means, its words."""
        return [(signed(level), LEVELS[level], text) for level, text in self.texts.items()]
