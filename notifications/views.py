from ipaddress import ip_address

from django.contrib.auth.decorators import login_not_required
from django.db import IntegrityError, connection, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods

from notifications import mailbox
from notifications.letters import unsealed
from notifications.models import OptOut

MAIL_PROGRAM = "sandbox allow-popups allow-top-navigation; default-src 'none'; style-src 'unsafe-inline'"


@login_not_required
@csrf_exempt  # A mail program's own button posts without a cookie (RFC 8058); the sealed address is the authority.
@require_http_methods(["GET", "HEAD", "POST"])
def decline(request: HttpRequest, token: str) -> HttpResponse:
    """Stop the reminders to the person whom the sealed `token` names, or start them again; 404 for any other token.

    Answers a POST without a redirect, as RFC 8058 asks.
    """
    person = unsealed(token)
    if person is None:
        raise Http404
    if request.method == "POST" and "again" in request.POST:
        OptOut.objects.filter(person=person).delete()
    elif request.method == "POST":
        try:
            with transaction.atomic():
                OptOut.objects.bulk_create([OptOut(person_id=person, since=timezone.now())], ignore_conflicts=True)
                connection.check_constraints()
        except IntegrityError:
            raise Http404 from None
    declined = OptOut.objects.filter(person=person).exists()
    return render(request, "notifications/decline.html", {"declined": declined})


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
