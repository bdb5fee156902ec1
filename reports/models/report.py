"""A report for the client: what is known of it, and every wording it has had, sealed."""

import uuid
from typing import Final, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext_lazy as _

from accounts.models import Language, Practice, User
from engagements.models import Engagement, Told

HASH: Final = r"^[0-9a-f]{64}$"


class Kind(models.TextChoices):
    ATTENDANCE = "attendance", _("attendance summary")
    INTERIM = "interim", _("interim report")
    FINAL = "final", _("final report")


class ReportState(models.TextChoices):
    WRITING = "writing", _("being written")
    ASKED = "asked", _("being approved")
    HANDED = "handed", _("leaves soon")
    RELEASED = "released", _("handed over")
    WITHDRAWN = "withdrawn", _("withdrawn")


class Withdrawal(models.TextChoices):
    """Why a report was withdrawn, in words that tell the client nothing more (promise 3)."""

    ERROR = "error", _("It contained an error.")
    CORRECTED = "corrected", _("A corrected report takes its place.")
    OTHER = "other", _("It is not to be used any more.")


class ReportQuerySet(models.QuerySet["Report"]):
    def led_by(self, user: User) -> Self:
        return self.filter(engagement__any_of=Engagement.objects.led_by(user).values("pk"))

    def attended_by(self, user: User) -> Self:
        """Reports shown to the supervisees of processes in which `user` takes part, or about which they were asked."""
        attended = Engagement.objects.attended_by(user).values("pk")
        asked = Q(asked__participation__person__user=user)
        mine = self.model.objects.filter(asked).values("pk")
        return self.filter(Q(engagement__any_of=attended, shared_at__isnull=False) | Q(pk__in=mine))

    def received_by(self, user: User) -> Self:
        """Reports that were handed over to `user`, who still speaks for the client; withdrawn ones too."""
        mine = self.model.objects.filter(recipients__person__user=user).values("pk")
        speaking = RawSQL("SELECT sec.received_reports()", [])  # who has left reads it no more, whatever else they are
        return self.filter(pk__in=mine, state__in=OUT).filter(pk__in=speaking)

    def handed_over_in(self, practices: "models.QuerySet[Practice]") -> Self:
        """What is out in `practices`, for their administrators: that it exists, never what it says. No examples."""
        processes = Engagement.objects.filter(practice__in=practices.values("pk")).without_examples().values("pk")
        return self.filter(engagement__in=processes, state__in=OUT)

    def unfinished(self) -> Self:
        return self.filter(state__in=[ReportState.WRITING, ReportState.ASKED, ReportState.HANDED])


#: States in which a report is out of the supervisors' hands for good.
OUT: Final = [ReportState.RELEASED, ReportState.WITHDRAWN]
#: … in which its text may be changed, which makes approvals void.
OPEN: Final = [ReportState.WRITING, ReportState.ASKED]


class Report(models.Model):
    """What is told to the client of [`since`, `until`] of one process. It holds no text: see `Revision`.

    `revision` is the number of the wording that counts. `shared_at`: since when supervisees read along, from the
    wording `shared_from` on. `leaves_at`: until when handing it over can be taken back. `stopped_at`: when something
    that had come up stopped it on its way, until it is handed over again. A report that is out never changes;
    `corrects` refers to an older one.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    engagement = models.ForeignKey(Engagement, models.CASCADE, related_name="reports")
    kind = models.CharField(_("Kind"), max_length=10, choices=Kind)
    since = models.DateField(_("From"))
    until = models.DateField(_("Until"))
    language = models.CharField(_("Language"), max_length=2, choices=Language)
    corrects = models.ForeignKey("self", models.PROTECT, null=True, related_name="corrected_by")
    state = models.CharField(max_length=9, choices=ReportState, default=ReportState.WRITING)
    revision = models.PositiveSmallIntegerField(default=0)
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    shared_at = models.DateTimeField(null=True)
    shared_from = models.PositiveSmallIntegerField(null=True)
    asked_at = models.DateTimeField(null=True)
    answer_by = models.DateField(null=True)
    handed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    handed_at = models.DateTimeField(null=True)
    leaves_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)
    released_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    withdrawn_why = models.CharField(max_length=9, choices=Withdrawal, blank=True)

    objects = ReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        ordering = ["-created_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(until__gte=F("since")),
                name="report_until_after_since",
                violation_error_message=_("The last day cannot be before the first."),
            ),
            models.CheckConstraint(
                condition=~Q(state=ReportState.ASKED)
                | Q(asked_at__isnull=False, answer_by__isnull=False, shared_at__isnull=False),
                name="report_asked_says_until_when",
            ),
            models.CheckConstraint(
                condition=Q(shared_at=None, shared_from=None) | Q(shared_at__isnull=False, shared_from__isnull=False),
                name="report_shared_says_from_where",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[ReportState.WRITING, ReportState.ASKED], handed_at=None, leaves_at=None)
                | Q(state__in=[ReportState.HANDED, *OUT], handed_at__isnull=False, leaves_at__isnull=False),
                name="report_handed_says_when",
            ),
            models.CheckConstraint(
                condition=Q(state__in=OUT, released_at__isnull=False) | ~Q(state__in=OUT) & Q(released_at=None),
                name="report_released_says_when",
            ),
            models.CheckConstraint(
                condition=Q(state=ReportState.WITHDRAWN, withdrawn_at__isnull=False, withdrawn_by__isnull=False)
                & ~Q(withdrawn_why="")
                | ~Q(state=ReportState.WITHDRAWN) & Q(withdrawn_at=None, withdrawn_by=None, withdrawn_why=""),
                name="report_withdrawn_says_why",
            ),
        ]
        indexes = [
            models.Index(fields=["engagement", "-created_at"], name="report_of_engagement"),
            models.Index(fields=["leaves_at"], condition=Q(state=ReportState.HANDED), name="report_leaves"),
            models.Index(fields=["asked_at"], condition=Q(state=ReportState.ASKED), name="report_asked"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.since}–{self.until}"

    @property
    def open(self) -> bool:
        """Whether its text may still be changed."""
        return self.state in OPEN

    @property
    def out(self) -> bool:
        return self.state in OUT


class Revision(models.Model):
    """One wording of a report, sealed for its engagement; it stays as it was written.

    `sections` names what stands in it, `figures` whether evaluation figures do, and `hash` is the SHA-256 of its
    canonical text (see `reports.text`): what is approved. `pdf` is its only rendering, sealed, made when it is asked
    about or handed over; `pdf_sha256` the hash of those bytes as they are before the seal.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    report = models.ForeignKey(Report, models.CASCADE, related_name="revisions")
    number = models.PositiveSmallIntegerField()
    sections = ArrayField(models.CharField(max_length=10, choices=Told))
    figures = models.BooleanField(default=False)
    hash = models.CharField(max_length=64)
    sealed = models.BinaryField()
    pdf = models.BinaryField(null=True)
    pdf_sha256 = models.CharField(max_length=64, blank=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["report", "number"], name="revision_number_once"),
            models.CheckConstraint(condition=Q(hash__regex=HASH), name="revision_has_its_hash"),
            models.CheckConstraint(
                condition=Q(pdf=None, pdf_sha256="") | Q(pdf__isnull=False, pdf_sha256__regex=HASH),
                name="revision_pdf_has_its_hash",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.report_id} {self.number}"
