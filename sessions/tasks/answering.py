"""What a supervisee does with a task: write, give the answer, bring files and take them away."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext

from accounts.models import User
from audit import trail
from documents.uploads import Clean
from engagements.models import Participation, State
from formats.fields import check_length
from sessions.models import AnswerFile, AnswerFileContent, Task, TaskAnswer
from sessions.models.task_answer import ANSWERS, FILES
from sessions.saving import Conflict, put
from vault.content import Content

MOST_FILES: Final = 5
#: Characters of an answer.
LONGEST_ANSWER: Final = 20_000
#: What is saved within this time of the last saving is of the same sitting, and is written down once.
SITTING: Final = timedelta(minutes=30)
CONTENTS: Final = AnswerFileContent._meta.db_table


def participation_for(task: Task, user: User) -> Participation | None:
    """Return as which supervisee `user` is to do the task, or None: it is not given to them."""
    mine = Participation.objects.current().filter(engagement=task.engagement_id, person__user=user)
    if not task.to_all:
        mine = mine.filter(pk__in=task.recipients.values("participation"))
    return mine.first()


def is_closed(task: Task) -> bool:
    """Whether answers are taken no more; `engagement` is selected with the task."""
    return not task.is_open or task.engagement.state == State.CLOSED


@transaction.atomic
def save(
    task: Task, participation: Participation, *, text: str, rev: int, by: User, now: datetime, giving: bool = False
) -> TaskAnswer:
    """Keep `text` as the answer that was at `rev` when it was changed (0: there was none), and return it.

    It is a draft that nobody else sees until it is given (`giving`). Raises Conflict when something else was saved
    meanwhile, ValidationError when answers are taken no more.
    """
    refuse_closed(task)
    check_length(text, LONGEST_ANSWER, "text")
    content = Content([task.engagement_id])
    standing = TaskAnswer.objects.filter(task=task, participation=participation).first()
    answer = standing or TaskAnswer(task=task, participation=participation, rev=0)
    before = opened(content, task, answer) if standing else None
    if answer.rev != rev and (not standing or before != text):
        raise Conflict(answer, before) if standing else ValidationError(no_such_answer())
    changed, given = before != text, giving and answer.answered_at is None
    if changed or given:
        fresh = standing is None or now - answer.updated_at > SITTING
        fields: dict[str, Any] = {"updated_at": now}
        if changed:
            fields["text"] = content.seal_text(task.engagement_id, text, ANSWERS, answer.pk, now=now)
        if given:
            fields["answered_at"] = now
        if not put(answer, answer.rev, **fields):
            stands = TaskAnswer.objects.get(task=task, participation=participation)
            raise Conflict(stands, opened(content, task, stands))
        if given or fresh:
            event = "answer.given" if given else "answer.saved"
            trail.record(task.engagement_id, event, actor=by, obj=answer)
    return answer


@transaction.atomic
def add_files(task: Task, answer: TaskAnswer, files: Sequence[Clean], *, by: User, now: datetime) -> None:
    """Keep files with an answer. Raises ValidationError beyond five, or when answers are taken no more."""
    if not files:
        return
    refuse_closed(task)
    TaskAnswer.objects.select_for_update().get(pk=answer.pk)
    if answer.files.count() + len(files) > MOST_FILES:
        raise ValidationError(too_many_files())
    engagement, content = task.engagement_id, Content([task.engagement_id])
    for each in files:
        file = AnswerFile(answer=answer, media_type=each.media_type, size=len(each.content), added_at=now)
        file.name = content.seal_text(engagement, each.name, FILES, file.pk, "name", now=now)
        file.save(force_insert=True)
        sealed = content.seal_file(engagement, each.content, CONTENTS, file.pk, now=now)
        AnswerFileContent(file=file, sealed=sealed).save(force_insert=True)
        trail.record(engagement, "answer.file_added", actor=by, obj=answer, data={"file": str(file.pk)})
    TaskAnswer.objects.filter(pk=answer.pk).update(updated_at=now)


@transaction.atomic
def remove_file(file: AnswerFile, *, by: User) -> None:
    """Destroy a file of an answer. Raises ValidationError when answers are taken no more."""
    task, answer, pk = file.answer.task, file.answer, str(file.pk)
    refuse_closed(task)
    file.delete()
    trail.record(task.engagement_id, "answer.file_removed", actor=by, obj=answer, data={"file": pk})


def refuse_closed(task: Task) -> None:
    if is_closed(task):
        raise ValidationError(gettext("Answers are taken no more: the task was discussed or withdrawn."))


def too_many_files() -> str:
    return gettext("An answer carries five files at most. Remove one first.")


def no_such_answer() -> str:
    return gettext("The answer is not as this page had it. Open the page anew.")


def opened(content: Content, task: Task, answer: TaskAnswer) -> str | None:
    """Return the text of an answer, or None when it cannot be opened."""
    return content.read_text(task.engagement_id, answer.text, ANSWERS, answer.pk)
