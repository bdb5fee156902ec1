from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase, HttpResponseNotAllowed
from django.utils import translation

GetResponse = Callable[[HttpRequest], HttpResponseBase]

#: What browsers do with pages. Other methods would be answered as GET is by every view that does not tell them apart.
METHODS = ["GET", "HEAD", "POST"]
PERMISSIONS = "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()"


def response_headers(get_response: GetResponse) -> GetResponse:
    """Nothing that passes through the application is kept by a browser or a proxy; static files never come this far."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        return response

    return middleware


def known_methods(get_response: GetResponse) -> GetResponse:
    """Let only the methods in that browsers use."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        return get_response(request) if request.method in METHODS else HttpResponseNotAllowed(METHODS)

    return middleware


def user_language(get_response: GetResponse) -> GetResponse:
    """Speak the signed-in person's language; a visitor's is in a cookie, and Finnish comes first."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        chosen = request.user.language if request.user.is_authenticated else ""
        chosen = chosen or request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        if chosen not in dict(settings.LANGUAGES):
            chosen = settings.LANGUAGE_CODE
        with translation.override(chosen):
            request.LANGUAGE_CODE = chosen
            response = get_response(request)
            response.headers.setdefault("Content-Language", chosen)
            return response

    return middleware
