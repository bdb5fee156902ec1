"""The client's pages of reports: what was handed over to the one who asks, and nothing else."""

from uuid import UUID

from django.contrib import messages
from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Person, User
from documents.models import SealedFile
from engagements.views.scope import Request, sent
from reports.actions.receiving import opened
from reports.models import Acknowledgement, Report, ReportState
from reports.models.report import ReportQuerySet
from reports.received.forms import AcknowledgeForm


def received(user: User) -> ReportQuerySet:
    """Reports that were handed over to `user`, with what they have acknowledged."""
    mine = Acknowledgement.objects.filter(user=user)
    found = Report.objects.received_by(user).select_related("engagement__client", "engagement__practice")
    return found.select_related("engagement__lead", "corrects").prefetch_related(
        Prefetch("acknowledgements", mine, to_attr="acknowledged")
    )


def reports(request: Request) -> HttpResponse:
    """Everything that was handed over to the asker, by organisation: one who speaks for several sees them apart."""
    found = received(request.user).order_by(
        "engagement__client__sort_key", "engagement__practice__name", "engagement__client", "-released_at", "pk"
    )
    return render(request, "received/list.html", {"reports": list(found[:500])})


def report(request: Request, pk: UUID) -> HttpResponse:
    """One report: its file, and to acknowledge it. Where it was withdrawn a dated notice stands, and no file."""
    found = get_object_or_404(received(request.user), pk=pk)
    person = get_object_or_404(Person, user=request.user, pk__in=found.recipients.values("person"))
    form = None
    if found.state == ReportState.RELEASED:
        opened(found, request.user)
        if not found.acknowledged:  # type: ignore[attr-defined]
            form = AcknowledgeForm(
                sent(request), report=found, person=person, user=request.user, now=timezone.now()
            )  # fmt: skip
            if form.done():
                messages.success(request, _("Thank you. The supervisors and supervisees see that it was read."))
                return redirect("received:report", pk)
    client = found.engagement.client
    context = {
        "report": found,
        "engagement": found.engagement,
        "form": form,
        "sealed": SealedFile.objects.without_content().of(SealedFile.Kind.REPORT, found.pk).first(),
        "public_body": bool(client and client.public_body),
        "corrected_by": Report.objects.received_by(request.user).filter(corrects=found).first(),
    }
    return render(request, "received/report.html", context)


def file(request: Request, pk: UUID) -> HttpResponse:
    """The sealed bytes. That they were opened is written down."""
    from reports.paper import as_file  # WeasyPrint takes a second to import

    found = get_object_or_404(received(request.user), pk=pk, state=ReportState.RELEASED)
    kept = get_object_or_404(SealedFile.objects.of(SealedFile.Kind.REPORT, found.pk))
    opened(found, request.user)
    return as_file(found, bytes(kept.content))
