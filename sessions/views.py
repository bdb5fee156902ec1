from collections.abc import Callable
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_htmx.middleware import HtmxDetails

from accounts.models import Practice, User
from accounts.signed_in import SignedInRequest
from engagements.models import Engagement, State
from engagements.models.engagement import EngagementQuerySet
from sessions import actions
from sessions.forms import BookForm, CancelForm, HeldForm, MoveForm, PlaceForm, WhenForm
from sessions.forms_calendar import asked_time, marks_beside, query_of_time
from sessions.marks import marks_of
from sessions.models import Session, SessionState

PAGE: Final = 30


class Request(SignedInRequest):
    htmx: HtmxDetails


def of_engagement(request: Request, pk: UUID) -> HttpResponse:
    """The sessions of one process, those to come first, then the latest first; by key, never by offset."""
    now = timezone.now()
    engagement = get_object_or_404(met_by(request.user).select_related("client"), pk=pk)
    leads = Engagement.objects.led_by(request.user).filter(pk=pk).exists()
    sessions = Session.objects.filter(engagement=engagement).numbered().counting_attendance()
    after = cursor_of(request.GET.get("after", ""))
    to_come = [] if after else list(sessions.to_come(now)[:PAGE])
    past = sessions.exclude(state=SessionState.PLANNED, ends_at__gt=now).order_by("-starts_at", "-pk")
    rows = list((past.before(*after) if after else past)[: PAGE + 1])
    more = next_page(rows[PAGE - 1]) if len(rows) > PAGE else ""
    context = {
        "base": "engagements/base.html" if leads else "sessions/base.html",
        "section": "sessions",
        "engagement": engagement,
        "leads": leads,
        "to_come": to_come,
        "past": rows[:PAGE],
        "more": more,
        "first_page": not after,
        "can_book": leads and engagement.state in (State.ACTIVE, State.OFFERED),
        "now": now,
    }
    return render(request, "sessions/list.html", context)


def met_by(user: User) -> EngagementQuerySet:
    """Engagements whose sessions `user` may list: those they lead or take part in, never those they pay for."""
    led, attended = Engagement.objects.led_by(user), Engagement.objects.attended_by(user)
    return Engagement.objects.filter(Q(pk__in=led.values("pk")) | Q(pk__in=attended.values("pk")))


def cursor_of(text: str) -> tuple[datetime, UUID] | None:
    """Read the place in the list that `next_page` wrote; anything else is the beginning."""
    moment, _mark, key = text.partition("~")
    try:
        at, pk = parse_datetime(moment), UUID(key)
    except ValueError:
        return None
    return (at, pk) if at is not None and at.tzinfo is not None else None


def next_page(last: Session) -> str:
    return f"{last.starts_at:%Y-%m-%dT%H:%M:%S.%fZ}~{last.pk}"


def detail(request: Request, pk: UUID) -> HttpResponse:
    now = timezone.now()
    visible = Session.objects.visible_to(request.user).numbered()
    session = get_object_or_404(visible.select_related("engagement__lead", "engagement__client"), pk=pk)
    leads = Session.objects.led_by(request.user).filter(pk=pk).exists()
    attendances = session.attendances.select_related("participation__person")
    if not leads:  # of attendance everybody else sees their own
        attendances = attendances.filter(participation__person__user=request.user)
    co_supervisors = session.engagement.co_supervisors.current().select_related("user").order_by("since")
    context = {
        "session": session,
        "engagement": session.engagement,
        "supervisors": [session.engagement.lead, *(row.user for row in co_supervisors)],
        "leads": leads,
        "started": session.starts_at <= now,
        "ended": session.ends_at <= now,
        "open": session.state == SessionState.PLANNED,
        "now": now,
        "attendances": attendances.order_by("participation__person__sort_key"),
        "can_undo": leads and not actions.blocker_to_unmarking(session, now=now),
    }
    return render(request, "sessions/detail.html", context)


def book_any(request: Request) -> HttpResponse:
    """Choose the process in which a session is booked."""
    if not Practice.objects.supervised_by(request.user).exists():
        raise Http404
    wanted = request.GET.get("q", "").strip()[:80]
    bookable = Engagement.objects.led_by(request.user).filter(state__in=[State.ACTIVE, State.OFFERED])
    if wanted:
        bookable = bookable.filter(title__icontains=wanted)
    engagements = list(bookable.select_related("client").order_by("title", "pk")[: PAGE + 1])
    asked = asked_time(request.GET)
    context = {
        "engagements": engagements[:PAGE],
        "more": len(engagements) > PAGE,
        "wanted": wanted,
        "asked": asked,
        "carried": query_of_time(asked),
    }
    return render(request, "sessions/book_any.html", context)


def book(request: Request, pk: UUID) -> HttpResponse:
    now = timezone.now()
    engagement = get_object_or_404(Engagement.objects.led_by(request.user).select_related("client"), pk=pk)
    form = BookForm(posted(request), engagement=engagement, user=request.user, now=now)
    asked = asked_time(request.GET)
    form.initial.update(asked)
    if form.is_valid() and (session := form.done()):
        if session.ends_at <= now:
            messages.info(request, _("The session is recorded. Its time is past: say how it went."))
            return redirect("sessions:held", session.pk)
        messages.success(request, _("The session is booked."))
        say_marks(request, session, now)
        return redirect("sessions:detail", session.pk)
    blockers = actions.blockers_to_booking(engagement, trial="trial" in form.fields)
    context = {
        "engagement": engagement,
        "form": form,
        "blockers": blockers,
        "terms": actions.terms_of(engagement),
        "asked": asked,
        "marks": marks_beside(form, request.user),
    }
    return render(request, "sessions/book.html", context)


def move(request: Request, pk: UUID) -> HttpResponse:
    return change(request, pk, MoveForm, "sessions/move.html", _("The session is moved. Those in it are told."))


def place(request: Request, pk: UUID) -> HttpResponse:
    said = _("The place is changed. The supervisees see it on their own page.")
    return change(request, pk, PlaceForm, "sessions/place.html", said)


def cancel(request: Request, pk: UUID) -> HttpResponse:
    return change(request, pk, CancelForm, "sessions/cancel.html", _("The session is cancelled. Those in it are told."))


def change(request: Request, pk: UUID, make: Callable[..., Any], template: str, said: str) -> HttpResponse:
    """Change a planned session by a form; one that is not planned any more shows its page with the reason."""
    session = led_session(request, pk)
    if session.state != SessionState.PLANNED:
        messages.warning(request, closed_reason(session))
        return redirect("sessions:detail", pk)
    now = timezone.now()
    form = make(posted(request), session=session, user=request.user, now=now)
    if form.is_valid() and (done := form.done()):
        messages.success(request, said)
        say_marks(request, done, now)
        return redirect("sessions:detail", pk)
    context = {"session": session, "engagement": session.engagement, "form": form}
    if isinstance(form, WhenForm):
        context["marks"] = marks_beside(form, request.user)
    return render(request, template, context)


def say_marks(request: Request, session: Session, now: datetime) -> None:
    """Say on the next page what speaks against the time of a session that is to come; it stands all the same."""
    if not session.takes_time or session.ends_at <= now:
        return
    times = [(session.starts_at, session.ends_at)]
    ignoring = [session.pk]
    for mark in marks_of(times, supervisor=request.user, mode=session.mode, place=session.place, ignoring=ignoring)[0]:
        messages.warning(request, mark.sentence)


def held(request: Request, pk: UUID) -> HttpResponse:
    """Say who was there. Asked by htmx, the row of the list opens and closes in its place."""
    now = timezone.now()
    session = led_session(request, pk)
    if session.state != SessionState.PLANNED:
        return marked(request, session, now, refused=closed_reason(session))
    form = HeldForm(posted(request), session=session, user=request.user, now=now)
    if form.is_valid() and (done := form.done()):
        return marked(request, done, now, said=_("The session is marked as held."))
    context = {"session": session, "engagement": session.engagement, "form": form, "now": now}
    return render(request, "sessions/held.html#in_row" if request.htmx else "sessions/held.html", context)


@require_POST
def no_show(request: Request, pk: UUID) -> HttpResponse:
    now = timezone.now()
    session = led_session(request, pk)
    said = _("It is marked that nobody came.")
    return try_to(request, session, now, lambda: actions.mark_no_show(session, by=request.user, now=now), said)


@require_POST
def undo(request: Request, pk: UUID) -> HttpResponse:
    now = timezone.now()
    session = led_session(request, pk)
    said = _("The marking is taken back.")
    return try_to(request, session, now, lambda: actions.unmark(session, by=request.user, now=now), said)


def try_to(request: Request, session: Session, now: datetime, verb: Callable[[], Session], said: str) -> HttpResponse:
    try:
        session = verb()
    except ValidationError as error:
        return marked(request, session, now, refused=" ".join(error.messages))
    return marked(request, session, now, said=said)


def marked(request: Request, session: Session, now: datetime, *, said: str = "", refused: str = "") -> HttpResponse:
    """Answer after a marking, done or refused: the row again for htmx, else the page it came from."""
    if request.htmx:
        row = Session.objects.led_by(request.user).numbered().counting_attendance().select_related("engagement")
        context = {"session": row.get(pk=session.pk), "now": now, "said": said, "refused": refused}
        return render(request, "sessions/row.html", context)
    messages.add_message(request, messages.WARNING if refused else messages.SUCCESS, refused or said)
    today = reverse("today")
    if request.POST.get("next") == today:
        return redirect(today)
    return redirect("sessions:detail", session.pk)


def led_session(request: Request, pk: UUID) -> Session:
    led = Session.objects.led_by(request.user).numbered().counting_attendance()
    return get_object_or_404(led.select_related("engagement__client"), pk=pk)


def closed_reason(session: Session) -> str:
    return _("The session is not open any more: %(state)s.") % {"state": session.get_state_display()}


def posted(request: Request) -> Any:
    return request.POST if request.method == "POST" else None
