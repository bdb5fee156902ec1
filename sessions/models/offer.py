"""Times that a supervisor offers for a session that is to be agreed on, and what those in it say of each."""

import uuid
from datetime import datetime, timedelta
from typing import Any, Final, Self

from django.db import models
from django.db.models import Count, Exists, F, Func, IntegerField, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from engagements.models import Engagement, Participation, State
from engagements.models.terms import Mode
from formats.clock import HELSINKI, minutes_between
from sessions.models.session import Session

#: Times of one offer; the database holds the upper bound too.
FEWEST_TIMES: Final = 2
MOST_TIMES: Final = 12


class OfferQuerySet(models.QuerySet["Offer"]):
    def led_by(self, user: User) -> Self:
        return self.filter(engagement__any_of=Engagement.objects.led_by(user).values("pk"))

    def asking(self, user: User) -> Self:
        """Offers of engagements in which `user` is a supervisee now."""
        return self.filter(engagement__any_of=Engagement.objects.attended_by(user).values("pk"))

    def visible_to(self, user: User) -> Self:
        led = Engagement.objects.led_by(user).values("pk")
        attended = Engagement.objects.attended_by(user).values("pk")
        return self.filter(Q(engagement__any_of=led) | Q(engagement__any_of=attended))

    def open(self) -> Self:
        """Offers that are neither withdrawn nor settled, of engagements that are not closed."""
        return self.filter(withdrawn_at=None, settled_at=None).exclude(engagement__state=State.CLOSED)

    def with_left(self, now: datetime, *, asks: str = "sec.times_left") -> Any:
        """Annotate `left`: how many of the times are still to come and taken by nobody. The worker asks by a function
        of its own, `sec.offer_left`.
        """
        return self.annotate(left=Func(F("pk"), Value(now), function=asks, output_field=IntegerField()))

    def counting_answers(self) -> Any:
        """Annotate `asked` and `answered`: how many supervisees there are now, and how many of them have answered."""
        people = Participation.objects.current().filter(engagement=OuterRef("engagement"))
        given = TimeAnswer.objects.filter(time__offer=OuterRef(OuterRef("pk")), participation=OuterRef("pk"))

        def count(rows: models.QuerySet[Participation]) -> Coalesce:
            counted = rows.order_by().values("engagement").annotate(count=Count("pk")).values("count")
            return Coalesce(Subquery(counted), 0, output_field=IntegerField())

        return self.annotate(asked=count(people), answered=count(people.filter(Exists(given))))


class Offer(models.Model):
    """Times for one session to be (aikaehdotukset). Open until it is withdrawn or settled; what was offered stays so.

    That a time is taken meanwhile, or is past, is not kept: it follows from the bookings and the clock.
    """

    class Kind(models.TextChoices):
        FIRST = "first", _("the first to pick decides")
        POLL = "poll", _("everybody says what fits, you choose")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    engagement = models.ForeignKey(Engagement, models.CASCADE, related_name="offers")
    kind = models.CharField(_("Who decides"), max_length=5, choices=Kind)
    mode = models.CharField(_("How we meet"), max_length=10, choices=Mode)
    place = models.CharField(_("Place"), max_length=160, blank=True)
    link = models.URLField(_("Link to the remote meeting"), max_length=400, blank=True)
    trial = models.BooleanField(_("Trial session"), default=False)
    answer_by = models.DateField(_("Last day to answer"))
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    session = models.OneToOneField(Session, models.SET_NULL, null=True, related_name="offer")

    objects = OfferQuerySet.as_manager()

    class Meta:
        verbose_name = _("offer of times")
        verbose_name_plural = _("offers of times")
        constraints = [
            models.CheckConstraint(
                condition=Q(withdrawn_at=None) | Q(settled_at=None), name="offer_withdrawn_or_settled"
            ),
            models.CheckConstraint(
                condition=Q(session=None) | Q(settled_at__isnull=False), name="offer_settled_has_one"
            ),
        ]
        indexes = [
            models.Index(
                fields=["engagement", "created_at"], condition=Q(withdrawn_at=None, settled_at=None), name="offer_open"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.created_at:%Y-%m-%d}"

    @property
    def is_open(self) -> bool:
        return self.withdrawn_at is None and self.settled_at is None

    @property
    def is_poll(self) -> bool:
        return self.kind == self.Kind.POLL

    def takes_answers(self, now: datetime) -> bool:
        """Whether supervisees may still pick or answer: it is open, and its last day is not over."""
        return self.is_open and now.astimezone(HELSINKI).date() <= self.answer_by


class OfferedTime(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    offer = models.ForeignKey(Offer, models.CASCADE, related_name="times")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        ordering = ["starts_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["offer", "starts_at"], name="offered_time_once"),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")) & Q(ends_at__lte=F("starts_at") + timedelta(hours=10)),
                name="offered_time_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d %H:%M}"

    @property
    def minutes(self) -> int:
        return minutes_between(self.starts_at, self.ends_at)


class TimeAnswer(models.Model):
    """What one supervisee says of one time; `recorded_by` is the supervisor who wrote it down for them."""

    class Fits(models.TextChoices):
        YES = "yes", _("fits")
        MAYBE = "maybe", _("if need be")
        NO = "no", _("does not fit")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    time = models.ForeignKey(OfferedTime, models.CASCADE, related_name="answers")
    participation = models.ForeignKey(Participation, models.CASCADE, related_name="+")
    answer = models.CharField(max_length=5, choices=Fits)
    at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["time", "participation"], name="time_answered_once")]

    def __str__(self) -> str:
        return f"{self.participation_id} {self.answer}"
