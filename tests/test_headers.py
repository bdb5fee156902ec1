"""What every answer says to the browser, whatever page it is of and however it ends."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

Cast = Any
Enter = Callable[[Any], Client]
ALWAYS = {
    "Cache-Control": r"(.*, )?no-store(, .*)?",
    "Cross-Origin-Opener-Policy": r"same-origin",
    "Cross-Origin-Resource-Policy": r"same-origin",
    "Permissions-Policy": r"camera=\(\), microphone=\(\), geolocation=\(\), .*",
    "Referrer-Policy": r"same-origin",
    "Strict-Transport-Security": r"max-age=63072000; includeSubDomains; preload",
    "X-Content-Type-Options": r"nosniff",
    "X-Frame-Options": r"DENY",
}
#: What the policy of content must say, each directive whole; a nonce is of one answer.
POLICY = {
    "default-src": "'none'", "style-src": "'self'", "img-src": "'self'", "font-src": "'self'", "connect-src": "'self'",
    "base-uri": "'none'", "object-src": "'none'", "frame-ancestors": "'none'", "report-uri": "/csp-report/",
}  # fmt: skip
PUBLIC = ["/", "/account/login/", "/help/", "/law/", "/visibility/", "/check/", "/nowhere/", "/today/", "/admin/"]


def judge(answer: Any) -> None:
    for name, value in ALWAYS.items():
        assert re.fullmatch(value, answer.headers.get(name, "")), (name, answer.headers.get(name))
    if answer.headers["Content-Type"].startswith("text/html") and answer.status_code == 200:
        said = dict(part.strip().partition(" ")[::2] for part in answer.headers["Content-Security-Policy"].split(";"))
        assert {name: said.get(name) for name in POLICY} == POLICY
        assert re.fullmatch(r"'self'( 'nonce-[\w+/=-]+')?", said["script-src"])
        assert "unsafe" not in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", PUBLIC)
def test_a_visitor_is_told_on_every_page(db: None, client: Client, path: str) -> None:
    judge(client.get(path, secure=True))


@pytest.mark.parametrize("method", ["put", "delete", "post"])
def test_also_when_it_is_refused(db: None, method: str) -> None:
    strict = Client(enforce_csrf_checks=True)
    answer = getattr(strict, method)("/law/", secure=True)
    assert answer.status_code in (403, 405)
    judge(answer)


@pytest.mark.parametrize("who", ["lead", "supervisee", "contact", "practice_admin"])
def test_who_is_signed_in_is_told_too(cast: Cast, enter: Enter, who: str) -> None:
    client = enter(getattr(cast, who))
    for name in ("own:data", "own:json", "own:pdf", "help"):
        judge(client.get(reverse(name), secure=True))


def test_an_error_is_told_no_less(cast: Cast, enter: Enter, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_given: Any, **_more: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr("privacy.own.views.collect", broken)
    client = enter(cast.lead)
    client.raise_request_exception = False
    answer = client.get(reverse("own:data"), secure=True)
    assert answer.status_code == 500
    judge(answer)


def test_cookies_are_for_this_site_over_https_and_for_no_script(cast: Cast, enter: Enter) -> None:
    assert settings.SESSION_COOKIE_NAME.startswith("__Host-")
    assert settings.CSRF_COOKIE_NAME.startswith("__Host-")
    client = enter(cast.lead)
    client.get(reverse("own:ask"), secure=True)
    for name in (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME):
        cookie = client.cookies[name]
        assert (bool(cookie["secure"]), bool(cookie["httponly"]), cookie["samesite"]) == (True, True, "Lax"), name
