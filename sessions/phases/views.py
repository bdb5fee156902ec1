"""The phase of a process, and the questions that go with it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from accounts.models import Practice
from engagements.blockers import governing_contract
from engagements.models import Engagement
from engagements.phases import phase_of
from engagements.progress import progress_of
from engagements.views.scope import Request, sent
from engagements.views.templates import own_practice
from sessions.models import FacilitationTemplate, Session
from sessions.phases import actions, shipped
from sessions.phases.forms import PhaseForm, TemplateForm

#: So many of the sessions to come are offered to fill their agenda.
MOST_SESSIONS = 5


def phase(request: Request, pk: UUID) -> HttpResponse:
    """In which phase a process is and why, what it may be set to, and what to put on an agenda in it."""
    led = Engagement.objects.led_by(request.user).select_related("practice", "client")
    engagement, now = get_object_or_404(led, pk=pk), timezone.now()
    progress = progress_of(engagement, governing_contract(engagement), now)
    found = phase_of(engagement, progress, now)
    form = PhaseForm(
        sent(request), engagement=engagement, phase=found.phase if found.by_hand else "", user=request.user, now=now
    )
    if form.done():
        messages.success(request, _("The phase is noted."))
        return redirect("phases:phase", pk)
    coming = list(engagement.sessions.to_come(now)[:MOST_SESSIONS])
    asked = request.GET.get("session", "")
    context = {
        "section": "phase",
        "engagement": engagement,
        "found": found,
        "form": form,
        "blocker": actions.blocker_to_setting(engagement),
        "phases": shipped.by_phase(request.user, found.phase),
        "coming": coming,
        "session": next((one for one in coming if str(one.pk) == asked), coming[0] if coming else None),
    }
    return render(request, "phases/phase.html", context)


@require_POST
def fill(request: Request, pk: UUID) -> HttpResponse:
    """Put the points of a template on the agenda of a session."""
    session = get_object_or_404(Session.objects.led_by(request.user).select_related("engagement"), pk=pk)
    template = shipped.chosen(request.user, request.POST.get("template", "").replace("\0", ""))
    if template is None:
        messages.warning(request, _("The template is not there any more. Choose another."))
        return redirect("phases:phase", session.engagement_id)
    lines = shipped.in_language(template, session.engagement.language)
    try:
        number = actions.fill(session, lines, by=request.user, now=timezone.now())
    except ValidationError as error:
        messages.warning(request, " ".join(error.messages))
    else:
        said = ngettext("%(number)d point was put on the agenda.", "%(number)d points were put on the agenda.", number)
        messages.success(request, said % {"number": number} if number else _("They stand on the agenda already."))
    return redirect("sessions:detail", pk)


# --- templates of a practice ----------------------------------------------------------------------------------------


def templates(request: Request) -> HttpResponse:
    practice = own_practice(request)
    every = list(practice.facilitation_templates.order_by("title", "pk"))
    context = {
        "practice": practice,
        "phases": shipped.by_phase(request.user, ""),
        "templates": [one for one in every if one.archived_at is None],
        "archived": [one for one in every if one.archived_at is not None],
        "shipped": shipped.SHIPPED,
    }
    return render(request, "phases/templates.html", context)


def template_new(request: Request) -> HttpResponse:
    """Write questions; `?from=` begins from ours or from another of one's own."""
    practice = own_practice(request)
    begun = shipped.chosen(request.user, request.GET.get("from", "").replace("\0", ""))
    initial: dict[str, Any] = {"phase": begun.phase, "title": begun.title, "text": str(begun.text)} if begun else {}
    return changed(request, FacilitationTemplate(), practice, initial)


def template_edit(request: Request, pk: UUID) -> HttpResponse:
    """Change questions. Agendas that were filled with them stay as they are."""
    known = FacilitationTemplate.objects.usable_by(request.user).select_related("practice")
    template = get_object_or_404(known, pk=pk)
    return changed(request, template, template.practice, {})


def changed(
    request: Request, template: FacilitationTemplate, practice: Practice, initial: dict[str, Any]
) -> HttpResponse:
    form = TemplateForm(sent(request), instance=template, practice=practice, initial=initial)
    if form.is_valid():
        form.save()
        messages.success(request, _("The template is saved."))
        return redirect("phases:templates")
    return render(request, "phases/template.html", {"form": form, "template": template})


@require_POST
def template_archive(request: Request, pk: UUID) -> HttpResponse:
    """Put questions aside, or take them back into use."""
    template = get_object_or_404(FacilitationTemplate.objects.usable_by(request.user), pk=pk)
    template.archived_at = None if template.archived_at else timezone.now()
    template.save(update_fields=["archived_at"])
    messages.success(request, _("Put aside.") if template.archived_at else _("The template is in use again."))
    return redirect("phases:templates")
