"""What kinds of messages there are. Each room says so in a module of its own, named in settings.MESSAGES."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from importlib import import_module
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Person, User
from notifications.models import Message


@dataclass(frozen=True)
class Recipient:
    """Where a message goes and in which language; `person` where reminders can be declined."""

    email: str
    language: str
    person: UUID | None = None


def recipient_of(message: Message) -> Recipient | None:
    """Return where to reach the message's person or user now, or None: on paper."""
    if message.person is not None:
        return reach(message.person)
    if message.user is not None and message.user.is_active:
        return Recipient(message.user.email, message.user.language)
    return None


def reach(person: Person) -> Recipient | None:
    """Return the person's address, else their account's; the account's language, else the person's."""
    user: User | None = person.user
    email = person.email or (user.email if user else "")
    return Recipient(email, user.language if user else person.language, person.pk) if email else None


def no_secrets() -> Mapping[str, Any]:
    return {}


@dataclass(frozen=True)
class Letter:
    """What a message says now. `before`: the moment from which it would come too late to be of use, if there is one.

    `secrets` makes, when it is certain that the message leaves, what must not rest anywhere: links and codes. `told`:
    of several things that the message is about, the ids of those it speaks of; written down when it has left. Messages
    among them that were gathered are told with it; one that has `nothing` to say lets them go.
    """

    to: Recipient
    context: Mapping[str, Any] = field(default_factory=dict)
    before: datetime | None = None
    secrets: Callable[[], Mapping[str, Any]] = no_secrets
    told: Sequence[UUID] | None = None
    nothing: bool = False
    #: Method and text of an iCalendar object that goes with it.
    calendar: tuple[str, str] | None = None


#: Reads anew what messages of one kind are about, all of them at once, and returns the letters of those that are still
#: wanted; left out is what was cancelled or moved, whom nobody can reach, who wants none.
Reader = Callable[[Sequence[Message], datetime], Mapping[UUID, Letter]]


class Audience(models.TextChoices):
    """Whom messages of a kind go to."""

    SUPERVISEES = "supervisees", _("To supervisees")
    SUPERVISORS = "supervisors", _("To supervisors")
    CLIENTS = "clients", _("To clients")
    CONCERNED = "concerned", _("To whomever it concerns")


@dataclass(frozen=True)
class Kind:
    """A kind of message. `letters` is asked just before they leave.

    `rule`: a sentence that says when it is sent. `sample`: what stands in one that nobody was ever sent.
    `template`: `emails/<template>.subject.txt`, `.txt` and `.html`. `quiet`: at night it waits for 8.00, unless it
    would come too late then. `can_be_declined`: whoever does not want it does not get it; to persons it carries
    List-Unsubscribe. `can_wait`: whoever wants so hears of it together with others.
    """

    name: str
    label: Promise
    template: str
    letters: Reader
    to: Audience
    rule: Promise
    sample: Mapping[str, Any]
    quiet: bool = True
    can_be_declined: bool = False
    can_wait: bool = False


@dataclass(frozen=True)
class Draft:
    """A message to be: `kind|recipient|object|occasion` is its key, and one key is said once."""

    kind: str
    obj: UUID
    occasion: str
    next_at: datetime
    person: UUID | None = None
    user: UUID | None = None

    @property
    def key(self) -> str:
        return f"{self.kind}|{self.person or self.user or ''}|{self.obj}|{self.occasion}"


#: Says what is due at a moment and not said yet. One for each kind that follows from time.
Planner = Callable[[datetime], Iterable[Draft]]


@cache
def kinds() -> Mapping[str, Kind]:
    return {kind.name: kind for room in settings.MESSAGES for kind in import_module(room).KINDS}


@cache
def planners() -> list[Planner]:
    return [planner for room in settings.MESSAGES for planner in import_module(room).PLANNERS]
