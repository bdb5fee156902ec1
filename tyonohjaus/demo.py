"""Entering the demonstration as a role, factors and all: on a developer's own machine, and nowhere else."""

from ipaddress import ip_address
from typing import Final

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from tyonohjaus import demonstration

ROLES: Final = {
    demonstration.SUPERVISOR: (_("Supervisor"), "sun"),
    demonstration.CO_SUPERVISOR: (_("Co-supervisor"), "users"),
    demonstration.SUPERVISEE: (_("Supervisee"), "message-circle"),
    demonstration.CONTACT: (_("Client contact"), "building-2"),
    demonstration.PRACTICE_ADMIN: (_("Practice administrator"), "briefcase-business"),
    demonstration.ADMINISTRATOR: (_("Administrator"), "settings"),
}


def routes() -> list[URLPattern]:
    """Return the page's address; none at all unless DEBUG and the flag of the demonstration are on."""
    return [path("demo/", demo, name="demo")] if settings.DEMONSTRATION else []


@login_not_required
def demo(request: HttpRequest) -> HttpResponse:
    """Lists who can be entered as; POST enters. Whoever comes from elsewhere than this machine finds no such page."""
    if not is_at_this_machine(request):
        raise Http404
    users = {user.email: user for user in User.objects.filter(email__in=ROLES)}
    if request.method == "POST":
        user = get_object_or_404(User, email=request.POST.get("as", ""), pk__in=[user.pk for user in users.values()])
        return enter(request, user)
    doors = [(users[email], label, icon) for email, (label, icon) in ROLES.items() if email in users]
    return render(request, "demo.html", {"doors": doors})


def enter(request: HttpRequest, user: User) -> HttpResponse:
    """Log `user` in as if they had given their factors a moment ago."""
    logout(request)
    record_authentication(request, user, "mfa", type="webauthn", passwordless=True, reauthenticated=True)
    redirect_url = f"/{settings.ADMIN_PATH}/" if user.is_staff else None
    response: HttpResponse = perform_login(request, Login(user=user, email=user.email, redirect_url=redirect_url))
    return response


def is_at_this_machine(request: HttpRequest) -> bool:
    """Whether the request comes from a loopback address, and not by way of a proxy that stands there."""
    if "HTTP_X_FORWARDED_FOR" in request.META or "HTTP_FORWARDED" in request.META:
        return False
    try:
        return ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False
