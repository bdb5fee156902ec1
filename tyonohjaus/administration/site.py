"""The admin site: for administrators with a second factor, through a database role that reads nothing confidential."""

import time
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, Final, TypeVar, cast
from urllib.parse import unquote

from allauth.account.decorators import secure_admin_login
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.flows.reauthentication import STATE_SESSION_KEY
from allauth.core.internal.httpkit import add_query_params, serialize_request
from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import BadRequest
from django.db import transaction
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.middleware import has_second_factor
from accounts.models import User
from accounts.views.profile import sign_out
from audit import trail
from audit.routing import as_admin

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


class AdministrationSite(AdminSite):
    site_header = site_title = _("Työnohjaus, administration")
    index_title = _("What needs help")
    enable_nav_sidebar = False
    #: Only what a room of ours registers is shown: never seeds of factors, sessions, or addresses kept by packages.
    ROOMS: Final = {"accounts", "engagements", "notifications", "supervision", "documents", "reports"}

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        models: Iterable[type[Model]] = (
            [model_or_iterable] if isinstance(model_or_iterable, type) else list(model_or_iterable)
        )
        super().register([each for each in models if each._meta.app_label in self.ROOMS], admin_class, **options)

    def has_permission(self, request: HttpRequest) -> bool:
        user = request.user
        return isinstance(user, User) and user.is_active and user.is_staff and has_second_factor(user)

    def admin_view(self, view: View, cacheable: bool = False) -> View:
        guarded = super().admin_view(within_role(view), cacheable)

        @wraps(view)
        def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if "\0" in unquote(request.META.get("QUERY_STRING", "")):
                raise BadRequest("No text of PostgreSQL has a NUL in it.")
            if request.user.is_authenticated:
                if not self.has_permission(request):
                    raise Http404
                if request.method not in ("GET", "HEAD") and not proven_lately(request):
                    return prove_again(request)
            return guarded(request, *args, **kwargs)

        return cast(View, page)

    @login_not_required
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Leads to our own sign-in: the admin site has no password form."""
        if request.user.is_authenticated and not self.has_permission(request):
            raise Http404
        response: HttpResponse = secure_admin_login(super().login)(request, extra_context)
        return response

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        return cast(TemplateResponse, sign_out(request))

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        return cast(TemplateResponse, redirect("account_change_password"))

    def password_change_done(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        return cast(TemplateResponse, redirect("mfa_index"))

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        from tyonohjaus.administration.overview import overview  # it asks rooms whose pages register on this site

        return super().index(request, {"overview": overview(timezone.now()), **(extra_context or {})})


def within_role(view: View) -> View:
    """Run `view` and render its answer in one transaction of the database role `admin`."""

    @wraps(view)
    def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        with as_admin(), transaction.atomic(using="admin"):
            note_entry(request)
            response = view(request, *args, **kwargs)
            return response.render() if isinstance(response, TemplateResponse) else response

    return cast(View, page)


def proven_lately(request: HttpRequest) -> bool:
    """Return whether the administrator showed who they are a short while ago, at the log-in or since."""
    records = get_authentication_records(request, cast(User, request.user))
    return bool(records) and time.time() - records[-1]["at"] < settings.ADMIN_PROVEN_SECONDS


def prove_again(request: HttpRequest) -> HttpResponse:
    """Ask who they are before a change; what was posted waits, sealed in the session, and is done afterwards.

    allauth suspends a request too, but then forgets one whose address has a query, as those of lists do.
    """
    request.session[STATE_SESSION_KEY] = {"request": serialize_request(request)}
    return redirect(add_query_params(reverse("account_reauthenticate"), {"next": request.path}))


def note_entry(request: HttpRequest) -> None:
    """Write down once a log-in that an administrator came here.

    As the site's role: a chain is locked to the end of a transaction, and a request here has one of each role.
    """
    if not request.session.get("administers"):
        request.session["administers"] = True
        trail.record("accounts", "admin_entered", actor=cast(User, request.user))
