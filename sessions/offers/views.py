"""The pages of times that are offered: for whoever leads, and for whoever is asked."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from engagements.models import Engagement, Participation
from engagements.views.scope import sent
from sessions.actions import terms_of
from sessions.models import Offer
from sessions.offers import actions
from sessions.offers.forms import AnswerForm, Offered, PickForm, SuggestForm
from sessions.offers.reading import left_of, table_of
from sessions.series.views import asked_to, sent_rows_of
from sessions.views import Request


def new(request: Request, pk: UUID) -> HttpResponse:
    """Offer times: those that are proposed, each of which can be changed, left out or added to."""
    now = timezone.now()
    engagement = get_object_or_404(Engagement.objects.led_by(request.user).select_related("client"), pk=pk)
    look = SuggestForm(request.GET if "weeks" in request.GET else None, now=now)
    blockers = actions.blockers(engagement)
    context = {"engagement": engagement, "blockers": blockers, "look": look, "now": now}
    if blockers:
        return render(request, "offers/new.html", context)
    given = Offered(
        sent_rows_of(request), engagement=engagement, terms=terms_of(engagement), where_to_look=look,
        user=request.user, now=now,
    )  # fmt: skip
    if asked_to(request, "offer") and (made := given.done()):
        messages.success(request, _("The times are offered. Those who are asked are told in three minutes."))
        return redirect("offers:offer", made.pk)
    template = "offers/new.html#said" if request.htmx else "offers/new.html"
    return render(request, template, context | {"given": given, "tried": asked_to(request, "offer")})


def offer(request: Request, pk: UUID) -> HttpResponse:
    """How an offer stands, for whoever leads; the times to answer to, for whoever is asked."""
    offers = Offer.objects.select_related("engagement", "session")
    given = offers.led_by(request.user).filter(pk=pk).first()
    if given is not None:
        return standing(request, given)
    return asked(request, get_object_or_404(offers.asking(request.user), pk=pk))


def standing(request: Request, given: Offer) -> HttpResponse:
    now = timezone.now()
    context = {"offer": given, "engagement": given.engagement, "table": table_of(given, now), "now": now}
    return render(request, "offers/offer.html", context)


def asked(request: Request, given: Offer) -> HttpResponse:
    """Pick, or say of each time whether it fits; what is over is only shown."""
    now = timezone.now()
    left = left_of(given, now)
    times = list(given.times.all())
    free = [time for time in times if time.pk in left]
    context = {"offer": given, "engagement": given.engagement, "times": times, "left": left, "now": now}
    if not given.takes_answers(now) or not free:
        return render(request, "offers/asked.html", context)
    if given.is_poll:
        of = given.engagement.participations.current().filter(person__user=request.user).order_by("pk")[0]
        form = AnswerForm(sent(request), offer=given, times=free, of=of, user=request.user, recorded=False, now=now)
        if form.done():
            messages.success(request, _("Your answer is kept. You can change it until the time is agreed."))
            return redirect("offers:offer", given.pk)
        return render(request, "offers/asked.html", context | {"form": form})
    pick = PickForm(sent(request), times=free, user=request.user, now=now)
    if session := pick.done():
        messages.success(request, _("The session is booked."))
        return redirect("sessions:detail", session.pk)
    return render(request, "offers/asked.html", context | {"form": pick})


def record(request: Request, pk: UUID, participation: UUID) -> HttpResponse:
    """Write down what fits somebody who has said it otherwise."""
    now = timezone.now()
    given = led(request, pk)
    people = Participation.objects.filter(engagement=given.engagement_id).current().select_related("person")
    of = get_object_or_404(people, pk=participation)
    left = left_of(given, now)
    free = [time for time in given.times.all() if time.pk in left]
    if not given.is_poll or not free:
        messages.warning(request, _("This offer is over already."))
        return redirect("offers:offer", pk)
    form = AnswerForm(sent(request), offer=given, times=free, of=of, user=request.user, recorded=True, now=now)
    if form.done():
        messages.success(request, _("Saved."))
        return redirect("offers:offer", pk)
    context = {"offer": given, "engagement": given.engagement, "of": of, "form": form}
    return render(request, "offers/record.html", context)


@require_POST
def choose(request: Request, pk: UUID, time: UUID) -> HttpResponse:
    """Book one of the times; the offer is over then."""
    given = led(request, pk)
    chosen = get_object_or_404(given.times, pk=time)
    try:
        session = actions.choose(given, chosen, by=request.user, now=timezone.now())
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("offers:offer", pk)
    messages.success(request, _("The session is booked. Those in it are told."))
    return redirect("sessions:detail", session.pk)


@require_POST
def withdraw(request: Request, pk: UUID) -> HttpResponse:
    given = led(request, pk)
    try:
        actions.withdraw(given, by=request.user, now=timezone.now())
        messages.success(request, _("The offer is withdrawn."))
    except ValidationError as error:
        messages.warning(request, " ".join(error.messages))
    return redirect("sessions:list", given.engagement_id)


def led(request: Request, pk: UUID) -> Offer:
    return get_object_or_404(Offer.objects.led_by(request.user).select_related("engagement"), pk=pk)
