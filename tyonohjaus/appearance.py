"""Choices about how the product looks, speaks and listens, kept in cookies; the language also with its user."""

from collections.abc import Container

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from accounts.models import User

A_YEAR = 365 * 24 * 3600


def _remember(request: HttpRequest, cookie: str, value: str, allowed: Container[str]) -> HttpResponse:
    if value not in allowed:
        return HttpResponseBadRequest()
    target = request.POST.get("next", "/")
    safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    response = redirect(target if safe else "/")
    response.set_cookie(cookie, value, max_age=A_YEAR, secure=not settings.DEBUG, httponly=True, samesite="Lax")
    return response


@login_not_required
@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Speak `language` from now on: to a visitor by a cookie, to a user also in e-mail. 400 for one we do not speak."""
    language = request.POST.get("language", "")
    response = _remember(request, settings.LANGUAGE_COOKIE_NAME, language, dict(settings.LANGUAGES))
    if response.status_code == 302 and request.user.is_authenticated:
        User.objects.filter(pk=request.user.pk).update(language=language)
    return response


@login_not_required
@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    """Keep the colours for a year: `theme` is light, dark or auto. 400 for anything else."""
    return _remember(request, "theme", request.POST.get("theme", ""), ("light", "dark", "auto"))


@login_not_required
@require_POST
def set_keys(request: HttpRequest) -> HttpResponse:
    """Switch single-key shortcuts `on` or `off` (WCAG 2.1.4). 400 for anything else."""
    return _remember(request, "keys", request.POST.get("keys", ""), ("on", "off"))
