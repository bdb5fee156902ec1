"""Goals as they go: one, all of a process, and those of a session."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.models import User
from engagements.models import Engagement, Goal, GoalLevels
from engagements.models.levels import signed
from engagements.views.scope import sent
from sessions.models import Progress, Session
from sessions.progress.actions import blockers_to_noting, may_note, take_back
from sessions.progress.forms import ProgressForm, done_with
from sessions.progress.history import attained, history, latest_levels, picture, read
from sessions.progress.scope import SHARED_FIRST, leads, seen_goals
from sessions.views import Request, met_by


def goal(request: Request, pk: UUID) -> HttpResponse:
    """One goal: its levels, how it went, and noting how far it is."""
    now = timezone.now()
    shown = get_object_or_404(seen_goals(request.user), pk=pk)
    versions = list(shown.levels.order_by("-version"))
    levels = versions[0] if versions else None
    form = None
    if may_note(shown, request.user) and not blockers_to_noting(shown.engagement):
        form = ProgressForm(sent(request), goal=shown, levels=levels, user=request.user, now=now)
        if form.done():
            messages.success(request, _("The progress is noted."))
            return redirect("progress:goal", pk)
    noted = history(shown, request.user)
    read(shown.engagement_id, [(shown, noted)], request.user)
    context = {
        **frame(request.user, shown.engagement),
        "goal": shown,
        "levels": levels,
        "before": versions[1:],
        "form": form,
        "noted": noted[::-1],
        "picture": picture(noted),
    }
    return render(request, "goals/goal.html", context)


def frame(user: User, engagement: Engagement) -> dict[str, Any]:
    led = leads(user, engagement)
    return {
        "base": "engagements/base.html" if led else "sessions/base.html",
        "section": "goals",
        "engagement": engagement,
        "leads": led,
    }


def goals(request: Request, pk: UUID) -> HttpResponse:
    """How the goals of a process go: the words of the level each has reached, and after them the figure."""
    engagement = get_object_or_404(met_by(request.user), pk=pk)
    every = list(seen_goals(request.user).filter(engagement=engagement).order_by("theme", "position", "pk"))
    shared = [each for each in every if each.owner_id is None]
    own = [each for each in every if each.owner_id is not None]
    context = {
        **frame(request.user, engagement),
        "shared": reached(shared, request.user),
        "own": reached(own, request.user),
        "figure": attained(shared, request.user),
    }
    return render(request, "goals/goals.html", context)


def reached(goals: list[Goal], user: User) -> list[dict[str, Any]]:
    """Return each goal with the words of the level it has reached, or that it has none yet."""
    latest = latest_levels(goals, user)
    described = {each.goal_id: each for each in GoalLevels.objects.filter(goal__in=goals).newest()}
    found = []
    for each in goals:
        level, levels = latest.get(each.pk), described.get(each.pk)
        words = levels.texts[level] if levels and level is not None else ""
        sign = "" if level is None else signed(level)
        found.append({"goal": each, "sign": sign, "words": words, "described": levels is not None})
    return found


def of_session(request: Request, pk: UUID) -> HttpResponse:
    """Note at a session how far its goals are, each that one may note."""
    now = timezone.now()
    session = get_object_or_404(Session.objects.visible_to(request.user).select_related("engagement"), pk=pk)
    engagement = session.engagement
    every = seen_goals(request.user).filter(engagement=engagement).order_by(*SHARED_FIRST)
    mine = every if leads(request.user, engagement) else every.filter(owner__person__user=request.user)
    described = {each.goal_id: each for each in GoalLevels.objects.filter(goal__in=mine.values("pk")).newest()}
    forms = [
        ProgressForm(
            sent(request), goal=each, levels=described.get(each.pk), user=request.user, now=now, session=session,
            prefix=str(each.pk),
        )
        for each in mine
    ]  # fmt: skip
    blockers = blockers_to_noting(engagement)
    if session.starts_at > now:
        blockers = [_("Progress is noted once the session has begun.")]
    if request.method == "POST" and not blockers:
        with transaction.atomic():
            done = done_with(forms)
            if not done:
                transaction.set_rollback(True)
        if done:
            messages.success(request, _("The progress is noted."))
            return redirect("sessions:detail", pk)
    context = {**frame(request.user, engagement), "session": session, "forms": forms, "blockers": blockers}
    return render(request, "goals/at_session.html", context)


@require_POST
def take_back_view(request: Request, pk: UUID) -> HttpResponse:
    """Take back what one noted oneself."""
    seen = Progress.objects.visible_to(request.user).filter(by=request.user)
    noted = get_object_or_404(seen.select_related("engagement", "goal"), pk=pk)
    goal = noted.goal_id
    try:
        take_back(noted, by=request.user)
    except ValidationError as error:
        messages.warning(request, " ".join(error.messages))
    else:
        messages.success(request, _("What you noted is taken back."))
    return redirect("progress:goal", goal)
