"""The pages of a supervisor's key: made at first use, opened, locked, changed. Secrets travel in form bodies alone."""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBadRequest, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST
from django_htmx.middleware import HtmxDetails

from accounts.signed_in import SignedInRequest
from engagements.views.scope import sent
from sessions.unlocking import actions, forms, sheets, visit
from vault import derive, keys, opening, words
from vault.keys import Opened
from vault.models import VaultKey, Wrap


class Request(SignedInRequest):
    """What django-htmx says of each request."""

    htmx: HtmxDetails


View = Callable[[Request], HttpResponse]


def keepers(view: View) -> View:
    """For supervisors alone; nothing that is posted here stands in an error report."""

    @wraps(view)
    def asked(request: Request) -> HttpResponse:
        if not visit.may_have_one(request.user):
            raise Http404
        return view(request)

    return sensitive_post_parameters()(asked)


@keepers
def key(request: Request) -> HttpResponse:
    """Since when there is a key, where it is open, and what may be done with it; without one, the way to make it."""
    own = keys.key_in_use(request.user.pk)
    if own is None:
        return render(request, "vault/none.html", {"next": reverse("vault:key")})
    wraps_ = {wrap.method: wrap for wrap in own.wraps.all()}
    context = {
        "key": own,
        "passphrase": wraps_.get(Wrap.Method.PASSPHRASE),
        "sheet": wraps_.get(Wrap.Method.RECOVERY),
        "words": keys.fingerprint(own),
        "openings": opening.lasting(request.user.pk, timezone.now()).order_by("-seen_at"),
    }
    return render(request, "vault/key.html", context)


@keepers
def create(request: Request) -> HttpResponse:
    """First use: three sentences, a passphrase, and the recovery sheet right after it."""
    if keys.key_in_use(request.user.pk):
        return redirect("vault:key")
    now = timezone.now()
    form = forms.CreateForm(sent(request), user=request.user, now=now, initial={"offered": words.passphrase()})
    if form.is_valid():
        try:
            opened, code = form.save()
        except keys.ThereIsOne:
            return redirect("vault:key")
        return show_sheet(request, opened, code, now)
    context = {"form": form, "offered": form["offered"].value(), "next": next_of(request)}
    return render(request, "vault/create.html", context)


# --- the recovery sheet ---------------------------------------------------------------------------------------------


def show_sheet(request: Request, opened: Opened, code: str, now: datetime) -> HttpResponse:
    """Answer with the code, this once, and keep the vault open."""
    visit.keep_open(request, opened, now)
    context = {"code": code, "groups": derive.code_groups(code), "next": next_of(request)}
    page = render(request, "vault/sheet.html", context)
    return visit.give(page, request)


@require_POST
@keepers
def sheet(request: Request) -> HttpResponse:
    """Show the code again, ask for two groups of it from the paper, or take the sheet into use when they are right.

    The code comes back in the body of each form; here it is only compared with what it opens.
    """
    code = code_in(request)
    if code is None:
        messages.warning(request, _("That recovery sheet is not the newest: make a new one."))
        return redirect("vault:key")
    groups = derive.code_groups(code)
    if request.POST.get("step") == "show":
        return render(request, "vault/sheet.html", {"code": code, "groups": groups, "next": next_of(request)})
    form = forms.ProofForm(request.POST if request.POST.get("step") == "prove" else None, code=code)
    if form.is_valid():
        actions.prove_sheet(code, by=request.user, now=timezone.now())
        messages.success(request, _("The recovery sheet is in use. Keep it where you keep important papers."))
        return redirect(next_of(request))
    return render(request, "vault/prove.html", {"form": form, "code": code, "next": next_of(request)})


@require_POST
@keepers
def sheet_pdf(request: Request) -> HttpResponse:
    """Return the sheet to print, made of the code in the form, and kept nowhere."""
    code = code_in(request)
    if code is None:
        return HttpResponseBadRequest()
    return sheets.as_pdf(request.user, code, timezone.now())


def code_in(request: Request) -> str | None:
    """Return the code of a form when it is that of this person's newest sheet."""
    code = request.POST.get("code", "")[:80]
    own = keys.key_in_use(request.user.pk)
    return code if own and keys.is_of_a_sheet(own, code) else None


@keepers
def sheet_new(request: Request) -> HttpResponse:
    """Make another sheet, for who has the passphrase; the one before is good until this one is in hand."""
    own_key(request)
    now = timezone.now()
    form = forms.NewSheetForm(sent(request), user=request.user, now=now)
    if form.is_valid():
        return show_sheet(request, form.opened, form.code, now)
    return render(request, "vault/sheet_new.html", {"form": form})


# --- open and locked ------------------------------------------------------------------------------------------------


@keepers
def unlock(request: Request) -> HttpResponse:
    """Ask for the passphrase and go on to `next`; to htmx only the form, and the event `vault-open` when it is open."""
    target, now = next_of(request), timezone.now()
    if keys.key_in_use(request.user.pk) is None:
        template = "vault/unlock.html#none" if request.htmx else "vault/none.html"
        return render(request, template, {"next": target})
    if request.method != "POST" and visit.state_of(request).open:
        return opened_here(request, target)
    form = forms.UnlockForm(sent(request), user=request.user, now=now)
    if form.is_valid():
        visit.keep_open(request, form.opened, now)
        return visit.give(opened_here(request, target), request)
    open_elsewhere = opening.lasting(request.user.pk, now).exists()
    template = "vault/unlock.html#form" if request.htmx else "vault/unlock.html"
    return render(request, template, {"form": form, "next": target, "open_elsewhere": open_elsewhere})


def opened_here(request: Request, target: str) -> HttpResponse:
    if not request.htmx:
        return redirect(target)
    page = render(request, "vault/unlock.html#done", {"vault": visit.State(int(opening.IDLE.total_seconds()))})
    page.headers["HX-Trigger"] = "vault-open"
    return page


@require_POST
@keepers
def lock(request: Request) -> HttpResponse:
    """Lock here, or wherever it is open."""
    if request.POST.get("where") == "everywhere":
        opening.lock(request.user.pk, why="button")
        messages.success(request, _("Your notes are locked everywhere."))
    else:
        opening.lock_here(request.user.pk, visit.cookie_of(request), why="button")
        messages.success(request, _("Your notes are locked."))
    return visit.forget(redirect(next_of(request)))


@require_GET
@keepers
def state(request: Request) -> HttpResponse:
    """Say in how many seconds the vault locks itself here; asking does not count as use."""
    return JsonResponse({"seconds": visit.state_of(request).seconds})


@require_POST
@keepers
def stay(request: Request) -> HttpResponse:
    """Somebody says that they are at work still."""
    visit.open_vault(request, timezone.now())
    return JsonResponse({"seconds": visit.state_of(request).seconds})


def next_of(request: Request) -> str:
    """Return where to go on to: `next` when it stays on this site, else the page of the key."""
    target = request.POST.get("next", "") or request.GET.get("next", "")
    safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return target if safe else reverse("vault:key")


# --- changes --------------------------------------------------------------------------------------------------------


@keepers
def passphrase(request: Request) -> HttpResponse:
    own_key(request)
    now = timezone.now()
    form = forms.ChangeForm(sent(request), user=request.user, now=now)
    if form.is_valid() and (opened := form.save()):
        messages.success(request, _("The passphrase is changed."))
        visit.keep_open(request, opened, now)
        return visit.give(redirect("vault:key"), request)
    return render(request, "vault/passphrase.html", {"form": form, "offered": words.passphrase()})


@keepers
def replace(request: Request) -> HttpResponse:
    """Another key pair, after a suspicion that somebody knows passphrase or sheet."""
    return anew(request, forms.ReplaceForm, "vault/replace.html")


@keepers
def recover(request: Request) -> HttpResponse:
    """The way in for who has forgotten the passphrase and has the sheet."""
    return anew(request, forms.RecoverForm, "vault/recover.html")


def anew(request: Request, form_class: Any, template: str) -> HttpResponse:
    own_key(request)
    now = timezone.now()
    form = form_class(sent(request), user=request.user, now=now)
    if form.is_valid() and (made := form.save()):
        opened, code = made
        return show_sheet(request, opened, code, now)
    return render(request, template, {"form": form, "offered": words.passphrase()})


def own_key(request: Request) -> VaultKey:
    """Return the key in use of the person asking. Raises Http404 when they have none."""
    own = keys.key_in_use(request.user.pk)
    if own is None:
        raise Http404
    return own
