from uuid import UUID

from django.contrib import messages
from django.db.models import Exists, OuterRef
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext

from engagements.forms.goals import GoalForm
from engagements.forms.levels import LevelsForm
from engagements.goals import blockers_to_describing, blockers_to_removing, may_still_be_written
from engagements.models import GoalLevels, State
from engagements.views.scope import Request, led, sent


def goals(request: Request, pk: UUID) -> HttpResponse:
    """Goals by theme, shared and each supervisee's own, and a new one."""
    engagement = led(request, pk)
    form = GoalForm(sent(request), engagement=engagement)
    if form.done():
        messages.success(request, gettext("The goal is there."))
        return redirect("engagements:goals", pk)
    every = list(
        engagement.goals.select_related("owner__person")
        .annotate(described=Exists(GoalLevels.objects.filter(goal=OuterRef("pk"))))
        .order_by("theme", "position", "pk")
    )
    context = {
        "engagement": engagement,
        "form": form,
        "shared": [goal for goal in every if goal.owner_id is None],
        "own": [goal for goal in every if goal.owner_id is not None],
        "agreed": engagement.state != State.DRAFT,
        "section": "goals",
    }
    return render(request, "engagements/goals.html", context)


def goal(request: Request, pk: UUID, goal: UUID) -> HttpResponse:
    """Change a goal, or take it away."""
    engagement = led(request, pk)
    kept = get_object_or_404(engagement.goals.select_related("owner"), pk=goal)
    blockers = blockers_to_removing(kept)
    if request.method == "POST" and "remove" in request.POST and blockers:
        messages.warning(request, blockers[0].why)
        return redirect("engagements:goal", pk, goal)
    if request.method == "POST" and "remove" in request.POST:
        kept.delete()
        messages.success(request, gettext("The goal is gone."))
        return redirect("engagements:goals", pk)
    form = GoalForm(sent(request), engagement=engagement, goal=kept)
    if form.done():
        messages.success(request, gettext("The goal is changed."))
        return redirect("engagements:goals", pk)
    context = {"engagement": engagement, "form": form, "goal": kept, "blockers": blockers, "section": "goals"}
    return render(request, "engagements/goal.html", context)


def levels(request: Request, pk: UUID, goal: UUID) -> HttpResponse:
    """Put the five levels of a goal into words, or agree on others."""
    engagement = led(request, pk)
    kept = get_object_or_404(engagement.goals.select_related("engagement", "owner__person"), pk=goal)
    form = LevelsForm(sent(request), goal=kept, user=request.user, now=timezone.now())
    blockers = blockers_to_describing(kept)
    if form.done():
        messages.success(request, gettext("The levels are described."))
        return redirect("progress:goal", goal)
    context = {
        "engagement": engagement,
        "goal": kept,
        "form": form,
        "blockers": blockers,
        "draft": may_still_be_written(kept),
        "section": "goals",
    }
    return render(request, "engagements/levels.html", context)
