import uuid
from datetime import datetime, timedelta
from typing import Any, Final, Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import Count, Deferrable, ExpressionWrapper, F, OuterRef, Q, Subquery
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan
from django.db.models.functions import Coalesce, TruncDate
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from engagements.models import CoSupervisor, Engagement, Participation
from engagements.models.terms import Mode
from formats.clock import HELSINKI, minutes_between

#: How many may be counted as having come without being named.
MOST_UNNAMED: Final = 500


class Manager(models.TextChoices):
    """Whether the line manager is there, where a whole work community meets."""

    PRESENT = "present", _("the line manager is there")
    ABSENT = "absent", _("without the line manager")


class SessionState(models.TextChoices):
    PLANNED = "planned", _("planned")
    HELD = "held", _("held")
    CANCELLED = "cancelled", _("cancelled")
    CANCELLED_LATE = "cancelled_late", _("cancelled late")
    NO_SHOW = "no_show", _("nobody came")


#: How long before its beginning the way into a remote meeting opens: its link is shown as one button, not to be kept.
JOINED_FROM: Final = timedelta(minutes=15)
#: States in which the time is not the supervisor's own again.
TAKING_TIME = [SessionState.PLANNED, SessionState.HELD, SessionState.NO_SHOW]

NEXT: dict[str, set[str]] = {
    SessionState.PLANNED: {
        SessionState.HELD,
        SessionState.CANCELLED,
        SessionState.CANCELLED_LATE,
        SessionState.NO_SHOW,
    },
    SessionState.HELD: {SessionState.PLANNED},
    SessionState.CANCELLED: set(),
    SessionState.CANCELLED_LATE: set(),
    SessionState.NO_SHOW: {SessionState.PLANNED},
}


class WrongSessionState(Exception):
    """The session has moved on: somebody else was first, or the step is not one of its state's."""


class SessionQuerySet(models.QuerySet["Session"]):
    def led_by(self, user: User) -> Self:
        return self.filter(engagement__any_of=Engagement.objects.led_by(user).values("pk"))

    def attended_by(self, user: User) -> Self:
        """Sessions of engagements in which `user` is a supervisee now."""
        return self.filter(engagement__any_of=Engagement.objects.attended_by(user).values("pk"))

    def visible_to(self, user: User) -> Self:
        """Sessions of engagements that `user` leads or takes part in. The clause decides what a client sees."""
        led = Engagement.objects.led_by(user).values("pk")
        attended = Engagement.objects.attended_by(user).values("pk")
        return self.filter(Q(engagement__any_of=led) | Q(engagement__any_of=attended))

    def in_calendar_of(self, user: User) -> Self:
        """Sessions that stand in the calendar of `user`: those they lead, and those in which they are supervised.

        Annotates `leads`. A union of what each index finds: joined by OR, every engagement would be looked at.
        """
        led = Engagement.objects.filter(lead=user).values("pk")
        co_led = CoSupervisor.objects.current().filter(user=user).values("engagement")
        attended = Engagement.objects.attended_by(user).values("pk")
        leads = ExpressionWrapper(
            Q(engagement__lead=user) | Q(engagement__in=co_led), output_field=models.BooleanField()
        )
        every = self.filter(engagement__in=led.union(co_led, attended)).annotate(leads=leads)
        return every.without_those_of_others(user)

    def without_those_of_others(self, user: User) -> Self:
        """Leave out what is for sub-groups of a work community in which `user`, its supervisee, is not on that day."""
        parts = self.model.objects.filter(
            engagement__any_of=Engagement.objects.attended_by(user).values("pk"), for_sub_groups__isnull=False
        )
        member = "for_sub_groups__sub_group__members"
        own = self.model.objects.alias(day=TruncDate("starts_at", tzinfo=HELSINKI)).filter(
            Q(**{f"{member}__until": None}) | Q(**{f"{member}__until__gt": F("day")}),
            **{f"{member}__participation__person__user": user, f"{member}__since__lte": F("day")},
        )
        return self.exclude(pk__in=parts.exclude(pk__in=own.values("pk")).values("pk"))

    def planned(self) -> Self:
        return self.filter(state=SessionState.PLANNED)

    def between(self, start: datetime, end: datetime) -> Self:
        """Sessions that begin in [start, end)."""
        return self.filter(starts_at__gte=start, starts_at__lt=end)

    def ended_unmarked(self, now: datetime) -> Self:
        """Planned sessions whose time is over: held or not, nobody has said."""
        return self.planned().filter(ends_at__lte=now)

    def to_come(self, now: datetime) -> Self:
        """Planned sessions that are not over yet, the nearest first."""
        return self.planned().filter(ends_at__gt=now).order_by("starts_at", "pk")

    def to_be_changed_with(self, session: "Session", now: datetime, *, following: bool) -> Self:
        """Planned sessions of the same series that have not begun; `following`: `session` and those after it."""
        together = self.planned().filter(series__isnull=False, series=session.series_id, starts_at__gt=now)
        if following:
            together = together.filter(starts_at__gte=session.starts_at)
        return together.order_by("starts_at", "pk")

    def numbered(self) -> Self:
        """Annotate `number`: the how manieth of its process a session is, cancelled ones left out."""
        earlier = (
            self.model.objects.filter(engagement=OuterRef("engagement"), starts_at__lte=OuterRef("starts_at"))
            .filter(state__in=TAKING_TIME).order_by().values("engagement").annotate(count=Count("pk")).values("count")
        )  # fmt: skip
        return self.annotate(number=Subquery(earlier))

    def counting_attendance(self) -> Self:
        """Annotate `present` and `listed`: attendances that the person asking may see."""
        rows = Attendance.objects.filter(session=OuterRef("pk")).order_by().values("session")
        present = rows.filter(presence=Attendance.Presence.PRESENT).annotate(count=Count("pk")).values("count")
        listed = rows.annotate(count=Count("pk")).values("count")
        return self.annotate(present=Coalesce(Subquery(present), 0), listed=Coalesce(Subquery(listed), 0))

    def before(self, starts_at: datetime, pk: uuid.UUID) -> Self:
        """Sessions that come after (`starts_at`, `pk`) in a list from the latest to the earliest."""
        return self.filter(TupleLessThan(Tuple(F("starts_at"), F("id")), (starts_at, pk)))

    def after(self, starts_at: datetime, pk: uuid.UUID) -> Self:
        """Sessions that come after (`starts_at`, `pk`) in a list from the earliest to the latest."""
        return self.filter(TupleGreaterThan(Tuple(F("starts_at"), F("id")), (starts_at, pk)))


class Session(models.Model):
    """A meeting (tapaaminen). Its times are aware; what people see is the clock in Helsinki."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    engagement = models.ForeignKey(Engagement, models.CASCADE, related_name="sessions")
    starts_at = models.DateTimeField(_("Starts"))
    ends_at = models.DateTimeField(_("Ends"))
    mode = models.CharField(_("How we meet"), max_length=10, choices=Mode, default=Mode.IN_PERSON)
    place = models.CharField(_("Place"), max_length=160, blank=True)
    link = models.URLField(_("Link to the remote meeting"), max_length=400, blank=True)
    trial = models.BooleanField(_("Trial session"), default=False)
    series = models.ForeignKey(
        "Series", models.SET_NULL, null=True, db_index=False, related_name="sessions", editable=False
    )
    state = models.CharField(max_length=14, choices=SessionState, default=SessionState.PLANNED, editable=False)
    reason = models.CharField(_("Reason"), max_length=300, blank=True, editable=False)
    sequence = models.PositiveSmallIntegerField(default=0, editable=False)
    marked_at = models.DateTimeField(null=True, editable=False)
    #: The supervisee who cancelled it themselves; None where a supervisor did.
    cancelled_by = models.ForeignKey(User, models.SET_NULL, null=True, editable=False, related_name="+")
    #: Said of the sessions of a work community; empty: not said.
    manager = models.CharField(_("Line manager"), max_length=7, choices=Manager, blank=True, default="", db_default="")
    #: How many came whom no row of attendance names.
    unnamed = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    #: By the clock of the database, which notes it; None: never changed.
    changed_at = models.DateTimeField(null=True, editable=False)

    objects = SessionQuerySet.as_manager()

    class Meta:
        verbose_name = _("session")
        verbose_name_plural = _("sessions")
        ordering = ["starts_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")) & Q(ends_at__lte=F("starts_at") + timedelta(hours=10)),
                name="session_ends_after_start",
                violation_error_message=_("A session ends after it starts and lasts at most ten hours."),
            ),
            models.CheckConstraint(
                condition=Q(unnamed=0) | Q(unnamed__lte=MOST_UNNAMED, state="held"), name="session_unnamed_came"
            ),
        ]
        indexes = [
            models.Index(fields=["engagement", "starts_at"], name="session_of_engagement"),
            models.Index(fields=["starts_at"], condition=Q(state="planned"), name="session_planned"),
            # What counts in a process, without the many that were cancelled: read from the index alone.
            models.Index(
                fields=["engagement", "starts_at", "id"],
                include=["state"],
                condition=Q(trial=False, state__in=["held", "planned"]),
                name="session_counting",
            ),
            models.Index(fields=["engagement", "marked_at"], condition=Q(state="held"), name="session_marked"),
            models.Index(fields=["series", "starts_at"], condition=Q(series__isnull=False), name="session_of_series"),
        ]

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d %H:%M}"

    @property
    def minutes(self) -> int:
        return minutes_between(self.starts_at, self.ends_at)

    def opens(self) -> datetime | None:
        """Return when the way into its remote meeting opens; None where there is no such meeting, or no link to it."""
        remote = self.link and self.mode != Mode.IN_PERSON and self.state == SessionState.PLANNED
        return self.starts_at - JOINED_FROM if remote else None

    def can_be_joined(self, now: datetime) -> bool:
        """Return whether its remote meeting is about to begin, or is going on."""
        opens = self.opens()
        return opens is not None and opens <= now < self.ends_at

    @property
    def last_changed(self) -> datetime:
        """When its time, its place or whether it is held was last said."""
        return self.changed_at or self.created_at

    @property
    def takes_time(self) -> bool:
        """Whether the session takes, or took, its time: it is not cancelled."""
        return self.state in TAKING_TIME

    @property
    def how(self) -> Promise | str:
        """The mode in a word or two, for rows."""
        return {Mode.HYBRID: _("hybrid"), Mode.MIXED: _("mixed-location")}.get(Mode(self.mode), self.get_mode_display())

    def move_to(self, state: str, **fields: Any) -> None:
        """Move to `state`, once: raises WrongSessionState when the step is not allowed or somebody else was first."""
        moved = type(self).objects.filter(pk=self.pk, state=self.state)
        if state not in NEXT[self.state] or not moved.update(state=state, **fields):
            raise WrongSessionState(f"{self.state} → {state}")
        self.refresh_from_db()


class Attendance(models.Model):
    """Whether and how one supervisee took part in one session."""

    class Presence(models.TextChoices):
        PRESENT = "present", _("present")
        ABSENT = "absent", _("absent")

    class How(models.TextChoices):
        IN_PERSON = "in_person", _("in person")
        REMOTE = "remote", _("remotely")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    session = models.ForeignKey(Session, models.CASCADE, related_name="attendances")
    participation = models.ForeignKey(Participation, models.CASCADE, related_name="attendances")
    presence = models.CharField(_("Presence"), max_length=8, choices=Presence)
    how = models.CharField(_("How"), max_length=10, choices=How, blank=True)

    class Meta:
        verbose_name = _("attendance")
        verbose_name_plural = _("attendances")
        constraints = [
            models.UniqueConstraint(fields=["session", "participation"], name="attendance_once"),
            models.CheckConstraint(condition=Q(presence="present") | Q(how=""), name="attendance_absent_is_nowhere"),
        ]

    def __str__(self) -> str:
        return f"{self.participation_id} {self.presence}"


class Booking(models.Model):
    """A stretch of a supervisor's time that a session takes.

    One row per session and supervisor, co-supervisors included, written only by database triggers, so that no path
    can book a supervisor twice (promise 7).
    """

    id = models.BigAutoField(primary_key=True)
    session = models.ForeignKey(Session, models.CASCADE, related_name="bookings")
    user = models.ForeignKey(User, models.CASCADE, related_name="bookings")
    during = DateTimeRangeField()

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="booking_no_double",
                # Checked at each statement; a series asks to be checked as a whole, so as not to hit its neighbours.
                deferrable=Deferrable.IMMEDIATE,
                expressions=[("user", RangeOperators.EQUAL), ("during", RangeOperators.OVERLAPS)],
                violation_error_message=_("The supervisor already has a session at this time."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.session_id} {self.user_id}"
