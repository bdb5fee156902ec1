"""Contract templates of a practice: kept, changed and archived by its supervisors."""

from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from accounts.models import Practice
from engagements.forms.contract import ContractTemplateForm, ShipForm
from engagements.models import ContractTemplate
from engagements.shipped import ship
from engagements.views.scope import Request, sent


def own_practice(request: Request) -> Practice:
    """Return the practice named in `?practice=` in which the asker supervises, else their first; 404 without one."""
    practices = {str(one.pk): one for one in Practice.objects.supervised_by(request.user).order_by("name", "pk")}
    named = request.GET.get("practice", "")
    if not practices or (named and named not in practices):
        raise Http404
    return practices[named] if named else next(iter(practices.values()))


def own_templates(request: Request) -> QuerySet[ContractTemplate]:
    return ContractTemplate.objects.filter(practice__in=Practice.objects.supervised_by(request.user))


def templates(request: Request) -> HttpResponse:
    practice = own_practice(request)
    every = list(practice.contract_templates.order_by("name"))
    context = {
        "practice": practice,
        "others": Practice.objects.supervised_by(request.user).exclude(pk=practice.pk).order_by("name"),
        "templates": [one for one in every if one.archived_at is None],
        "archived": [one for one in every if one.archived_at is not None],
        "ship": ShipForm(initial={"language": request.user.language}),
    }
    return render(request, "engagements/templates.html", context)


@require_POST
def templates_ship(request: Request) -> HttpResponse:
    """Add the templates and goals that come with the product, those that the practice has not yet."""
    practice = own_practice(request)
    form = ShipForm(request.POST)
    if form.is_valid():
        made, goals = ship(practice, form.cleaned_data["language"])
        if made or goals:
            said = gettext("Added: %(made)d contract templates and %(goals)d goals. Change them as you like.")
            messages.success(request, said % {"made": made, "goals": goals})
        else:
            messages.info(request, gettext("You have them all already."))
    return redirect("engagements:templates")


def template_new(request: Request) -> HttpResponse:
    form = ContractTemplateForm(sent(request), practice=own_practice(request))
    if form.done():
        messages.success(request, gettext("The template is there."))
        return redirect("engagements:templates")
    return render(request, "engagements/template.html", {"form": form})


def template_edit(request: Request, pk: UUID) -> HttpResponse:
    """Change a template. Contracts that began from it keep their terms."""
    template = get_object_or_404(own_templates(request).select_related("practice"), pk=pk)
    form = ContractTemplateForm(sent(request), practice=template.practice, template=template)
    if form.done():
        messages.success(request, gettext("The template is saved."))
        return redirect("engagements:templates")
    return render(request, "engagements/template.html", {"form": form, "template": template})


@require_POST
def template_archive(request: Request, pk: UUID) -> HttpResponse:
    """Put a template aside, or take it back into use when it was put aside before."""
    template = get_object_or_404(own_templates(request).select_for_update(of=("self",)), pk=pk)
    if template.archived_at is None:
        template.archived_at = timezone.now()
        messages.success(request, gettext("The template is put aside. You can take it back below."))
    elif template.practice.contract_templates.filter(name=template.name, archived_at=None).exists():
        messages.error(request, gettext("You already have a template with this name."))
        return redirect("engagements:templates")
    else:
        template.archived_at = None
        messages.success(request, gettext("The template is in use again."))
    template.save(update_fields=["archived_at"])
    return redirect("engagements:templates")
