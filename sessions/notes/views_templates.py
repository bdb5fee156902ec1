"""Templates of notes: prompts of one's own, and of everybody's in a practice."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.models import Practice
from accounts.signed_in import SignedInRequest as Request
from engagements.views.scope import sent
from sessions.models import NoteTemplate
from sessions.notes import prompts
from sessions.notes.forms import TemplateForm


def templates(request: Request) -> HttpResponse:
    own_practices(request)
    every = list(NoteTemplate.objects.usable_by(request.user).select_related("practice").order_by("title", "pk"))
    context = {
        "templates": [one for one in every if one.archived_at is None],
        "archived": [one for one in every if one.archived_at is not None],
        "shipped": prompts.SHIPPED,
    }
    return render(request, "notes/templates.html", context)


def own_practices(request: Request) -> list[Practice]:
    practices = list(Practice.objects.supervised_by(request.user).order_by("name", "pk"))
    if not practices:
        raise Http404
    return practices


def template_new(request: Request) -> HttpResponse:
    """Write prompts; `?from=` begins from ours."""
    practice = own_practices(request)[0]
    begun = prompts.chosen(request.user, request.GET.get("from", ""))
    initial = {"title": begun.title, "text": str(begun.text)} if begun else {}
    return changed(request, NoteTemplate(), practice, initial)


def template_edit(request: Request, pk: UUID) -> HttpResponse:
    """Change prompts. Notes that began from them stay as they are."""
    template = get_object_or_404(NoteTemplate.objects.usable_by(request.user).select_related("practice"), pk=pk)
    return changed(request, template, template.practice, {})


def changed(request: Request, template: NoteTemplate, practice: Practice, initial: dict[str, Any]) -> HttpResponse:
    data = sent(request)
    form = TemplateForm(data, instance=template, practice=practice, user=request.user, initial=initial)
    if form.is_valid():
        form.save()
        messages.success(request, _("The template is saved."))
        return redirect("notes:templates")
    return render(request, "notes/template.html", {"form": form, "template": template})


@require_POST
def template_archive(request: Request, pk: UUID) -> HttpResponse:
    """Put prompts aside, or take them back into use."""
    template = get_object_or_404(NoteTemplate.objects.usable_by(request.user), pk=pk)
    template.archived_at = None if template.archived_at else timezone.now()
    template.save(update_fields=["archived_at"])
    messages.success(request, _("Put aside.") if template.archived_at else _("The template is in use again."))
    return redirect("notes:templates")
