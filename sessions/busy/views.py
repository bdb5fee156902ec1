"""Other calendars of one's own: which there are, adding one by address or file, reading it again, removing it."""

from uuid import UUID

from django.contrib import messages
from django.db.models import Count, Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from accounts.models import Practice
from engagements.views.scope import sent, sent_files
from sessions.busy import actions
from sessions.busy.forms import AddressForm, FileForm, NewFileForm
from sessions.models import BusyCalendar
from sessions.models.busy import MOST_CALENDARS
from sessions.views import Request


def own(request: Request) -> HttpResponse:
    """The list; while one is being read, htmx asks for it again."""
    only_supervisors(request)
    now = timezone.now()
    to_come = Count("times", filter=Q(times__during__endswith__gt=now))
    calendars = list(BusyCalendar.objects.filter(user=request.user).annotate(to_come=to_come))
    context = {
        "calendars": [(each, actions.may_be_read_again(each, now=now)) for each in calendars],
        "waiting": any(each.is_waited_for(now) for each in calendars),
        "full": len(calendars) >= MOST_CALENDARS,
        "now": now,
    }
    return render(request, "busy/own.html#list" if request.htmx else "busy/own.html", context)


@sensitive_post_parameters("address")
def add_address(request: Request) -> HttpResponse:
    only_supervisors(request)
    form = AddressForm(sent(request), user=request.user, now=timezone.now())
    if calendar := form.done():
        messages.success(request, _("“%(name)s” is added and read in a moment.") % {"name": calendar.name})
        return redirect("busy:own")
    return render(request, "busy/add_address.html", {"form": form})


def add_file(request: Request) -> HttpResponse:
    only_supervisors(request)
    form = NewFileForm(sent(request), sent_files(request), user=request.user, now=timezone.now())
    if calendar := form.done():
        say_read(request, calendar.name, form)
        return redirect("busy:own")
    return render(request, "busy/add_file.html", {"form": form})


def replace(request: Request, pk: UUID) -> HttpResponse:
    """Read a newer file in place of the one that was read."""
    calendar = get_object_or_404(BusyCalendar, pk=pk, user=request.user, next_at__isnull=True)
    form = FileForm(sent(request), sent_files(request), user=request.user, now=timezone.now())
    if form.replace(calendar):
        say_read(request, calendar.name, form)
        return redirect("busy:own")
    return render(request, "busy/add_file.html", {"form": form, "calendar": calendar})


@require_POST
def again(request: Request, pk: UUID) -> HttpResponse:
    calendar = get_object_or_404(BusyCalendar, pk=pk, user=request.user, next_at__isnull=False)
    if actions.again(calendar, now=timezone.now()):
        messages.success(request, _("“%(name)s” is read in a moment.") % {"name": calendar.name})
    else:
        messages.info(request, _("“%(name)s” was asked less than a minute ago.") % {"name": calendar.name})
    return redirect("busy:own")


@require_POST
def remove(request: Request, pk: UUID) -> HttpResponse:
    calendar = get_object_or_404(BusyCalendar, pk=pk, user=request.user)
    actions.remove(calendar, by=request.user)
    messages.success(request, _("“%(name)s” and its times are removed.") % {"name": calendar.name})
    return redirect("busy:own")


def say_read(request: Request, name: str, form: FileForm) -> None:
    number = len(form.found.times) if form.found else 0
    said = ngettext(
        "“%(name)s” is read: %(number)d time at which you are taken.",
        "“%(name)s” is read: %(number)d times at which you are taken.",
        number,
    )
    messages.success(request, said % {"name": name, "number": number})


def only_supervisors(request: Request) -> None:
    """Raise Http404 for somebody who supervises nowhere."""
    if not Practice.objects.supervised_by(request.user).exists():
        raise Http404
