import uuid
from datetime import datetime, timedelta
from typing import Any, Final, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Practice, User
from accounts.sealing import seal, unseal

#: How long a file that is not imported is kept, and how long what it brought in can be taken back.
KEPT: Final = timedelta(hours=24)
TAKEN_BACK: Final = timedelta(days=7)


class ImportBatchQuerySet(models.QuerySet["ImportBatch"]):
    def brought_by(self, user: User) -> Self:
        return self.filter(by=user)


class ImportBatch(models.Model):
    """A spreadsheet that somebody brings: who, when, how its columns are read, and what became of its rows.

    `layouts` is how each sheet is read, `counts` how many rows of each kind were new and how many were left out.
    `made` are the ids of what it brought in, by kind; written once, and asked when it is to be taken back.
    """

    class Kind(models.TextChoices):
        WORK = "work", _("processes, supervisees and sessions")
        CLIENTS = "clients", _("client organisations and their contacts")

    class State(models.TextChoices):
        READ = "read", _("not imported yet")
        IMPORTED = "imported", _("imported")
        UNDONE = "undone", _("taken back")
        LEFT = "left", _("not imported")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    practice = models.ForeignKey(Practice, models.PROTECT, related_name="+")
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind)
    state = models.CharField(max_length=8, choices=State, default=State.READ)
    name = models.CharField(max_length=120)
    layouts = models.JSONField(default=list)
    counts = models.JSONField(default=dict)
    made = models.JSONField(null=True)
    created_at = models.DateTimeField()
    imported_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)

    objects = ImportBatchQuerySet.as_manager()

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["read", "left"], imported_at=None, undone_at=None, made=None)
                | Q(state="imported", imported_at__isnull=False, undone_at=None, made__isnull=False)
                | Q(state="undone", imported_at__isnull=False, undone_at__isnull=False, made__isnull=False),
                name="import_state_has_its_moments",
            ),
        ]
        indexes = [models.Index(fields=["by", "-created_at"], name="import_of_who_brought_it")]

    def __str__(self) -> str:
        return f"{self.kind} {self.state} {self.pk}"

    def move_to(self, state: str, **fields: Any) -> bool:
        """Take the step to `state` from where this row was read to be; False when somebody else was first."""
        moved = type(self).objects.filter(pk=self.pk, state=self.state).update(state=state, **fields)
        self.refresh_from_db()
        return bool(moved)

    @property
    def new(self) -> int:
        """How many rows came in."""
        return sum(each["new"] for each in self.counts.values())

    @property
    def left_out(self) -> int:
        """How many rows did not come in, because they are in error or hang on one that is."""
        return sum(each["errors"] + each["depends"] for each in self.counts.values())

    @property
    def may_be_undone_until(self) -> datetime | None:
        return self.imported_at + TAKEN_BACK if self.imported_at else None


class ImportFile(models.Model):
    """The bytes of a spreadsheet while it is looked through: sealed, and gone when imported or after a day."""

    batch = models.OneToOneField(ImportBatch, models.CASCADE, primary_key=True, related_name="file")
    sealed = models.BinaryField()
    until = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = _("file of an import")
        verbose_name_plural = _("files of imports")

    def __str__(self) -> str:
        return str(self.batch_id)

    @classmethod
    def of(cls, batch: ImportBatch, content: bytes, now: datetime) -> Self:
        return cls(batch=batch, sealed=seal(content, purpose(batch)), until=now + KEPT)

    def opened(self) -> bytes:
        """Return the bytes as they were sent. Raises InvalidTag when they were changed."""
        return unseal(bytes(self.sealed), purpose(self.batch))


def purpose(batch: ImportBatch) -> str:
    return f"import:{batch.pk}"
