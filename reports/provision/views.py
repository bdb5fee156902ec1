"""The proof that statutory supervision was provided: for the client, and for the lead who gives it to them."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import get_language

from accounts.models import ClientOrganisation, Person
from engagements.models import Engagement
from engagements.views.scope import Request
from reports.provision import proof
from reports.provision.proof import Proof
from reports.received.year import seen, years


def only_a_year(year: int) -> None:
    """Raise Http404 for a year of which nothing is told."""
    if year not in years(timezone.now()):
        raise Http404


def as_file(found: Proof) -> HttpResponse:
    """Return the proof on paper, in the language of who asks."""
    from documents.pdf import render as set_in_print  # WeasyPrint takes a second to import

    language = (get_language() or "fi")[:2]
    pdf = set_in_print("pdf/provision.html", {"proof": found}, language, draft=False, sheet="print-report.css")
    headers = {"Content-Disposition": f'inline; filename="tyonohjausselvitys-{found.year.year}.pdf"'}
    return HttpResponse(pdf, content_type="application/pdf", headers=headers)


# --- the client's -----------------------------------------------------------------------------------------------------


def found_for_client(request: Request, organisation: UUID, year: int) -> Proof:
    """Return the proof for the asker, who speaks for the client. That it is looked at is written down."""
    only_a_year(year)
    own = ClientOrganisation.objects.represented_by(request.user).without_examples()
    found = proof.told(get_object_or_404(own, pk=organisation), year, request.user, timezone.now())
    seen(found.year, request.user)
    return found


def told(request: Request, organisation: UUID, year: int) -> HttpResponse:
    found = found_for_client(request, organisation, year)
    context = {"proof": found, "organisation": organisation, "years": years(timezone.now())[:3]}
    return render(request, "provision/told.html", context)


def told_file(request: Request, organisation: UUID, year: int) -> HttpResponse:
    return as_file(found_for_client(request, organisation, year))


# --- the lead's -------------------------------------------------------------------------------------------------------


def led_client(request: Request, organisation: UUID, year: int) -> ClientOrganisation:
    """Return a client of whom the asker leads a process; to everybody else there is none."""
    only_a_year(year)
    led = Engagement.objects.led_by(request.user).without_examples().values("client")
    return get_object_or_404(ClientOrganisation.objects.filter(pk__in=led), pk=organisation)


def own(request: Request, organisation: UUID, year: int, person: UUID | None = None) -> HttpResponse:
    """What one reader of the client is told of own processes; without a name, the first who may be given it."""
    client = led_client(request, organisation, year)
    readers = proof.readers(client, request.user)
    to = one_of(readers, person) if person else next(iter(readers), None)
    context = {
        "client": client,
        "year": year,
        "years": years(timezone.now())[:3],
        "readers": readers,
        "to": to,
        "proof": proof.made_for(to, client, year, request.user, timezone.now()) if to else None,
        "marked": bool(readers) or proof.marked(client, request.user).exists(),
    }
    return render(request, "provision/own.html", context)


def own_file(request: Request, organisation: UUID, year: int, person: UUID) -> HttpResponse:
    client = led_client(request, organisation, year)
    to = one_of(proof.readers(client, request.user), person)
    return as_file(proof.made_for(to, client, year, request.user, timezone.now()))


def one_of(readers: list[Person], person: UUID) -> Person:
    found = next((each for each in readers if each.pk == person), None)
    if found is None:
        raise Http404
    return found
