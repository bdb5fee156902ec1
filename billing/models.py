"""What is billed: the travel of a session, and the basis of one invoice, unchangeable once it is marked as invoiced."""

import uuid
from datetime import date
from decimal import Decimal
from typing import Final, Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Practice, User
from engagements.models import Engagement, VatClass
from formats.references import reference_of, rf_of
from sessions.models import Session

#: The bounds of one trip, there and back.
MOST_KILOMETRES: Final = 3000
MOST_MINUTES: Final = 2880
MOST_RECEIPTS: Final = 10000


class Trip(models.Model):
    """The travel of one session: kilometres, minutes on the way, and receipts in euros without VAT.

    What of it is charged, and at what price, the contract says.
    """

    session = models.OneToOneField(Session, models.CASCADE, primary_key=True, related_name="trip")
    kilometres = models.PositiveSmallIntegerField(_("Kilometres"), default=0)
    minutes = models.PositiveSmallIntegerField(_("Travelling time, minutes"), default=0)
    receipts = models.DecimalField(_("By receipts, € without VAT"), max_digits=7, decimal_places=2, default=Decimal(0))
    changed_at = models.DateTimeField(default=timezone.now)
    changed_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("trip")
        verbose_name_plural = _("trips")
        constraints = [
            models.CheckConstraint(
                condition=Q(kilometres__lte=MOST_KILOMETRES),
                name="trip_kilometres_in_range",
                violation_error_message=_("A trip is at most 3000 kilometres, there and back."),
            ),
            models.CheckConstraint(
                condition=Q(minutes__lte=MOST_MINUTES),
                name="trip_minutes_in_range",
                violation_error_message=_("Travelling takes at most 48 hours."),
            ),
            models.CheckConstraint(
                condition=Q(receipts__range=(0, MOST_RECEIPTS)),
                name="trip_receipts_in_range",
                violation_error_message=_("Receipts of one trip are at most 10 000 euros."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.session_id} {self.kilometres} km"


class Kind(models.TextChoices):
    """What one line charges. It says no more of a session than that."""

    SESSION = "session", pgettext_lazy("billing", "supervision session")
    LATE = "late", pgettext_lazy("billing", "late cancellation")
    NO_SHOW = "no_show", pgettext_lazy("billing", "session to which nobody came")
    REST = "rest", pgettext_lazy("billing", "rest of the price of the whole process")
    KILOMETRES = "kilometres", pgettext_lazy("billing", "travel, kilometres")
    TRAVEL_TIME = "travel_time", pgettext_lazy("billing", "travelling time")
    RECEIPTS = "receipts", pgettext_lazy("billing", "travel costs by receipts")


class Unit(models.TextChoices):
    """What the quantity of a line counts."""

    SESSION = "session", pgettext_lazy("billing unit", "session")
    HOUR = "hour", pgettext_lazy("billing unit", "h")
    TRAINING_HOUR = "training_hour", pgettext_lazy("billing unit", "45 min")
    WHOLE = "whole", pgettext_lazy("billing unit", "of the whole price")
    KILOMETRE = "kilometre", pgettext_lazy("billing unit", "km")
    ONCE = "once", pgettext_lazy("billing unit", "once")


class BasisQuerySet(models.QuerySet["Basis"]):
    def known_to(self, user: User) -> Self:
        """What was invoiced by `user`, in a practice that they administer, or for a process that they lead."""
        lines = Line.objects.filter(
            basis=OuterRef("pk"), engagement__any_of=Engagement.objects.led_by(user).values("pk")
        )
        administered = Practice.objects.administered_by(user).values("pk")
        return self.filter(Q(lead=user) | Q(practice__in=administered) | Exists(lines))


class Basis(models.Model):
    """The basis of one invoice: what one supervisor charges one payer by the end of one month.

    Its rows are written once, by the function that marks it as invoiced; triggers keep them from then on. The payer is
    named by an opaque id (of a client organisation, of a private person, or of the process where nobody is named), and
    `facts` keeps what an invoice says of both parties, as it was then: bookkeeping outlives the rows of people.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    practice = models.ForeignKey(Practice, models.PROTECT, related_name="+")
    lead = models.ForeignKey(User, models.PROTECT, related_name="+")
    payer = models.UUIDField()
    month = models.DateField(_("Month"))
    number = models.PositiveIntegerField()
    facts = models.JSONField()
    invoice_number = models.CharField(_("Invoice number"), max_length=40, blank=True)
    invoiced_at = models.DateTimeField()
    invoiced_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    objects = BasisQuerySet.as_manager()

    class Meta:
        verbose_name = _("billing basis")
        verbose_name_plural = _("billing bases")
        ordering = ["-month", "number"]
        constraints = [
            models.UniqueConstraint(fields=["practice", "lead", "payer", "month"], name="basis_once_a_month"),
            models.UniqueConstraint(fields=["practice", "number"], name="basis_number_once"),
            models.CheckConstraint(condition=Q(month__day=1), name="basis_month_begins"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.month:%Y-%m}"

    @property
    def reference(self) -> str:
        """The viitenumero, which follows from the running number."""
        return reference_of(self.number)

    @property
    def rf(self) -> str:
        return rf_of(self.reference)


class Line(models.Model):
    """One line of a basis. It carries dates, numbers and references: never a name, never a topic."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    basis = models.ForeignKey(Basis, models.PROTECT, related_name="lines")
    engagement = models.ForeignKey(Engagement, models.PROTECT, related_name="+")
    session = models.ForeignKey(Session, models.PROTECT, null=True, related_name="billed")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=12, choices=Kind)
    corrects = models.BooleanField(default=False)
    at = models.DateTimeField()
    minutes = models.PositiveSmallIntegerField(null=True)
    percent = models.PositiveSmallIntegerField()
    quantity = models.DecimalField(max_digits=9, decimal_places=2)
    unit = models.CharField(max_length=14, choices=Unit)
    price = models.DecimalField(max_digits=9, decimal_places=2)
    net = models.DecimalField(max_digits=10, decimal_places=2)
    vat_class = models.CharField(max_length=10, choices=VatClass)
    vat_rate = models.DecimalField(max_digits=4, decimal_places=2)
    vat_reason = models.CharField(max_length=300, blank=True)
    order_reference = models.CharField(max_length=80, blank=True)
    framework_reference = models.CharField(max_length=80, blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["basis", "position"], name="line_position_once"),
            models.UniqueConstraint(
                fields=["session", "kind"], condition=Q(corrects=False), name="line_of_session_once"
            ),
            models.UniqueConstraint(
                fields=["engagement"], condition=Q(kind="rest", corrects=False), name="line_of_rest_once"
            ),
            models.CheckConstraint(condition=Q(percent__range=(0, 100)), name="line_percent_in_range"),
            models.CheckConstraint(condition=Q(vat_rate__range=(0, 100)), name="line_vat_rate_in_range"),
            models.CheckConstraint(condition=Q(corrects=True) | Q(net__gt=0), name="line_charges_something"),
            models.CheckConstraint(
                condition=Q(kind="rest", session=None) | ~Q(kind="rest") & Q(session__isnull=False),
                name="line_is_of_a_session_or_the_rest",
            ),
        ]
        indexes = [models.Index(F("engagement"), F("at"), name="line_of_engagement")]

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%Y-%m-%d} {self.net}"

    @property
    def day(self) -> date:
        return timezone.localdate(self.at)
