from allauth.core import ratelimit
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_GET, require_POST
from requests import RequestException

from accounts.openid import attempt
from accounts.openid.configuration import LOGIN
from accounts.openid.exchange import Exchange, Refused, Why


@login_not_required
@require_POST
def log_in(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Send a visitor to log in at their organisation. What else the request says goes nowhere."""
    provider = attempt.provider_for(provider_id, LOGIN)
    if not provider:
        raise Http404
    limited: HttpResponse | None = ratelimit.consume_or_429(request, action="login")
    if limited:
        return limited
    return attempt.begin(request, provider, LOGIN, attempt.safe(request, request.POST.get("next")))


@login_not_required
@require_GET
def back(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Where a provider sends the browser back to, with a code or a reason: for log-ins and for proofs.

    The provider is asked for its description before the attempt is taken up, and only if this browser began one.
    """
    provider = attempt.provider_for(provider_id)
    if not provider:
        raise Http404
    began = request.session.get(attempt.BEGAN)
    if not began:
        return attempt.refusal(request, provider, Why.STALE, None)
    exchange = Exchange(request, provider)
    try:
        exchange.openid_config  # noqa: B018  (read once; allauth would not expect it to fail)
    except (Refused, RequestException) as error:
        return attempt.refusal(request, provider, attempt.reason(error), began, error)
    response: HttpResponse = OAuth2CallbackView.adapter_view(exchange)(request)
    return response
