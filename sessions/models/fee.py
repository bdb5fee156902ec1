from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from sessions.models.session import Session


class Fee(models.Model):
    """How much of its price one session is charged, in per cent, as the contract said when it was marked or cancelled.

    The billing basis is no business of the supervisees, so it stands beside the session and not in it. A waived fee
    keeps what it was, with who waived it and why.
    """

    session = models.OneToOneField(Session, models.CASCADE, primary_key=True, related_name="fee")
    percent = models.PositiveSmallIntegerField(_("Charged, % of the price"))
    since = models.DateTimeField(default=timezone.now)
    waived_at = models.DateTimeField(null=True)
    waived_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    waived_reason = models.CharField(_("Why nothing is charged"), max_length=300, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(percent__range=(0, 100)), name="fee_percent_in_range"),
            models.CheckConstraint(
                condition=Q(waived_at=None, waived_by=None, waived_reason="")
                | Q(waived_at__isnull=False, waived_by__isnull=False, percent__gt=0) & ~Q(waived_reason=""),
                name="fee_waived_says_who_and_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.session_id} {self.charged} %"

    @property
    def charged(self) -> int:
        """The percentage of the price that is charged after all."""
        return 0 if self.waived_at else self.percent
