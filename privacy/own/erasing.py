"""The seam to the erasure of a person, which is built in `privacy.erasing`."""

from datetime import datetime
from importlib import import_module
from importlib.util import find_spec
from typing import Final

from accounts.models import Person, User

PLACE: Final = "privacy.erasing"


def is_offered() -> bool:
    """Whether there is something here that can erase a person."""
    return find_spec(PLACE) is not None


def erase(person: Person, *, by: User, now: datetime) -> None:
    """Erase `person`; what the law keeps, stays. Raises ValidationError with what stands against it."""
    import_module(PLACE).erase(person, by=by, now=now)
