from typing import Final

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User

#: SHA-256.
HASH: Final = 32


class Feed(models.Model):
    """A calendar that its owner's own programs fetch by a secret address, of which only the hash is kept.

    `etag` and `changed_at` are of what was given last: programs that ask by the one or the other are told the truth
    also when something has gone from it.
    """

    class Shows(models.TextChoices):
        NEUTRAL = "neutral", _("time and place, under the title “Työnohjaus”")
        BUSY = "busy", _("only that you are taken")

    user = models.OneToOneField(User, models.CASCADE, primary_key=True, related_name="feed")
    token_hash = models.BinaryField(max_length=HASH, unique=True)
    shows = models.CharField(_("What it shows"), max_length=7, choices=Shows, default=Shows.NEUTRAL)
    made_at = models.DateTimeField(default=timezone.now)
    fetched_at = models.DateTimeField(null=True)
    etag = models.CharField(max_length=64, blank=True)
    changed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.user_id} {self.shows}"


class CalendarMail(models.Model):
    """A user who gets each session as an invitation by e-mail, instead of a feed: so nothing stands twice."""

    user = models.OneToOneField(User, models.CASCADE, primary_key=True, related_name="calendar_mail")
    since = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return str(self.user_id)
