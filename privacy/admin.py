from typing import Any

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from accounts.admin.shown import Shown, moment
from privacy.models import RetentionRun


@admin.register(RetentionRun)
class RetentionRunAdmin(Shown):
    """The nights: how much went by which rule. Nothing in it leads to anybody."""

    list_display = [moment("started_at", _("Begun")), moment("ended_at", _("Ended")), "together"]
    ordering = ["-started_at"]
    sortable_by = ()
    fields = [moment("started_at", _("Begun")), moment("ended_at", _("Ended")), "by_rule"]

    @admin.display(description=_("Altogether"))
    def together(self, run: RetentionRun) -> int:
        return run.total

    @admin.display(description=_("By rule"))
    def by_rule(self, run: RetentionRun) -> str:
        counts: dict[str, Any] = run.counts
        return ", ".join(f"{rule} {amount}" for rule, amount in sorted(counts.items())) or "–"
