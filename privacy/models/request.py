"""What somebody asks about the data that is held on them, and who answers for it in a practice."""

import uuid
from datetime import date
from typing import Final, Self

from dateutil.relativedelta import relativedelta
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Person, Practice, User
from accounts.sealing import seal, unseal
from engagements.models import Engagement

#: GDPR 12(3): within one month of receipt; by two further months where that is necessary, with grounds.
ANSWERED_WITHIN: Final = relativedelta(months=1)
EXTENDED_BY: Final = relativedelta(months=2)
LONGEST: Final = 4000


class Kind(models.TextChoices):
    CORRECT = "correct", _("correct something that is wrong")
    ERASE = "erase", _("erase my data")
    RESTRICT = "restrict", _("use my data only for storage for now")
    OBJECT = "object", _("object to how my data is used")
    NOTES = "notes", _("learn what a supervisor’s own notes say of me")
    OTHER = "other", _("something else about my data")


class Outcome(models.TextChoices):
    DONE = "done", _("done as asked")
    PARTLY = "partly", _("done in part")
    REFUSED = "refused", _("not done")


class DataRequestQuerySet(models.QuerySet["DataRequest"]):
    def of(self, user: User) -> Self:
        """What `user` has asked themselves."""
        return self.filter(person__user=user)

    def handled_by(self, user: User) -> Self:
        """What `user` has to answer: of a process its lead, of notes their author, of all else the administrators."""
        administered = Practice.objects.administered_by(user).values("pk")
        led = Engagement.objects.filter(lead=user).values("pk")
        return self.filter(
            Q(author=user)
            | Q(author=None, engagement__any_of=led)
            | Q(author=None, engagement=None, practice__in=administered)
        )

    def open(self) -> Self:
        return self.filter(decided_at=None)


class DataRequest(models.Model):
    """A request by a person about their own data (GDPR 15–18, 21), and what was answered.

    Its words are sealed: beside the person only whoever handles it reads them. `engagement` is empty where it is a
    matter of the practice; `author` is of whose own notes it asks. A person who is erased leaves what they asked
    behind without a name.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    practice = models.ForeignKey(Practice, models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="data_requests")
    engagement = models.ForeignKey(Engagement, models.PROTECT, null=True, related_name="+")
    author = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    kind = models.CharField(_("What you ask"), max_length=8, choices=Kind)
    text = models.BinaryField()
    received_at = models.DateTimeField()
    due_on = models.DateField()
    extended_at = models.DateTimeField(null=True)
    extension = models.BinaryField(default=b"")
    outcome = models.CharField(_("Decision"), max_length=7, choices=Outcome, blank=True)
    grounds = models.BinaryField(default=b"")
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    objects = DataRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("request about data")
        verbose_name_plural = _("requests about data")
        ordering = ["-received_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_at=None, decided_by=None, outcome="", grounds=b"")
                | Q(decided_at__isnull=False, decided_by__isnull=False) & ~Q(outcome="") & ~Q(grounds=b""),
                name="data_request_decided_says_what_and_why",
            ),
            models.CheckConstraint(
                condition=Q(extended_at=None, extension=b"") | Q(extended_at__isnull=False) & ~Q(extension=b""),
                name="data_request_extended_says_why",
            ),
            models.CheckConstraint(
                condition=Q(kind="notes", author__isnull=False, engagement__isnull=False)
                | ~Q(kind="notes") & Q(author=None),
                name="data_request_of_notes_has_their_author",
            ),
            models.CheckConstraint(condition=~Q(text=b""), name="data_request_says_something"),
            models.CheckConstraint(
                condition=Q(decided_at=None) | Q(decided_at__gte=F("received_at")), name="data_request_decided_after"
            ),
        ]
        indexes = [
            models.Index(fields=["due_on"], condition=Q(decided_at=None), name="data_request_open"),
            models.Index(fields=["person", "-received_at"], name="data_request_of_person"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def is_open(self) -> bool:
        return self.decided_at is None

    @property
    def answer_by(self) -> date:
        """The last day to answer: a month from receipt, two more where that was extended."""
        return self.due_on + EXTENDED_BY if self.extended_at else self.due_on

    def put(self, column: str, words: str) -> None:
        """Seal `words` into one of `text`, `extension`, `grounds`; the caller saves."""
        setattr(self, column, seal(words.encode(), self.place(column)))

    def words(self, column: str) -> str:
        """Return what stands in one of the sealed columns. Raises InvalidTag when it was changed or moved."""
        sealed = bytes(getattr(self, column))
        return unseal(sealed, self.place(column)).decode() if sealed else ""

    def place(self, column: str) -> str:
        return f"data request:{self.pk}:{column}"


class DataContact(models.Model):
    """Who answers for data protection in a practice, as its papers say; without a row nobody was named."""

    practice = models.OneToOneField(Practice, models.CASCADE, primary_key=True, related_name="data_contact")
    name = models.CharField(_("Who answers in matters of data protection"), max_length=120)
    email = models.EmailField(_("E-mail"), blank=True)
    phone = models.CharField(_("Telephone"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("contact for data protection")
        verbose_name_plural = _("contacts for data protection")
        constraints = [
            models.CheckConstraint(
                condition=~Q(email="") | ~Q(phone=""),
                name="data_contact_can_be_reached",
                violation_error_message=_("Give an e-mail address or a telephone number."),
            )
        ]

    def __str__(self) -> str:
        return self.name
