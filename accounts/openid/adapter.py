"""Where allauth asks us about OpenID: which providers there are, and whom their answer lets in."""

from collections.abc import Mapping
from typing import Any

from allauth.account.models import EmailAddress
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.base import AuthError
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import HttpRequest

from accounts import proof
from accounts.adapters import end_other_sessions
from accounts.models import User
from accounts.newcomers import account_for, known
from accounts.openid.attempt import BEGAN, provider_for, reason, refusal
from accounts.openid.configuration import LOGIN, SIGNING, Provider
from accounts.openid.exchange import BoundedSession, OpenIDProvider, Refused, Why


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    def get_provider(self, request: HttpRequest, provider: str, client_id: str | None = None) -> OpenIDProvider:
        configured = provider_for(provider)
        if not configured:
            raise SocialApp.DoesNotExist
        return OpenIDProvider(request, configured)

    def list_apps(self, request: HttpRequest, provider: Any = None, client_id: Any = None) -> list[SocialApp]:
        return []

    def get_requests_session(self) -> BoundedSession:
        return BoundedSession()

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Let in whom the provider vouches for, or keep the proof that was asked for and log nobody in."""
        provider: Provider = sociallogin.provider.configured
        state = sociallogin.state
        id_token, told = (sociallogin.account.extra_data[name] for name in ("id_token", "userinfo"))
        sociallogin.account.extra_data, sociallogin.token = {}, None
        if not state.get("nonce") or id_token.get("nonce") != state["nonce"]:
            raise Refused(Why.UNBELIEVABLE, "its ID token answers another question")
        if provider.acr_values and id_token.get("acr") not in provider.acr_values:
            raise Refused(Why.WEAK)
        if state["process"] == SIGNING and SIGNING in provider.uses:
            raise ImmediateHttpResponse(proof.keep(request, provider, id_token, told, state))
        if state["process"] != LOGIN or LOGIN not in provider.uses:
            raise Refused(Why.STALE)
        sociallogin.user = let_in(request, vouched_address(provider, id_token, told))

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: OpenIDProvider,
        error: Any = None,
        exception: Exception | None = None,
        extra_context: Mapping[str, Any] | None = None,
    ) -> None:
        """Instead of allauth's page, ours: what happened, and a way back to where it began."""
        state = (extra_context or {}).get("state")
        if error == AuthError.CANCELLED:
            why = Why.CANCELLED
        elif exception:
            why = reason(exception)
        else:
            why = Why.UNREACHABLE if state else Why.STALE
        state = state or request.session.get(BEGAN)
        raise ImmediateHttpResponse(refusal(request, provider.configured, why, state, exception))


def vouched_address(provider: Provider, *sources: Mapping[str, Any]) -> str:
    """Return the e-mail address that the provider has verified and may vouch for, in small letters.

    Address and verification count only from one and the same source. Raises Refused when there is none.
    """
    source = next((each for each in sources if each.get("email")), {})
    address = str(source.get("email", "")).strip().lower()
    if source.get(provider.verified_claim) not in (True, "true", "1") or not address.isascii() or len(address) > 254:
        raise Refused(Why.NOT_VOUCHED)
    try:
        validate_email(address)
    except ValidationError:
        raise Refused(Why.NOT_VOUCHED) from None
    if address.rpartition("@")[2] not in provider.domains:
        raise Refused(Why.NOT_VOUCHED)
    return address


def let_in(request: HttpRequest, address: str) -> User:
    """Return the user of a vouched address, made just in time for a person whom a practice knows.

    Raises Refused when nobody knows the address. Whatever password an account had before its address was proven is
    gone: somebody else may have chosen it, waiting for the owner to come.
    """
    user = user_of(address) or (account_for(address) if known(address) else None)
    if not user:
        raise Refused(Why.UNKNOWN)
    mine, _made = EmailAddress.objects.get_or_create(
        user=user, email=address, defaults={"primary": not EmailAddress.objects.filter(user=user).exists()}
    )
    if not mine.verified:
        user.set_unusable_password()
        user.save(update_fields=["password"])
        end_other_sessions(request, user)
        mine.set_verified()
    return user


def user_of(address: str) -> User | None:
    """Return who has proven this address, else whose account was opened with it: never who merely wrote it down."""
    proven = User.objects.filter(emailaddress__email=address, emailaddress__verified=True).first()
    return proven or User.objects.filter(email=address).first()
