"""The memo on a page of its own, saved while it is written; its earlier texts; what supervisees add."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from engagements.views.scope import sent
from sessions import debrief, saving
from sessions.closing import hub
from sessions.closing.actions import add_to_memo, change_addition, remove_addition, save_memo
from sessions.closing.forms import AdditionForm, MemoForm
from sessions.closing.memo import ADDITION, blocker_to_writing, memo_of, memo_text
from sessions.coming import with_away
from sessions.forms import by_field
from sessions.models import Memo, MemoAddition, Session, SessionState
from sessions.saving import Conflict
from sessions.views import Request, led_session, session_page
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
    begun = debrief.begun(session, request.GET.get("begin", ""), before)
    form = MemoForm(sent(request), initial={"memo": text or begun["begun_with"], "rev": before.rev if before else 0})
    if form.is_valid():
        try:
            save_memo(session, form.cleaned_data["memo"], form.cleaned_data["rev"], by=request.user, now=now)
        except Conflict as conflict:
            form.show_both(conflict)
        except ValidationError as error:
            for errors in by_field(error).values():
                form.add_error("memo", errors)
        else:
            messages.success(request, _("The memo is saved."))
            return redirect("sessions:detail", pk)
    if before:
        hub.read(request.user, session, [before], [])
    context = {
        "session": session,
        "engagement": session.engagement,
        "form": form,
        "memo": before,
        "sealed": text is None,
        **begun,
        "earlier": before.versions.exists() if before else False,
        "seen": session.state == SessionState.HELD,
        "now": now,
    }
    return render(request, "sessions/memo.html", context)


@require_POST
def memo_keep(request: Request, pk: UUID) -> HttpResponse:
    """Save what is being written. Who gets another's text beside their own has read it."""
    now = timezone.now()
    session = led_session(request, pk)
    form = MemoForm(request.POST)

    def save() -> Memo | None:
        try:
            return save_memo(session, form.cleaned_data["memo"], form.cleaned_data["rev"], by=request.user, now=now)
        except Conflict:
            hub.read(request.user, session, [each for each in [memo_of(session)] if each], [])
            raise

    return saving.answer(form, save, now)


def memo_versions(request: Request, pk: UUID) -> HttpResponse:
    """The earlier texts of a memo, the latest first; for its supervisors."""
    now = timezone.now()
    session = led_session(request, pk)
    kept = memo_of(session)
    content = Content([session.engagement_id])
    rows = list(kept.versions.select_related("by", "memo")) if kept else []
    if kept and any(row.by_id != request.user.pk for row in rows):
        hub.read(request.user, session, [kept], [])
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
    attended = with_away(Session.objects.attended_by(request.user).numbered())
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
    text = content.read_text(session.engagement_id, found.sealed, ADDITION, found.pk) or ""
    form = AdditionForm(
        sent(request), text=text, verb=lambda text: change_addition(found, text, by=request.user, now=now)
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
