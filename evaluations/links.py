"""Links to answer by. What stands in one is kept nowhere; everything else follows from it, each in its own direction.

`token` → the hash under which the link is found; → the key under which its answers come in, once. Who has the database
has only the first, and cannot go from there to the second.
"""

import secrets
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Final
from uuid import UUID

from django.db import connection

from evaluations.models import Link
from vault.derive import expand

#: Nobody was sent a longer one; a longer token is not even looked up.
LONGEST_TOKEN: Final = 64


class Stands(StrEnum):
    """What a link is good for now. `SENDING`: it was used, and its answers have not come in: they may be sent again."""

    OPEN = "open"
    SENDING = "sending"
    USED = "used"
    CLOSED = "closed"


@dataclass(frozen=True)
class Standing:
    link: UUID
    round: UUID
    stands: Stands
    language: str


def new_token() -> str:
    return secrets.token_urlsafe(32)


def digest(token: str) -> bytes:
    return sha256(token.encode()).digest()


def answer_key(token: str) -> bytes:
    """Return the key under which the answers given by this link come in."""
    return expand(token.encode(), "evaluation answer")


def mint(invitation: UUID) -> str:
    """Make a link and return what stands in it; for the worker, when its mail leaves. Earlier ones stay good."""
    token = new_token()
    Link.objects.create(invitation_id=invitation, token_hash=digest(token))
    return token


def mint_here(invitation: UUID) -> str | None:
    """Make a link for who is asked and signed in, or for a supervisee whom no mail reaches; None for anybody else."""
    token = new_token()
    with connection.cursor() as cursor:
        cursor.execute("SELECT sec.mint_link(%s, %s)", [invitation, digest(token)])
        row = cursor.fetchone()
    return token if row and row[0] else None


def standing_of(token: str) -> Standing | None:
    """Return what the link is good for, or None when it is nobody's. It reads and changes nothing."""
    if len(token) > LONGEST_TOKEN:
        return None
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT link, round, stands, language FROM sec.answer_link(%s, %s)", [digest(token), answer_key(token)]
        )
        row = cursor.fetchone()
    return Standing(row[0], row[1], Stands(row[2]), row[3]) if row else None
