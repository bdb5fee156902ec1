from django.db import models
from django.utils.translation import gettext_lazy as _

from engagements.models import EngagementFrame
from reports.models.report import OUT, Kind


class ReportFrame(models.Model):
    """What an administrator sees of a report: that it was handed over, in which month, and whether it still stands.

    A view of those that are out alone, without days, text, file or reader: the role of the admin site reads this and
    not the table.
    """

    id = models.UUIDField(_("ID"), primary_key=True)
    engagement = models.ForeignKey(
        EngagementFrame, models.DO_NOTHING, related_name="reports", verbose_name=_("engagement")
    )
    kind = models.CharField(_("Kind"), max_length=10, choices=Kind)
    state = models.CharField(_("State"), max_length=9, choices=[(state.value, state.label) for state in OUT])
    month = models.DateField(_("Handed over in"))

    class Meta:
        managed = False
        db_table = "reports_frame"
        verbose_name = _("report")
        verbose_name_plural = _("reports")

    def __str__(self) -> str:
        return str(self.pk)
