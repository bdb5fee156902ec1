import uuid
from typing import Final

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User

MOST_TRAVEL: Final = 240
DAY_MINUTES: Final = 24 * 60


class WorkingTime(models.Model):
    """How long a supervisor wants between two places. Nobody else sees it; without a row nothing was said."""

    user = models.OneToOneField(User, models.CASCADE, primary_key=True, related_name="working_time")
    travel_minutes = models.PositiveSmallIntegerField(_("Time to travel"), default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(travel_minutes__range=(0, MOST_TRAVEL)), name="working_travel_in_bounds"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.travel_minutes} min"


class WorkingHours(models.Model):
    """A span of a weekday (0 is Monday) in which a supervisor works: the first or the second of the day.

    `begins` and `ends` are minutes after midnight on the clock in Helsinki, whatever the season.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="working_hours")
    weekday = models.PositiveSmallIntegerField()
    part = models.PositiveSmallIntegerField()
    begins = models.PositiveSmallIntegerField()
    ends = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(weekday__range=(0, 6)), name="working_hours_on_a_weekday"),
            models.CheckConstraint(condition=Q(part__in=(1, 2)), name="working_hours_in_two_parts"),
            models.CheckConstraint(
                condition=Q(ends__gt=F("begins")) & Q(ends__lte=DAY_MINUTES), name="working_hours_end_after_start"
            ),
            models.UniqueConstraint(fields=["user", "weekday", "part"], name="working_hours_once_a_part"),
            ExclusionConstraint(
                name="working_hours_no_overlap",
                expressions=[
                    ("user", RangeOperators.EQUAL),
                    ("weekday", RangeOperators.EQUAL),
                    (Func(F("begins"), F("ends"), function="int4range"), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.weekday} {self.begins}–{self.ends}"
