"""An attempt to have a provider say who somebody is: how it begins, and the page that says it came to nothing."""

import logging
from collections.abc import Mapping
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from requests import RequestException

from accounts.openid.configuration import SIGNING, Provider
from accounts.openid.exchange import OpenIDProvider, Refused, Why
from audit import trail

logger = logging.getLogger(__name__)

#: Where a browser session remembers from which page its latest attempt began.
BEGAN: Final = "openid_began"


def provider_for(provider_id: str, use: str = "") -> Provider | None:
    """Return the provider configured under this id, if it is (for `use`)."""
    fit = (each for each in settings.OPENID_PROVIDERS if each.id == provider_id and (not use or use in each.uses))
    return next(fit, None)


def safe(request: HttpRequest, url: str | None) -> str:
    """Return `url` if it leads to a page of this site, else an empty text."""
    fine = url_has_allowed_host_and_scheme(url, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return str(url) if url and fine else ""


def begin(request: HttpRequest, provider: Provider, process: str, back_to: str, **options: Any) -> HttpResponse:
    """Send the browser to `provider` for `process`; a page says so when it does not answer."""
    request.session[BEGAN] = {"process": process, "next": back_to}
    try:
        return OpenIDProvider(request, provider).redirect(request, process, back_to, **options)
    except (Refused, RequestException) as error:
        return refusal(request, provider, reason(error), request.session[BEGAN], error)


def reason(error: Exception) -> Why:
    if isinstance(error, Refused):
        return error.why
    return Why.UNREACHABLE if isinstance(error, RequestException) else Why.UNBELIEVABLE


def refusal(
    request: HttpRequest,
    provider: Provider,
    why: Why,
    state: Mapping[str, Any] | None,
    error: Exception | None = None,
) -> HttpResponse:
    """Return the page that says what happened and leads back; write it down without saying who it was."""
    signing = (state or {}).get("process") == SIGNING
    trail.record(
        "accounts",
        "proof_failed" if signing else "login_failed",
        actor=None,
        data={"by": provider.id, "why": why.value},
    )
    detail = str(error) if isinstance(error, Refused) else type(error).__name__ if error else ""
    logger.warning("openid %s: %s %s", provider.id, why.value, detail)
    back_to = safe(request, (state or {}).get("next"))
    context = {"provider": provider, "why": why.value, "signing": signing, "back_to": back_to}
    return render(request, "accounts/openid_refused.html", context, status=400)
