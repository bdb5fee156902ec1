"""The pages of a series. Nothing is written before its rows have been seen as they would be."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from engagements.models import Engagement
from engagements.progress import progress_of
from engagements.views.scope import sent
from sessions import actions
from sessions.models import Session, SessionState
from sessions.series.forms import Cancellations, Dates, Moves, Places, RuleForm, ShiftForm, with_one_more
from sessions.series.scope import ALL, FOLLOWING, scopes
from sessions.views import Request, closed_reason, led_session


def series(request: Request, pk: UUID) -> HttpResponse:
    """Ask for the rhythm of a series."""
    _engagement, context, form = asked_for(request, pk, request.GET if "every" in request.GET else None)
    return render(request, "sessions/series.html", context | {"form": form})


def dates(request: Request, pk: UUID) -> HttpResponse:
    """Show the dates of a series, to be edited, and book them. To htmx it says anew what is known of each."""
    engagement, context, form = asked_for(request, pk, request.GET)
    if context["blockers"] or not form.is_valid():
        return render(request, "sessions/series.html", context | {"form": form})
    given = Dates(
        sent_rows_of(request), engagement=engagement, rule=form.rule(), terms=context["terms"], user=request.user,
        now=context["now"],
    )  # fmt: skip
    if asked_to(request, "book") and (booked := given.done()):
        said = ngettext("%(number)d session is booked.", "%(number)d sessions are booked.", len(booked))
        messages.success(request, said % {"number": len(booked)})
        return redirect("sessions:list", pk)
    template = "sessions/series_dates.html#said" if request.htmx else "sessions/series_dates.html"
    return render(
        request, template, context | {"given": given, "rule": form.rule(), "tried": asked_to(request, "book")}
    )


def asked_to(request: Request, button: str) -> bool:
    """Whether the page was sent by this button. What htmx sends while one is typing also names the last one pressed."""
    return button in request.POST and not request.htmx


def sent_rows_of(request: Request) -> Any:
    """Return what was sent, with a row more when the button for it was pressed."""
    data = sent(request)
    return with_one_more(data) if data is not None and asked_to(request, "add") else data


def asked_for(request: Request, pk: UUID, data: Any) -> tuple[Engagement, dict[str, Any], RuleForm]:
    now = timezone.now()
    engagement = get_object_or_404(Engagement.objects.led_by(request.user).select_related("client"), pk=pk)
    terms = actions.terms_of(engagement)
    progress = progress_of(engagement, terms, now)
    form = RuleForm(data, engagement=engagement, terms=terms, progress=progress, now=now)
    context = {
        "engagement": engagement,
        "terms": terms,
        "progress": progress,
        "blockers": actions.blockers_to_booking(engagement),
        "trials_left": actions.trials_left(engagement),
        "now": now,
    }
    return engagement, context, form


# --- changes of several ---------------------------------------------------------------------------------------------


def move_several(request: Request, pk: UUID) -> HttpResponse:
    """Move this session and the others of its series along; the rows show from when to when."""
    session, sessions, context = chosen(request, pk, "move")
    if closed := no_longer(request, session):
        return closed
    shift = ShiftForm(request.GET if "day" in request.GET else None, session=session)
    moves = None
    if shift.is_valid():
        moves = Moves(sent(request), shift=shift, sessions=sessions, user=request.user, now=context["now"])
    if moves and asked_to(request, "apply") and (moved := moves.done()) is not None:
        said = ngettext(
            "%(number)d session is moved. Those in it are told.",
            "%(number)d sessions are moved. Those in them are told once.",
            len(moved),
        )
        return finished(request, session, said, len(moved))
    template = "sessions/move_several.html#said" if request.htmx and moves else "sessions/move_several.html"
    return render(request, template, context | {"shift": shift, "given": moves, "tried": asked_to(request, "apply")})


def place_several(request: Request, pk: UUID) -> HttpResponse:
    session, sessions, context = chosen(request, pk, "place")
    if closed := no_longer(request, session):
        return closed
    given = Places(sent(request), session=session, sessions=sessions, user=request.user, now=context["now"])
    if request.method == "POST" and (changed := given.done()) is not None:
        said = ngettext(
            "The place of %(number)d session is changed.", "The place of %(number)d sessions is changed.", len(changed)
        )
        return finished(request, session, said, len(changed))
    return render(request, "sessions/place_several.html", context | {"given": given})


def cancel_several(request: Request, pk: UUID) -> HttpResponse:
    session, sessions, context = chosen(request, pk, "cancel")
    if closed := no_longer(request, session):
        return closed
    given = Cancellations(sent(request), sessions=sessions, user=request.user, now=context["now"])
    if request.method == "POST" and (cancelled := given.done()) is not None:
        said = ngettext(
            "%(number)d session is cancelled. Those in it are told.",
            "%(number)d sessions are cancelled. Those in them are told once.",
            len(cancelled),
        )
        return finished(request, session, said, len(cancelled))
    return render(request, "sessions/cancel_several.html", context | {"given": given})


def chosen(request: Request, pk: UUID, verb: str) -> tuple[Session, list[Session], dict[str, Any]]:
    """Return the session from which one began, those that are changed with it, and what their page shows."""
    now = timezone.now()
    session = led_session(request, pk)
    if session.series_id is None:
        raise Http404
    which = ALL if request.GET.get("which") == ALL else FOLLOWING
    together = Session.objects.led_by(request.user).to_be_changed_with(session, now, following=which == FOLLOWING)
    context = {
        "session": session,
        "engagement": session.engagement,
        "which": which,
        "scopes": scopes(request.user, session, verb, now, chosen=which),
        "now": now,
    }
    return session, list(together.select_related("engagement")), context


def no_longer(request: Request, session: Session) -> HttpResponse | None:
    if session.state == SessionState.PLANNED:
        return None
    messages.warning(request, closed_reason(session))
    return redirect("sessions:detail", session.pk)


def finished(request: Request, session: Session, said: str, number: int) -> HttpResponse:
    if number:
        messages.success(request, said % {"number": number})
    else:
        messages.info(request, _("Nothing was changed."))
    return redirect("sessions:list", session.engagement_id)
