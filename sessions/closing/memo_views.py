"""The memo on a page of its own, saved while it is written; its earlier texts; what supervisees add."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from formats.clock import HELSINKI, write_clock
from sessions.closing import hub
from sessions.closing.actions import add_to_memo, change_addition, remove_addition, save_memo
from sessions.closing.forms import AdditionForm, MemoForm
from sessions.closing.memo import ADDITION, Conflict, blocker_to_writing, memo_of, memo_text, text_of
from sessions.forms import by_field
from sessions.models import MemoAddition, Session, SessionState
from sessions.views import Request, led_session, posted, session_page
from vault.content import Content


def memo(request: Request, pk: UUID) -> HttpResponse:
    """Write the memo. Saved by somebody else meanwhile: both texts are shown, and neither is lost."""
    now = timezone.now()
    session = led_session(request, pk)
    if why := blocker_to_writing(session):
        messages.warning(request, why)
        return redirect("sessions:detail", pk)
    content = Content([session.engagement_id])
    before = memo_of(session)
    text = memo_text(content, session, before) if before else ""
    form = MemoForm(posted(request), initial={"memo": text, "rev": before.rev if before else 0})
    conflict = None
    if form.is_valid():
        try:
            save_memo(session, form.cleaned_data["memo"], form.cleaned_data["rev"], by=request.user, now=now)
        except Conflict as error:
            conflict = error
            form = MemoForm({"memo": form.cleaned_data["memo"], "rev": error.memo.rev})
        except ValidationError as error:
            for errors in by_field(error).values():
                form.add_error("memo", errors)
        else:
            messages.success(request, _("The memo is saved."))
            return redirect("sessions:detail", pk)
    if before:
        hub.read(request.user, session, [before], [], now)
    context = {
        "session": session,
        "engagement": session.engagement,
        "form": form,
        "conflict": conflict,
        "memo": before,
        "sealed": text is None,
        "earlier": before.versions.exists() if before else False,
        "seen": session.state == SessionState.HELD,
        "now": now,
    }
    return render(request, "sessions/memo.html", context)


@require_POST
def memo_keep(request: Request, pk: UUID) -> HttpResponse:
    """Save what is being written (autosave): answers with the number of the saved text, or why it was not saved."""
    now = timezone.now()
    session = led_session(request, pk)
    form = MemoForm(request.POST)
    if not form.is_valid():
        return JsonResponse({"said": _("The memo is too long to be saved.")}, status=422)
    try:
        kept = save_memo(session, form.cleaned_data["memo"], form.cleaned_data["rev"], by=request.user, now=now)
    except Conflict:
        said = _("Somebody else has changed the memo meanwhile. Save to see both texts; nothing is lost.")
        return JsonResponse({"said": said}, status=409)
    except ValidationError as error:
        return JsonResponse({"said": " ".join(error.messages)}, status=422)
    said = _("Saved at %(time)s") % {"time": write_clock(now.astimezone(HELSINKI).time(), bare=True)}
    return JsonResponse({"rev": kept.rev if kept else 0, "said": said})


def memo_versions(request: Request, pk: UUID) -> HttpResponse:
    """The earlier texts of a memo, the latest first; for its supervisors."""
    now = timezone.now()
    session = led_session(request, pk)
    kept = memo_of(session)
    content = Content([session.engagement_id])
    rows = list(kept.versions.select_related("by", "memo")) if kept else []
    if kept and any(row.by_id != request.user.pk for row in rows):
        hub.read(request.user, session, [kept], [], now)
    context = {
        "session": session,
        "engagement": session.engagement,
        "versions": [{"at": row.at, "by": row.by, "text": memo_text(content, session, row)} for row in rows],
        "now": now,
    }
    return render(request, "sessions/memo_versions.html", context)


# --- what supervisees add -------------------------------------------------------------------------------------------


@require_POST
def additions(request: Request, pk: UUID) -> HttpResponse:
    """Add to the memo; refused, the page of the session says why and keeps what was written."""
    now = timezone.now()
    attended = Session.objects.attended_by(request.user).numbered()
    session = get_object_or_404(attended.select_related("engagement__lead", "engagement__client"), pk=pk)
    form = AdditionForm(request.POST, verb=lambda text: add_to_memo(session, text, by=request.user, now=now))
    if form.done():
        messages.success(request, _("Your addition stands in the memo."))
        return redirect("sessions:detail", pk)
    return session_page(request, session, now, addition_form=form)


def addition(request: Request, pk: UUID, item: UUID) -> HttpResponse:
    """Change what one has added, within a day."""
    now = timezone.now()
    found = own_addition(request, pk, item)
    session = found.session
    content = Content([session.engagement_id])
    text = text_of(content, session.engagement_id, found.sealed, ADDITION, found.pk) or ""
    form = AdditionForm(
        posted(request), text=text, verb=lambda text: change_addition(found, text, by=request.user, now=now)
    )
    if form.done():
        messages.success(request, _("Your addition is changed."))
        return redirect("sessions:detail", pk)
    context = {"session": session, "engagement": session.engagement, "form": form, "addition": found, "now": now}
    return render(request, "sessions/addition.html", context)


@require_POST
def addition_remove(request: Request, pk: UUID, item: UUID) -> HttpResponse:
    remove_addition(own_addition(request, pk, item), by=request.user)
    messages.success(request, _("Your addition is removed."))
    return redirect("sessions:detail", pk)


def own_addition(request: Request, pk: UUID, item: UUID) -> MemoAddition:
    own = MemoAddition.objects.filter(session__in=Session.objects.attended_by(request.user), author=request.user)
    return get_object_or_404(own.select_related("session__engagement"), session=pk, pk=item)
