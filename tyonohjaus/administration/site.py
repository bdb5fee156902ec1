"""The admin site: for administrators with a second factor, through a database role that reads nothing confidential."""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, Final, TypeVar, cast

from allauth.account.decorators import secure_admin_login
from django.contrib.admin import AdminSite
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from accounts.middleware import has_second_factor
from accounts.models import User
from audit.routing import as_admin

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


class AdministrationSite(AdminSite):
    site_header = site_title = _("Työnohjaus, administration")
    index_title = _("Users, practices, messages")
    #: Only what a room of ours registers is shown: never seeds of factors, sessions, or addresses kept by packages.
    ROOMS: Final = {"accounts", "engagements", "notifications", "supervision", "documents"}

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
            if request.user.is_authenticated and not self.has_permission(request):
                raise Http404
            return guarded(request, *args, **kwargs)

        return cast(View, page)

    @login_not_required
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Leads to our own sign-in: the admin site has no password form."""
        if request.user.is_authenticated and not self.has_permission(request):
            raise Http404
        response: HttpResponse = secure_admin_login(super().login)(request, extra_context)
        return response


def within_role(view: View) -> View:
    """Run `view` and render its answer in one transaction of the database role `admin`."""

    @wraps(view)
    def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        with as_admin(), transaction.atomic(using="admin"):
            response = view(request, *args, **kwargs)
            return response.render() if isinstance(response, TemplateResponse) else response

    return cast(View, page)
