from datetime import date
from typing import Any

from dateutil.relativedelta import relativedelta
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from accounts.admin.shown import Shown, moment, narrowed_to, of_practice
from engagements.models import EngagementFrame
from formats.days import write_month
from sessions.models import SessionFrame


def months_around(today: date) -> list[date]:
    """Return the months that a list is narrowed to: three to come, this one and a year back, the latest first."""
    this = today.replace(day=1)
    return [this + relativedelta(months=away) for away in range(3, -13, -1)]


class InMonth(admin.SimpleListFilter):
    title = _("month")
    parameter_name = "month"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(f"{day:%Y-%m}", capfirst(write_month(day))) for day in months_around(timezone.localdate())]

    def queryset(self, request: HttpRequest, queryset: QuerySet[SessionFrame]) -> QuerySet[SessionFrame]:
        offered = [value for value, _words in self.lookup_choices]
        return queryset.filter(month=f"{self.value()}-01") if self.value() in offered else queryset


@admin.register(SessionFrame)
class SessionAdmin(Shown):
    """That sessions are planned and held, to be counted: by month, without day, place or people."""

    list_display = [
        "short_id", "month_shown", "practice", "lead", "minutes", "mode", "state", "trial", "changes",
        moment("created_at", _("Booked")),
    ]  # fmt: skip
    list_filter = [
        "state", InMonth, "mode", "trial", of_practice("engagement__practice"),
        narrowed_to(EngagementFrame, "engagement", "engagement"),
    ]  # fmt: skip
    list_select_related = ["engagement__practice", "engagement__lead"]
    search_fields = ["engagement__practice__name", "engagement__lead__email", "engagement__lead__full_name"]
    search_help_text = _("Practice, supervisor, or ID of a session or an engagement")
    ids = ("pk", "engagement")
    ordering = ["-month", "-pk"]
    sortable_by = ["month_shown"]
    fields = [
        "id", "engagement", "practice", "lead", "month_shown", "minutes", "mode", "state", "trial", "changes",
        moment("created_at", _("Booked")),
    ]  # fmt: skip

    @admin.display(description=_("ID"))
    def short_id(self, frame: SessionFrame) -> str:
        return str(frame.pk)[:8]

    @admin.display(description=_("Month"), ordering="month")
    def month_shown(self, frame: SessionFrame) -> str:
        return write_month(frame.month)

    @admin.display(description=capfirst(_("practice")))
    def practice(self, frame: SessionFrame) -> str:
        return str(frame.engagement.practice)

    @admin.display(description=_("Supervisor"))
    def lead(self, frame: SessionFrame) -> str:
        return str(frame.engagement.lead)
