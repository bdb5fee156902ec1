"""Tasks and answers as people see them: opened, with names and by when, in as many queries for one as for thirty."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import Prefetch
from django.utils.translation import gettext

from accounts.models import User
from engagements.models import Participation
from formats.clock import write_moment
from formats.days import write_day
from sessions import reads
from sessions.models import AnswerComment, AnswerFile, AnswerRead, Task, TaskAnswer, TaskFor
from sessions.models.task import TABLE, TaskQuerySet, attending, deadline
from sessions.models.task_answer import ANSWERS, COMMENTS, FILES
from vault.content import Content

#: How much of a task stands in a list.
LONGEST_TITLE: Final = 90
#: What makes words strong, struck or code in Markdown, and means nothing in a list.
MARKS: Final = re.compile(r"\*\*|__|~~|`")


@dataclass(frozen=True)
class Line:
    """A task in a list. `title` is how its text begins, None when it cannot be opened.

    `to` are the names of those it is given to, empty for everybody; `answered` of those whose answer the reader may
    know of; `asked` how many are to answer (for who leads). `mine` is how the reader's own answer stands: "" when none
    is asked of them, "waiting", "draft" or "answered".
    """

    task: Any
    title: str | None
    due: str
    late: bool
    to: Sequence[str]
    answered: Sequence[str]
    asked: int
    missing: int
    mine: str


def lines(tasks: TaskQuerySet, user: User, now: datetime, *, leads: bool) -> list[Line]:
    """Return the lines of `tasks` (`with_due`), which `user` may see. `leads`: whether they are those `user` leads."""
    given = TaskAnswer.objects.visible_to(user).defer("text").select_related("participation__person")
    to = TaskFor.objects.select_related("participation__person")
    rows: list[Any] = list(
        tasks.select_related("engagement").prefetch_related(
            Prefetch("answers", given, to_attr="seen"), Prefetch("recipients", to, to_attr="to")
        )
    )
    if not rows:
        return []
    content = Content({task.engagement_id for task in rows})
    mine = set() if leads else set(attending(user).values_list("pk", "engagement"))
    counts = counts_of(rows) if leads else {}
    return [line(task, content, mine, counts, now) for task in rows]


def counts_of(tasks: Iterable[Task]) -> Mapping[UUID, int]:
    """Return how many supervisees each process of `tasks` has now."""
    current = Participation.objects.current().filter(engagement__in={task.engagement_id for task in tasks})
    return Counter(current.values_list("engagement", flat=True))


def line(task: Any, content: Content, mine: set[Any], counts: Mapping[UUID, int], now: datetime) -> Line:
    given = [answer for answer in task.seen if answer.answered_at]
    own = next((pk for pk, engagement in mine if engagement == task.engagement_id), None)
    to = [one.participation for one in task.to]
    asks_me = own is not None and (task.to_all or own in {one.pk for one in to})
    here = [one for one in to if one.left_on is None]
    asked = counts.get(task.engagement_id, 0) if task.to_all else len(here)
    missing = asked - sum(answer.participation.left_on is None for answer in given)
    state = "waiting" if asks_me else ""
    for answer in task.seen:
        if asks_me and answer.participation_id == own:
            state = "answered" if answer.answered_at else "draft"
    ends = deadline(task.due_on, task.next_at if task.until_next else None)
    late = task.is_open and ends is not None and ends <= now
    return Line(
        task=task,
        title=title_of(opened_text(task, content)),
        due=due_words(task),
        late=late and (state in ("waiting", "draft") if mine else missing > 0),
        to=[one.person.name for one in to],
        answered=sorted(answer.participation.person.name for answer in given),
        asked=asked,
        missing=max(missing, 0),
        mine=state,
    )


def due_words(task: Any) -> str:
    """Return by when a task (`with_due`) is due, in words; an empty text for no day."""
    if task.due_on:
        return gettext("By %(day)s") % {"day": write_day(task.due_on)}
    if task.until_next and task.next_at:
        return gettext("By the session %(when)s") % {"when": write_moment(task.next_at)}
    return gettext("By the next session") if task.until_next else ""


def opened_text(task: Task, content: Content) -> str | None:
    """Return what is to be done, or None when it cannot be opened."""
    return content.read_text(task.engagement_id, task.text, TABLE, task.pk)


def title_of(text: str | None) -> str | None:
    """Return how `text` begins, without the marks of Markdown."""
    if text is None:
        return None
    plain = MARKS.sub("", text)
    first = next((each.strip(" #*_>-") for each in plain.splitlines() if each.strip(" #*_>-")), "")
    return first if len(first) <= LONGEST_TITLE else f"{first[: LONGEST_TITLE - 1].rstrip()}…"


@dataclass(frozen=True)
class ShownFile:
    """A file of an answer; `name` is None when it cannot be opened."""

    pk: UUID
    name: str | None
    size: int


@dataclass(frozen=True)
class ShownComment:
    pk: UUID
    text: str | None
    by: User
    at: datetime


@dataclass(frozen=True)
class ShownAnswer:
    """An answer, opened. `new`: it has changed since the reader, who leads, read it. `own`: the reader's."""

    answer: TaskAnswer
    name: str
    text: str | None
    files: Sequence[ShownFile]
    comments: Sequence[ShownComment]
    new: bool
    own: bool


def answers_of(task: Task, user: User) -> list[ShownAnswer]:
    """Return the answers to `task` that `user` may see, in the order of names. Six queries."""
    rows: list[Any] = list(
        TaskAnswer.objects.visible_to(user)
        .filter(task=task)
        .select_related("participation__person")
        .prefetch_related("files", Prefetch("comments", AnswerComment.objects.select_related("by")))
        .order_by("participation__person__sort_key", "pk")
    )
    own = set(attending(user).values_list("pk", flat=True))
    unread = set(TaskAnswer.objects.unread_by(user).filter(task=task).values_list("pk", flat=True))
    engagement, content = task.engagement_id, Content([task.engagement_id])
    return [
        ShownAnswer(
            answer=row,
            name=row.participation.person.name,
            text=content.read_text(engagement, row.text, ANSWERS, row.pk),
            files=[
                ShownFile(file.pk, content.read_text(engagement, file.name, FILES, file.pk, "name"), file.size)
                for file in row.files.all()
            ],
            comments=[
                ShownComment(said.pk, content.read_text(engagement, said.text, COMMENTS, said.pk), said.by, said.at)
                for said in row.comments.all()
            ],
            new=row.pk in unread,
            own=row.participation_id in own,
        )
        for row in rows
    ]


def write_down(task: Task, shown: Sequence[ShownAnswer], *, by: User, leads: bool, now: datetime) -> None:
    """Write down that `by` has read the task and the answers of others (promise 12)."""
    if task.given_by_id != by.pk:
        reads.write_down(by, task.engagement_id, "task.read", [task])
    read = [each.answer for each in shown if not each.own]
    reads.write_down(by, task.engagement_id, "answer.read", read)
    if leads and read:
        AnswerRead.objects.bulk_create(
            [AnswerRead(answer=answer, reader=by, at=now) for answer in read],
            update_conflicts=True,
            unique_fields=["answer", "reader"],
            update_fields=["at"],
        )


def write_down_file(file: AnswerFile, *, by: User) -> None:
    """Write down that `by`, who did not bring it, has opened a file of an answer."""
    answer = file.answer
    if not TaskAnswer.objects.own(by).filter(pk=answer.pk).exists():
        reads.write_down(by, answer.task.engagement_id, "answer.read", [answer], data={"file": str(file.pk)})
