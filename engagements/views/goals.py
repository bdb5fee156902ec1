from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext

from engagements.forms.goals import GoalForm
from engagements.models import State
from engagements.views.scope import Request, led, sent


def goals(request: Request, pk: UUID) -> HttpResponse:
    """Goals by theme, shared and each supervisee's own, and a new one."""
    engagement = led(request, pk)
    form = GoalForm(sent(request), engagement=engagement)
    if form.done():
        messages.success(request, gettext("The goal is there."))
        return redirect("engagements:goals", pk)
    every = list(engagement.goals.select_related("owner__person").order_by("theme", "position", "pk"))
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
    if request.method == "POST" and "remove" in request.POST:
        kept.delete()
        messages.success(request, gettext("The goal is gone."))
        return redirect("engagements:goals", pk)
    form = GoalForm(sent(request), engagement=engagement, goal=kept)
    if form.done():
        messages.success(request, gettext("The goal is changed."))
        return redirect("engagements:goals", pk)
    context = {"engagement": engagement, "form": form, "goal": kept, "section": "goals"}
    return render(request, "engagements/goal.html", context)
