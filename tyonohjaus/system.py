"""Pages that belong to no room: whether the process and its servers answer, and what a visitor prefers."""

from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.db import OperationalError, connection
from django.db.migrations.loader import MigrationLoader
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST
from redis.exceptions import RedisError

from accounts.models import User
from tyonohjaus.metrics import metrics

THEMES: Final = ("light", "dark", "auto")
GetResponse = Callable[[HttpRequest], HttpResponseBase]
YEAR: Final = 365 * 24 * 3600


def health(get_response: GetResponse) -> GetResponse:
    """Answer `/livez`, `/readyz` and `/metrics` before anything else is asked of the database or the Host header."""
    checks = {"/livez": lambda _: livez(), "/readyz": lambda _: readyz(), "/metrics": metrics}

    def middleware(request: HttpRequest) -> HttpResponseBase:
        check = checks.get(request.path_info)
        return check(request) if check else get_response(request)

    return middleware


def livez() -> HttpResponse:
    """Say that this process answers; touches nothing else."""
    return HttpResponse("ok\n", content_type="text/plain")


def readyz() -> HttpResponse:
    """Say that PostgreSQL and Valkey answer too and the tables are this version's; otherwise 503 and what is not."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        if not tables_are_ours():
            return not_ready("tables")
    except OperationalError:
        return not_ready("database")
    try:
        cache.get("readyz")
    except RedisError:
        return not_ready("valkey")
    return HttpResponse("ok\n", content_type="text/plain")


def not_ready(what: str) -> HttpResponse:
    return HttpResponse(f"{what}\n", content_type="text/plain", status=503)


_ours: set[str] = set()


def tables_are_ours() -> bool:
    """Return whether every migration that this process knows is applied. Once true it is not asked again."""
    name = connection.settings_dict["NAME"]
    if name not in _ours:
        loader = MigrationLoader(connection)
        if set(loader.disk_migrations or ()) - set(loader.applied_migrations or ()):
            return False
        _ours.add(name)
    return True


@login_not_required
@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Speak `language` from now on: kept with the user, and in a cookie for the pages before the log-in."""
    response = back(request)
    language = request.POST.get("language", "")
    if language not in dict(settings.LANGUAGES):
        return response
    if isinstance(request.user, User):
        User.objects.filter(pk=request.user.pk).update(language=language)
    remember(response, settings.LANGUAGE_COOKIE_NAME, language)
    return response


@login_not_required
@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    """Show light or dark colours, or the device's own; kept in a cookie."""
    response = back(request)
    theme = request.POST.get("theme", "")
    if theme in THEMES:
        remember(response, "theme", theme)
    return response


@login_not_required
@require_POST
def set_keys(request: HttpRequest) -> HttpResponse:
    """Switch single-key shortcuts on or off (WCAG 2.1.4); kept in a cookie."""
    response = back(request)
    keys = request.POST.get("keys", "")
    if keys in ("on", "off"):
        remember(response, "keys", keys)
    return response


def back(request: HttpRequest) -> HttpResponseRedirect:
    """Return a redirect to the form's `next`, or home when it leads away from here."""
    target = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return HttpResponseRedirect(target if safe else resolve_url("home"))


def remember(response: HttpResponse, name: str, value: str) -> None:
    response.set_cookie(name, value, max_age=YEAR, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE, httponly=True)
