"""What is worked on between two sessions (välitehtävä), and to whom it is given."""

import uuid
from datetime import date, datetime, time, timedelta
from typing import Any, Final, Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Greatest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from engagements.models import Engagement, Participation, State
from formats.clock import HELSINKI, moment_at
from sessions.models.session import TAKING_TIME, Session

#: The table's name is part of what sealed text is bound to.
TABLE: Final = "supervision_task"
#: What is said of the session by which a task is due, and in which column of it that stands.
NEXT_SESSION: Final = {"next_at": "starts_at", "next_ends": "ends_at"}


class TaskQuerySet(models.QuerySet["Task"]):
    def led_by(self, user: User) -> Self:
        return self.filter(engagement__any_of=Engagement.objects.led_by(user).values("pk"))

    def visible_to(self, user: User) -> Self:
        """Tasks of engagements that `user` leads; and those given to them or shown to all, where they take part."""
        led = Engagement.objects.led_by(user).values("pk")
        attended = Engagement.objects.attended_by(user).values("pk")
        mine = TaskFor.objects.filter(participation__in=attending(user)).values("task")
        shown = Q(to_all=True) | Q(visibility=Task.Visibility.EVERYONE) | Q(pk__in=mine)
        return self.filter(Q(engagement__any_of=led) | Q(shown, engagement__any_of=attended))

    def given_to(self, user: User) -> Self:
        """Tasks that `user` is to do, or was, as a supervisee."""
        attended = Engagement.objects.attended_by(user).values("pk")
        mine = TaskFor.objects.filter(participation__in=attending(user)).values("task")
        return self.filter(Q(to_all=True) | Q(pk__in=mine), engagement__any_of=attended)

    def open(self) -> Self:
        """Tasks that are still answered: neither discussed nor withdrawn."""
        return self.filter(closed_at=None, discussed_at=None)

    def waiting_for(self, user: User) -> Self:
        """Open tasks that `user` has not answered yet, in processes that go on."""
        answered = Task.objects.filter(
            pk=OuterRef("pk"), answers__participation__in=attending(user), answers__answered_at__isnull=False
        )
        going_on = self.given_to(user).open().exclude(engagement__state=State.CLOSED)
        return going_on.exclude(Exists(answered))

    def with_due(self) -> Self:
        """Annotate `next_at` and `next_ends`: the session by which a task is due that waits for the next one."""
        after = Greatest(OuterRef("created_at"), OuterRef("session__starts_at"))
        meetings = Session.objects.filter(engagement=OuterRef("engagement"), state__in=TAKING_TIME)
        meetings = meetings.filter(starts_at__gt=after).order_by("starts_at", "pk")
        wanted = {name: Subquery(meetings.values(column)[:1]) for name, column in NEXT_SESSION.items()}
        return self.annotate(**wanted)

    def nearest_first(self) -> Self:
        """By when they are due, those without a day last; `with_due` comes before."""
        return self.order_by(F("due_on").asc(nulls_last=True), F("next_at").asc(nulls_last=True), "created_at", "pk")


def attending(user: User) -> models.QuerySet[Participation, Any]:
    """Return the participations of `user` that go on, as ids."""
    return Participation.objects.current().filter(person__user=user).values("pk")


class Task(models.Model):
    """A task between sessions. Its text is sealed under the engagement's key; who sees its answers never changes.

    It is due on a day, at the session that comes next, or at no time. `to_all`: given to everybody who is a supervisee
    while it is open, those who join later too; else to those of its `recipients`.
    """

    class Visibility(models.TextChoices):
        SUPERVISORS = "supervisors", _("The supervisors and whoever answers")
        EVERYONE = "everyone", _("Everybody in the process")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    engagement = models.ForeignKey(Engagement, models.CASCADE, related_name="tasks")
    session = models.ForeignKey(Session, models.SET_NULL, null=True, related_name="tasks")
    text = models.BinaryField()
    due_on = models.DateField(_("Due on"), null=True)
    until_next = models.BooleanField(default=False)
    visibility = models.CharField(_("Who sees the answers"), max_length=12, choices=Visibility)
    to_all = models.BooleanField(default=False)
    given_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True)
    discussed_at = models.DateTimeField(null=True)
    discussed_in = models.ForeignKey(Session, models.SET_NULL, null=True, related_name="discussed_tasks")

    objects = TaskQuerySet.as_manager()

    class Meta:
        verbose_name = _("task")
        verbose_name_plural = _("tasks")
        constraints = [
            models.CheckConstraint(condition=Q(due_on=None) | Q(until_next=False), name="task_due_once"),
            models.CheckConstraint(
                condition=Q(discussed_in=None) | Q(discussed_at__isnull=False), name="task_discussed_says_when"
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_on", "until_next"], condition=Q(closed_at=None, discussed_at=None), name="task_open"
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def is_open(self) -> bool:
        return self.closed_at is None and self.discussed_at is None

    @property
    def who(self) -> str:
        """The mark of who sees the answers, for the badge beside them."""
        return "participants" if self.visibility == self.Visibility.EVERYONE else "supervisors"


def deadline(due_on: date | None, next_at: datetime | None) -> datetime | None:
    """Return the moment from which a task is late: when its day is over, or when the session begins."""
    if due_on is not None:
        return moment_at(due_on + timedelta(days=1), time())
    return next_at.astimezone(HELSINKI) if next_at else None


class TaskFor(models.Model):
    """One to whom a task is given that is not given to all."""

    id = models.BigAutoField(primary_key=True)
    task = models.ForeignKey(Task, models.CASCADE, related_name="recipients")
    participation = models.ForeignKey(Participation, models.CASCADE, related_name="+")

    class Meta:
        verbose_name = _("recipient of a task")
        verbose_name_plural = _("recipients of tasks")
        constraints = [models.UniqueConstraint(fields=["task", "participation"], name="taskfor_once")]

    def __str__(self) -> str:
        return f"{self.task_id} for {self.participation_id}"
