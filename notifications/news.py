"""News of a process for whoever leads it: a sentence, a day where there is one, and the page where it is looked at."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final, Protocol
from uuid import UUID

from django.conf import settings
from django.utils.functional import Promise

from formats.clock import HELSINKI
from notifications.kinds import Audience, Draft, Kind, Letter, Planner, Reader, recipient_of
from notifications.models import Message

#: News that nobody waits for comes in the morning.
MORNING: Final = time(9)


@dataclass(frozen=True)
class News:
    """Something that `user` is to hear of, once for `occasion`; `page` is where it leads."""

    user: UUID
    obj: UUID
    occasion: str
    page: str
    on: date | None = None


class Finding(Protocol):
    """Says what is news at a moment, whether or not it was told. `among`: of these objects only."""

    def __call__(self, now: datetime, among: Sequence[UUID] | None = None) -> Iterable[News]: ...


def news_of(
    name: str,
    label: Promise,
    find: Finding,
    *,
    what: Promise,
    more: Promise,
    rule: Promise,
    with_day: bool = False,
    declinable: bool = True,
    at_once: bool = False,
) -> tuple[Kind, Planner]:
    """Return the kind of message and the planner of one sort of news. What is not `declinable` does not wait either;
    `at_once`: neither for the morning nor for other news.
    """
    words = {"what": what, "more": more}
    sample = {**words, "on": date(2027, 1, 13) if with_day else None}
    kind = Kind(
        name,
        label,
        "news",
        reader(find, words),
        to=Audience.SUPERVISORS,
        rule=rule,
        sample=sample,
        can_be_declined=declinable,
        can_wait=declinable and not at_once,
    )
    return kind, planner(name, find, at_once=at_once)


def planner(name: str, find: Finding, *, at_once: bool) -> Planner:
    def due(now: datetime) -> Iterator[Draft]:
        if not at_once and now.astimezone(HELSINKI).time() < MORNING:
            return
        found = list(find(now))
        told = Message.objects.filter(kind=name, obj__in=[each.obj for each in found])
        said = set(told.exclude(state=Message.State.DROPPED).values_list("user", "obj", "occasion"))
        for each in found:
            if (each.user, each.obj, each.occasion) not in said:
                yield Draft(name, each.obj, each.occasion, now, user=each.user)

    return due


def reader(find: Finding, words: Mapping[str, Promise]) -> Reader:
    def letters(messages: Sequence[Message], now: datetime) -> dict[UUID, Letter]:
        found = {(each.user, each.obj, each.occasion): each for each in find(now, [each.obj for each in messages])}
        return {
            message.pk: Letter(to, {**words, "on": news.on, "link": settings.SITE_URL + news.page})
            for message in messages
            if message.user_id
            and (news := found.get((message.user_id, message.obj, message.occasion)))
            and (to := recipient_of(message))
        }

    return letters
