import uuid
from typing import Final, Self

from django.db import models
from django.db.models import Func, IntegerField
from django.db.models.lookups import Range
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User

#: Bytes of a sealed case: its head, nonce and tag at least, and what a case of four bytes a letter comes to at most.
SEALED_BYTES: Final = (46, 300_000)


class CaseQuerySet(models.QuerySet["Case"]):
    def of(self, user: User) -> Self:
        return self.filter(author=user)


class Case(models.Model):
    """A case that a supervisor takes to their own supervision (ToTo), without the names it was written with.

    Title, text and question are one sealed piece, opened by its author's open vault alone. What it was written as
    before the names were replaced was never kept.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    author = models.ForeignKey(User, models.CASCADE, related_name="+")
    sealed = models.BinaryField()
    created_at = models.DateTimeField(default=timezone.now)
    #: The day on which it was talked about in ToTo.
    taken_on = models.DateField(_("Taken to ToTo on"), null=True, blank=True)

    objects = CaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("case for ToTo")
        verbose_name_plural = _("cases for ToTo")
        constraints = [
            models.CheckConstraint(
                condition=Range(Func("sealed", function="octet_length", output_field=IntegerField()), SEALED_BYTES),
                name="case_is_sealed",
            ),
        ]
        indexes = [models.Index(fields=["author", "-created_at", "-id"], name="case_of_author")]

    def __str__(self) -> str:
        return str(self.pk)
