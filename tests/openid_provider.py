"""A real OpenID provider on a loopback address, and somebody at its log-in page."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

import requests
from django.conf import LazySettings
from django.test import Client
from oidc_provider_mock import run_server_in_thread

from accounts.openid import configuration


@dataclass
class Organisation:
    """The provider, as it is configured here under `id`."""

    url: str
    settings: LazySettings
    configured: list[dict[str, Any]] = field(default_factory=list)

    def configure(self, **said: Any) -> None:
        """Trust the provider for one use more, or with other words for an id that is there already."""
        entry = {
            "id": "hus",
            "name": {"fi": "HUS", "en": "HUS in English"},
            "server_url": self.url,
            "client_id": "tyonohjaus",
            "client_secret": "not-a-secret",
            "use": ["login"],
            "domains": ["otso.example"],
        }
        entry |= said
        self.configured = [each for each in self.configured if each["id"] != entry["id"]] + [entry]
        providers = configuration.read(json.dumps(self.configured))
        policy = {**self.settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]}
        policy["form-action"] = ["'self'", *configuration.origins(providers)]
        self.settings.OPENID_PROVIDERS = providers
        self.settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": policy}

    def knows(self, sub: str, **claims: Any) -> None:
        requests.put(f"{self.url}/users/{sub}", json=claims, timeout=5).raise_for_status()

    def answer(self, authorize: str, sub: str = "", **changed: str) -> str:
        """Log in as `sub` at the address a browser was sent to (or refuse); return where it is sent back.

        `changed` are parameters that somebody on the way writes anew.
        """
        parts = urlsplit(authorize)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()} | changed
        url = urlunsplit(parts._replace(query=urlencode(query)))
        given = requests.post(url, data={"sub": sub} if sub else {"action": "deny"}, allow_redirects=False, timeout=5)
        assert given.status_code == 302, given.text
        return given.headers["Location"]


@contextmanager
def running(settings: LazySettings) -> Iterator[Organisation]:
    os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"  # it is spoken to on this machine, without TLS
    with run_server_in_thread() as server:
        yield Organisation(f"http://localhost:{server.server_port}", settings)


def query(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def follow(client: Client, url: str) -> Any:
    """Open in `client` the page of ours at `url`."""
    parts = urlsplit(url)
    return client.get(f"{parts.path}?{parts.query}")
