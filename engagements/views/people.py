from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext

from engagements.blockers import governing_contract, number_warning
from engagements.forms.people import CoSupervisorsForm, JoinForm, LeaveForm
from engagements.models import ContractParty, Engagement, State
from engagements.views.scope import Request, led, sent


def people(request: Request, pk: UUID) -> HttpResponse:
    """Everybody in the process, who does what, and who joins."""
    engagement = led(request, pk)
    if engagement.state == State.DRAFT:
        return redirect("engagements:who", pk)
    form = JoinForm(sent(request), engagement=engagement, by=request.user, now=timezone.now())
    if form.done():
        messages.success(request, gettext("Everybody you named is in the process."))
        return redirect("engagements:people", pk)
    participations = engagement.participations.select_related("person").order_by("person__sort_key", "pk")
    current = [one for one in participations if one.left_on is None]
    parties = governing_contract(engagement).parties.select_related("user", "person", "contact__organisation")
    context = {
        "engagement": engagement,
        "form": form,
        "current": current,
        "former": [one for one in participations if one.left_on is not None],
        "parties": parties.exclude(kind=ContractParty.Kind.SUPERVISOR),
        "co_supervisors": engagement.co_supervisors.current().select_related("user").order_by("since"),
        "leads": engagement.lead_id == request.user.pk,
        "warning": number_warning(engagement, len(current)),
        "section": "people",
    }
    return render(request, "engagements/people.html", context)


def leave(request: Request, pk: UUID, participation: UUID) -> HttpResponse:
    engagement = led(request, pk)
    current = engagement.participations.current().select_related("person", "engagement")
    form = LeaveForm(
        sent(request), participation=get_object_or_404(current, pk=participation), by=request.user, now=timezone.now()
    )
    if form.done():
        name = form.participation.person.name
        messages.success(request, gettext("%(name)s is not in the process any more.") % {"name": name})
        return redirect("engagements:people", pk)
    return render(request, "engagements/leave.html", {"engagement": engagement, "form": form, "section": "people"})


def co_supervisors(request: Request, pk: UUID) -> HttpResponse:
    own = Engagement.objects.filter(lead=request.user).without_examples()
    engagement = get_object_or_404(own.select_related("practice"), pk=pk)
    form = CoSupervisorsForm(sent(request), engagement=engagement, by=request.user, now=timezone.now())
    if form.done():
        messages.success(request, gettext("The co-supervisors are as you chose."))
        return redirect("engagements:people", pk)
    context = {"engagement": engagement, "form": form, "section": "people"}
    return render(request, "engagements/co_supervisors.html", context)
