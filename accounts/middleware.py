from collections.abc import Callable
from functools import partial
from typing import Any, Final, cast

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone

from accounts.adapters import lock_vault_here, outgoing, send_outgoing
from accounts.models import User

GetResponse = Callable[[HttpRequest], HttpResponseBase]


def account_mail(get_response: GetResponse) -> GetResponse:
    """Send codes and security mails once the answer has left; a request that failed sends nothing.

    How long an answer takes, and whether the mail server is up, then says nothing about the address that was asked for.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if (messages := outgoing(request)) and response.status_code < 500:
            cast(Any, response)._resource_closers.append(partial(send_outgoing, messages))
        return response

    return middleware


def session_limits(get_response: GetResponse) -> GetResponse:
    """End a log-in 30 minutes after its last request, and 8 hours after it began (NIST 800-63B AAL2).

    It stands outside the request's transaction, so that whoever is logged out here asks as nobody.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if request.user.is_authenticated:
            now = int(timezone.now().timestamp())
            began = request.session.setdefault("began_at", now)
            seen = request.session.get("seen_at", 0)
            idle = seen and now - seen > settings.SESSION_IDLE_SECONDS
            if idle or now - began > settings.SESSION_ABSOLUTE_SECONDS:
                lock_vault_here(request, request.user, why="login_ended")
                logout(request)
            elif now - seen >= 60:
                request.session["seen_at"] = now
                UserSession.objects.create_from_request(request)
        return get_response(request)

    return middleware


def needs_second_factor(user: User) -> bool:
    """Supervisors, practice administrators and administrators prove themselves twice.

    Those who no longer work in a practice too: the processes that they lead are theirs still.
    """
    return user.is_staff or user.memberships.exists()


def has_second_factor(user: User) -> bool:
    """Recovery codes alone are not one."""
    return bool(is_mfa_enabled(user, [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]))


class second_factor:
    """Those who need a second factor see nothing until they have one."""

    #: Pages on which a second factor is set up, or the log-in ended, or only the look changed.
    OPEN: Final = ("account_", "mfa_", "usersessions_", "set_")

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        name = request.resolver_match.view_name if request.resolver_match else ""
        user = request.user
        if not user.is_authenticated or name.startswith(self.OPEN):
            return None
        if needs_second_factor(user) and not has_second_factor(user):
            return redirect("mfa_index")
        return None
