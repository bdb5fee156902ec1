"""What a supervisee answers to a task, with files; what supervisors say to it, and who of them has read it."""

import uuid
from typing import Final, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from engagements.models import Engagement, Participation
from sessions.models.task import Task, attending

#: The tables' names are part of what is sealed in them.
ANSWERS: Final = "supervision_taskanswer"
FILES: Final = "supervision_answerfile"
COMMENTS: Final = "supervision_answercomment"


class TaskAnswerQuerySet(models.QuerySet["TaskAnswer"]):
    def given(self) -> Self:
        """Answers that were given; the others are drafts, which only who writes them sees."""
        return self.filter(answered_at__isnull=False)

    def own(self, user: User) -> Self:
        return self.filter(participation__in=attending(user))

    def visible_to(self, user: User) -> Self:
        """One's own; those given in engagements that `user` leads; and, where they take part, those for everybody."""
        led = Engagement.objects.led_by(user).values("pk")
        attended = Engagement.objects.attended_by(user).values("pk")
        others = Q(task__engagement__any_of=led) | Q(
            task__engagement__any_of=attended, task__visibility=Task.Visibility.EVERYONE
        )
        return self.filter(Q(participation__in=attending(user)) | Q(others, answered_at__isnull=False))

    def unread_by(self, user: User) -> Self:
        """Answers given in engagements that `user` leads which have changed since `user` read them, if ever."""
        led = Engagement.objects.led_by(user).values("pk")
        read = AnswerRead.objects.filter(answer=OuterRef("pk"), reader=user, at__gte=OuterRef("updated_at"))
        return self.given().filter(~Exists(read), task__engagement__any_of=led)


class TaskAnswer(models.Model):
    """One supervisee's answer to one task: a draft of their own until it is given (`answered_at`).

    `rev` counts what was saved: who saves names the one they changed, so that two tabs never overwrite each other.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    task = models.ForeignKey(Task, models.CASCADE, related_name="answers")
    participation = models.ForeignKey(Participation, models.CASCADE, related_name="task_answers")
    rev = models.PositiveIntegerField(default=1)
    text = models.BinaryField()
    answered_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField(default=timezone.now)

    objects = TaskAnswerQuerySet.as_manager()

    class Meta:
        verbose_name = _("answer")
        verbose_name_plural = _("answers")
        constraints = [models.UniqueConstraint(fields=["task", "participation"], name="taskanswer_once")]

    def __str__(self) -> str:
        return str(self.pk)


class AnswerFileQuerySet(models.QuerySet["AnswerFile"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(answer__in=TaskAnswer.objects.visible_to(user).values("pk"))


class AnswerFile(models.Model):
    """A file with an answer: what is known of it, its name sealed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    answer = models.ForeignKey(TaskAnswer, models.CASCADE, related_name="files")
    name = models.BinaryField()
    media_type = models.CharField(max_length=40)
    size = models.PositiveIntegerField()
    added_at = models.DateTimeField(default=timezone.now)

    objects = AnswerFileQuerySet.as_manager()

    class Meta:
        verbose_name = _("file of an answer")
        verbose_name_plural = _("files of answers")
        ordering = ["added_at", "pk"]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def extension(self) -> str:
        return self.media_type.partition("/")[2].replace("jpeg", "jpg")


class AnswerFileContent(models.Model):
    """The bytes of a file as they rest: sealed, in a table that no list reads."""

    file = models.OneToOneField(AnswerFile, models.CASCADE, primary_key=True, related_name="content")
    sealed = models.BinaryField()

    class Meta:
        verbose_name = _("content of a file of an answer")
        verbose_name_plural = _("contents of files of answers")

    def __str__(self) -> str:
        return str(self.file_id)


class AnswerComment(models.Model):
    """A supervisor's few words about an answer, for those who see the answer."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    answer = models.ForeignKey(TaskAnswer, models.CASCADE, related_name="comments")
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    text = models.BinaryField()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("comment on an answer")
        verbose_name_plural = _("comments on answers")
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return str(self.pk)


class AnswerRead(models.Model):
    """When a supervisor last read an answer: what is new to them follows from it. The evidence is the audit chain."""

    id = models.BigAutoField(primary_key=True)
    answer = models.ForeignKey(TaskAnswer, models.CASCADE, related_name="+")
    reader = models.ForeignKey(User, models.CASCADE, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("reading of an answer")
        verbose_name_plural = _("readings of answers")
        constraints = [models.UniqueConstraint(fields=["answer", "reader"], name="answerread_once_a_reader")]

    def __str__(self) -> str:
        return f"{self.answer_id} by {self.reader_id}"
