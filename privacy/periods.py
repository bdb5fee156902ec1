"""How long what is kept, in words, for the papers and for whoever asks about their own data: the policy's own words.

Sections of one's own data name their sort of data by its key here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise

from privacy import policy
from privacy.policy.kinds import (
    BOOKS,
    CONTRACT,
    FRAME,
    INCIDENT,
    LOG_IN,
    MESSAGE,
    NAMED_ANSWER,
    NOTE,
    OWN_SHARED,
    PERSON,
    REPORT,
    REQUEST,
    Kind,
)


@dataclass(frozen=True)
class Period:
    """Of which data, for how long, and why so long."""

    what: Promise
    kept: Promise
    ground: Promise | str


_KINDS: Final[Mapping[str, Kind]] = {
    "people": PERSON,
    "contracts": CONTRACT,
    "sessions": FRAME,
    "memos": OWN_SHARED,
    "notes": NOTE,
    "evaluations": NAMED_ANSWER,
    "reports": REPORT,
    "billing": BOOKS,
    "messages": MESSAGE,
    "access": LOG_IN,
    "requests": REQUEST,
    "incidents": INCIDENT,
}


def periods() -> Mapping[str, Period]:
    """Return the periods of retention by sort of data."""
    return {key: period_of(kind) for key, kind in _KINDS.items()}


def listed() -> list[Period]:
    """Return what the papers list: the policy of every model field."""
    return [period_of(kind) for kind in policy.periods()]


def period_of(kind: Kind) -> Period:
    return Period(kind.what, kind.goes, kind.law or kind.basis.label)
