"""The law register and its decision aids, for everybody: nothing on these pages is about anybody."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from law.aids import all_aids
from law.forms import FindForm
from law.register import entries, found_by


@login_not_required
@require_safe
def register(request: HttpRequest) -> HttpResponse:
    """Every act in force on a day, with what it asks of whom; searched by word and by party."""
    form = FindForm(request.GET or None)
    asked = form.cleaned_data if form.is_valid() else {}
    day = asked.get("on") or timezone.localdate()
    party = asked.get("party", "")
    rows = [
        {
            "entry": entry,
            "version": version,
            "others": entry.others(day),
            "asks": version.asked_of(party),
        }
        for entry, version in found_by(asked.get("q", ""), party, day)
    ]
    context = {"form": form, "rows": rows, "day": day, "aids": all_aids().values(), "asked": any(asked.values())}
    return render(request, "law/register.html", context)


@login_not_required
@require_safe
def entry(request: HttpRequest, key: str) -> HttpResponse:
    """One act with every version of it."""
    found = entries().get(key)
    if found is None:
        raise Http404
    today = timezone.localdate()
    context = {"entry": found, "current": found.on(today), "others": found.others(today), "today": today}
    return render(request, "law/entry.html", context)


@login_not_required
@require_safe
def aids(request: HttpRequest) -> HttpResponse:
    return render(request, "law/aids.html", {"aids": all_aids().values()})


@login_not_required
@require_safe
def aid(request: HttpRequest, key: str) -> HttpResponse:
    """The questions of one aid, whole: which of them are opened stays in the browser."""
    found = all_aids().get(key)
    if found is None:
        raise Http404
    return render(request, "law/aid.html", {"aid": found, "version": found.law.on(timezone.localdate())})
