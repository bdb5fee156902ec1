import uuid
from datetime import date, datetime
from typing import Any, Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import ClientOrganisation, Language, Person, Practice, User
from accounts.models.person import FinnishOrder, containing
from law.register import Entry, entries


class Form(models.TextChoices):
    INDIVIDUAL = "individual", _("individual supervision")
    PAIR = "pair", _("pair supervision")
    GROUP = "group", _("group supervision")
    COMMUNITY = "community", _("work-community supervision")


#: How many supervisees each form has at the start: fewest and most (None: open).
SUPERVISEES: dict[str, tuple[int, int | None]] = {
    Form.INDIVIDUAL: (1, 1),
    Form.PAIR: (2, 2),
    Form.GROUP: (3, 12),
    Form.COMMUNITY: (0, None),
}


class Focus(models.TextChoices):
    GENERAL = "general", _("general")
    LEADERSHIP = "leadership", _("leadership")
    CRISIS = "crisis", _("crisis")
    SITUATIONAL = "situational", _("situational")
    TOTO = "toto", _("supervision of supervision (ToTo)")


class Process(models.TextChoices):
    LONG = "long", _("long process")
    SHORT = "short", _("short process")
    SINGLE = "single", _("single session")


class State(models.TextChoices):
    DRAFT = "draft", _("draft")
    OFFERED = "offered", _("offered")
    ACTIVE = "active", _("active")
    PAUSED = "paused", _("paused")
    CLOSED = "closed", _("closed")


#: From which state an engagement may move to which.
NEXT: dict[str, set[str]] = {
    State.DRAFT: {State.OFFERED, State.ACTIVE},
    State.OFFERED: {State.DRAFT, State.ACTIVE, State.CLOSED},
    State.ACTIVE: {State.PAUSED, State.CLOSED},
    State.PAUSED: {State.ACTIVE, State.CLOSED},
    State.CLOSED: set(),
}


class Ending(models.TextChoices):
    COMPLETED = "completed", _("completed")
    EARLY = "early", _("ended early")


class WrongState(Exception):
    """The engagement has moved on: somebody else was first, or the step is not one of its state's."""

    def __init__(self, state: str, wanted: str) -> None:
        super().__init__(f"{state} → {wanted}")
        self.state, self.wanted = state, wanted


class EngagementQuerySet(models.QuerySet["Engagement"]):
    def led_by(self, user: User) -> Self:
        """Engagements that `user` leads, alone or as co-supervisor."""
        co = CoSupervisor.objects.filter(user=user, until=None).values("engagement")
        return self.filter(Q(lead=user) | Q(pk__any_of=co))

    def attended_by(self, user: User) -> Self:
        """Engagements in which `user` is a supervisee now, once they have been offered."""
        mine = Participation.objects.current().filter(person__user=user).values("engagement")
        return self.filter(pk__in=mine).exclude(state=State.DRAFT)

    def party_to(self, user: User) -> Self:
        """Engagements to whose current contract `user` is a party as the client's contact or line manager."""
        from engagements.models.contract import ContractParty

        mine = ContractParty.objects.standing().filter(person__user=user).values("contract__engagement")
        return self.filter(pk__in=mine).exclude(state=State.DRAFT)

    def administered_by(self, user: User) -> Self:
        """Engagements of the practices that `user` administers: their frame, never their content."""
        return self.filter(practice__in=Practice.objects.administered_by(user))

    def visible_to(self, user: User) -> Self:
        """Engagements whose page `user` may open: as supervisor, supervisee or party."""
        co = CoSupervisor.objects.filter(user=user, until=None).values("engagement")
        attended = self.model.objects.attended_by(user).values("pk")
        party = self.model.objects.party_to(user).values("pk")
        return self.filter(Q(lead=user) | Q(pk__in=co) | Q(pk__in=attended) | Q(pk__in=party))

    def open(self) -> Self:
        return self.exclude(state=State.CLOSED)

    def without_examples(self) -> Self:
        return self.filter(example=False)

    def matching(self, text: str) -> Self:
        """Engagements in whose name, reference or client every word of `text` occurs."""
        if not text:
            return self
        folded = self.alias(folded_reference=FinnishOrder("reference"))
        return folded.filter(containing(text, "sort_key", "folded_reference", "client__sort_key"))


class Engagement(models.Model):
    """One supervision process (työnohjausprosessi) from first contact to closing.

    An `example` is made up, for its lead to look around in. It is one from its first moment and stays one, everybody in
    it is made up too, it takes nobody's time and counts nowhere, and it alone can go with its agreed contract: the
    database holds all of that.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    practice = models.ForeignKey(Practice, models.PROTECT, related_name="engagements")
    lead = models.ForeignKey(User, models.PROTECT, related_name="led_engagements", verbose_name=_("Supervisor"))
    client = models.ForeignKey(
        ClientOrganisation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="engagements",
        verbose_name=_("Client organisation"),
        help_text=_("Empty when a private person orders and pays."),
    )
    title = models.CharField(_("Name of the process"), max_length=120)
    reference = models.CharField(_("Own reference"), max_length=40, blank=True)
    form = models.CharField(_("Form"), max_length=12, choices=Form, default=Form.INDIVIDUAL)
    focus = models.CharField(_("Focus"), max_length=12, choices=Focus, default=Focus.GENERAL)
    process = models.CharField(_("Duration"), max_length=8, choices=Process, default=Process.LONG)
    language = models.CharField(_("Language of the process"), max_length=2, choices=Language, default=Language.FI)
    state = models.CharField(max_length=8, choices=State, default=State.DRAFT, editable=False)
    starts_on = models.DateField(_("Starts on"), null=True, blank=True)
    ends_on = models.DateField(_("Ends on"), null=True, blank=True)
    step = models.PositiveSmallIntegerField(default=1, editable=False)
    ending = models.CharField(max_length=10, choices=Ending, blank=True, editable=False)
    ending_reason = models.CharField(_("Reason"), max_length=300, blank=True, editable=False)
    closed_at = models.DateTimeField(null=True, editable=False)
    example = models.BooleanField(default=False, db_default=False, editable=False)
    #: Opened in a hurry on a light contract; no more once a later version has made it an ordinary process.
    urgent = models.BooleanField(default=False, db_default=False, editable=False)
    #: The provision by which somebody must offer this supervision, as its key in the law register; empty for none. It
    #: says what the process counts as and is no term of its contract, so it may be set at any time.
    statutory = models.CharField(_("Statutory"), max_length=40, blank=True, default="", db_default="", editable=False)
    copied_from = models.ForeignKey("self", models.SET_NULL, null=True, editable=False, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    sort_key = models.GeneratedField(
        expression=FinnishOrder("title"),
        output_field=models.CharField(max_length=120, db_collation="C"),
        db_persist=True,
    )

    objects = EngagementQuerySet.as_manager()

    class Meta:
        verbose_name = _("engagement")
        verbose_name_plural = _("engagements")
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(starts_on=None) | Q(ends_on__gte=F("starts_on")),
                name="engagement_ends_after_start",
                violation_error_message=_("The process cannot end before it starts."),
            ),
            models.CheckConstraint(
                condition=Q(state=State.CLOSED, closed_at__isnull=False) & ~Q(ending="")
                | ~Q(state=State.CLOSED) & Q(closed_at=None, ending=""),
                name="engagement_closed_says_how",
            ),
            models.UniqueConstraint(
                fields=["lead", "reference"],
                condition=~Q(reference=""),
                name="engagement_reference_once_a_lead",
                violation_error_message=_("You already have a process with this reference."),
            ),
            models.UniqueConstraint(fields=["lead"], condition=Q(example=True), name="engagement_example_once_a_lead"),
            models.CheckConstraint(
                condition=Q(statutory__regex=r"^([a-z0-9-]{2,40})?$"), name="engagement_statutory_names_an_entry"
            ),
        ]
        indexes = [
            models.Index(fields=["lead", "state", "title"], name="engagement_by_lead"),
            models.Index(fields=["practice", "state"], name="engagement_by_practice"),
            models.Index(fields=["lead", "sort_key", "id"], name="engagement_of_lead_by_name"),
            models.Index(fields=["practice", "sort_key", "id"], name="engagement_of_practice_by_name"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def statutory_entry(self) -> Entry | None:
        """The provision by which it must be offered, from the law register."""
        return entries().get(self.statutory)

    def move_to(self, state: str, **fields: Any) -> None:
        """Move to `state`, once: raises WrongState when the step is not allowed or somebody else was first."""
        moved = type(self).objects.filter(pk=self.pk, state=self.state)
        if state not in NEXT[self.state] or not moved.update(state=state, **fields):
            raise WrongState(self.state, state)
        self.refresh_from_db()


class CoSupervisorQuerySet(models.QuerySet["CoSupervisor"]):
    def current(self) -> Self:
        return self.filter(until=None)


class CoSupervisor(models.Model):
    """Another supervisor who leads the engagement together with its lead."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    engagement = models.ForeignKey(Engagement, models.CASCADE, related_name="co_supervisors")
    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    since = models.DateTimeField(default=timezone.now)
    until = models.DateTimeField(null=True, blank=True)

    objects = CoSupervisorQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["engagement", "user"], condition=Q(until=None), name="co_supervisor_once_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.engagement_id}"


class ParticipationQuerySet(models.QuerySet["Participation"]):
    def current(self) -> Self:
        return self.filter(left_on=None)

    def on(self, day: date) -> Self:
        """Those who were supervisees on `day`."""
        return self.filter(Q(joined_on=None) | Q(joined_on__lte=day)).filter(Q(left_on=None) | Q(left_on__gt=day))


class Participation(models.Model):
    """A person is a supervisee in an engagement, from a day, until a day."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    engagement = models.ForeignKey(Engagement, models.CASCADE, related_name="participations")
    person = models.ForeignKey(Person, models.PROTECT, related_name="participations")
    line_manager = models.BooleanField(_("Line manager"), default=False)
    joined_on = models.DateField(_("Joined on"), null=True, blank=True)
    left_on = models.DateField(_("Left on"), null=True, blank=True)

    objects = ParticipationQuerySet.as_manager()

    class Meta:
        verbose_name = _("supervisee")
        verbose_name_plural = _("supervisees")
        constraints = [
            models.UniqueConstraint(
                fields=["engagement", "person"], condition=Q(left_on=None), name="participation_once_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(left_on=None) | Q(joined_on=None) | Q(left_on__gte=F("joined_on")),
                name="participation_leaves_after_joining",
                violation_error_message=_("Nobody can leave before joining."),
            ),
        ]
        indexes = [models.Index(fields=["person"], name="participation_by_person")]

    def __str__(self) -> str:
        return self.person.name


class Audience(models.TextChoices):
    """Who sees a piece of content; said beside it everywhere."""

    AUTHOR = "author", _("Only you")
    SUPERVISORS = "supervisors", _("Supervisors")
    PARTICIPANTS = "participants", _("Supervisees")
    CLIENT = "client", _("Supervisees and client")


class EventQuerySet(models.QuerySet["Event"]):
    def seen_by(self, user: User) -> Self:
        """Events of engagements that `user` may open, as far as their audience includes them."""
        led = Engagement.objects.led_by(user).values("pk")
        attended = Engagement.objects.attended_by(user).values("pk")
        party = Engagement.objects.party_to(user).values("pk")
        return self.filter(
            Q(engagement__any_of=led)
            | Q(engagement__any_of=attended, audience__in=[Audience.PARTICIPANTS, Audience.CLIENT])
            | Q(engagement__in=party, audience=Audience.CLIENT)
        )


class Event(models.Model):
    """A line of the timeline that people see. `kind` names its sentence, `data` the values in it, never text."""

    class Kind(models.TextChoices):
        CREATED = "created", _("The process was opened")
        COPIED = "copied", _("The process was opened from an earlier one")
        OFFERED = "offered", _("The contract was offered")
        WITHDRAWN = "withdrawn", _("The offer was withdrawn")
        AGREED = "agreed", _("The contract was agreed")
        STARTED = "started", _("The process started")
        PAUSED = "paused", _("The process was paused")
        RESUMED = "resumed", _("The process continued")
        CLOSED = "closed", _("The process was closed")
        JOINED = "joined", _("A supervisee joined")
        LEFT = "left", _("A supervisee left")
        BOOKED = "booked", _("A session was booked")
        MOVED = "moved", _("A session was moved")
        RELOCATED = "relocated", _("The place of a session changed")
        CANCELLED = "cancelled", _("A session was cancelled")
        HELD = "held", _("A session was held")
        NO_SHOW = "no_show", _("Nobody came to a session")
        IMPORTED = "imported", _("The process was imported")
        SERIES_BOOKED = "series_booked", _("A series of sessions was booked")
        SERIES_MOVED = "series_moved", _("Several sessions were moved")
        SERIES_RELOCATED = "series_relocated", _("The place of several sessions changed")
        SERIES_CANCELLED = "series_cancelled", _("Several sessions were cancelled")
        SIGNED = "signed", _("Somebody signed")
        DECLINED = "declined", _("Somebody declined to sign")
        SCAN_ADDED = "scan_added", _("A scanned agreement was added")
        SCAN_WITHDRAWN = "scan_withdrawn", _("A scanned agreement was withdrawn")
        AMENDED = "amended", _("A change of the contract was begun")
        DROPPED = "dropped", _("A change of the contract was given up")
        MEMO = "memo", _("A memo was written")
        TASK = "task", _("A task was given")
        LEVELS = "levels", _("The levels of a goal were described")
        PROGRESS = "progress", _("Progress towards a goal was noted")
        WAIVED = "waived", _("The fee of a session was waived")
        ROUND_OPENED = "round_opened", _("An evaluation was opened")
        ROUND_CLOSED = "round_closed", _("An evaluation was closed")
        ROUND_OFF = "round_off", _("An evaluation was called off")
        REPORT_SHARED = "report_shared", _("The draft of a report was shown to the supervisees")
        REPORT_ASKED = "report_asked", _("Approval of a report was asked for")
        REPORT_STOPPED = "report_stopped", _("Handing over a report was stopped")
        REPORT_OUT = "report_out", _("A report was handed over to the client")
        REPORT_WITHDRAWN = "report_withdrawn", _("A report was withdrawn")
        STATUTORY = "statutory", _("It was said whether the process is statutory")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    engagement = models.ForeignKey(Engagement, models.CASCADE, related_name="events")
    kind = models.CharField(max_length=16, choices=Kind)
    at = models.DateTimeField()
    actor = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    audience = models.CharField(max_length=12, choices=Audience, default=Audience.PARTICIPANTS)
    data = models.JSONField(default=dict)

    objects = EventQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["engagement", "-at", "-id"], name="event_timeline")]

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%Y-%m-%d}"

    @classmethod
    def tell(
        cls,
        engagement: Engagement,
        kind: str,
        *,
        by: User | None,
        now: datetime,
        audience: str = Audience.PARTICIPANTS,
        **data: Any,
    ) -> None:
        """Add a line to the engagement's timeline."""
        cls.objects.bulk_create([cls(engagement=engagement, kind=kind, at=now, actor=by, audience=audience, data=data)])
