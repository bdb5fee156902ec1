"""Named parts of a work community, and who belongs to them from when until when."""

import uuid
from datetime import date
from typing import Final, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models.person import FinnishOrder
from engagements.models.engagement import Engagement, Participation

#: As many at a time; more would be one community for each.
MOST_SUB_GROUPS: Final = 12


class SubGroupQuerySet(models.QuerySet["SubGroup"]):
    def current(self) -> Self:
        return self.filter(ended_on=None)


class SubGroup(models.Model):
    """A named part of a work community, such as a ward or a shift. It is for meeting, never for dividing results."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    engagement = models.ForeignKey(Engagement, models.CASCADE, related_name="sub_groups")
    name = models.CharField(_("Name of the sub-group"), max_length=60)
    began_on = models.DateField()
    ended_on = models.DateField(null=True)
    sort_key = models.GeneratedField(
        expression=FinnishOrder("name"),
        output_field=models.CharField(max_length=60, db_collation="C"),
        db_persist=True,
    )

    objects = SubGroupQuerySet.as_manager()

    class Meta:
        verbose_name = _("sub-group")
        verbose_name_plural = _("sub-groups")
        ordering = ["sort_key", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["engagement", "name"], condition=Q(ended_on=None), name="sub_group_name_once"
            ),
            models.CheckConstraint(
                condition=Q(ended_on=None) | Q(ended_on__gte=F("began_on")), name="sub_group_ends_after_beginning"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class SubGroupMemberQuerySet(models.QuerySet["SubGroupMember"]):
    def current(self) -> Self:
        return self.filter(until=None)

    def on(self, day: date | F) -> Self:
        """Those who belonged to their sub-group on `day`."""
        return self.filter(since__lte=day).filter(Q(until=None) | Q(until__gt=day))


class SubGroupMember(models.Model):
    """A supervisee belongs to a sub-group of their process, from a day, until a day."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    sub_group = models.ForeignKey(SubGroup, models.CASCADE, related_name="members")
    participation = models.ForeignKey(Participation, models.CASCADE, related_name="sub_groups")
    since = models.DateField()
    until = models.DateField(null=True)

    objects = SubGroupMemberQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["sub_group", "participation"], condition=Q(until=None), name="sub_group_member_once_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gte=F("since")), name="sub_group_member_leaves_after_joining"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.participation_id} in {self.sub_group_id}"
