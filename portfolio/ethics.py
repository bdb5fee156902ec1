"""The ethical guidelines one may commit oneself to: those shipped here, and one's own.

When an association publishes anew, a row is added and none is changed: the new version asks everybody anew, and what
somebody committed themselves to before stays beside it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from portfolio.models import Commitment, Guideline


@dataclass(frozen=True)
class Shipped:
    """One version of guidelines: `dated` is the day on which its source stood as it is meant here."""

    version: str
    title: str
    source: str
    link: str
    dated: date
    newest: bool = True


#: The association dates its page nowhere, so the version is known by the day on which it was read.
SHIPPED: Final = (
    Shipped(
        "story-2026-11-22",
        "STOryn eettiset periaatteet",
        "Suomen työnohjaajat ry (STOry)",
        "https://www.suomentyonohjaajat.fi/tyonohjaus/eettiset-periaatteet/",
        date(2026, 11, 22),
    ),
)


@dataclass(frozen=True)
class Version:
    """A version as its page lists it, with the commitment to it where there is one."""

    version: str
    title: str
    source: str
    link: str
    dated: date
    commitment: Commitment | None
    newest: bool = True
    own: Guideline | None = None

    @property
    def asks(self) -> bool:
        """Whether it waits for a commitment; an older version, or one of one's own, asks nobody."""
        return self.commitment is None and self.newest and self.own is None


def versions(commitments: Sequence[Commitment], own: Sequence[Guideline]) -> list[Version]:
    """Return every version one may commit to, shipped ones first, each with the commitment to it.

    A commitment to a version that stands in no list any more keeps a line of its own.
    """
    made = {each.version: each for each in commitments}
    found = [
        Version(each.version, each.title, each.source, each.link, each.dated, made.pop(each.version, None), each.newest)
        for each in SHIPPED
    ]
    for each in own:
        found.append(
            Version(key_of(each), each.title, "", each.link, each.dated, made.pop(key_of(each), None), own=each)
        )
    left = [Version(each.version, each.title, "", each.link, each.dated, each, newest=False) for each in made.values()]
    return found + left


def key_of(own: Guideline) -> str:
    return str(own.pk)
