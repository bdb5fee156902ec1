"""Yearly totals of a client organisation, as the client tells them. Never of a person."""

import uuid
from decimal import Decimal
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import ClientOrganisation, User
from engagements.models import Engagement, State

#: Totals of fewer employees would point at persons.
FEWEST_EMPLOYEES = 10
#: Years that totals are told of.
FIRST_YEAR, LAST_YEAR = 2000, 2100


class YearTotalsQuerySet(models.QuerySet["YearTotals"]):
    def visible_to(self, user: User) -> Self:
        """Totals of the organisations whose contact `user` is, and of those for which they lead a process."""
        return self.filter(organisation__in=open_to(user).values("pk"))

    def standing(self) -> Self:
        """The version that stands of each organisation and year."""
        return self.order_by("organisation_id", "-year", "-version").distinct("organisation_id", "year")


def open_to(user: User) -> models.QuerySet[ClientOrganisation]:
    """Return the organisations whose totals `user` may see and enter. An example has none."""
    return ClientOrganisation.objects.without_examples().filter(
        Q(pk__in=ClientOrganisation.objects.represented_by(user).values("pk"))
        | Q(pk__in=served_by(user).values("client"))
    )


def served_by(user: User) -> models.QuerySet[Engagement]:
    """Return the processes that `user` leads and that were agreed on."""
    agreed = [State.ACTIVE, State.PAUSED, State.CLOSED]
    return Engagement.objects.led_by(user).without_examples().filter(state__in=agreed, client__isnull=False)


class YearTotals(models.Model):
    """What an organisation tells of one year, in one version: a correction is another row, and the earlier one stays.

    `covers` names the unit; empty means the whole organisation. `on_behalf`: the supervisor wrote down what the client
    told. Without any figure the year is taken back.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(ClientOrganisation, models.PROTECT, related_name="year_totals")
    year = models.PositiveSmallIntegerField(_("Year"))
    version = models.PositiveSmallIntegerField(default=1)
    covers = models.CharField(_("Unit"), max_length=120, blank=True)
    employees = models.PositiveIntegerField(_("Employees"))
    absence_days = models.DecimalField(_("Days of absence"), max_digits=9, decimal_places=1, null=True)
    satisfaction = models.DecimalField(_("Customer satisfaction"), max_digits=3, decimal_places=2, null=True)
    satisfaction_words = models.CharField(_("Customer satisfaction measured otherwise"), max_length=200, blank=True)
    cost = models.DecimalField(_("Costs"), max_digits=12, decimal_places=2, null=True)
    note = models.TextField(_("Remark"), max_length=1000, blank=True)
    on_behalf = models.BooleanField(default=False)
    entered_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()

    objects = YearTotalsQuerySet.as_manager()

    class Meta:
        verbose_name = _("yearly totals")
        verbose_name_plural = _("yearly totals")
        constraints = [
            models.UniqueConstraint(fields=["organisation", "year", "version"], name="totals_version_once"),
            models.CheckConstraint(condition=Q(year__range=(FIRST_YEAR, LAST_YEAR)), name="totals_of_a_year"),
            models.CheckConstraint(
                condition=Q(employees__range=(FEWEST_EMPLOYEES, 1_000_000)), name="totals_point_at_nobody"
            ),
            models.CheckConstraint(
                condition=Q(absence_days=None) | Q(absence_days__gte=0), name="totals_absence_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(satisfaction=None) | Q(satisfaction__range=(1, 5)), name="totals_satisfaction_in_scale"
            ),
            models.CheckConstraint(condition=Q(cost=None) | Q(cost__gte=0), name="totals_cost_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.year}"

    @property
    def days_each(self) -> Decimal | None:
        """Days of absence an employee, to one decimal."""
        return None if self.absence_days is None else round(self.absence_days / self.employees, 1)

    @property
    def says_something(self) -> bool:
        figures = (self.absence_days, self.satisfaction, self.cost)
        return any(value is not None for value in figures) or bool(self.satisfaction_words)
