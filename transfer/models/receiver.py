import uuid
from datetime import datetime, timedelta
from typing import Final, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Practice, User

#: How long an accepted key can be used.
ACCEPTED_FOR: Final = timedelta(days=14)


class ReceiverQuerySet(models.QuerySet["Receiver"]):
    def accepted(self, now: datetime) -> Self:
        return self.filter(until__gt=now)


class Receiver(models.Model):
    """The installation to which a practice wants to move, by its public transfer key.

    An administrator of the practice names it. Whoever runs this installation accepts it, in a terminal and as the
    owner of the database: otherwise an administrator could name a key of their own and read what is not theirs to read.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    practice = models.OneToOneField(Practice, models.PROTECT, related_name="+")
    key = models.CharField(_("Transfer key"), max_length=100)
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    until = models.DateTimeField(null=True)

    objects = ReceiverQuerySet.as_manager()

    class Meta:
        verbose_name = _("receiving installation")
        verbose_name_plural = _("receiving installations")

    def __str__(self) -> str:
        return f"{self.practice_id} {self.key[:20]}"
