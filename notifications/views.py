from ipaddress import ip_address
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from accounts.models import Practice
from accounts.signed_in import SignedInRequest
from notifications import mailbox, preferring, previews
from notifications.forms import DefaultsForm, PreferenceForm, RemindersForm
from notifications.kinds import Kind, kinds
from notifications.letters import unsealed

MAIL_PROGRAM = "sandbox allow-popups allow-top-navigation; default-src 'none'; style-src 'unsafe-inline'"


@login_not_required
@csrf_exempt  # A mail program's own button posts without a cookie (RFC 8058); the sealed address is the authority.
@require_http_methods(["GET", "HEAD", "POST"])
def decline(request: HttpRequest, token: str) -> HttpResponse:
    """Let the person whom the sealed `token` names say of what they are reminded, and how long before.

    A bare POST declines all that can be, as RFC 8058 asks, and is answered without a redirect; 404 for any other token.
    """
    person = unsealed(token)
    held = preferring.held_by(person) if person else None
    if person is None or held is None:
        raise Http404
    form = RemindersForm(request.POST if "choose" in request.POST else None, held=held)
    if form.is_valid():
        form.save(person)
    elif request.method == "POST" and "choose" not in request.POST:
        form = RemindersForm(held=preferring.decline_everything(person, held))
    saved = request.method == "POST" and not form.errors
    return render(request, "notifications/decline.html", {"form": form, "saved": saved})


def own(request: SignedInRequest) -> HttpResponse:
    """Choose of what one wants to hear, and when."""
    form = PreferenceForm(request.POST if request.method == "POST" else None, user=request.user)
    if form.is_valid():
        form.save(timezone.now())
        messages.success(request, _("Saved."))
        return redirect("notifications:own")
    return render(request, "notifications/own.html", {"form": form})


def defaults(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Choose what counts in a practice for those who have chosen nothing."""
    practice = get_object_or_404(Practice.objects.administered_by(request.user), pk=pk)
    form = DefaultsForm(request.POST if request.method == "POST" else None, practice=practice, user=request.user)
    if form.is_valid():
        form.save(timezone.now())
        messages.success(request, _("Saved."))
        return redirect("notifications:defaults", pk)
    return render(request, "notifications/defaults.html", {"form": form, "practice": practice})


# --- how they look ----------------------------------------------------------------------------------------------------


@require_safe
def every_kind(request: SignedInRequest) -> HttpResponse:
    """List every kind of message with its rule, by whom it goes to."""
    groups = [(each.label, those) for each, those in preferring.grouped(list(kinds().values())).items()]
    return render(request, "notifications/kinds.html", {"groups": groups})


@require_safe
def one_kind(request: SignedInRequest, name: str) -> HttpResponse:
    """Show a sample of one kind, in the language asked for."""
    kind, language = find_kind(name), language_of(request)
    context = {"kind": kind, "preview": previews.preview(kind, language), "language": language}
    return render(request, "notifications/kind.html", context)


@require_safe
def one_kind_html(request: SignedInRequest, name: str) -> HttpResponse:
    """Show the sample as a mail program would: nothing of ours, nothing from elsewhere, no script."""
    page = previews.preview(find_kind(name), language_of(request)).html
    return HttpResponse(page, headers={"Content-Security-Policy": MAIL_PROGRAM})


def find_kind(name: str) -> Kind:
    if name not in kinds():
        raise Http404
    return kinds()[name]


def language_of(request: HttpRequest) -> str:
    asked = request.GET.get("language")
    return asked if asked in dict(settings.LANGUAGES) else str(get_language())


# --- the developer's mailbox: routed only where settings.MAILBOX is set -----------------------------------------------


def only_on_this_machine(request: HttpRequest) -> None:
    """Raise Http404 for everybody else."""
    try:
        near = ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        near = False
    if not near:
        raise Http404


def find(request: HttpRequest, name: str) -> mailbox.Mail:
    only_on_this_machine(request)
    found = mailbox.mail(name)
    if found is None:
        raise Http404
    return found


@login_not_required
@require_GET
def mails(request: HttpRequest) -> HttpResponse:
    """List what would have been sent."""
    only_on_this_machine(request)
    return render(request, "notifications/mails.html", {"mails": mailbox.mails()})


@login_not_required
@require_GET
def mail(request: HttpRequest, name: str) -> HttpResponse:
    """Show one message's headers and text; its HTML is a page of its own."""
    return render(request, "notifications/mail.html", {"mail": find(request, name)})


@login_not_required
@require_GET
def mail_html(request: HttpRequest, name: str) -> HttpResponse:
    """Show a message's HTML as a mail program would: nothing of ours, nothing from elsewhere, no script."""
    return HttpResponse(find(request, name).html, headers={"Content-Security-Policy": MAIL_PROGRAM})
