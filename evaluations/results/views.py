"""Results of a round and over rounds, for supervisors and supervisees; and what they agree to change."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.models import User
from engagements.models import Engagement
from engagements.views.scope import Request, sent
from evaluations.confidence import sentence
from evaluations.models import AgreedChange, Mode, Round, RoundState
from evaluations.results import paper
from evaluations.results.changes import blockers_to_agreeing, log_of, opened, take_back, to_look_at
from evaluations.results.forms import AgreeForm, LookAgainForm
from evaluations.results.reading import WITHHELD, WITHHELD_ROUND, comparison, results_of
from sessions.views import met_by


def frame(user: User, engagement: Engagement) -> dict[str, Any]:
    leads = Engagement.objects.led_by(user).filter(pk=engagement.pk).exists()
    return {
        "base": "engagements/base.html" if leads else "sessions/base.html",
        "section": "evaluations",
        "engagement": engagement,
        "leads": leads,
        "withheld": WITHHELD,
        "withheld_round": WITHHELD_ROUND,
    }


def seen(request: Request, pk: UUID) -> Round:
    """Return a round whose results the asker may see, closed or not."""
    visible = Round.objects.visible_to(request.user).exclude(state__in=[RoundState.PLANNED, RoundState.CALLED_OFF])
    return get_object_or_404(visible.select_related("engagement"), pk=pk)


def round_results(request: Request, pk: UUID) -> HttpResponse:
    """What one round has shown, what was agreed over it, and what of the earlier is to be looked at again."""
    now = timezone.now()
    shown = seen(request, pk)
    context = {**frame(request.user, shown.engagement), "round": shown}
    if shown.state != RoundState.CLOSED:
        return render(request, "results/waiting.html", context)
    may_agree = context["leads"] and not blockers_to_agreeing(shown)
    form = AgreeForm(None, round_=shown, user=request.user, now=now) if may_agree else None
    context |= {"results": results_of(shown, request.user, now), "form": form} | changes_beside(shown, request.user)
    return render(request, "results/round.html", context)


def changes_beside(shown: Round, user: User) -> dict[str, Any]:
    """Return what was agreed in the process: over this round, before it and open still, and looked at in it."""
    if shown.mode == Mode.OWN:
        return {"agreed_here": [], "to_look_at": [], "looked_at_here": []}
    every = log_of(shown.engagement_id, user)
    waiting = {each.pk for each in to_look_at(shown, every)}
    read = list(zip(every, opened(every), strict=True))
    return {
        "agreed_here": [change for row, change in read if row.round_id == shown.pk],
        "to_look_at": [change for row, change in read if row.pk in waiting],
        "looked_at_here": [change for row, change in read if row.looked_at_in_id == shown.pk],
    }


def over_rounds(request: Request, pk: UUID) -> HttpResponse:
    """Every question that several rounds asked, over all of them; and everything that was agreed."""
    engagement = get_object_or_404(met_by(request.user), pk=pk)
    context = {
        **frame(request.user, engagement),
        "comparison": comparison(engagement, request.user, timezone.now()),
        "changes": opened(log_of(pk, request.user)),
    }
    return render(request, "results/over_rounds.html", context)


def pdf(request: Request, pk: UUID) -> HttpResponse:
    """The same results on paper. Its file name tells nobody who it is about."""
    now = timezone.now()
    shown = seen(request, pk)
    if shown.state != RoundState.CLOSED:
        messages.info(request, _("The summary is there when the round has closed."))
        return redirect("results:round", pk)
    changes = changes_beside(shown, request.user)
    confidence = sentence(shown.mode, shown.kind, shown.threshold, to_respondent=False)
    results = results_of(shown, request.user, now)
    return paper.summary(results, changes, confidence=confidence, example=shown.engagement.example)


def led(request: Request, pk: UUID) -> Round:
    """Return a round over whose results the asker may write what was agreed."""
    found = Round.objects.visible_to(request.user).led_by(request.user).closed().exclude(mode=Mode.OWN)
    return get_object_or_404(found.select_related("engagement"), pk=pk)


def agree(request: Request, pk: UUID) -> HttpResponse:
    """Write down what was agreed in the group."""
    shown = led(request, pk)
    form = AgreeForm(sent(request), round_=shown, user=request.user, now=timezone.now())
    if form.done():
        messages.success(request, _("It is written down. You look at it again when the next results are there."))
        return redirect("results:round", pk)
    context = {"round": shown, "form": form, "blockers": blockers_to_agreeing(shown)}
    return render(request, "results/agree.html", {**frame(request.user, shown.engagement), **context})


def look_again(request: Request, pk: UUID, change: UUID) -> HttpResponse:
    """Say over the results of a later round what came of a change."""
    shown = led(request, pk)
    agreed = get_object_or_404(earlier_than(shown), pk=change)
    form = LookAgainForm(sent(request), change=agreed, round_=shown, user=request.user, now=timezone.now())
    if form.done():
        messages.success(request, _("It is written down."))
        return redirect("results:round", pk)
    context = {"round": shown, "form": form, "change": opened([agreed])[0], "blockers": blockers_to_agreeing(shown)}
    return render(request, "results/look_again.html", {**frame(request.user, shown.engagement), **context})


def earlier_than(shown: Round) -> QuerySet[AgreedChange]:
    """Return what was agreed over rounds that had closed before `shown`."""
    of_process = AgreedChange.objects.filter(engagement=shown.engagement_id, round__closed_at__lte=shown.closed_at)
    return of_process.exclude(round=shown).select_related("round", "by")


@require_POST
def take_back_view(request: Request, pk: UUID) -> HttpResponse:
    """Take away what was written down by mistake."""
    change = get_object_or_404(AgreedChange.objects.led_by(request.user), pk=pk)
    try:
        take_back(change, by=request.user)
    except ValidationError as error:
        messages.warning(request, " ".join(error.messages))
    else:
        messages.success(request, _("It is taken away."))
    return redirect("results:round", change.round_id)
