"""Where allauth asks us: what a log-in leaves behind, what is evidence, how mail leaves, how secrets rest."""

import logging
from collections.abc import Iterable
from typing import Any, Final

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.usersessions.adapter import DefaultUserSessionsAdapter
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from accounts.models import User
from accounts.sealing import seal_text, unseal_text
from audit import asking, trail
from vault import opening

logger = logging.getLogger(__name__)

#: After these a vault that is open anywhere locks: who did them may not be who opened it.
LOCKING: Final = {"password_changed", "password_set", "password_reset", "factor_added", "factor_removed",
                  "recovery_codes_made"}  # fmt: skip
#: What allauth tells the person by mail is evidence too. From its template to the event of the trail.
EVENTS: Final = {
    "account/email/password_changed": "password_changed",
    "account/email/password_set": "password_set",
    "account/email/password_reset": "password_reset",
    "account/email/email_changed": "address_changed",
    "account/email/email_confirm": "address_confirmed",
    "account/email/email_deleted": "address_removed",
    "mfa/email/totp_activated": "factor_added",
    "mfa/email/totp_deactivated": "factor_removed",
    "mfa/email/webauthn_added": "factor_added",
    "mfa/email/webauthn_removed": "factor_removed",
    "mfa/email/recovery_codes_generated": "recovery_codes_made",
}


def claim_persons(user: User) -> int:
    """Tie to `user` the persons of any practice that bear one of their verified addresses; return how many."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT sec.claim_persons(%s)", [user.pk])
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def adopt_name(user: User) -> None:
    """Call a user without a name as the practice that knows them does, and speak the language it noted."""
    person = user.persons.order_by("pk").first()
    if person and not user.full_name:
        user.full_name, user.language = person.name, person.language
        user.save(update_fields=["full_name", "language"])


def end_other_sessions(request: HttpRequest, user: User) -> int:
    """End the log-ins of `user` but the one that asks; return how many."""
    others = UserSession.objects.filter(user=user).exclude(session_key=request.session.session_key or "")
    for session in (ended := list(others)):
        session.end()
    return len(ended)


def lock_vault(user: User, *, why: str) -> None:
    """Lock the vault of `user` wherever it is open, also when nobody is signed in: a password reset."""
    with asking.acting_as(user):
        opening.lock(user.pk, why=why)


def lock_vault_here(request: HttpRequest, user: User, *, why: str) -> None:
    """Lock the vault of `user` for the browser that asks: its log-in ends."""
    if cookie := request.COOKIES.get(settings.VAULT_COOKIE_NAME):
        with asking.acting_as(user):
            opening.lock_here(user.pk, cookie, why=why)


class AccountAdapter(DefaultAccountAdapter):
    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        asking.become(user)
        now = int(timezone.now().timestamp())
        request.session["began_at"] = request.session["seen_at"] = now
        claimed = claim_persons(user)
        if claimed:
            adopt_name(user)
        response: HttpResponse = super().post_login(request, user, **kwargs)
        sociallogin = (kwargs.get("signal_kwargs") or {}).get("sociallogin")
        by = {"by": sociallogin.account.provider} if sociallogin else {}
        trail.record("accounts", "login", actor=user, obj=user, data={"persons": claimed, **by})
        return response

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        super().authentication_failed(request, **credentials)
        trail.record("accounts", "login_failed", actor=None)

    def logout(self, request: HttpRequest) -> None:
        user = request.user
        super().logout(request)
        if isinstance(user, User):
            lock_vault_here(request, user, why="logout")
            trail.record("accounts", "logout", actor=user, obj=user)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Write the mail in its reader's language now; it leaves after the answer.

        So an answer takes as long for an address that gets mail as for one that does not.
        """
        language = User.objects.filter(email=email.lower()).values_list("language", flat=True).first()
        with translation.override(language or translation.get_language()):
            message = self.render_mail(template_prefix, email, {"request": _request(), "email": email, **context})
        outgoing(_request()).append(message)

    def send_notification_mail(
        self, template_prefix: str, user: User, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        self.tell(template_prefix, user, context, email)
        event = EVENTS[template_prefix]
        data = {"ended": end_other_sessions(self.request, user)} if event == "factor_added" else {}
        trail.record("accounts", event, actor=user, obj=user, data=data)
        if event in LOCKING:
            lock_vault(user, why=event)

    def tell(
        self, template_prefix: str, user: User, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """Mail `user` what happened to their account, without writing down that they did it themselves."""
        super().send_notification_mail(template_prefix, user, context, email)


def _request() -> HttpRequest:
    request: HttpRequest = context.request
    return request


def outgoing(request: HttpRequest) -> list[EmailMessage]:
    """Return the mail that leaves when `request` is answered."""
    if not hasattr(request, "outgoing_mail"):
        request.outgoing_mail = []  # type: ignore[attr-defined]
    waiting: list[EmailMessage] = request.outgoing_mail  # type: ignore[attr-defined]
    return waiting


def send_outgoing(messages: Iterable[EmailMessage]) -> None:
    """Send; a mail server that refuses is written to the log, since the answer has left already."""
    for message in messages:
        try:
            message.send()
        except OSError as error:
            logger.error("account mail not sent: %s", type(error).__name__)


class MFAAdapter(DefaultMFAAdapter):
    """Secrets of second factors rest sealed."""

    def encrypt(self, text: str) -> str:
        return seal_text(text, "factor")

    def decrypt(self, encrypted_text: str) -> str:
        return unseal_text(encrypted_text, "factor")


class SessionsAdapter(DefaultUserSessionsAdapter):
    def end_sessions(self, sessions: Iterable[UserSession]) -> None:
        ended = list(sessions)
        super().end_sessions(ended)
        for session in ended:
            trail.record("accounts", "session_ended", actor=session.user, obj=session.user)
        for user in {session.user for session in ended}:
            lock_vault(user, why="session_ended")
