"""The log of breaches of a practice, for its administrators and supervisors."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.models import Practice
from accounts.paging import keyset
from audit import trail
from engagements.views.scope import Request, sent
from formats.clock import HELSINKI
from privacy.incidents.forms import IncidentForm
from privacy.incidents.words import Sort, clock_of
from privacy.models import Incident, IncidentVersion


@dataclass(frozen=True)
class Described:
    """A version in words; `values` is None when it cannot be opened."""

    number: int
    at: datetime
    by: str
    values: dict[str, Any] | None
    sorts: str


def described(version: IncidentVersion) -> Described:
    try:
        values = version.values
    except InvalidTag:
        return Described(version.number, version.at, version.by.name, None, "")
    sorts = ", ".join(str(Sort(each).label) for each in values["sorts"])
    return Described(version.number, version.at, version.by.name, values, sorts)


def practice_of(request: Request, pk: UUID) -> Practice:
    return get_object_or_404(Practice.objects.of(request.user), pk=pk)


def log(request: Request, pk: UUID) -> HttpResponse:
    """What has happened in a practice, the latest first, each with its clock."""
    practice, now = practice_of(request, pk), timezone.now()
    page = keyset(Incident.objects.filter(practice=practice), request.GET.dict(), "-discovered_at", "-id")
    rows = [{"incident": each, "clock": clock_of(each, now), "over": over(each, now)} for each in page.rows]
    return render(request, "incidents/log.html", {"practice": practice, "rows": rows, "page": page})


def over(incident: Incident, now: datetime) -> bool:
    return incident.is_running and now > incident.deadline


def new(request: Request, pk: UUID) -> HttpResponse:
    practice = practice_of(request, pk)
    form = IncidentForm(sent(request), practice=practice, user=request.user, now=timezone.now())
    if form.done():
        messages.success(request, _("It is written down. The 72 hours run from when it became known."))
        return redirect("incidents:incident", form.made.pk)
    return render(request, "incidents/form.html", {"practice": practice, "form": form, "incident": None})


def seen(request: Request, pk: UUID) -> Incident:
    return get_object_or_404(Incident.objects.visible_to(request.user).select_related("practice"), pk=pk)


def context_of(incident: Incident, now: datetime) -> dict[str, Any]:
    versions = [described(each) for each in incident.versions.select_related("by").order_by("-number")]
    return {
        "incident": incident,
        "practice": incident.practice,
        "newest": versions[0],
        "earlier": versions[1:],
        "clock": clock_of(incident, now),
        "over": over(incident, now),
        "now": now,
    }


def incident(request: Request, pk: UUID) -> HttpResponse:
    """One breach: its clock, how it stands, and how it was described before."""
    return render(request, "incidents/incident.html", context_of(seen(request, pk), timezone.now()))


def edit(request: Request, pk: UUID) -> HttpResponse:
    """Describe it anew; what was written before stays."""
    found = seen(request, pk)
    form = IncidentForm(sent(request), practice=found.practice, incident=found, user=request.user, now=timezone.now())
    if form.done():
        messages.success(request, _("It is written down. What stood there before stays below."))
        return redirect("incidents:incident", pk)
    return render(request, "incidents/form.html", {"practice": found.practice, "form": form, "incident": found})


def pdf(request: Request, pk: UUID) -> HttpResponse:
    """The breach on paper, for the authority."""
    from documents.pdf import render as render_pdf  # WeasyPrint takes a second to import: only those who print wait

    found, now = seen(request, pk), timezone.now()
    language = (get_language() or "fi")[:2]
    content = render_pdf("pdf/incident.html", context_of(found, now), language, draft=False, sheet="print-own.css")
    trail.record(found.practice_id, "incident.printed", actor=request.user, obj=found)
    name = f"tietoturvaloukkaus-{found.discovered_at.astimezone(HELSINKI):%Y-%m-%d}.pdf"
    headers = {"Content-Disposition": f'inline; filename="{name}"'}
    return HttpResponse(content, content_type="application/pdf", headers=headers)
