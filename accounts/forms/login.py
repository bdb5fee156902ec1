"""allauth's forms where ours do more: an account made just in time, failures written down, equal time for everybody."""

from typing import Any

from allauth.account.forms import ConfirmLoginCodeForm as AllauthConfirmLoginCodeForm
from allauth.account.forms import RequestLoginCodeForm as AllauthRequestLoginCodeForm
from allauth.account.forms import SignupForm as AllauthSignupForm
from allauth.account.internal.userkit import filter_users_by_email
from allauth.mfa.base.forms import AuthenticateForm as AllauthAuthenticateForm
from allauth.mfa.base.forms import ReauthenticateForm as AllauthReauthenticateForm
from django import forms
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.newcomers import account_for, known
from audit import trail


class SignupForm(AllauthSignupForm):
    """Opens an account for a supervisor; everybody else comes in by the address they were written down with."""

    full_name = forms.CharField(
        label=_("Your name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    field_order = ["full_name", "email", "password1"]

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        if self.account_already_exists:
            make_password(self.cleaned_data["password1"])  # the work that a new account would have been
        saved: tuple[User | None, HttpResponse | None] = super().try_save(request)
        return saved

    def custom_signup(self, request: HttpRequest, user: User) -> None:
        user.full_name = self.cleaned_data["full_name"]
        user.language = get_language() or user.language
        user.save(update_fields=["full_name", "language"])


class RequestLoginCodeForm(AllauthRequestLoginCodeForm):
    """Asks for a log-in code. Somebody whom only a practice knows gets their account here, unproven until the code."""

    def clean_email(self) -> Any:
        email = self.cleaned_data["email"].lower()
        if not filter_users_by_email(email) and known(email):
            account_for(email)
        return super().clean_email()


class RecordsFailure(forms.Form):
    """Writes down that a code was wrong, never the code or whose it was."""

    def clean_code(self) -> Any:
        try:
            return super().clean_code()  # type: ignore[misc]
        except forms.ValidationError:
            trail.record("accounts", "code_failed", actor=None)
            raise


class ConfirmLoginCodeForm(RecordsFailure, AllauthConfirmLoginCodeForm):
    pass


class AuthenticateForm(RecordsFailure, AllauthAuthenticateForm):
    pass


class ReauthenticateForm(RecordsFailure, AllauthReauthenticateForm):
    pass
