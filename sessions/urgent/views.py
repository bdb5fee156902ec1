from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Practice
from engagements.views.scope import Request, sent
from sessions.urgent.forms import UrgentForm


def begin(request: Request) -> HttpResponse:
    """Whom, when, where: one page, and the process is running."""
    practices = list(Practice.objects.supervised_by(request.user).order_by("name"))
    if not practices:
        raise Http404
    practice = next((one for one in practices if str(one.pk) == request.GET.get("practice")), practices[0])
    form = UrgentForm(sent(request), practice=practice, by=request.user, now=timezone.now())
    if form.done() and form.engagement:
        messages.success(request, _("The process is running, and its sessions are booked."))
        return redirect("engagements:detail", form.engagement.pk)
    return render(request, "sessions/urgent.html", {"form": form, "practices": practices, "practice": practice})
