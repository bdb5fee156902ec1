from typing import Any

from allauth.account.forms import RequestLoginCodeForm as AllauthRequestLoginCodeForm
from allauth.account.forms import SignupForm as AllauthSignupForm
from django.db import connection

from accounts.models import User


class SignupForm(AllauthSignupForm):  # type: ignore[misc]
    """Opens an account for a supervisor; everybody else comes in by the address they were written down with."""


class RequestLoginCodeForm(AllauthRequestLoginCodeForm):  # type: ignore[misc]
    """Asks for a log-in code. Somebody known only as a person of a practice gets their account here, unproven yet."""

    def clean_email(self) -> Any:
        email = self.cleaned_data["email"].lower()
        if not User.objects.filter(email=email).exists() and known(email):
            User.objects.create_user(email)
        return super().clean_email()


def known(email: str) -> bool:
    """Return whether a practice knows a person with this address. Asked of the database, since nobody is asking yet."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT sec.known_address(%s)", [email])
        row = cursor.fetchone()
    return bool(row and row[0])
