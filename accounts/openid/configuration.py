"""Which OpenID providers this installation trusts, for what: read once at start from `OPENID_PROVIDERS`.

Settings import this module: it knows nothing of Django's applications.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import get_language

LOGIN: Final = "login"
SIGNING: Final = "signing"
USES: Final = {LOGIN, SIGNING}
LANGUAGES: Final = ("fi", "sv", "en")
LOOPBACK: Final = {"localhost", "127.0.0.1", "::1"}
SECRET_WAYS: Final = {"client_secret_basic", "client_secret_post"}
KEYS: Final = {
    "id", "name", "server_url", "client_id", "client_secret", "client_secret_file", "use", "domains", "acr_values",
    "scope", "pkce", "userinfo", "origins", "token_auth_method", "verified_claim",
}  # fmt: skip


@dataclass(frozen=True)
class Provider:
    """One provider as configured.

    `server_url` is its issuer, whose discovery document lies below `/.well-known/`. `domains` are those whose e-mail
    addresses it may vouch for, when `verified_claim` says that it has verified them. `acr_values` are the ways of
    identification that count, best first; none means any. `origins` are where a browser may be sent with a form.
    """

    id: str
    names: Mapping[str, str]
    server_url: str
    client_id: str
    client_secret: str = field(repr=False)
    uses: frozenset[str]
    domains: frozenset[str]
    acr_values: tuple[str, ...]
    scope: tuple[str, ...]
    pkce: bool
    userinfo: bool
    origins: tuple[str, ...]
    token_auth_method: str
    verified_claim: str

    @property
    def name(self) -> str:
        """What people call it, in the language being spoken."""
        return self.names.get((get_language() or "")[:2]) or next(iter(self.names.values()))


def read(text: str) -> tuple[Provider, ...]:
    """Return the providers that the JSON list `text` describes; an empty text describes none.

    Raises ImproperlyConfigured with a sentence that names what is wrong and never a secret.
    """
    if not text.strip():
        return ()
    try:
        listed = json.loads(text)
    except ValueError as error:
        raise ImproperlyConfigured(f"OPENID_PROVIDERS is no JSON: {_where(error)}.") from None
    if not isinstance(listed, list) or not all(isinstance(entry, dict) for entry in listed):
        raise ImproperlyConfigured("OPENID_PROVIDERS is to be a JSON list of objects, one for each provider.")
    providers = tuple(_provider(entry, number) for number, entry in enumerate(listed, 1))
    twice = sorted({each.id for each in providers if sum(each.id == other.id for other in providers) > 1})
    if twice:
        raise ImproperlyConfigured(f"OPENID_PROVIDERS: two providers have the id {twice[0]}.")
    return providers


def origins(providers: Sequence[Provider]) -> list[str]:
    """Return every origin that a form may lead to (Content-Security-Policy, form-action)."""
    return sorted({origin for provider in providers for origin in provider.origins})


def origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()


def is_safe(url: object) -> bool:
    """Return whether `url` is one that secrets may be sent to: https, or http on this very machine."""
    if not isinstance(url, str) or not re.fullmatch(r"[\x21-\x7e]{1,2000}", url):
        return False
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return False
    if not host or parts.username is not None or parts.fragment:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK)


def _where(error: ValueError) -> str:
    return f"line {error.lineno}, column {error.colno}" if isinstance(error, json.JSONDecodeError) else "unreadable"


def _provider(entry: dict[str, Any], number: int) -> Provider:
    key = entry.get("id")
    _require(
        isinstance(key, str) and bool(re.fullmatch(r"[a-z0-9][a-z0-9-]{0,39}", key)),
        f"provider {number}",
        '"id" is to be a short name of small letters, digits and hyphens',
    )
    who = f"provider {key}"
    unknown = sorted(entry.keys() - KEYS)
    _require(not unknown, who, f'"{", ".join(unknown)}" means nothing; there are {", ".join(sorted(KEYS))}')
    server = entry.get("server_url")
    _require(is_safe(server), who, '"server_url" is to be an https address')
    server = re.sub(r"/\.well-known/openid-configuration$", "", str(server)).rstrip("/")
    client = entry.get("client_id")
    _require(isinstance(client, str) and bool(client), who, '"client_id" is missing')
    uses = _texts(entry, "use", who)
    _require(bool(uses) and set(uses) <= USES, who, '"use" is to be a list of "login", "signing" or both')
    domains = [each.lower().lstrip("@") for each in _texts(entry, "domains", who)]
    fit = all(re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", each) for each in domains)
    _require(fit, who, '"domains" is to be a list of domains such as "hus.fi"')
    _require(bool(domains) or LOGIN not in uses, who, '"domains" is missing: whose e-mail addresses does it vouch for?')
    scope = _texts(entry, "scope", who) or ["openid", "profile", *(["email"] if LOGIN in uses else [])]
    _require("openid" in scope, who, '"scope" is to have "openid" in it')
    more = _texts(entry, "origins", who)
    _require(
        all(is_safe(each) and urlsplit(each).path in ("", "/") for each in more),
        who,
        '"origins" is to be a list of https origins such as "https://tunnistus.example"',
    )
    way = entry.get("token_auth_method", "")
    _require(way == "" or way in SECRET_WAYS, who, f'"token_auth_method" is to be {" or ".join(sorted(SECRET_WAYS))}')
    claim = entry.get("verified_claim", "email_verified")
    _require(isinstance(claim, str) and bool(claim), who, '"verified_claim" is to be the name of a claim')
    acr = entry.get("acr_values", "")
    return Provider(
        id=str(key),
        names=_names(entry.get("name"), who),
        server_url=server,
        client_id=str(client),
        client_secret=_secret(entry, who),
        uses=frozenset(uses),
        domains=frozenset(domains),
        acr_values=tuple(acr.split() if isinstance(acr, str) else _texts(entry, "acr_values", who)),
        scope=tuple(scope),
        pkce=_flag(entry, "pkce", who),
        userinfo=_flag(entry, "userinfo", who),
        origins=tuple(dict.fromkeys([origin(server), *map(origin, more)])),
        token_auth_method=way,
        verified_claim=claim,
    )


def _require(fine: bool, who: str, sentence: str) -> None:
    if not fine:
        raise ImproperlyConfigured(f"OPENID_PROVIDERS, {who}: {sentence}.")


def _texts(entry: dict[str, Any], key: str, who: str) -> list[str]:
    values = entry.get(key, [])
    fine = isinstance(values, list) and all(isinstance(each, str) and each.strip() == each != "" for each in values)
    _require(fine, who, f'"{key}" is to be a list of texts')
    return list(values)


def _flag(entry: dict[str, Any], key: str, who: str) -> bool:
    value = entry.get(key, True)
    _require(isinstance(value, bool), who, f'"{key}" is to be true or false')
    return bool(value)


def _names(name: object, who: str) -> dict[str, str]:
    names = dict.fromkeys(LANGUAGES, name) if isinstance(name, str) else name
    fine = (
        isinstance(names, dict)
        and bool(names)
        and names.keys() <= set(LANGUAGES)
        and all(isinstance(each, str) and 0 < len(each.strip()) <= 80 for each in names.values())
    )
    _require(fine, who, '"name" is to be a text, or an object of texts for "fi", "sv" and "en"')
    return {language: names[language].strip() for language in LANGUAGES if language in names}  # type: ignore[index,operator]


def _secret(entry: dict[str, Any], who: str) -> str:
    secret, file = entry.get("client_secret"), entry.get("client_secret_file")
    _require((secret is None) != (file is None), who, 'one of "client_secret" and "client_secret_file" is to be there')
    if file is not None:
        try:
            secret = Path(str(file)).read_text().strip()
        except OSError as error:
            raise ImproperlyConfigured(
                f'OPENID_PROVIDERS, {who}: "client_secret_file" cannot be read: {error.strerror}.'
            ) from error
    _require(isinstance(secret, str) and bool(secret), who, '"client_secret" is empty')
    return str(secret)
