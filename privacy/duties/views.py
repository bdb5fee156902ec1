"""The log of what its author has reported under a duty. Nobody else finds it: neither the practice nor the client."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Practice, User
from accounts.paging import keyset
from engagements.views.scope import Request, sent
from privacy.duties.forms import DutyForm
from privacy.models import DutyReport


def only_for_supervisors(user: User) -> None:
    """Raise Http404 for who neither supervises nor has written anything down."""
    if not Practice.objects.supervised_by(user).exists() and not DutyReport.objects.written_by(user).exists():
        raise Http404


def log(request: Request) -> HttpResponse:
    """What was reported, the latest first; what was corrected stays beside what corrects it."""
    only_for_supervisors(request.user)
    mine = DutyReport.objects.written_by(request.user).select_related("engagement", "corrected_by")
    page = keyset(mine, request.GET.dict(), "-reported_at", "-id")
    return render(request, "duties/log.html", {"page": page})


def new(request: Request) -> HttpResponse:
    only_for_supervisors(request.user)
    form = DutyForm(sent(request), by=request.user, now=timezone.now(), asked=request.GET)
    if form.done():
        messages.success(request, _("It is written down. Only you see it."))
        return redirect("duties:log")
    return render(request, "duties/write.html", {"form": form, "corrects": None})


def correct(request: Request, pk: UUID) -> HttpResponse:
    """Write a row in place of another, which stays."""
    row = get_object_or_404(DutyReport.objects.written_by(request.user).standing(), pk=pk)
    form = DutyForm(sent(request), by=request.user, now=timezone.now(), corrects=row)
    if form.done():
        messages.success(request, _("The correction is written down. The earlier row stays."))
        return redirect("duties:log")
    return render(request, "duties/write.html", {"form": form, "corrects": row})
