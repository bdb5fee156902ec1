"""What is said to an OpenID provider and what is believed of its answers.

allauth keeps the state of an attempt, its PKCE verifier among it, and fetches the token. Beyond it: the provider's own
description is checked (OpenID Connect Discovery 1.0 §4.3), an ID token's signature always (Core 1.0 §3.1.3.7), the
nonce and the way of identification are ours, and no answer is longer or later than we allow.
"""

import secrets
import time
from collections.abc import Mapping
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final

import jwt
import requests
from allauth.socialaccount.models import SocialApp, SocialToken
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import get_language

from accounts.openid.configuration import Provider, is_safe, origin

#: Signatures that a holder of public keys can check; never "none", never a shared secret.
ALGORITHMS: Final = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
#: Seconds to connect, between two bytes, and for a whole answer; and the most bytes of one.
CONNECT_SECONDS: Final = 3
READ_SECONDS: Final = 5
WHOLE_SECONDS: Final = 10
MOST_BYTES: Final = 256 * 1024
#: Seconds by which the clocks may differ.
LEEWAY_SECONDS: Final = 60


class Why(StrEnum):
    """Why an attempt came to nothing: what the person is told, and what is written down."""

    CANCELLED = "cancelled"
    UNREACHABLE = "unreachable"
    STALE = "stale"
    UNBELIEVABLE = "unbelievable"
    WEAK = "weak"
    NAMELESS = "nameless"
    NOT_VOUCHED = "not_vouched"
    UNKNOWN = "unknown"


class Refused(OAuth2Error):
    """An answer that is not acted upon. `detail` is ours, for the log: it says nothing about the person."""

    def __init__(self, why: Why, detail: str = "") -> None:
        super().__init__(detail or why)
        self.why = why


class BoundedSession(requests.Session):
    """Asks a provider: follows no redirect, and gives up on what is slow or long."""

    def request(self, method: str, url: str, **options: Any) -> requests.Response:  # type: ignore[override]
        options |= {"timeout": (CONNECT_SECONDS, READ_SECONDS), "allow_redirects": False, "stream": True}
        deadline = time.monotonic() + WHOLE_SECONDS
        response = super().request(method, url, **options)
        with response:
            body = bytearray()
            for piece in response.iter_content(16 * 1024):
                body += piece
                if len(body) > MOST_BYTES or time.monotonic() > deadline:
                    raise requests.exceptions.ContentDecodingError("The answer is too long or too late.")
        response._content = bytes(body)
        response.headers.setdefault("content-type", "")
        if response.is_redirect or response.status_code >= 500:
            raise requests.exceptions.HTTPError(f"The answer is {response.status_code}.")
        return response


class Exchange(OpenIDConnectOAuth2Adapter):
    """The conversation with one provider during one request."""

    def __init__(self, request: HttpRequest, provider: Provider) -> None:
        super().__init__(request, provider.id)
        self.provider = provider

    @property
    def openid_config(self) -> dict[str, Any]:
        """How the provider describes itself.

        Raises Refused when that is not what the configuration says, requests' exceptions when it does not answer.
        """
        if not hasattr(self, "_openid_config"):
            self._openid_config = self.described(self.fetched(self.get_provider().server_url))
        return self._openid_config

    def described(self, config: dict[str, Any]) -> dict[str, Any]:
        issuer = config.get("issuer")
        if not isinstance(issuer, str) or issuer.rstrip("/") != self.provider.server_url:
            raise Refused(Why.UNBELIEVABLE, "its issuer is not its server_url")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            if not is_safe(config.get(name)):
                raise Refused(Why.UNBELIEVABLE, f"its {name} is no https address")
        if origin(config["authorization_endpoint"]) not in self.provider.origins:
            raise Refused(Why.UNBELIEVABLE, "its authorization_endpoint is not among its origins")
        if "userinfo_endpoint" in config and not is_safe(config["userinfo_endpoint"]):
            raise Refused(Why.UNBELIEVABLE, "its userinfo_endpoint is no https address")
        return config

    @property
    def basic_auth(self) -> bool:
        ways = self.openid_config.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        preferred = "client_secret_post" if "client_secret_post" in ways else "client_secret_basic"
        return (self.provider.token_auth_method or preferred) == "client_secret_basic"

    def get_callback_url(self, request: HttpRequest, app: SocialApp) -> str:
        return str(request.build_absolute_uri(reverse("accounts:openid_back", args=[self.provider.id])))

    def get_access_token_data(self, *arguments: Any, **options: Any) -> dict[str, Any]:
        try:
            data = super().get_access_token_data(*arguments, **options)
        except (OAuth2Error, TypeError):  # its text would quote the answer
            raise Refused(Why.UNBELIEVABLE, "it gave no token for the code") from None
        if not isinstance(data, dict) or not isinstance(data.get("id_token"), str):
            raise Refused(Why.UNBELIEVABLE, "it gave no ID token")
        return data

    def parse_token(self, data: dict[str, Any]) -> SocialToken:
        """The access token, for one question more; when it ends and how it is renewed is nothing to us."""
        return SocialToken(token=str(data["access_token"]))

    def complete_login(self, request: HttpRequest, app: SocialApp, token: SocialToken, **options: Any) -> Any:
        claims = self._decode_id_token(app, options["response"]["id_token"])
        told = self.user_info(token) if self.provider.userinfo and "userinfo_endpoint" in self.openid_config else {}
        if told and told.get("sub") != claims["sub"]:
            raise Refused(Why.UNBELIEVABLE, "its userinfo is about somebody else")
        return self.get_provider().sociallogin_from_response(request, {"id_token": claims, "userinfo": told})

    def user_info(self, token: SocialToken) -> dict[str, Any]:
        return self.fetched(self.profile_url, headers={"Authorization": f"Bearer {token.token}"})

    def _decode_id_token(self, app: SocialApp, id_token: str) -> dict[str, Any]:
        """Return the claims of a token that this provider signed for us and nobody else, and that still holds."""
        try:
            claims: dict[str, Any] = jwt.decode(
                id_token,
                self.key_for(id_token),
                algorithms=ALGORITHMS,
                audience=app.client_id,
                issuer=self.openid_config["issuer"],
                leeway=LEEWAY_SECONDS,
                options={"require": ["iss", "sub", "aud", "exp", "iat"]},
            )
        except (jwt.PyJWTError, TypeError, ValueError) as error:
            raise Refused(Why.UNBELIEVABLE, f"its ID token does not hold: {type(error).__name__}") from None
        if claims.get("azp", app.client_id) != app.client_id or not 0 < len(claims["sub"]) <= 255:
            raise Refused(Why.UNBELIEVABLE, "its ID token is for somebody else, or about nobody")
        return claims

    def key_for(self, id_token: str) -> jwt.PyJWK:
        """Return the provider's key that the token names, or its only one."""
        named = jwt.get_unverified_header(id_token).get("kid")
        keys = [
            key
            for key in jwt.PyJWKSet.from_dict(self.fetched(self.openid_config["jwks_uri"])).keys
            if key.public_key_use in (None, "sig")
        ]
        fit = [key for key in keys if named is None or key.key_id == named]
        if len(fit) != 1:
            raise jwt.InvalidKeyError("no such key")
        return fit[0]

    def fetched(self, url: str, **options: Any) -> dict[str, Any]:
        """Return the JSON object at `url`; raises one of requests' exceptions when there is none."""
        with BoundedSession() as session:
            response = session.get(url, **options)
        response.raise_for_status()
        found = response.json()
        if not isinstance(found, dict):
            raise requests.exceptions.InvalidJSONError("no object")
        return found


class OpenIDProvider(OpenIDConnectProvider):
    """allauth's view of a configured provider."""

    def __init__(self, request: HttpRequest, provider: Provider) -> None:
        app = SocialApp(
            provider=self.id,
            provider_id=provider.id,
            name=provider.name[:40],
            client_id=provider.client_id,
            secret=provider.client_secret,
            settings={
                "server_url": provider.server_url,
                "scope": list(provider.scope),
                "oauth_pkce_enabled": provider.pkce,
                "auth_params": {"acr_values": " ".join(provider.acr_values)} if provider.acr_values else {},
            },
        )
        super().__init__(request, app=app)
        self.configured = provider

    def get_oauth2_adapter(self, request: HttpRequest) -> Exchange:
        return Exchange(request, self.configured)

    def redirect(
        self, request: HttpRequest, process: str, next_url: str | None = None, data: Any = None, **options: Any
    ) -> HttpResponse:
        """Send the browser to the provider with a nonce that its answer has to bear, in the person's language."""
        nonce = secrets.token_urlsafe(24)
        params = self.get_auth_params() | {"nonce": nonce, "ui_locales": get_language()} | options.pop("params", {})
        response: HttpResponse = super().redirect(
            request, process, next_url, data, auth_params=params, nonce=nonce, **options
        )
        return response

    def extract_uid(self, data: Mapping[str, Any]) -> str:
        """Of whom it speaks, in a form that tells nothing: nobody is looked up by it."""
        claims = data["id_token"]
        return sha256(f"{claims['iss']}\n{claims['sub']}".encode()).hexdigest()

    def extract_common_fields(self, data: Mapping[str, Any]) -> dict[str, Any]:
        return {}

    def extract_email_addresses(self, data: Mapping[str, Any]) -> list[Any]:
        return []

    def serialize(self) -> dict[str, Any]:
        """What an attempt that waits for a second factor keeps: the id in our configuration alone."""
        return {"id": self.configured.id}
