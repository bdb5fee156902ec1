"""Putting something on the agenda of a session, ticking it, taking one's own away."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from sessions.closing import agenda
from sessions.closing.forms import PointForm
from sessions.coming import with_away
from sessions.models import AgendaItem, Session
from sessions.views import Request, session_page


@require_POST
def add(request: Request, pk: UUID) -> HttpResponse:
    """Put a point on the agenda; refused, the page of the session says why and keeps what was written."""
    now = timezone.now()
    visible = with_away(Session.objects.visible_to(request.user).numbered())
    session = get_object_or_404(visible.select_related("engagement__lead", "engagement__client"), pk=pk)
    form = PointForm(request.POST, verb=lambda text: agenda.add(session, text, by=request.user, now=now))
    if form.done():
        messages.success(request, _("It stands on the agenda."))
        return redirect("portal") if request.POST.get("next") == reverse("portal") else redirect("sessions:detail", pk)
    return session_page(request, session, now, point_form=form)


@require_POST
def change(request: Request, pk: UUID, item: UUID) -> HttpResponse:
    """Tick a point or take the tick away (who leads), or remove one's own: `do` is done, open or remove."""
    visible = AgendaItem.objects.filter(session__in=Session.objects.visible_to(request.user))
    point = get_object_or_404(visible.select_related("session__engagement"), session=pk, pk=item)
    leads = Session.objects.led_by(request.user).filter(pk=pk).exists()
    do = request.POST.get("do", "")
    if do == "remove" and point.author_id == request.user.pk:
        agenda.remove(point, by=request.user)
    elif do in ("done", "open") and leads:
        agenda.settle(point, done=do == "done", by=request.user)
    else:
        raise Http404
    return redirect("sessions:detail", pk)
