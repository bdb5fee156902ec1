"""The device on which somebody answers, and what was begun there.

Its cookie holds the link's token and a secret of this device. From the secret follow the id of the draft and the key
that seals it: another device with the same link sees nothing of it, nor does anybody who has the database.
"""

import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cached_property
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from evaluations import links
from evaluations.models import Draft
from evaluations.questions import Answer, Answers
from vault import blobs
from vault.derive import expand

TABLE: Final = Draft._meta.db_table
SECRET_BYTES: Final = 32
#: How long a device remembers where it was; the round closes before that, and its drafts go.
REMEMBERS: Final = timedelta(days=100)


@dataclass(frozen=True)
class Device:
    token: str
    secret: bytes

    @classmethod
    def new(cls, token: str) -> "Device":
        return cls(token, secrets.token_bytes(SECRET_BYTES))

    @classmethod
    def of(cls, request: HttpRequest, name: str = settings.ANSWERING_COOKIE_NAME) -> "Device | None":
        """Return the device that asks, as its cookie for this address says; None without one, or with a spoilt one."""
        token, _dot, secret = request.COOKIES.get(name, "").partition(".")
        try:
            opened = urlsafe_b64decode(secret)
        except (NotBase64, ValueError):
            return None
        fits = 0 < len(token) <= links.LONGEST_TOKEN and len(opened) == SECRET_BYTES
        return cls(token, opened) if fits else None

    @cached_property
    def draft(self) -> UUID:
        return UUID(bytes=expand(self.secret, "evaluation draft id")[:16])

    @cached_property
    def key(self) -> bytes:
        return expand(self.secret, "evaluation draft key")

    def remember(self, response: HttpResponse, path: str, name: str = settings.ANSWERING_COOKIE_NAME) -> None:
        """Give the browser the cookie for the pages under `path`: no other page is sent it, and no script reads it.

        Two paths take two names, for a response carries one cookie of each name.
        """
        response.set_cookie(
            name,
            f"{self.token}.{urlsafe_b64encode(self.secret).decode()}",
            path=path,
            max_age=REMEMBERS,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )


def pages_of(link: UUID) -> str:
    """Return the path under which the pages of a link lie."""
    return reverse("answer:start", args=[link])


def forget(response: HttpResponse, path: str) -> None:
    response.delete_cookie(settings.ANSWERING_COOKIE_NAME, path=path, samesite="Lax")


@dataclass(frozen=True)
class Begun:
    """What was answered so far, `at` which question it goes on, and whether they consent, where that is asked.

    `stale`: it was begun in another confidence, of which they are to be told before they go on.
    """

    answers: Answers = field(default_factory=dict)
    consents: bool | None = None
    at: int = 1
    #: Whether anything is kept on this device at all.
    there: bool = False
    stale: bool = False

    def with_answer(self, key: str, answer: Answer | None) -> "Begun":
        """Return it with another answer to one question; None leaves it unanswered."""
        others = {each: given for each, given in self.answers.items() if each != key}
        return replace(self, answers=others if answer is None else {**others, key: answer})


def begun_on(device: Device, round_: UUID, mode: str, fits: Callable[[str, Any], bool]) -> Begun:
    """Return what was begun on the device, as who comes with its draft; of answers, those that `fits` knows.

    A consent to another confidence than `mode` is none.
    """
    kept = Draft.objects.filter(pk=device.draft, round_id=round_).values_list("sealed", flat=True).first()
    if kept is None:
        return Begun()
    try:
        opened = blobs.unseal(device.key, blobs.Kind.CONTENT, bytes(kept), TABLE, str(device.draft), str(round_))
    except blobs.Unopenable:
        return Begun()
    found: Mapping[str, Any] = json.loads(blobs.unpadded(opened))
    known = {key: answer for key, answer in found["answers"].items() if fits(key, answer)}
    stale = found["mode"] != mode
    return Begun(known, None if stale else found["consents"], found["at"], there=True, stale=stale)


def keep(device: Device, round_: UUID, mode: str, begun: Begun) -> None:
    """Keep what was begun in the confidence `mode`, sealed for this device alone."""
    kept = {"answers": dict(begun.answers), "consents": begun.consents, "at": begun.at, "mode": mode}
    text = json.dumps(kept, ensure_ascii=False)
    sealed = blobs.seal(
        device.key, device.draft, blobs.Kind.CONTENT, blobs.padded(text), TABLE, str(device.draft), str(round_)
    )
    Draft.objects.bulk_create(
        [Draft(pk=device.draft, round_id=round_, sealed=sealed)],
        update_conflicts=True, unique_fields=["id"], update_fields=["sealed"],
    )  # fmt: skip


def drop(device: Device) -> None:
    Draft.objects.filter(pk=device.draft).delete()
