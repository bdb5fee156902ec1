"""Who asks: the supervisor of the practice with the most to show."""

from typing import Any


def founder() -> tuple[Any, Any]:
    """Return the supervisor with 250 processes, who asks from now on, and the id of one process. In a transaction."""
    from accounts.models import User
    from audit import asking
    from engagements.models import Engagement
    from tyonohjaus.large_practice import FOUNDER

    user = User.objects.get(email=FOUNDER)
    asking.become(user)
    return user, Engagement.objects.filter(lead=user).order_by("pk").values_list("pk", flat=True)[0]


def signed_in(user: Any) -> str:
    """Return the key of a session of `user`, who has a second factor."""
    from allauth.mfa.models import Authenticator
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    Authenticator.objects.get_or_create(user=user, type=Authenticator.Type.TOTP, defaults={"data": {"secret": ""}})
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return str(session.session_key)
