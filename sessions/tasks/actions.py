"""What supervisors do with tasks: give, change, withdraw, discuss, and comment on answers."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from accounts.models import User
from audit import trail
from engagements.models import Audience, Engagement, Event, Participation, State
from formats.fields import check_length
from sessions.models import AnswerComment, Session, Task, TaskAnswer, TaskFor
from sessions.models.task import TABLE
from sessions.models.task_answer import COMMENTS
from vault.content import Content

#: In which states of a process a task is given: a draft is nobody's yet, a closed one nobody's any more.
GIVEN_IN: Final = (State.OFFERED, State.ACTIVE, State.PAUSED)
#: Characters of a task, and of a comment.
LONGEST_TASK: Final = 4000
LONGEST_COMMENT: Final = 1000
#: Open tasks of one process at a time, and comments on one answer.
MOST_OPEN: Final = 50
MOST_COMMENTS: Final = 20


def blocker_to_giving(engagement: Engagement) -> str:
    """Return why no task can be given in `engagement` now, or an empty text."""
    if engagement.state not in GIVEN_IN:
        return gettext("Tasks are given in a process that is on offer or under way.")
    if engagement.tasks.open().count() >= MOST_OPEN:
        return gettext("There are 50 open tasks. Discuss or withdraw some first.")
    return ""


@transaction.atomic
def give(
    engagement: Engagement,
    *,
    text: str,
    to: Sequence[Participation] | None,
    due_on: date | None,
    until_next: bool,
    visibility: str,
    session: Session | None,
    by: User,
    now: datetime,
) -> Task:
    """Give a task, in `session` or between two, and return it.

    `to` are the supervisees who are to do it; None is everybody, who joins later too. It is due on `due_on`, or by the
    session that comes next (`until_next`), or at no time. Raises ValidationError with the reason when it cannot be.
    """
    if why := blocker_to_giving(engagement):
        raise ValidationError(why)
    refuse_nobody(to)
    task = Task(
        engagement=engagement, session=session, due_on=due_on, until_next=until_next, visibility=visibility,
        to_all=to is None, given_by=by, created_at=now,
    )  # fmt: skip
    task.text = sealed(task, text, now)
    task.save(force_insert=True)
    TaskFor.objects.bulk_create(TaskFor(task=task, participation=one) for one in to or ())
    open_to_all = task.to_all or visibility == Task.Visibility.EVERYONE
    audience = Audience.PARTICIPANTS if open_to_all else Audience.SUPERVISORS
    Event.tell(engagement, Event.Kind.TASK, by=by, now=now, audience=audience, task=str(task.pk))
    trail.record(engagement.pk, "task.given", actor=by, obj=task, data={"to": len(to) if to is not None else None})
    return task


@transaction.atomic
def change_due(task: Task, *, due_on: date | None, until_next: bool, by: User, now: datetime) -> None:
    """Say by when an open task is due now. Raises ValidationError when it is not open any more."""
    still_open(task, due_on=due_on, until_next=until_next)
    trail.record(task.engagement_id, "task.moved", actor=by, obj=task)


@transaction.atomic
def rewrite(task: Task, *, text: str, to: Sequence[Participation] | None, by: User, now: datetime) -> None:
    """Change what the task is and to whom it is given. Raises ValidationError once somebody has answered it."""
    refuse_nobody(to)
    values: dict[str, object] = {"text": sealed(task, text, now)} if text != opened(task) else {}
    if is_answered(task):
        raise ValidationError(answered_meanwhile())
    try:
        with transaction.atomic():
            still_open(task, to_all=to is None, **values)
    except IntegrityError:  # somebody answered at the same moment
        raise ValidationError(answered_meanwhile()) from None
    task.recipients.all().delete()
    TaskFor.objects.bulk_create(TaskFor(task=task, participation=one) for one in to or ())
    trail.record(task.engagement_id, "task.changed", actor=by, obj=task)


@transaction.atomic
def withdraw(task: Task, *, by: User, now: datetime) -> None:
    """Answers are taken no more. Raises ValidationError when the task is not open any more."""
    still_open(task, closed_at=now)
    trail.record(task.engagement_id, "task.withdrawn", actor=by, obj=task)


@transaction.atomic
def discuss(task: Task, *, session: Session | None, by: User, now: datetime) -> None:
    """Mark the task as discussed, in `session` if it was one. Raises ValidationError when it is not open any more."""
    still_open(task, discussed_at=now, discussed_in=session)
    trail.record(task.engagement_id, "task.discussed", actor=by, obj=task)


@transaction.atomic
def reopen(task: Task, *, by: User, now: datetime) -> None:
    """Take back that the task was discussed or withdrawn. Raises ValidationError when it is open."""
    closed = Task.objects.filter(pk=task.pk).exclude(closed_at=None, discussed_at=None)
    if not closed.update(closed_at=None, discussed_at=None, discussed_in=None):
        raise ValidationError(gettext("The task is open already."))
    trail.record(task.engagement_id, "task.reopened", actor=by, obj=task)


@transaction.atomic
def comment(answer: TaskAnswer, text: str, *, by: User, now: datetime) -> None:
    """Say something about an answer to those who see it. Raises ValidationError beyond twenty comments."""
    if answer.comments.count() >= MOST_COMMENTS:
        raise ValidationError(gettext("There are 20 comments already. Talk about it when you meet."))
    check_length(text, LONGEST_COMMENT, "text")
    engagement = answer.task.engagement_id
    said = AnswerComment(answer=answer, by=by, at=now)
    said.text = Content([engagement]).seal_text(engagement, text, COMMENTS, said.pk, now=now)
    said.save(force_insert=True)
    trail.record(engagement, "answer.commented", actor=by, obj=answer)


@transaction.atomic
def remove_comment(said: AnswerComment, *, by: User) -> None:
    engagement, answer = said.answer.task.engagement_id, said.answer
    said.delete()
    trail.record(engagement, "answer.comment_removed", actor=by, obj=answer)


def still_open(task: Task, **fields: object) -> None:
    """Write `fields` of an open task, once: raises ValidationError when it is not open any more."""
    if not Task.objects.open().filter(pk=task.pk).update(**fields):
        raise ValidationError(gettext("The task is not open any more: it was discussed or withdrawn."))


def refuse_nobody(to: Sequence[Participation] | None) -> None:
    if to is not None and not to:
        raise ValidationError(gettext("Choose who is to do the task."))


def is_answered(task: Task) -> bool:
    return task.answers.given().exists()


def answered_meanwhile() -> str:
    return gettext("Somebody has answered. Only the due date can be changed now.")


def sealed(task: Task, text: str, now: datetime) -> bytes:
    check_length(text, LONGEST_TASK, "text")
    content = Content([task.engagement_id])
    return content.seal_text(task.engagement_id, text, TABLE, task.pk, now=now)


def opened(task: Task) -> str:
    """Return the text of a task. Raises Unopenable."""
    return Content([task.engagement_id]).unseal_text(task.engagement_id, bytes(task.text), TABLE, task.pk)
