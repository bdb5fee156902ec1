from collections.abc import Callable
from typing import Any

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone

from accounts.models import User

GetResponse = Callable[[HttpRequest], HttpResponseBase]


def session_limits(get_response: GetResponse) -> GetResponse:
    """End a log-in 30 minutes after its last request, and 8 hours after it began (NIST 800-63B AAL2)."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if request.user.is_authenticated:
            now = int(timezone.now().timestamp())
            began = request.session.setdefault("began_at", now)
            seen = request.session.get("seen_at", now)
            if now - seen > settings.SESSION_IDLE_SECONDS or now - began > settings.SESSION_ABSOLUTE_SECONDS:
                logout(request)
            elif now - seen >= 60 or "seen_at" not in request.session:
                request.session["seen_at"] = now
        return get_response(request)

    return middleware


def needs_second_factor(user: User) -> bool:
    """Supervisors, practice administrators and administrators prove themselves twice; so does one who founds a practice."""
    return user.is_staff or user.memberships.current().exists()


class second_factor:  # noqa: N801  (reads as a middleware function in the settings)
    """Those who need a second factor see nothing until they have one."""

    #: Pages on which a second factor is set up, or the log-in ended.
    OPEN = ("mfa_", "account_", "usersessions_", "set_language", "set_theme", "livez", "readyz", "demo")

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        name = request.resolver_match.url_name or "" if request.resolver_match else ""
        user = request.user
        if not user.is_authenticated or name.startswith(self.OPEN):
            return None
        if needs_second_factor(user) and not is_mfa_enabled(user):
            return redirect("mfa_index")
        return None
