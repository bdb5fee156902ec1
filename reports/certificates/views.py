"""Certificates of taking part: of every supervisee for who leads the process, of oneself for a supervisee."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from engagements.models import Engagement
from reports.certificates.certificate import Attendee, as_pdf, attendees, client_of, collect
from reports.certificates.forms import WishForm
from sessions.reads import write_down
from sessions.views import Request, met_by

MADE: Final = "certificate.made"


@dataclass(frozen=True)
class Row:
    """Who can have a certificate, and what is asked about it."""

    attendee: Attendee
    form: WishForm


def listed(request: Request, pk: UUID) -> HttpResponse:
    """Who can have a certificate. It is offered when the process is over or ten sessions are; one may ask earlier."""
    engagement, leads, found = asked(request, pk)
    client = client_of(engagement)
    rows = [Row(one, wish(request, client, one, leads=leads)) for one in found if one.attended]
    context = {
        "base": "engagements/base.html" if leads else "sessions/base.html",
        "section": "people",
        "engagement": engagement,
        "leads": leads,
        "offered": [row for row in rows if row.attendee.offered],
        "earlier": [row for row in rows if not row.attendee.offered],
        "nothing": [one for one in found if one.attended is None],
    }
    return render(request, "certificates/list.html", context)


def pdf(request: Request, pk: UUID, participation: UUID) -> HttpResponse:
    """One certificate as a file, made as things stand now; that it was made is written down."""
    engagement, leads, found = asked(request, pk)
    attendee = next((one for one in found if one.participation.pk == participation), None)
    if attendee is None or attendee.attended is None:
        raise Http404
    form = wish(request, client_of(engagement), attendee, leads=leads, data=request.GET if request.GET else None)
    if form.is_bound and not form.is_valid():
        messages.warning(request, _("Choose the language of the certificate from the list."))
        return redirect("certificates:list", pk)
    language = form.cleaned_data["language"] if form.is_bound else form.initial["language"]
    named = form.is_bound and form.with_client
    made = collect(
        attendee.participation, attendee.attended, engagement=engagement, language=language, with_client=named,
        now=timezone.now(),
    )  # fmt: skip
    write_down(
        request.user, engagement.pk, MADE, [attendee.participation], data={"language": language, "client": named}
    )
    headers = {"Content-Disposition": f'inline; filename="todistus-{made.issued_on:%Y-%m-%d}.pdf"'}
    return HttpResponse(as_pdf(made, language), content_type="application/pdf", headers=headers)


def asked(request: Request, pk: UUID) -> tuple[Engagement, bool, list[Attendee]]:
    """Return the process, whether the asker leads it, and of whom they may have a certificate."""
    known = met_by(request.user).select_related("practice", "lead")
    engagement = get_object_or_404(known, pk=pk)
    leads = Engagement.objects.led_by(request.user).filter(pk=pk).exists()
    return engagement, leads, attendees(engagement, request.user, leads=leads)


def wish(request: Request, client: str, attendee: Attendee, *, leads: bool, data: Any = None) -> WishForm:
    person = attendee.participation.person
    language = person.language if leads else request.user.language
    return WishForm(data, client=client, language=language, own=not leads, account=person.user_id is not None)
