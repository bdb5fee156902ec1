"""A supervisor's vault and what lies in it."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import pytest

from audit import asking
from tests.conftest import NOW
from vault import opening, texts
from vault.keys import Opened

PASSPHRASE = "kettu lampi siilo varis honka"


@dataclass
class Written:
    """One sealed text: what it says, where it belongs, and its bytes."""

    text: str
    sealed: bytes
    place: list[str] = field(default_factory=list)


def make_vault(user: Any) -> Opened:
    asking.become(user)
    return opening.create(user.pk, PASSPHRASE, now=NOW)[0]


def write(author: Any, engagement: UUID, text: str = "Salainen", place: list[str] | None = None) -> Written:
    asking.become(author)
    place = place or ["note", str(uuid4())]
    sealed = texts.seal(text, place, engagement=engagement, author=author.pk, now=NOW)
    return Written(text, sealed, place)


@pytest.fixture
def own(cast: Any) -> Opened:
    """The lead's vault, open."""
    return make_vault(cast.lead)
