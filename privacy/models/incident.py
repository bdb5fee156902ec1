"""Personal data breaches (GDPR 33, 34): what happened, what was done, and the 72 hours."""

import json
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Practice, User
from accounts.sealing import seal, unseal

#: GDPR 33(1): the authority is told within 72 hours of when the breach became known.
CLOCK: Final = timedelta(hours=72)


class IncidentQuerySet(models.QuerySet["Incident"]):
    def visible_to(self, user: User) -> Self:
        """Incidents of the practices in which `user` works."""
        return self.filter(practice__in=Practice.objects.of(user).values("pk"))

    def running(self) -> Self:
        """Neither reported to the authority, nor with grounds for not reporting."""
        return self.filter(reported_at=None, not_reported=False)


class Incident(models.Model):
    """A breach that became known at `discovered_at`. Beside what the clock needs, everything stands in its versions."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    practice = models.ForeignKey(Practice, models.PROTECT, related_name="incidents")
    discovered_at = models.DateTimeField(_("Became known"))
    reported_at = models.DateTimeField(_("Reported to the authority"), null=True)
    not_reported = models.BooleanField(default=False)
    told_at = models.DateTimeField(_("The people concerned were told"), null=True)
    rev = models.PositiveSmallIntegerField(default=1)

    objects = IncidentQuerySet.as_manager()

    class Meta:
        verbose_name = _("personal data breach")
        verbose_name_plural = _("personal data breaches")
        ordering = ["-discovered_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(reported_at=None) | Q(not_reported=False), name="incident_reported_or_not"
            ),
            models.CheckConstraint(
                condition=Q(reported_at=None) | Q(reported_at__gte=models.F("discovered_at")),
                name="incident_reported_after_it_became_known",
                violation_error_message=_("It cannot be reported before it became known."),
            ),
            models.CheckConstraint(
                condition=Q(told_at=None) | Q(told_at__gte=models.F("discovered_at")),
                name="incident_told_after_it_became_known",
                violation_error_message=_("People cannot be told before it became known."),
            ),
        ]
        indexes = [
            models.Index(fields=["practice", "-discovered_at"], name="incident_of_practice"),
            models.Index(
                fields=["discovered_at"], condition=Q(reported_at=None, not_reported=False), name="incident_running"
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def is_running(self) -> bool:
        return self.reported_at is None and not self.not_reported

    @property
    def deadline(self) -> datetime:
        """72 real hours later, over the change of the clocks too."""
        return self.discovered_at.astimezone(UTC) + CLOCK

    def hours_left(self, now: datetime) -> int:
        """Return the whole hours until the deadline; negative: so many whole hours over it."""
        left = (self.deadline - now) / timedelta(hours=1)
        return int(left)


class IncidentVersion(models.Model):
    """How an incident was described at one time, whole, sealed. Appended, never changed: grants refuse it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    incident = models.ForeignKey(Incident, models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField()
    sealed = models.BinaryField()
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("version of a personal data breach")
        verbose_name_plural = _("versions of personal data breaches")
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["incident", "number"], name="incident_version_once")]

    def __str__(self) -> str:
        return f"{self.incident_id} {self.number}"

    def put(self, values: Mapping[str, Any]) -> None:
        self.sealed = seal(json.dumps(dict(values), ensure_ascii=False).encode(), self.place)

    @property
    def values(self) -> dict[str, Any]:
        """What was written. Raises InvalidTag when it was changed or moved."""
        found: dict[str, Any] = json.loads(unseal(bytes(self.sealed), self.place))
        return found

    @property
    def place(self) -> str:
        return f"incident:{self.incident_id}:{self.number}"
