from django.contrib import admin
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from accounts.admin.shown import Shown, narrowed_to, of_practice
from engagements.models import EngagementFrame
from formats.days import write_month
from reports.models import ReportFrame


@admin.register(ReportFrame)
class ReportAdmin(Shown):
    """That reports were handed over, and whether they still stand: never what they say, nor to whom."""

    list_display = ["short_id", "month_shown", "practice", "lead", "kind", "state"]
    list_filter = [
        "state", "kind", of_practice("engagement__practice"), narrowed_to(EngagementFrame, "engagement", "engagement"),
    ]  # fmt: skip
    list_select_related = ["engagement__practice", "engagement__lead"]
    search_fields = ["engagement__practice__name", "engagement__lead__email", "engagement__lead__full_name"]
    search_help_text = _("Practice, supervisor, or ID of a report or an engagement")
    ids = ("pk", "engagement")
    ordering = ["-month", "-pk"]
    sortable_by = ["month_shown"]
    fields = ["id", "engagement", "practice", "lead", "month_shown", "kind", "state"]

    @admin.display(description=_("ID"))
    def short_id(self, frame: ReportFrame) -> str:
        return str(frame.pk)[:8]

    @admin.display(description=_("Handed over in"), ordering="month")
    def month_shown(self, frame: ReportFrame) -> str:
        return write_month(frame.month)

    @admin.display(description=capfirst(_("practice")))
    def practice(self, frame: ReportFrame) -> str:
        return str(frame.engagement.practice)

    @admin.display(description=_("Supervisor"))
    def lead(self, frame: ReportFrame) -> str:
        return str(frame.engagement.lead)
