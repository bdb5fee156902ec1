import uuid
from datetime import datetime, timedelta
from typing import Final

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User

MOST_CALENDARS: Final = 5
#: How long a page waits for a calendar that is being read.
WAITED: Final = timedelta(minutes=3)


class Fault(models.TextChoices):
    """Why a calendar was not read the last time it was tried."""

    ADDRESS = "address", _("The address does not lead to a calendar on the open internet.")
    MISSING = "missing", _("There is no calendar at the address, or it asks for a password.")
    SERVER = "server", _("The other service answers with an error.")
    UNREACHABLE = "unreachable", _("The other service cannot be reached.")
    SLOW = "slow", _("The other service took too long to answer.")
    LARGE = "large", _("The calendar is larger than 5 MB.")
    CALENDAR = "calendar", _("What is at the address is not a calendar, or not a whole one.")
    MUCH = "much", _("The calendar holds more events than can be read.")
    SEALED = "sealed", _("The address cannot be opened here any more. Remove it and add it again.")


class BusyCalendar(models.Model):
    """Another calendar of a supervisor's, of which only the times at which they are taken are kept.

    `sealed` is its secret address, which only the worker opens; None for a file, which was read once. `tried_at` is
    when it was last asked, `read_at` when what is kept was last known to be true, `whole_at` when it last came whole.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="busy_calendars")
    #: Of the five that one may have, which.
    place = models.PositiveSmallIntegerField()
    name = models.CharField(_("Name"), max_length=80)
    sealed = models.BinaryField(null=True)
    added_at = models.DateTimeField(default=timezone.now)
    tried_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)
    whole_at = models.DateTimeField(null=True)
    next_at = models.DateTimeField(null=True)
    fault = models.CharField(max_length=11, choices=Fault, blank=True)
    failures = models.PositiveSmallIntegerField(default=0)
    etag = models.CharField(max_length=200, blank=True)
    last_modified = models.CharField(max_length=200, blank=True)
    unread = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["place"]
        constraints = [
            models.UniqueConstraint(fields=["user", "place"], name="busy_calendar_once_a_place"),
            models.CheckConstraint(condition=Q(place__range=(1, MOST_CALENDARS)), name="busy_calendar_at_most_five"),
            models.CheckConstraint(
                condition=Q(sealed__isnull=True, next_at__isnull=True) | Q(sealed__isnull=False, next_at__isnull=False),
                name="busy_calendar_file_is_read_once",
            ),
        ]
        indexes = [
            models.Index(fields=["next_at"], condition=Q(next_at__isnull=False), name="busy_calendar_due"),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def by_address(self) -> bool:
        return self.next_at is not None

    def is_waited_for(self, now: datetime) -> bool:
        """Whether it is being read, or is to be in a moment; one that nobody comes for is waited for no more."""
        if self.next_at is None or self.tried_at is None:
            return self.next_at is not None and self.next_at > now - WAITED
        in_hand = self.tried_at > now - WAITED and self.tried_at > (self.read_at or self.added_at) and not self.fault
        return in_hand or now - WAITED < self.next_at <= now


class BusyTime(models.Model):
    """A stretch of time that a calendar says is taken. Of one calendar no two overlap."""

    id = models.BigAutoField(primary_key=True)
    calendar = models.ForeignKey(BusyCalendar, models.CASCADE, related_name="times", db_index=False)
    during = DateTimeRangeField()

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="busy_time_no_overlap",
                expressions=[("calendar", RangeOperators.EQUAL), ("during", RangeOperators.OVERLAPS)],
            ),
            models.CheckConstraint(
                condition=Q(during__isempty=False, during__lower_inf=False, during__upper_inf=False),
                name="busy_time_begins_and_ends",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.calendar_id} {self.during}"
