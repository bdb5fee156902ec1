"""Somebody whom only a practice knows, on their way to an account of their own."""

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.db import connection
from django.utils.translation import get_language

from accounts.models import User


def known(email: str) -> bool:
    """Return whether a practice knows a person with this address, or has invited them. Nobody is asking yet."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT sec.known_address(%s)", [email])
        row = cursor.fetchone()
    return bool(row and row[0])


def account_for(email: str) -> User:
    """Return the account of this address, made just in time without a password; its address is not proven yet."""
    user, _made = User.objects.get_or_create(
        email=email, defaults={"password": make_password(None), "language": get_language() or "fi"}
    )
    EmailAddress.objects.get_or_create(user=user, email=email, defaults={"primary": True})
    return user
