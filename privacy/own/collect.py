"""All that is held on somebody, room by room. Every room has one collector; a new room adds its own to this list."""

from collections.abc import Sequence
from typing import Final

from accounts.models import User
from privacy.own.rooms import (
    community,
    evaluations,
    notifications,
    people,
    processes,
    profession,
    reading,
    requests,
    sessions,
    work,
)
from privacy.own.sections import Collector, Section, Subject

ROOMS: Final[Sequence[Collector]] = (
    people.collect,
    processes.collect,
    sessions.collect,
    community.collect,
    evaluations.collect,
    profession.collect,
    work.collect,
    notifications.collect,
    reading.collect,
    requests.collect,
)


def subject_of(user: User) -> Subject:
    return Subject(user, list(user.persons.select_related("practice").order_by("practice__name", "pk")))


def collect(user: User) -> list[Section]:
    """Return every section of what is held on `user`, who asks themselves: twelve queries, whatever there is."""
    subject = subject_of(user)
    return [section for room in ROOMS for section in room(subject)]
