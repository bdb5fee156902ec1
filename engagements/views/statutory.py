from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext

from engagements.forms.statutory import StatutoryForm
from engagements.models import Engagement
from engagements.views.scope import Request, sent


def statutory(request: Request, pk: UUID) -> HttpResponse:
    """Say whether the process is one that a law requires: its lead does, at any time."""
    own = Engagement.objects.filter(lead=request.user).select_related("practice", "client")
    engagement = get_object_or_404(own, pk=pk)
    form = StatutoryForm(sent(request), engagement=engagement, by=request.user, now=timezone.now())
    if form.done():
        messages.success(request, gettext("It is as you chose."))
        return redirect("engagements:detail", pk)
    context = {"engagement": engagement, "form": form, "section": "timeline", "year": timezone.localdate().year}
    return render(request, "engagements/statutory.html", context)
