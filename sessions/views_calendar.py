"""The calendar of a supervisor, and their working time."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts.models import Practice, User
from accounts.signed_in import SignedInRequest
from engagements.views.scope import sent
from formats.clock import HELSINKI
from sessions.busy.taken import old_of
from sessions.calendar import agenda_from, calendar_url, month_of, week_of
from sessions.forms_calendar import JumpForm, SpanForm, WorkingTimeForm

COLLECT: Final[dict[str, Callable[..., Any]]] = {"week": week_of, "month": month_of, "agenda": agenda_from}
CANCELLED: Final = ("show", "hide")
YEAR: Final = 365 * 24 * 3600


def calendar(request: SignedInRequest) -> HttpResponse:
    """A week, a month or an agenda: as asked, as chosen last, or a week, which a narrow screen reads as an agenda."""
    only_supervisors(request.user)
    now = timezone.now()
    form = JumpForm(request.GET, today=now.astimezone(HELSINKI).date())
    day = form.chosen()
    view = choice(request, "view", "calendar_view", tuple(COLLECT))
    cancelled = choice(request, "cancelled", "calendar_cancelled", CANCELLED)
    asked = {name: cursor_of(request.GET.get(name, "")) for name in ("after", "before")} if view == "agenda" else {}
    page = COLLECT[view](request.user, day, now=now, cancelled=cancelled == "show", **asked)
    context = {
        "page": page,
        "view": view,
        "views": [(name, label, key, calendar_url(name, day)) for name, label, key in views()],
        "form": form if form.errors else JumpForm(today=day),
        "day": day,
        "today_url": calendar_url(view, form.today),
        "cancelled": cancelled,
        "old": old_of(request.user),
        "toggle_url": f"?{urlencode({**query_of(request), 'cancelled': 'hide' if cancelled == 'show' else 'show'})}",
        "page_keys": keys_of(view),
    }
    response = render(request, f"sessions/calendar_{view}.html", context)
    keep(request, response, {"calendar_view": view, "calendar_cancelled": cancelled})
    return response


def cursor_of(text: str) -> tuple[datetime, UUID] | None:
    """Read the place in the agenda that a link on it wrote; anything else is the beginning."""
    moment, _mark, key = text.partition("~")
    try:
        at, pk = parse_datetime(moment), UUID(key)
    except ValueError:
        return None
    return (at, pk) if at is not None and at.tzinfo is not None else None


def views() -> list[tuple[str, str, str]]:
    """The name of each view, its label and its key."""
    return [("week", _("Week"), "w"), ("month", _("Month"), "m"), ("agenda", _("Agenda"), "a")]


def keys_of(view: str) -> list[tuple[list[str], str]]:
    """The keys of this page, for the list of keys."""
    moving = _("Move between sessions and free times") if view == "week" else _("Move between days and sessions")
    return [
        (["t"], _("To today")),
        *(([key], label) for _name, label, key in views()),
        (["←", "↑", "→", "↓"], moving),
        (["PgUp", "PgDn"], _("Earlier and later, from within the calendar")),
    ]


def only_supervisors(user: User) -> None:
    """Raise Http404 for somebody who supervises nowhere."""
    if not Practice.objects.supervised_by(user).exists():
        raise Http404


def choice(request: SignedInRequest, name: str, cookie: str, choices: tuple[str, ...]) -> str:
    """Return what the address asks for, or what was chosen last, or the first of `choices`."""
    wanted = (request.GET.get(name, ""), request.COOKIES.get(cookie, ""))
    return next((each for each in wanted if each in choices), choices[0])


def keep(request: SignedInRequest, response: HttpResponse, choices: dict[str, str]) -> None:
    """Have the browser remember how its user likes to see the calendar; it says nothing of what is in it."""
    for name, value in choices.items():
        if request.COOKIES.get(name) != value:
            response.set_cookie(
                name, value, max_age=YEAR, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE, httponly=True
            )


def query_of(request: SignedInRequest) -> dict[str, str]:
    return {name: request.GET[name] for name in ("view", "day", "after", "before") if request.GET.get(name)}


def working_time(request: SignedInRequest) -> HttpResponse:
    only_supervisors(request.user)
    form = WorkingTimeForm(sent(request), user=request.user)
    if form.is_valid():
        form.save()
        messages.success(request, _("Your working time is saved. Only you see it."))
        return redirect("calendar:calendar")
    return render(request, "sessions/working_time.html", {"form": form})


def marks(request: SignedInRequest) -> HttpResponse:
    """What is to be known of the time that a form holds, while it is being written."""
    only_supervisors(request.user)
    return render(request, "sessions/marks.html", {"marks": SpanForm(request.GET).marks(request.user)})
