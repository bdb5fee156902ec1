from datetime import datetime
from typing import Final, Self
from uuid import UUID, uuid4

from django.db import connection, models
from django.db.models import F, Func, Q, Value
from django.utils.translation import gettext_lazy as _

#: The largest file that is sealed, and so the largest that is worth checking, in bytes.
LARGEST: Final = 20 * 1024 * 1024
HASH: Final = r"^[0-9a-f]{64}$"


class SealedFileQuerySet(models.QuerySet["SealedFile"]):
    def without_content(self) -> Self:
        """Leave the bytes where they are: for lists, and for roles that may not read them."""
        return self.defer("content")

    def of(self, kind: str, obj: UUID) -> Self:
        return self.filter(kind=kind, obj=obj)


class SealedFile(models.Model):
    """A file as it was sealed, kept for good: the database refuses to change, delete or empty, whoever asks.

    `obj` is the id of what it is the file of: a contract, a participation, a report. `sha256` is the hash of the whole
    file, by which anybody can check a copy; the database computes it. `terms_hash` is the hash of the terms or text in
    it, `certificate` the SHA-256 of the certificate that sealed it. Who may read it is said by the rooms above, as
    policies.
    """

    class Kind(models.TextChoices):
        CONTRACT = "contract", _("contract")
        JOINING = "joining", _("joining sheet")
        REPORT = "report", _("report")

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    kind = models.CharField(max_length=16, choices=Kind)
    obj = models.UUIDField()
    practice = models.ForeignKey("accounts.Practice", models.PROTECT, related_name="+")
    content = models.BinaryField()
    sha256 = models.GeneratedField(
        expression=Func(Func(F("content"), function="sha256"), Value("hex"), function="encode"),
        output_field=models.CharField(max_length=64),
        db_persist=True,
    )
    size = models.GeneratedField(
        expression=Func(F("content"), function="octet_length"), output_field=models.IntegerField(), db_persist=True
    )
    terms_hash = models.CharField(max_length=64)
    pages = models.PositiveSmallIntegerField()
    sealed_at = models.DateTimeField()
    certificate = models.CharField(max_length=64)

    objects = SealedFileQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "obj"], name="sealed_once"),
            models.UniqueConstraint(fields=["sha256"], name="sealed_file_by_hash"),
            models.CheckConstraint(condition=Q(kind__in=["contract", "joining", "report"]), name="sealed_file_kind"),
            models.CheckConstraint(condition=Q(size__gt=0, size__lte=LARGEST), name="sealed_file_size"),
            models.CheckConstraint(condition=Q(pages__gt=0), name="sealed_file_pages"),
            models.CheckConstraint(
                condition=Q(terms_hash__regex=HASH, certificate__regex=HASH), name="sealed_file_hashes"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.sha256[:16]}"


def sealed_on(sha256: str) -> datetime | None:
    """Return when a file with this hash was sealed here, whoever asks; None when none was. Nothing else is told."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT sec.sealed_on(%s)", [sha256])
        row: tuple[datetime | None] = cursor.fetchone()
    return row[0]
