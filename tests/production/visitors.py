"""People in browsers, as far as a load of requests needs them: cookies, forms, and no patience with errors."""

import http.client
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.test import Client

CSRF = "0123456789abcdefghijklmnopqrstuv"
#: What a visitor meets when a server is gone or dies while it answers: clearly no answer.
NO_ANSWER = (OSError, http.client.HTTPException)


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Visitor:
    """A browser that asks the web server at `port`; each request over a connection of its own, as a proxy would."""

    port: int
    cookies: dict[str, str]

    def get(self, path: str) -> Answer:
        return self.ask("GET", path)

    def post(self, path: str, **fields: Any) -> Answer:
        return self.ask("POST", path, urlencode(fields, doseq=True))

    def ask(self, method: str, path: str, body: str | None = None) -> Answer:
        """Raises one of NO_ANSWER when there is none, or not a whole one."""
        cookies = self.cookies | {settings.CSRF_COOKIE_NAME: CSRF}
        headers = {
            "Host": "testserver",
            "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
            "X-CSRFToken": CSRF,
            "Content-Type": "application/x-www-form-urlencoded",
        }
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            read = answer.read()
        finally:
            connection.close()
        for value in answer.msg.get_all("Set-Cookie", []):
            name, _, rest = value.partition("=")
            self.cookies[name] = rest.partition(";")[0]
        return Answer(answer.status, read, dict(answer.headers))


def signed_in(user: Any, port: int) -> Visitor:
    browser = Client()
    browser.force_login(user)
    return Visitor(port, {settings.SESSION_COOKIE_NAME: browser.cookies[settings.SESSION_COOKIE_NAME].value})
