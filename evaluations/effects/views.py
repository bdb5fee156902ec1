"""Effects over the years, of one's own processes and of a practice; yearly totals of a client."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actions import stream
from accounts.models import ClientOrganisation, Practice, User
from accounts.signed_in import SignedInRequest
from audit import trail
from engagements.views.scope import sent
from evaluations.effects.export import CODEBOOK, as_csv
from evaluations.effects.forms import TotalsForm
from evaluations.effects.page import Page, page
from evaluations.effects.reading import crowds_of
from evaluations.effects.totals import by_client, by_year, latest
from evaluations.models import YearTotals
from evaluations.models.totals import open_to, served_by
from evaluations.suppression import FEWEST_PROCESSES, threshold_of
from formats.clock import HELSINKI

# --- figures --------------------------------------------------------------------------------------------------------


def own(request: SignedInRequest) -> HttpResponse:
    """What one's own processes show together."""
    practices = supervised(request.user)
    return render(request, "effects/own.html", {**shown(request, None), "practices": practices})


def practice(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """What the processes of all who supervise in a practice show together."""
    one = get_object_or_404(Practice.objects.supervised_by(request.user), pk=pk)
    return render(request, "effects/practice.html", {**shown(request, one), "practice": one})


def own_csv(request: SignedInRequest) -> HttpResponse:
    supervised(request.user)
    return file(request, None)


def practice_csv(request: SignedInRequest, pk: UUID) -> HttpResponse:
    return file(request, get_object_or_404(Practice.objects.supervised_by(request.user), pk=pk))


def supervised(user: User) -> list[Practice]:
    """Return the practices in which `user` supervises. Raises Http404 when there is none."""
    practices = list(Practice.objects.supervised_by(user).order_by("name", "pk"))
    if not practices:
        raise Http404
    return practices


def figures(request: SignedInRequest, of: Practice | None) -> tuple[Page, int]:
    """Return what is shown of one's own processes or of a practice's, and from how many people on."""
    found = crowds_of(request.user, of)
    threshold = threshold_of(found.threshold)
    return page(found.crowds, threshold, asked(request), all_own=of is None), threshold


def asked(request: HttpRequest) -> dict[str, str]:
    return {name: request.GET.get(name, "")[:20] for name in ("by", "form", "year")}


def shown(request: SignedInRequest, of: Practice | None) -> dict[str, Any]:
    found, threshold = figures(request, of)
    return {
        "page": found,
        "threshold": threshold,
        "fewest": FEWEST_PROCESSES,
        "codebook": CODEBOOK,
        "clients": by_client(totals_beside(request.user, of)),
    }


def totals_beside(user: User, of: Practice | None) -> Any:
    """Return the totals of clients for whom `user` leads a process; of one practice, where it is asked for."""
    served = served_by(user).filter(practice=of) if of else served_by(user)
    return YearTotals.objects.filter(organisation__in=served.values("client")).standing().select_related("organisation")


def file(request: SignedInRequest, of: Practice | None) -> HttpResponse:
    """Give the rows that the page shows, and write down who took them out."""
    found, threshold = figures(request, of)
    today = timezone.now().astimezone(HELSINKI).date()
    for one in [of.pk] if of else Practice.objects.supervised_by(request.user).values_list("pk", flat=True):
        trail.record(stream(one), "effects_exported", actor=request.user)
    answer = HttpResponse(as_csv(found, threshold, today), content_type="text/csv; charset=utf-8")
    name = _("effects")
    answer["Content-Disposition"] = f'attachment; filename="{name}-{today.isoformat()}.csv"'
    return answer


# --- yearly totals --------------------------------------------------------------------------------------------------


def of_client(request: SignedInRequest, pk: UUID) -> dict[str, Any]:
    """Return what every page about the totals of a client shows; to everybody else there is none."""
    organisation = get_object_or_404(open_to(request.user), pk=pk)
    represents = ClientOrganisation.objects.represented_by(request.user).filter(pk=pk).exists()
    return {"organisation": organisation, "represents": represents}


def totals(request: SignedInRequest, organisation: UUID) -> HttpResponse:
    """What the client has told of each year."""
    context = of_client(request, organisation)
    return render(request, "effects/totals.html", {**context, "years": by_year(context["organisation"])})


def totals_tell(request: SignedInRequest, organisation: UUID) -> HttpResponse:
    """Tell the totals of another year."""
    context = of_client(request, organisation)
    form = TotalsForm(sent(request), organisation=context["organisation"], user=request.user, now=timezone.now())
    return kept(request, organisation, context, form)


def totals_year(request: SignedInRequest, organisation: UUID, year: int) -> HttpResponse:
    """Correct what was told of one year."""
    context = of_client(request, organisation)
    standing = latest(context["organisation"], year)
    if standing is None:
        raise Http404
    form = TotalsForm(
        sent(request), organisation=context["organisation"], user=request.user, now=timezone.now(), standing=standing
    )
    return kept(request, organisation, {**context, "year": year}, form)


def kept(request: SignedInRequest, organisation: UUID, context: dict[str, Any], form: TotalsForm) -> HttpResponse:
    if form.done():
        messages.success(request, _("Saved."))
        return redirect("effects:totals", organisation)
    return render(request, "effects/totals_tell.html", {**context, "form": form})
