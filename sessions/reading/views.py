"""Who has opened what concerns the one who asks, in one process. The database answers, out of the audit chain."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from engagements.models import CoSupervisor, Engagement, Participation
from formats.clock import HELSINKI
from formats.days import write_day, write_month
from sessions.views import Request, met_by

#: How many of the newest are shown.
MOST: Final = 200


@dataclass(frozen=True)
class Reading:
    at: datetime
    who: str
    what: str


def reads(request: Request, pk: UUID) -> HttpResponse:
    engagement = get_object_or_404(met_by(request.user).select_related("lead"), pk=pk)
    leads = Engagement.objects.led_by(request.user).filter(pk=pk).exists()
    context = {
        "base": "engagements/base.html" if leads else "sessions/base.html",
        "section": "reads",
        "engagement": engagement,
        "leads": leads,
        "readings": readings(engagement),
        "most": MOST,
    }
    return render(request, "reading/reads.html", context)


def readings(engagement: Engagement) -> list[Reading]:
    """Return who opened what concerns the person asking in `engagement`, the latest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT at, actor, event, about, client, version FROM sec.reads_of(%s) LIMIT %s", [engagement.pk, MOST]
        )
        rows = cursor.fetchall()
    names = names_in(engagement)
    return [
        Reading(at, who_of(actor, names, client=client), what_of(event, about, version))
        for at, actor, event, about, client, version in rows
    ]


def names_in(engagement: Engagement) -> Mapping[UUID, str]:
    """Return by user the names that the person asking may know: supervisors, now and before, and their fellows."""
    names: dict[UUID, str] = {engagement.lead_id: engagement.lead.name}
    for co in CoSupervisor.objects.filter(engagement=engagement).select_related("user"):
        names[co.user_id] = co.user.name
    fellows: Any = Participation.objects.filter(engagement=engagement, person__user__isnull=False)
    for fellow in fellows.select_related("person"):
        names.setdefault(fellow.person.user_id, fellow.person.name)
    return names


def who_of(actor: UUID | None, names: Mapping[UUID, str], *, client: bool) -> str:
    if client:
        return _("The client")
    return names.get(actor, _("Somebody who had access then")) if actor else _("Somebody who had access then")


def what_of(event: str, about: datetime | None, version: int | None) -> str:
    day = write_day(about.astimezone(HELSINKI).date()) if about else ""
    if event == "contract.viewed":
        return _("The contract, version %(version)d") % {"version": version or 1}
    if event == "billing.viewed":
        return _("What is charged, %(month)s") % {
            "month": write_month(about.astimezone(HELSINKI).date()) if about else ""
        }
    if event == "year.viewed":
        return _("The summary of the year %(year)d") % {"year": version or 0}
    if event == "progress.read":
        return _("Remarks on your own goal")
    dated, plain = {
        "memo.read": (_("The memo of the session %(day)s"), _("A memo")),
        "answer.read": (_("Your answer to a task, given %(day)s"), _("Your answer to a task")),
        "note.read": (_("Your note of the session %(day)s"), _("Your note")),
        "evaluation.read": (
            _("Your answers to the evaluation that closed on %(day)s"),
            _("Your answers to an evaluation"),
        ),
        "report.viewed": (_("The report that was handed over on %(day)s"), _("A report")),
    }[event]
    return dated % {"day": day} if day else plain
