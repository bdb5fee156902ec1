"""What programs ask of us: where to report a fault of security (RFC 9116), and what a browser refused on our pages."""

import json
import logging
from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from allauth.core import ratelimit
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

log = logging.getLogger(__name__)

#: How long what security.txt says holds, in days; RFC 9116 asks for less than a year.
HOLDS_DAYS: Final = 180
MOST_BYTES: Final = 16_000
MOST_REPORTS: Final = 10
WORD: Final = 40


@login_not_required
@require_safe
def security_txt(request: HttpRequest) -> HttpResponse:
    """Say to whom a fault of security is reported; nothing when this installation has named nobody."""
    if not settings.SECURITY_CONTACT:
        raise Http404
    day = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    lines = [
        f"Contact: {settings.SECURITY_CONTACT}",
        f"Expires: {(day + timedelta(days=HOLDS_DAYS)).strftime('%Y-%m-%dT%H:%M:%SZ')}",
        f"Preferred-Languages: {', '.join(code for code, _name in settings.LANGUAGES)}",
        f"Canonical: {settings.SITE_URL}{reverse('security_txt')}",
    ]
    return HttpResponse("".join(f"{line}\n" for line in lines), content_type="text/plain; charset=utf-8")


@csrf_exempt
@login_not_required
@require_POST
def csp_report(request: HttpRequest) -> HttpResponse:
    """Write down what a browser refused on a page of ours: which rule, on which kind of page, and whose host.

    Addresses of pages may hold what opens something, so neither paths nor queries are kept. Anybody may write here:
    what is sent is bounded, and so is how often.
    """
    if ratelimit.consume(request, action="csp_report"):
        for report in reports_in(request.read(MOST_BYTES + 1)):
            log.warning("A browser refused %s from %s on %s.", *about(report))
    return HttpResponse(status=204)


def reports_in(body: bytes) -> Iterable[dict[str, Any]]:
    """Return the reports of either form: `report-uri` sends one (CSP 2), `report-to` a list (Reporting API)."""
    try:
        sent = json.loads(body) if len(body) <= MOST_BYTES else None
    except (ValueError, RecursionError):
        return
    for each in (sent if isinstance(sent, list) else [sent])[:MOST_REPORTS]:
        if isinstance(each, dict):
            inner = each.get("csp-report", each.get("body"))
            if isinstance(inner, dict):
                yield inner


def about(report: dict[str, Any]) -> tuple[str, str, str]:
    """Return the directive, the host of what was refused (or its keyword), and the name of the page."""
    rule = report.get("effective-directive") or report.get("effectiveDirective") or report.get("violated-directive")
    blocked = report.get("blocked-uri") or report.get("blockedURL")
    page = report.get("document-uri") or report.get("documentURL")
    return word(rule), host(blocked), page_name(page)


def word(told: object) -> str:
    """Return the first word of what a stranger sent, letters and hyphens only."""
    first = str(told or "").split(" ")[0][:WORD]
    return first if first.replace("-", "").isascii() and first.replace("-", "").isalpha() else "?"


def host(address: object) -> str:
    try:
        parts = urlsplit(str(address or "")[:300])
        return parts.hostname[:100] if parts.hostname else word(parts.scheme or parts.path)
    except ValueError:
        return "?"


def page_name(address: object) -> str:
    try:
        return resolve(urlsplit(str(address or "")[:2000]).path).view_name or "?"
    except (Resolver404, ValueError):
        return "?"
