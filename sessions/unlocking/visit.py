"""The vault in one request: whether it is open for the browser that asks, and the cookie that keeps it so."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts.models import Membership, User
from vault import opening
from vault.keys import Opened

KEPT = "vault_opened"


@dataclass(frozen=True)
class State:
    """What the frame of a page says of the vault. `seconds`: until it locks itself; 0 when it is locked."""

    seconds: int

    @property
    def open(self) -> bool:
        return self.seconds > 0


def open_vault(request: HttpRequest, now: datetime) -> Opened | None:
    """Return the vault that is open for this browser, or None: locked, or it came without its cookie.

    Whoever reads is at work: the time until the vault locks itself begins anew. Asked of the database once a request.
    """
    kept = vars(request)
    cookie = cookie_of(request)
    if KEPT not in kept:
        kept[KEPT] = opening.find_open(request.user.pk, cookie, now=now) if cookie and request.user.pk else None
    opened: Opened | None = kept[KEPT]
    return opened


def state_of(request: HttpRequest) -> State:
    """Return whether the vault is open here; asking is no use of it. One query, none without a cookie."""
    cookie = cookie_of(request)
    if not cookie or not isinstance(request.user, User):
        return State(0)
    now = timezone.now()
    found = opening.opening_of(request.user.pk, cookie, now=now)
    return State(int((opening.locks_at(found) - now).total_seconds()) if found else 0)


def cookie_of(request: HttpRequest) -> str:
    return request.COOKIES.get(settings.VAULT_COOKIE_NAME, "")


def keep_open(request: HttpRequest, opened: Opened, now: datetime) -> None:
    """Keep the vault open for the browser that asks, until it locks itself or the browser is closed.

    The page that answers already shows it open; `give` hands its browser the cookie.
    """
    opening.lock_here(opened.user, cookie_of(request), why="opened anew")
    secret = opening.keep_open(opened, now=now, device=request.headers.get("User-Agent", ""))
    request.COOKIES[settings.VAULT_COOKIE_NAME] = secret
    vars(request)[KEPT] = opened


def give(response: HttpResponse, request: HttpRequest) -> HttpResponse:
    """Give the browser the cookie of `keep_open`: it is sent to this site alone, and from its own pages alone."""
    response.set_cookie(
        settings.VAULT_COOKIE_NAME,
        cookie_of(request),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Strict",
    )
    return response


def forget(response: HttpResponse) -> HttpResponse:
    response.delete_cookie(settings.VAULT_COOKIE_NAME, samesite="Strict")
    return response


def may_have_one(user: User) -> bool:
    """Whether `user` supervises or has supervised: who left a practice leads their processes to the end."""
    return user.memberships.filter(kind=Membership.Kind.SUPERVISOR).exists()
