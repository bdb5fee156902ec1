"""Where allauth asks us: what a log-in leaves behind, and how second-factor secrets rest."""

import base64
import hashlib
import os
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse

from accounts.models import User
from audit import asking, trail


def claim_persons(user: User) -> int:
    """Tie to `user` the persons of any practice that bear one of their verified addresses; return how many."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT sec.claim_persons(%s)", [user.pk])
        row = cursor.fetchone()
    return int(row[0]) if row else 0


class AccountAdapter(DefaultAccountAdapter):
    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        asking.become(user)
        claimed = claim_persons(user)
        trail.record("accounts", "login", actor=user, obj=user, data={"persons": claimed})
        response: HttpResponse = super().post_login(request, user, **kwargs)
        return response

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        super().authentication_failed(request, **credentials)
        trail.record("accounts", "login_failed", actor=None)


class MFAAdapter(DefaultMFAAdapter):
    """Secrets of second factors rest sealed with AES-256-GCM under FACTOR_KEY: `v1:` and base64 of nonce and text."""

    def encrypt(self, text: str) -> str:
        nonce = os.urandom(12)
        return "v1:" + base64.b64encode(nonce + self.cipher().encrypt(nonce, text.encode(), b"factor")).decode()

    def decrypt(self, encrypted_text: str) -> str:
        raw = base64.b64decode(encrypted_text.removeprefix("v1:"))
        return self.cipher().decrypt(raw[:12], raw[12:], b"factor").decode()

    def cipher(self) -> AESGCM:
        return AESGCM(hashlib.sha256(settings.FACTOR_KEY.encode()).digest())
