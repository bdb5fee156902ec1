"""Reminding of tasks: once each person, the day before a task is due, or two days before the session it waits for.

The worker knows that there is a task, by when, for whom and whether it was answered; what it is, it cannot read.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from formats.clock import HELSINKI, moment_at
from notifications import samples
from notifications.kinds import Audience, Draft, Kind, Letter, recipient_of
from notifications.models import Message
from notifications.quiet import after_quiet, before_quiet, granted_until
from sessions.messages import SPOKEN_OF
from sessions.models import Task, TaskAnswer, TaskFor
from sessions.models.task import TaskQuerySet, deadline

DUE: Final = "task_due"
#: At what time of the day before its day a task is reminded of, and how many days before the session it waits for.
CLOCK: Final = time(9)
DAYS_BEFORE_SESSION: Final = 2
#: One who was just given a task knows of it; nor is anything said of it while it may still be corrected.
JUST_GIVEN: Final = timedelta(hours=1)


@dataclass(frozen=True)
class Due:
    """One task that one person has not done: by when, and from when they are to be reminded."""

    task: UUID
    person: UUID
    due_on: date | None
    starts_at: datetime | None
    ends_at: datetime | None
    created_at: datetime

    @property
    def late(self) -> datetime | None:
        return deadline(self.due_on, self.starts_at)

    @property
    def wanted(self) -> datetime | None:
        """From when they are to be reminded, by the clock of Helsinki; None when the task is due at no time."""
        if self.due_on is not None:
            at = moment_at(self.due_on - timedelta(days=1), CLOCK)
        elif self.starts_at is not None:
            local = self.starts_at.astimezone(HELSINKI)
            at = moment_at(local.date() - timedelta(days=DAYS_BEFORE_SESSION), local.time())
        else:
            return None
        return max(before_quiet(at), self.created_at + JUST_GIVEN)


def undone(now: datetime) -> TaskQuerySet:
    """Open tasks that may be reminded of at `now`, one row for each person who has not answered; with due times."""
    soon = granted_until(now) + timedelta(days=DAYS_BEFORE_SESSION, hours=1)
    today = now.astimezone(HELSINKI).date()
    given = TaskFor.objects.filter(task=OuterRef("pk"), participation=OuterRef("participation"))
    answered = TaskAnswer.objects.given().filter(task=OuterRef("pk"), participation=OuterRef("participation"))
    # Supervisees are joined once, by annotations; a filter by their path would join them anew.
    return (
        Task.objects.open()
        .filter(Q(due_on__gte=today, due_on__lte=soon.astimezone(HELSINKI).date()) | Q(until_next=True))
        .filter(engagement__state__in=SPOKEN_OF)
        .with_due()
        .filter(Q(until_next=False) | Q(next_at__gt=now, next_at__lte=soon))
        .annotate(
            participation=F("engagement__participations"),
            person=F("engagement__participations__person"),
            joined_on=F("engagement__participations__joined_on"),
            left_on=F("engagement__participations__left_on"),
            email=F("engagement__participations__person__email"),
            account=F("engagement__participations__person__user"),
        )
        .filter(Q(joined_on=None) | Q(joined_on__lte=today), left_on=None)
        .filter(Q(email__gt="") | Q(account__isnull=False))
        .filter(Q(to_all=True) | Exists(given))
        .exclude(Exists(answered))
    )


def dues(tasks: TaskQuerySet) -> Iterator[Due]:
    columns = ("pk", "person", "due_on", "next_at", "next_ends", "created_at", "until_next")
    for pk, person, due_on, next_at, next_ends, created_at, until_next in tasks.values_list(*columns):
        meeting: tuple[Any, Any] = (next_at, next_ends) if until_next else (None, None)
        yield Due(pk, person, due_on, *meeting, created_at)


def due_tasks(now: datetime) -> Iterator[Draft]:
    """Say who is to be reminded of which task at `now`, and was not reminded of it before."""
    said = Message.objects.filter(kind=DUE, obj=OuterRef("pk"), person=OuterRef("person"))
    for due in dues(undone(now).exclude(Exists(said.exclude(state=Message.State.DROPPED)))):
        if due.wanted and is_near(due, now):
            yield Draft(DUE, due.task, "", after_quiet(max(due.wanted, now), due.late), person=due.person)


def letters(messages: Sequence[Message], now: datetime) -> dict[UUID, Letter]:
    """Whoever has answered meanwhile, left or declined, and a task that is due later now, is passed over."""
    tasks = undone(now).filter(pk__in={message.obj for message in messages})
    standing = {(due.task, due.person): due for due in dues(tasks)}
    found = {}
    for message in messages:
        due = standing.get((message.obj, message.person_id)) if message.person_id else None
        if due and is_near(due, now) and (to := recipient_of(message)):
            found[message.pk] = Letter(to, context(due), due.late)
    return found


def is_near(due: Due, now: datetime) -> bool:
    """Whether it is time to remind of a task that is not late yet."""
    return bool(due.wanted and due.late and due.wanted <= granted_until(now) and now < due.late)


def context(due: Due) -> dict[str, Any]:
    """A day or a time, and a link: nothing of what the task is (promise 8)."""
    link = settings.SITE_URL + reverse("tasks:detail", args=[due.task])
    return {"link": link, "due_on": due.due_on, "starts_at": due.starts_at, "ends_at": due.ends_at}


KINDS = [
    Kind(
        DUE,
        _("Reminder of a task"),
        "task_due",
        letters,
        can_be_declined=True,
        to=Audience.SUPERVISEES,
        rule=_("The day before a task is due, or two days before the session that it waits for, if it is not done."),
        sample={"due_on": samples.DAY},
    )
]
PLANNERS = [due_tasks]
