"""The goal library of a practice, by theme."""

from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from accounts.models import Language, Practice
from engagements.forms.contract import LibraryGoalForm
from engagements.models import LibraryGoal, Theme
from engagements.views.scope import Request, sent
from engagements.views.templates import own_practice


def own_goals(request: Request) -> QuerySet[LibraryGoal]:
    return LibraryGoal.objects.filter(practice__in=Practice.objects.supervised_by(request.user))


def library(request: Request) -> HttpResponse:
    """The goals in one language (`?language=`, else the asker's own), and a new one."""
    practice = own_practice(request)
    asked = request.GET.get("language", "")
    language = asked if asked in Language.values else request.user.language
    form = LibraryGoalForm(sent(request), practice=practice, language=language)
    if form.done():
        messages.success(request, gettext("The goal is in the library."))
        return redirect(f"{request.path}?language={form.goal.language}")
    goals = list(practice.library_goals.filter(language=language))
    context = {
        "form": form,
        "language": language,
        "languages": [
            {"label": label, "url": f"{request.path}?language={code}", "current": code == language}
            for code, label in Language.choices
        ],
        "themes": [
            {"label": theme.label, "goals": found}
            for theme in Theme
            if (found := [goal for goal in goals if goal.theme == theme])
        ],
    }
    return render(request, "engagements/library.html", context)


def library_goal(request: Request, pk: UUID) -> HttpResponse:
    goal = get_object_or_404(own_goals(request).select_related("practice"), pk=pk)
    form = LibraryGoalForm(sent(request), practice=goal.practice, goal=goal)
    if form.done():
        messages.success(request, gettext("The goal is changed."))
        return redirect("engagements:library")
    return render(request, "engagements/library_goal.html", {"form": form, "goal": goal})


@require_POST
def library_delete(request: Request, pk: UUID) -> HttpResponse:
    """Take a goal out of the library. The goals of processes that were picked from it stay."""
    get_object_or_404(own_goals(request), pk=pk).delete()
    messages.success(request, gettext("The goal is out of the library."))
    return redirect("engagements:library")
