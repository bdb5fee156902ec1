from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.admin.shown import Cases, Shown, for_chosen, listed, moment, named, narrowed_to, of_practice
from accounts.models import User
from engagements.models import ContractTemplate, EngagementFrame


def sessions_of(which: Q) -> Subquery:
    """Return how many of an engagement's sessions are `which`, to annotate a list with."""
    of_one = EngagementFrame.objects.filter(pk=OuterRef("pk")).order_by().values("pk")
    return Subquery(of_one.annotate(found=Count("sessions", filter=which)).values("found"))


@admin.register(EngagementFrame)
class EngagementAdmin(Shown):
    """That an engagement exists, and its frame: whose it is, its form and state, how many sessions."""

    list_display = [
        "short_id", "practice", "lead", "form", "focus", "state", moment("starts_on", _("Starts on")),
        moment("ends_on", _("Ends on")), "sessions_held", "sessions_planned", moment("created_at", _("Opened")),
    ]  # fmt: skip
    list_filter = ["state", "form", "focus", "process", "language", of_practice(), narrowed_to(User, "lead", "lead")]
    list_select_related = ["practice", "lead"]
    search_fields = ["practice__name", "lead__email", "lead__full_name"]
    search_help_text = _("Practice, supervisor or ID")
    ids = ("pk", "practice", "lead")
    ordering = ["-created_at", "pk"]
    fields = [
        "id", "practice", "lead", "form", "focus", "process", "language", "state", moment("starts_on", _("Starts on")),
        moment("ends_on", _("Ends on")), "ending", moment("created_at", _("Opened")), moment("closed_at", _("Closed")),
        "sessions_held", "sessions_planned",
        listed("supervision_sessionframe", "engagement", _("Sessions"), _("Its sessions")),
    ]  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[EngagementFrame]:
        frames: QuerySet[EngagementFrame] = super().get_queryset(request)
        return frames.annotate(
            held=sessions_of(Q(sessions__state="held")), planned=sessions_of(Q(sessions__state="planned"))
        )

    @admin.display(description=_("ID"))
    def short_id(self, frame: EngagementFrame) -> str:
        return str(frame.pk)[:8]

    @admin.display(description=_("Sessions held"))
    def sessions_held(self, frame: Any) -> int:
        return int(frame.held)

    @admin.display(description=_("Sessions planned"))
    def sessions_planned(self, frame: Any) -> int:
        return int(frame.planned)


class InUse(Cases):
    title = _("in use")
    parameter_name = "in_use"
    cases = {"yes": (_("In use"), Q(archived_at=None)), "no": (_("Archived"), Q(archived_at__isnull=False))}


@admin.register(ContractTemplate)
class ContractTemplateAdmin(Shown):
    """That a practice keeps them, and for what. Their terms are its own: free text may hold anything."""

    list_display = ["name", "form", named("practice", capfirst(_("practice"))), moment("archived_at", _("Archived"))]
    list_filter = [InUse, "form", of_practice()]
    search_fields = ["name", "practice__name"]
    search_help_text = _("Name, practice or ID")
    ids = ("pk", "practice")
    ordering = ["name", "pk"]
    fields = ["name", "form", named("practice", capfirst(_("practice"))), moment("archived_at", _("Archived")), "id"]
    actions = ["archive", "take_back"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ContractTemplate]:
        """By the names of its columns: this site's role cannot read the terms."""
        templates: QuerySet[ContractTemplate] = super().get_queryset(request)
        return templates.select_related("practice").only("name", "form", "archived_at", "practice__name")

    @admin.action(description=_("Archive"), permissions=["help"])
    @for_chosen()
    def archive(self, request: HttpRequest, templates: list[ContractTemplate]) -> None:
        self.set_archived(request, templates, ContractTemplate.objects.filter(archived_at=None), True)

    @admin.action(description=_("Take into use again"), permissions=["help"])
    @for_chosen()
    def take_back(self, request: HttpRequest, templates: list[ContractTemplate]) -> None:
        """One whose name another has now stays in the archive."""
        namesake = ContractTemplate.objects.filter(
            practice=OuterRef("practice"), name=OuterRef("name"), archived_at=None
        )
        kept = ContractTemplate.objects.filter(~Exists(namesake), archived_at__isnull=False)
        self.set_archived(request, templates, kept, False)

    def set_archived(
        self,
        request: HttpRequest,
        templates: list[ContractTemplate],
        which: QuerySet[ContractTemplate],
        archived: bool,
    ) -> None:
        moment = timezone.now() if archived else None
        done = [each for each in templates if which.filter(pk=each.pk).update(archived_at=moment)]
        for template in done:
            self.changed(request, template, "archived")
        told = ngettext("%(n)s template changed.", "%(n)s templates changed.", len(done))
        self.message_user(request, told % {"n": len(done)}, messages.SUCCESS if done else messages.WARNING)
