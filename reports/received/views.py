"""The client's pages of reports: what was handed over to the one who asks, and nothing else."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Prefetch
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.models import ClientOrganisation, Person, User
from accounts.paging import keyset
from documents.models import SealedFile
from engagements.clause import lines, told
from engagements.models import Contract, ContractParty, Engagement
from engagements.models.contract import TODAY
from engagements.views.scope import Request, sent
from reports.actions.receiving import opened
from reports.models import Acknowledgement, Report, ReportState
from reports.models.report import ReportQuerySet
from reports.received.forms import AcknowledgeForm
from reports.received.review import next_review
from reports.received.year import Year, seen, year_of, years


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


# --- the meeting of three ---------------------------------------------------------------------------------------------


def meeting(request: Request, pk: UUID) -> HttpResponse:
    """What client, supervisees and supervisor speak of together (kolmikanta): the frame and the goals, not the content.

    It shows what the contract says, to which the asker is party, and nothing of the supervision itself.
    """
    party = ContractParty.objects.with_the_client(request.user)
    mine = Engagement.objects.party_to(request.user).filter(pk__in=party.values("contract__engagement"))
    engagement = get_object_or_404(mine.select_related("lead", "client", "practice"), pk=pk)
    contract = engagement.contracts.standing(TODAY).order_by("state", "-version").prefetch_related("reporting").first()
    context = {
        "engagement": engagement,
        "contract": contract,
        "told": lines(contract) if contract else [],
        "review": next_review(engagement, contract, timezone.localdate()) if contract else None,
    }
    return render(request, "received/meeting.html", context)


# --- what is not shown ----------------------------------------------------------------------------------------------


def not_shown(request: Request) -> HttpResponse:
    """What a client is never shown, and why; and of each of their processes what its contract lets them be told."""
    party = ContractParty.objects.with_the_client(request.user)
    mine = Engagement.objects.party_to(request.user).filter(pk__in=party.values("contract__engagement"))
    if not mine.exists() and not ClientOrganisation.objects.represented_by(request.user).exists():
        raise Http404
    standing = Contract.objects.visible_to(request.user).standing(TODAY).order_by("state", "-version")
    page = keyset(
        mine.prefetch_related(Prefetch("contracts", standing.prefetch_related("reporting"), to_attr="standing")),
        request.GET.dict(), "sort_key", "id",
    )  # fmt: skip
    now_told = told(timezone.now())
    processes: list[Any] = list(page.rows)
    rows = [
        {
            "engagement": each,
            "lines": lines(each.standing[0]) if each.standing else [],
            "now": [fact.label for fact in now_told.get(each.pk, {})],
        }
        for each in processes
    ]
    return render(request, "received/not_shown.html", {"rows": rows, "page": page})


# --- a year ---------------------------------------------------------------------------------------------------------


def found_year(request: Request, organisation: UUID, year: int) -> Year:
    """Return a year of an organisation that the asker speaks for. That it is looked at is written down."""
    now = timezone.now()
    if year not in years(now):
        raise Http404
    own = ClientOrganisation.objects.represented_by(request.user).without_examples()
    client = get_object_or_404(own, pk=organisation)
    found = year_of(client, year, request.user, now)
    seen(found, request.user)
    return found


def year(request: Request, organisation: UUID, year: int) -> HttpResponse:
    found = found_year(request, organisation, year)
    context = {"year": found, "organisation": organisation, "years": years(timezone.now())[:3]}
    return render(request, "received/year.html", context)


def year_file(request: Request, organisation: UUID, year: int) -> HttpResponse:
    """The same on paper, in the language of who asks."""
    from documents.pdf import render as set_in_print  # WeasyPrint takes a second to import

    found = found_year(request, organisation, year)
    language = (get_language() or "fi")[:2]
    pdf = set_in_print("pdf/year.html", {"year": found}, language, draft=False, sheet="print-report.css")
    headers = {"Content-Disposition": f'inline; filename="vuosiyhteenveto-{year}.pdf"'}
    return HttpResponse(pdf, content_type="application/pdf", headers=headers)
