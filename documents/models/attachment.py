"""A file that somebody brought: what is known of it, and its bytes, sealed, in a table that no list reads."""

import uuid
from collections.abc import Iterable
from typing import Final, Self
from uuid import UUID

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Practice, User
from accounts.sealing import seal, unseal

#: How long a name may be as it is shown, its extension included.
LONGEST_NAME: Final = 120


class AttachmentQuerySet(models.QuerySet["Attachment"]):
    def of(self, kind: str, objs: Iterable[UUID] | models.QuerySet[models.Model, UUID]) -> Self:
        """Attachments of this kind that belong to one of `objs` (ids)."""
        return self.filter(kind=kind, obj__in=objs)

    def standing(self) -> Self:
        return self.filter(withdrawn_at=None)


class Attachment(models.Model):
    """What is known of a file: to what it belongs, who brought it, who sees it, and the hash of its clear bytes.

    It never changes. It may be withdrawn once, with a reason: then its bytes are destroyed and its name is forgotten,
    and the row tells that it was there. The room to which its kind belongs says who sees it.
    """

    class Kind(models.TextChoices):
        CONTRACT = "contract", _("scanned agreement")

    class ShownTo(models.TextChoices):
        SUPERVISORS = "supervisors", _("Supervisors")
        PARTIES = "parties", _("All parties")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    practice = models.ForeignKey(Practice, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=Kind)
    obj = models.UUIDField()
    number = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=LONGEST_NAME, blank=True)
    media_type = models.CharField(max_length=40)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    shown_to = models.CharField(max_length=12, choices=ShownTo, default=ShownTo.SUPERVISORS)
    added_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)
    withdrawn_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_reason = models.CharField(_("Reason"), max_length=200, blank=True)

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "obj", "number"], name="attachment_number_once"),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None, withdrawn_by=None, withdrawn_reason="") & ~Q(name="")
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False, name="") & ~Q(withdrawn_reason=""),
                name="attachment_withdrawn_says_why_and_forgets_its_name",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.obj} {self.number}"

    @property
    def who(self) -> str:
        """The mark of who sees it, for the badge beside it."""
        return "everyone" if self.shown_to == self.ShownTo.PARTIES else "supervisors"

    @property
    def extension(self) -> str:
        return self.media_type.partition("/")[2].replace("jpeg", "jpg")


class AttachmentContent(models.Model):
    """The bytes of an attachment as they rest: sealed for it alone, written once, gone when it is withdrawn."""

    attachment = models.OneToOneField(Attachment, models.PROTECT, primary_key=True, related_name="content")
    sealed = models.BinaryField()

    class Meta:
        verbose_name = _("content of an attachment")
        verbose_name_plural = _("contents of attachments")

    def __str__(self) -> str:
        return str(self.attachment_id)

    @classmethod
    def of(cls, attachment: Attachment, content: bytes) -> Self:
        return cls(attachment=attachment, sealed=seal(content, purpose(attachment)))

    def opened(self) -> bytes:
        """Return the clear bytes. Raises InvalidTag when they were changed or stand at another attachment."""
        return unseal(bytes(self.sealed), purpose(self.attachment))


def purpose(attachment: Attachment) -> str:
    return f"attachment:{attachment.pk}"
