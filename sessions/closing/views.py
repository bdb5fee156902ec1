"""The page on which a session is closed, what is still to be said of which sessions, and the fee that is waived."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Practice, User
from accounts.paging import keyset
from engagements.views.scope import sent
from sessions import actions, debrief, fees
from sessions.closing import hub
from sessions.closing.forms import CloseForm, WaiveForm
from sessions.closing.missing import MISSING, MOST_COUNTED, kinds_for
from sessions.forms_calendar import marks_beside
from sessions.models import Fee, Session, SessionState
from sessions.views import Request, closed_reason, led_session


def close(request: Request, pk: UUID) -> HttpResponse:
    """Say all of a session at once: of one whose time has begun, or that was marked as held a moment ago."""
    now = timezone.now()
    session = led_session(request, pk)
    if why := blocker_to_closing(session, now):
        messages.warning(request, why)
        return redirect("sessions:detail", pk)
    form = CloseForm(sent(request), session=session, user=request.user, now=now)
    if form.is_valid() and form.done():
        messages.success(request, _("Everything is saved."))
        return redirect("today") if request.POST.get("next") == reverse("today") else redirect("sessions:detail", pk)
    begun = debrief.begun(session, request.GET.get("begin", ""), form.memo_before)
    form.initial["memo"] = form.initial["memo"] or begun["begun_with"]
    if form.memo_before:
        hub.read(request.user, session, [form.memo_before], [])
    context = {
        "session": session,
        "engagement": session.engagement,
        "form": form,
        "now": now,
        "next": reverse("today") if reverse("today") in (request.GET.get("next"), request.POST.get("next")) else "",
        "marks": marks_beside(form.next_form, request.user) if form.next_form else [],
        "clashes": clashes_ahead(form, request.user),
        "present": session.attendances.filter(presence="present").count() if form.marked else 0,
        **charged(session, form),
        **begun,
    }
    return render(request, "sessions/close.html", context)


def blocker_to_closing(session: Session, now: Any) -> str:
    """Return why nothing can be said of how `session` went, in a sentence; empty when something can."""
    if session.state not in (SessionState.PLANNED, SessionState.HELD):
        return closed_reason(session)
    return _("The session has not started yet.") if session.starts_at > now else ""


def charged(session: Session, form: CloseForm) -> dict[str, Any]:
    """Return what the session is charged if it was held, and what if nobody came."""
    fee = Fee.objects.filter(session=session).first() if form.marked else None
    terms = None if form.marked else fees.terms_of_session(session)
    return {
        "fee": fee,
        "held_fee": fee.charged if fee else fees.percent_of(SessionState.HELD, terms, trial=session.trial),
        "no_show_fee": fees.percent_of(SessionState.NO_SHOW, terms, trial=session.trial),
    }


def clashes_ahead(form: CloseForm, user: User) -> list[actions.Clash]:
    """Return what takes the time that is proposed for the next session, before it is asked for."""
    proposed = form.next_form
    if proposed is None or proposed.is_bound or not (span := proposed.proposed_span()):
        return []
    return actions.clashes(form.session.engagement, *span, by=user)


def waive(request: Request, pk: UUID) -> HttpResponse:
    """Charge nothing for a session that would be charged by the contract, with a reason."""
    now = timezone.now()
    session = led_session(request, pk)
    fee = Fee.objects.filter(session=session).first()
    if fee is None or not fee.charged:
        messages.warning(request, _("Nothing is charged for this session as it is."))
        return redirect("sessions:detail", pk)
    form = WaiveForm(sent(request), verb=lambda text: fees.waive(session, reason=text, by=request.user, now=now))
    if form.done():
        messages.success(request, _("Nothing is charged for the session."))
        return redirect("sessions:detail", pk)
    context = {"session": session, "engagement": session.engagement, "form": form, "fee": fee, "now": now}
    return render(request, "sessions/waive.html", context)


# --- what is still to be said ---------------------------------------------------------------------------------------


def unmarked(request: Request) -> HttpResponse:
    """What is missing, one kind at a time (`?missing=`), the latest first; each row with the one thing to do."""
    if not Practice.objects.supervised_by(request.user).exists():
        raise Http404
    now = timezone.now()
    asked = request.GET.get("missing", "")
    kinds = kinds_for(request.user)
    missing = asked if asked in kinds else "marking"
    labels = {"marking": _("Not marked"), "memo": _("Without a memo"), "note": _("Without your note")}
    counts = {kind: MISSING[kind](request.user, now)[: MOST_COUNTED + 1].count() for kind in kinds}
    page = keyset(
        MISSING[missing](request.user, now).select_related("engagement").numbered(),
        {name: request.GET[name] for name in ("after", "before") if name in request.GET} | {"missing": missing},
        "-starts_at", "-id",
    )  # fmt: skip
    context = {
        "now": now,
        "missing": missing,
        "page": page,
        "kinds": [
            {"label": labels[kind], "url": f"?missing={kind}", "current": kind == missing, "count": write_count(count)}
            for kind, count in counts.items()
        ],
    }
    return render(request, "sessions/unmarked.html", context)


def write_count(count: int) -> str:
    return f"{MOST_COUNTED}+" if count > MOST_COUNTED else str(count)
