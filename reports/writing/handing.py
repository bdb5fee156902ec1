"""The file of a report, handing it over, and withdrawing it."""

from datetime import datetime
from uuid import UUID

from csp.constants import SELF
from csp.decorators import csp_replace
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin

from documents.models import SealedFile
from engagements.views.scope import Request, sent
from reports.actions import releasing
from reports.models import Report, ReportState
from reports.reading import current
from reports.writing.forms import HandOverForm, WithdrawForm
from reports.writing.views import came_of, frame, led_report


@xframe_options_sameorigin
@csp_replace({"frame-ancestors": [SELF]})  # type: ignore[arg-type]
def file(request: Request, pk: UUID) -> HttpResponse:
    """The very file, which the page of handing over shows inside: as it was rendered for approval, sealed once it has
    left. A draft says that it is one.
    """
    return file_of(led_report(request, pk), timezone.now())


def file_of(found: Report, now: datetime) -> HttpResponse:
    from reports.paper import as_file, draft, rendered  # WeasyPrint takes a second to import

    revision = current(found)
    if found.out:
        kept = SealedFile.objects.of(SealedFile.Kind.REPORT, found.pk).get()
        return as_file(found, bytes(kept.content))
    return as_file(found, rendered(found, revision, now=now) if revision.pdf_sha256 else draft(found, revision))


@csp_replace({"object-src": [SELF], "frame-src": [SELF]})  # type: ignore[arg-type]
def release(request: Request, pk: UUID) -> HttpResponse:
    """What the client will see, who receives it, what stands against it; then that it leaves and can be taken back."""
    from reports.paper import rendered  # WeasyPrint takes a second to import

    found, now = led_report(request, pk), timezone.now()
    if found.out:
        return redirect("reports:report", pk)
    stops = releasing.stops(found, now=now)
    if not stops:
        rendered(found, current(found), now=now)
    revision = current(found)
    form = HandOverForm(sent(request), report=found, seen=revision.pdf_sha256, user=request.user, now=now)
    if found.open and form.done():
        messages.success(request, _("It leaves in ten minutes. Until then it can be taken back."))
        return redirect("reports:release", pk)
    context = {
        "report": found, "revision": revision, "stops": stops, "form": form,
        "recipients": releasing.recipients(found, now=now),
        "public_body": bool(found.engagement.client and found.engagement.client.public_body),
    }  # fmt: skip
    return render(request, "reports/release.html", frame(found.engagement) | context)


def withdraw(request: Request, pk: UUID) -> HttpResponse:
    """Withdraw a report that is out. It was sent, and may have been read: the page says so."""
    found = led_report(request, pk)
    if found.state != ReportState.RELEASED:
        return redirect("reports:report", pk)
    form = WithdrawForm(sent(request), report=found, user=request.user, now=timezone.now())
    if form.done():
        messages.success(request, _("The report is withdrawn. A dated notice stands in its place."))
        return redirect("reports:report", pk)
    context = {"report": found, "form": form, "recipients": releasing.recipients(found, now=timezone.now())} | came_of(
        found
    )
    return render(request, "reports/withdraw.html", frame(found.engagement) | context)
