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
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_htmx.middleware import HtmxDetails

from accounts import lists
from accounts.models import Practice, User
from accounts.paging import keyset
from accounts.signed_in import SignedInRequest
from engagements.models import Engagement, State
from engagements.models.engagement import EngagementQuerySet
from engagements.progress import progress_of
from engagements.views.scope import sent
from sessions import actions, coming, fees, own
from sessions.closing import hub
from sessions.closing.forms import AdditionForm, PointForm
from sessions.community.actions import is_community
from sessions.forms import BookForm, CancelForm, HeldForm, MoveForm, OwnCancelForm, PlaceForm, WhenForm
from sessions.forms_calendar import asked_time, marks_beside, query_of_time
from sessions.marks import marks_of
from sessions.models import Session, SessionState
from sessions.notes import panel as notes_panel
from sessions.progress.panel import of_session as progress_of_session
from sessions.series.scope import scopes
from sessions.tasks.panel import of_session as tasks_of_session
from sessions.unlocking.visit import open_vault

#: The time of an empty place in the calendar, in an address.
TIME: Final = ("day", "clock")


class Request(SignedInRequest):
    htmx: HtmxDetails


#: What the list shows when all that is to come does not fit on its first page.
COMING: Final = "coming"


def of_engagement(request: Request, pk: UUID) -> HttpResponse:
    """The sessions of one process, those to come first, then the latest first; by key, never by offset."""
    now = timezone.now()
    engagement = get_object_or_404(met_by(request.user).select_related("client"), pk=pk)
    leads = Engagement.objects.led_by(request.user).filter(pk=pk).exists()
    sessions = Session.objects.filter(engagement=engagement).numbered().counting_attendance()
    asked = lists.asked(request, "when")
    coming = asked.get("when") == COMING
    ahead, past = sessions.to_come(now), sessions.exclude(state=SessionState.PLANNED, ends_at__gt=now)
    page = keyset(ahead, asked, "starts_at", "id") if coming else keyset(past, asked, "-starts_at", "-id")
    first_page = not coming and not page.previous
    soon = keyset(ahead, {}, "starts_at", "id") if first_page else None
    context = {
        "base": "engagements/base.html" if leads else "sessions/base.html",
        "section": "sessions",
        "engagement": engagement,
        "leads": leads,
        "to_come": page.rows if coming else soon.rows if soon else [],
        "later": lists.link(when=COMING, after=str(soon.rows[-1].pk)) if soon and soon.next else "",
        "past": [] if coming else page.rows,
        "page": page,
        "coming": coming,
        "first_page": first_page,
        "can_book": leads and engagement.state in (State.ACTIVE, State.OFFERED),
        "offers": engagement.offers.open().order_by("answer_by", "pk") if first_page else [],
        "progress": progress_of(engagement, actions.terms_of(engagement), now),
        "now": now,
    }
    return render(request, "sessions/list.html", context)


def met_by(user: User) -> EngagementQuerySet:
    """Engagements whose sessions `user` may list: those they lead or take part in, never those they pay for."""
    led, attended = Engagement.objects.led_by(user), Engagement.objects.attended_by(user)
    return Engagement.objects.filter(Q(pk__in=led.values("pk")) | Q(pk__in=attended.values("pk")))


def detail(request: Request, pk: UUID) -> HttpResponse:
    visible = coming.with_away(Session.objects.visible_to(request.user).numbered())
    session: Any = get_object_or_404(visible.select_related("engagement__lead", "engagement__client"), pk=pk)
    return session_page(request, session, timezone.now())


def session_page(request: Request, session: Any, now: datetime, **forms: Any) -> HttpResponse:
    """Show the page of a session, which the asker may see; `forms` are those on it that were sent and refused."""
    leads, feedback = hub.leads_and_feedback(request.user, session)
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
        "joinable": session.can_be_joined(now),
        "can_cancel_own": not leads and not own.blocker_to_cancelling(session, now),
        "can_say": not leads and not coming.blocker(session, now),
        "missing": coming.missing_from(session) if leads and session.away else [],
        "opens": session.opens(),
        "now": now,
        "attendances": attendances.order_by("participation__person__sort_key"),
        "notes": notes_panel.of_session(request.user, session, open_vault(request, now)),
        "can_undo": leads and not actions.blocker_to_unmarking(session, now=now),
        "feedback": feedback,
        "parts": parts_of(session) if is_community(session.engagement) else [],
        "tasks": tasks_of_session(request.user, session),
        "progress": progress_of_session(request.user, session),
        "point_form": PointForm(verb=nothing),
        "addition_form": AdditionForm(verb=nothing),
        **hub.of_session(request.user, session, leads=leads, now=now),
        **forms,
    }
    return render(request, "sessions/detail.html", context)


def parts_of(session: Session) -> list[str]:
    """Return the names of the sub-groups that a session is for."""
    return list(session.for_sub_groups.order_by("sub_group__sort_key").values_list("sub_group__name", flat=True))


def nothing(text: str) -> None:
    """The verb of a form that is only shown; where it is sent to has the real one."""


def book_any(request: Request) -> HttpResponse:
    """Choose the process in which a session is booked."""
    if not Practice.objects.supervised_by(request.user).exists():
        raise Http404
    times = asked_time(request.GET)
    # A time is carried on by what is posted and by links, once: it is no filter for the list to remember.
    carrying = TIME if request.method == "POST" else ()
    if (request.method == "POST" or not times) and (answer := lists.elsewhere(request, *carrying)):
        return answer
    kept = {name: request.GET[name] for name in times}
    asked, words = lists.asked(request) | kept, lists.words(request)
    bookable = Engagement.objects.led_by(request.user).filter(state__in=[State.ACTIVE, State.OFFERED])
    context = {
        "page": keyset(bookable.matching(words).select_related("client"), asked, "sort_key", "id"),
        "words": words,
        "chosen": [{"label": f"“{words}”", "url": lists.link(**kept)}] if words else [],
        "kept": kept,
        "asked": times,
        "carried": query_of_time(times),
    }
    return render(request, "sessions/book_any.html", context)


def book(request: Request, pk: UUID) -> HttpResponse:
    now = timezone.now()
    engagement = get_object_or_404(Engagement.objects.led_by(request.user).select_related("client"), pk=pk)
    form = BookForm(sent(request), engagement=engagement, user=request.user, now=now)
    asked = asked_time(request.GET)
    form.initial.update(asked)
    if form.is_valid() and (session := form.done()):
        if session.ends_at <= now:
            messages.info(request, _("The session is recorded. Its time is past: say how it went."))
            return redirect("sessions:close", session.pk)
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
    return change(request, pk, MoveForm, "move", _("The session is moved. Those in it are told."))


def place(request: Request, pk: UUID) -> HttpResponse:
    said = _("The place is changed. The supervisees see it on their own page.")
    return change(request, pk, PlaceForm, "place", said)


def cancel(request: Request, pk: UUID) -> HttpResponse:
    return change(request, pk, CancelForm, "cancel", _("The session is cancelled. Those in it are told."))


def cancel_own(request: Request, pk: UUID) -> HttpResponse:
    """The supervisee who is alone in a session cancels it, knowing beforehand what that means by the contract."""
    now = timezone.now()
    attended = Session.objects.attended_by(request.user).select_related("engagement__lead")
    session = get_object_or_404(attended, pk=pk)
    if why := own.blocker_to_cancelling(session, now):
        messages.warning(request, why)
        return redirect("sessions:detail", pk)
    form = OwnCancelForm(sent(request), session=session, user=request.user, now=now)
    if form.done():
        messages.success(request, _("The session is cancelled. Your supervisor is told."))
        return redirect("sessions:detail", pk)
    context = {"session": session, "engagement": session.engagement, "form": form}
    return render(request, "sessions/cancel_own.html", context)


def cannot_come(request: Request, pk: UUID) -> HttpResponse:
    """A supervisee of a group says that they cannot come, knowing that the session is held; or that they come again."""
    now = timezone.now()
    attended = Session.objects.attended_by(request.user).select_related("engagement")
    session = get_object_or_404(attended, pk=pk)
    if why := coming.blocker(session, now):
        messages.warning(request, why)
        return redirect("sessions:detail", pk)
    if request.method == "POST":
        comes = "comes" in request.POST
        try:
            coming.say(session, comes=comes, by=request.user, now=now)
        except ValidationError as error:
            messages.warning(request, " ".join(error.messages))
        else:
            messages.success(
                request, _("You come after all.") if comes else _("Your supervisor knows that you cannot come.")
            )
        return redirect("sessions:detail", pk)
    terms = actions.terms_of(session.engagement)
    context = {"session": session, "engagement": session.engagement, "quorum": terms.quorum if terms else None}
    return render(request, "sessions/cannot_come.html", context)


def change(request: Request, pk: UUID, make: Callable[..., Any], verb: str, said: str) -> HttpResponse:
    """Change a planned session by a form; one that is not planned any more shows its page with the reason."""
    now = timezone.now()
    session = led_session(request, pk)
    if session.state != SessionState.PLANNED:
        messages.warning(request, closed_reason(session))
        return redirect("sessions:detail", pk)
    form = make(sent(request), session=session, user=request.user, now=now)
    if form.is_valid() and (done := form.done()):
        messages.success(request, said if not session.engagement.example else _("Done. In an example nobody is told."))
        say_marks(request, done, now)
        return redirect("sessions:detail", pk)
    context = {
        "session": session,
        "engagement": session.engagement,
        "form": form,
        "scopes": scopes(request.user, session, verb, now),
    }
    if isinstance(form, WhenForm):
        context["marks"] = marks_beside(form, request.user)
    return render(request, f"sessions/{verb}.html", context)


def say_marks(request: Request, session: Session, now: datetime) -> None:
    """Say on the next page what speaks against the time of a session that is to come; it stands all the same."""
    if not session.takes_time or session.ends_at <= now:
        return
    times = [(session.starts_at, session.ends_at)]
    known = marks_of(
        times, supervisor=request.user, mode=session.mode, place=session.place, ignoring=[session.pk],
        engagement=session.engagement_id,
    )  # fmt: skip
    for mark in known[0]:
        messages.warning(request, mark.sentence)


def held(request: Request, pk: UUID) -> HttpResponse:
    """Say who was there and no more: for htmx, in the row of a list, which opens and closes in its place.

    The whole page on which a session is closed is `sessions:close`; without JavaScript that is where this leads.
    """
    now = timezone.now()
    session = led_session(request, pk)
    if session.state != SessionState.PLANNED:
        return marked(request, session, now, refused=closed_reason(session))
    form = HeldForm(sent(request), session=session, user=request.user, now=now)
    if form.is_valid() and (done := form.done()):
        return marked(request, done, now, said=_("The session is marked as held."))
    if not request.htmx:
        for errors in form.errors.values():
            messages.warning(request, " ".join(str(error) for error in errors))
        return redirect("sessions:close", pk)
    fee = fees.fee_if(SessionState.NO_SHOW, session)
    context = {
        "session": session, "engagement": session.engagement, "form": form, "now": now, "no_show_fee": fee,
    }  # fmt: skip
    return render(request, "sessions/held.html", context)


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
    return get_object_or_404(led.select_related("engagement__client", "engagement__practice"), pk=pk)


def closed_reason(session: Session) -> str:
    return _("The session is not open any more: %(state)s.") % {"state": session.get_state_display()}
