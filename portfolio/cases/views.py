"""Cases for ToTo: written with names, gone through, kept without them; read by their author alone.

What was typed travels from page to page in the form that is posted: it stands in no address, no session, no log and no
row.
"""

from typing import Final
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from accounts.models import Practice
from accounts.paging import keyset
from accounts.signed_in import SignedInRequest as Request
from engagements.views.scope import sent
from portfolio.cases import actions
from portfolio.cases.forms import CaseForm, TakenForm, choices_of
from portfolio.cases.names import known_to
from portfolio.cases.written import rows_of
from portfolio.models import Case
from sessions.unlocking.visit import may_have_one, open_vault
from vault import keys

PER_PAGE: Final = 25


def listed(request: Request) -> HttpResponse:
    """One's own cases, the latest first. Their titles show while the vault is open."""
    if not may_have_one(request.user):
        raise Http404
    vault = open_vault(request, timezone.now())
    page = keyset(Case.objects.of(request.user), request.GET.dict(), "-created_at", "-id", per_page=PER_PAGE)
    supervises = Practice.objects.supervised_by(request.user).exists()
    context = {
        "page": page,
        "rows": rows_of(page.rows, vault),
        "open": vault is not None,
        "has_vault": keys.key_to_seal_for(request.user.pk) is not None,
        "supervises": supervises,
    }
    return render(request, "cases/list.html", context)


@sensitive_post_parameters()
def new(request: Request) -> HttpResponse:
    """Write a case, look for names in it, go through them, and keep it without them. `do` is look or keep."""
    if not Practice.objects.supervised_by(request.user).exists():
        raise Http404
    if keys.key_to_seal_for(request.user.pk) is None:
        return render(request, "cases/no_vault.html")
    do = request.POST.get("do", "")
    form = CaseForm(sent(request)) if do != "back" else CaseForm(initial=request.POST.dict())
    if not form.is_valid():
        return render(request, "cases/new.html", {"form": form})
    choices = choices_of(form, known_to(request.user), request.POST)
    if choices is None:
        return render(request, "cases/new.html", {"form": form})
    if do == "keep" and choices.gone_through:
        try:
            kept = actions.keep(choices.written, by=request.user, now=timezone.now())
        except ValidationError as error:
            form.add_error("text", " ".join(error.messages))
        else:
            messages.success(request, _("Kept as it reads without the names. What you wrote first is kept nowhere."))
            return redirect("cases:case", kept.pk)
    missed = do == "keep" and any(row.fresh for row in choices.rows)
    context = {"form": form, "choices": choices, "preview": choices.written, "missed": missed}
    return render(request, "cases/names.html", context)


def case(request: Request, pk: UUID) -> HttpResponse:
    """Read a case, and say when it was talked about."""
    now = timezone.now()
    found = own_case(request, pk)
    vault = open_vault(request, now)
    form = TakenForm(sent(request), case=found, user=request.user, now=now)
    if form.done():
        messages.success(request, _("Noted."))
        return redirect("cases:case", pk)
    row = rows_of([found], vault)[0]
    context = {"case": found, "row": row, "written": row.written, "open": vault is not None, "form": form}
    return render(request, "cases/case.html", context)


@require_POST
def delete(request: Request, pk: UUID) -> HttpResponse:
    actions.delete(own_case(request, pk), by=request.user, now=timezone.now())
    messages.success(request, _("The case is deleted for good."))
    return redirect("cases:list")


def own_case(request: Request, pk: UUID) -> Case:
    return get_object_or_404(Case.objects.of(request.user), pk=pk)
