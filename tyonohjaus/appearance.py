"""Choices about how the product looks and listens, kept in cookies: they hold nothing about anybody."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

A_YEAR = 365 * 24 * 3600


def _remember(request: HttpRequest, name: str, allowed: frozenset[str]) -> HttpResponse:
    value = request.POST.get(name, "")
    if value not in allowed:
        return HttpResponseBadRequest()
    target = request.POST.get("next", "/")
    safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    response = redirect(target if safe else "/")
    response.set_cookie(name, value, max_age=A_YEAR, secure=not settings.DEBUG, httponly=True, samesite="Lax")
    return response


@login_not_required
@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    """Keep the colours for a year: `theme` is light, dark or auto. 400 for anything else."""
    return _remember(request, "theme", frozenset({"light", "dark", "auto"}))


@login_not_required
@require_POST
def set_keys(request: HttpRequest) -> HttpResponse:
    """Switch single-key shortcuts `on` or `off` (WCAG 2.1.4). 400 for anything else."""
    return _remember(request, "keys", frozenset({"on", "off"}))
