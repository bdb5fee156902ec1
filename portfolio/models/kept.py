"""Files of a portfolio: what is known of one, and its bytes, sealed, in a table that no list reads."""

import uuid
from typing import Final

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portfolio.models.log import LogEntry
from portfolio.models.owned import OwnedQuerySet, owned
from portfolio.models.qualification import Training

#: The tables' names are part of what is sealed in them.
FILES: Final = "portfolio_keptfile"
CONTENTS: Final = "portfolio_keptcontent"


class KeptFileQuerySet(OwnedQuerySet["KeptFile"]):
    pass


class KeptFile(models.Model):
    """A certificate: of one training or of one entry of the log. Its name is sealed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = owned()
    training = models.OneToOneField(Training, models.CASCADE, null=True, related_name="file")
    entry = models.OneToOneField(LogEntry, models.CASCADE, null=True, related_name="file")
    name = models.BinaryField()
    media_type = models.CharField(max_length=40)
    size = models.PositiveIntegerField()
    added_at = models.DateTimeField(default=timezone.now)

    objects = KeptFileQuerySet.as_manager()

    class Meta:
        verbose_name = _("file of a portfolio")
        verbose_name_plural = _("files of a portfolio")
        constraints = [
            models.CheckConstraint(
                condition=Q(training=None, entry__isnull=False) | Q(training__isnull=False, entry=None),
                name="portfolio_file_of_one",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def extension(self) -> str:
        return self.media_type.partition("/")[2].replace("jpeg", "jpg")


class KeptContent(models.Model):
    """The bytes of a file as they rest."""

    file = models.OneToOneField(KeptFile, models.CASCADE, primary_key=True, related_name="content")
    sealed = models.BinaryField()

    class Meta:
        verbose_name = _("content of a file of a portfolio")
        verbose_name_plural = _("contents of files of a portfolio")

    def __str__(self) -> str:
        return str(self.file_id)
