"""That a request about data has come, that it takes longer, that it is answered: a day and a link, nothing of it."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership
from notifications import samples
from notifications.kinds import Audience, Draft, Kind, Letter, recipient_of
from notifications.models import Message
from privacy.models import DataRequest

RECEIVED: Final = "data_request_received"
EXTENDED: Final = "data_request_extended"
ANSWERED: Final = "data_request_answered"
#: For so long it is news that a request is answered or takes longer.
NEWS_FOR: Final = timedelta(days=14)
WORDS: Final[dict[str, tuple[Promise, Promise]]] = {
    RECEIVED: (
        _("Somebody asks about their data"),
        _("Read what they ask and answer by this day. Only you who handle it can read it."),
    ),
    EXTENDED: (_("The answer about your data takes longer"), _("You are answered by this day; why, you read here.")),
    ANSWERED: (_("Your request about your data is answered"), _("You read the answer and its grounds here.")),
}
#: What the worker may read of a request, never its words; and who leads its process.
ONLY: Final = (
    "practice", "person", "author", "kind", "received_at", "due_on", "extended_at", "decided_at", "engagement__lead",
)  # fmt: skip


def handlers() -> dict[UUID, list[UUID]]:
    """Return by practice who administers it."""
    found: dict[UUID, list[UUID]] = {}
    admins = Membership.objects.current().filter(kind=Membership.Kind.ADMIN)
    for practice, user in admins.order_by("since", "pk").values_list("practice", "user"):
        found.setdefault(practice, []).append(user)
    return found


def to_answer(requests: QuerySet[DataRequest]) -> Iterator[tuple[DataRequest, UUID]]:
    """Return each request with each who answers it. Two queries."""
    admins = handlers()
    for each in requests.select_related("engagement").only(*ONLY):
        lead = each.engagement.lead_id if each.engagement else None
        alone = each.author_id or lead
        for user in [alone] if alone else admins.get(each.practice_id, []):
            yield each, user


def received(now: datetime) -> Iterator[Draft]:
    """Say who is to hear of an open request that they were not told of."""
    found = list(to_answer(DataRequest.objects.open()))
    said = told(RECEIVED, [each.pk for each, _user in found])
    for each, user in found:
        if (each.pk, user) not in said:
            yield Draft(RECEIVED, each.pk, "", now, user=user)


def told(kind: str, objs: Sequence[UUID]) -> set[tuple[UUID, UUID | None]]:
    said = Message.objects.filter(kind=kind, obj__in=objs).exclude(state=Message.State.DROPPED)
    return set(said.values_list("obj", "user"))


def moved(kind: str, column: str) -> Any:
    """Return the planner that tells a person of what has happened to their request at the moment in `column`."""

    def due(now: datetime) -> Iterator[Draft]:
        lately = {f"{column}__gt": now - NEWS_FOR, f"{column}__lte": now, "person__isnull": False}
        rows = list(DataRequest.objects.filter(**lately).order_by().values_list("pk", "person"))
        said = {obj for obj, _user in told(kind, [pk for pk, _person in rows])}
        for pk, person in rows:
            if pk not in said:
                yield Draft(kind, pk, "", now, person=person)

    return due


def received_letters(messages: Sequence[Message], now: datetime) -> dict[UUID, Letter]:
    """Who answers it no more, and a request that is answered, is passed over."""
    standing = {(each.pk, user): each for each, user in to_answer(open_among(messages))}
    return {
        message.pk: Letter(to, context(RECEIVED, each, "own:handle"))
        for message in messages
        if message.user_id and (each := standing.get((message.obj, message.user_id))) and (to := recipient_of(message))
    }


def open_among(messages: Sequence[Message]) -> QuerySet[DataRequest]:
    return DataRequest.objects.open().filter(pk__in=[message.obj for message in messages])


def own_letters(kind: str) -> Any:
    def letters(messages: Sequence[Message], now: datetime) -> dict[UUID, Letter]:
        asked = DataRequest.objects.filter(pk__in=[message.obj for message in messages])
        if kind == EXTENDED:
            asked = asked.open()
        found = {each.pk: each for each in asked.only(*ONLY[:-1])}
        return {
            message.pk: Letter(to, context(kind, each, "own:request"))
            for message in messages
            if (each := found.get(message.obj)) and (to := recipient_of(message))
        }

    return letters


def context(kind: str, asked: DataRequest, page: str) -> dict[str, Any]:
    what, more = WORDS[kind]
    on = None if kind == ANSWERED else asked.answer_by
    return {"what": what, "more": more, "on": on, "link": settings.SITE_URL + reverse(page, args=[asked.pk])}


def sample(kind: str) -> dict[str, Any]:
    what, more = WORDS[kind]
    return {"what": what, "more": more, "on": None if kind == ANSWERED else samples.DAY}


KINDS = [
    Kind(
        RECEIVED,
        _("A request about data has come"),
        "news",
        received_letters,
        to=Audience.SUPERVISORS,
        rule=_("When somebody asks about their own data, to whoever answers it."),
        sample=sample(RECEIVED),
    ),
    Kind(
        EXTENDED,
        _("The answer to a request about data takes longer"),
        "news",
        own_letters(EXTENDED),
        to=Audience.CONCERNED,
        rule=_("When the time to answer a request about data was extended."),
        sample=sample(EXTENDED),
    ),
    Kind(
        ANSWERED,
        _("A request about data is answered"),
        "news",
        own_letters(ANSWERED),
        to=Audience.CONCERNED,
        rule=_("When a request about data was answered."),
        sample=sample(ANSWERED),
    ),
]
PLANNERS = [received, moved(EXTENDED, "extended_at"), moved(ANSWERED, "decided_at")]
