"""What goes next, what is held back, and the page on which somebody is erased."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.models import Person, Practice
from accounts.signed_in import SignedInRequest
from engagements.models import Engagement
from formats.clock import HELSINKI
from privacy import erasing, policy
from privacy.models import Hold
from privacy.retention import holding
from privacy.retention.forms import EraseForm, HoldForm
from privacy.retention.going import AHEAD, ahead


def going(request: SignedInRequest) -> HttpResponse:
    """What goes in the next month, and what would but is held."""
    if not Practice.objects.of(request.user).exists():
        raise Http404
    now = timezone.now()
    context = {
        "ahead": ahead(now),
        "days": AHEAD.days,
        "holds": list(holding.in_force(now.astimezone(HELSINKI).date())),
        "administers": Practice.objects.administered_by(request.user).exists(),
        "periods": policy.periods(),
    }
    return render(request, "privacy/retention/going.html", context)


def hold_process(request: SignedInRequest, pk: UUID) -> HttpResponse:
    return _hold(request, get_object_or_404(Engagement.objects.filter(holding.may_hold(request.user)), pk=pk))


def hold_person(request: SignedInRequest, pk: UUID) -> HttpResponse:
    return _hold(request, _person(pk))


def _hold(request: SignedInRequest, about: Engagement | Person) -> HttpResponse:
    data = request.POST if request.method == "POST" else None
    form = HoldForm(data, about=about, by=request.user, now=timezone.now())
    if form.done():
        messages.success(request, _("It is held: nothing of it goes."))
        return redirect("retention:going")
    shown = about.title if isinstance(about, Engagement) and about.pk in _led(request) else None
    name = about.name if isinstance(about, Person) else shown
    return render(request, "privacy/retention/hold.html", {"form": form, "about": about, "name": name})


def _led(request: SignedInRequest) -> set[UUID]:
    return set(Engagement.objects.led_by(request.user).values_list("pk", flat=True))


@require_POST
def lift(request: SignedInRequest, pk: UUID) -> HttpResponse:
    found = get_object_or_404(Hold, pk=pk)
    if holding.lift(found, by=request.user, now=timezone.now()):
        messages.success(request, _("The hold is lifted. What is due goes the next night."))
    return redirect("retention:going")


def erase(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """What goes of somebody and what stays because of which law; and then it goes."""
    person = _person(pk)
    data = request.POST if request.method == "POST" else None
    form = EraseForm(data, person=person, by=request.user, now=timezone.now())
    if form.done():
        messages.success(
            request, _("The person is erased. What the law keeps stays without a name of theirs elsewhere.")
        )
        return redirect("people:list")
    context = {"form": form, "person": person, "found": erasing.preview(person), "held": erasing.is_held(person)}
    context["elsewhere"] = not erasing.may_erase(person)
    return render(request, "privacy/retention/erase.html", context)


def _person(pk: UUID) -> Person:
    """Return a person of the practice or of a process of the asker's; else 404."""
    person = get_object_or_404(Person.objects.without_examples(), pk=pk)
    if not erasing.may_hold(person):
        raise Http404
    return person
