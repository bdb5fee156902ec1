"""Whose vault is open in this request."""

from datetime import datetime

from django.conf import settings

from accounts.signed_in import SignedInRequest
from vault import opening
from vault.keys import Opened


def open_vault(request: SignedInRequest, now: datetime) -> Opened | None:
    """Return the vault of the person asking while it is open in this browser, or None when it is locked."""
    cookie = request.COOKIES.get("vault" if settings.DEBUG else "__Host-vault", "")
    return opening.find_open(request.user.pk, cookie, now=now) if cookie else None
