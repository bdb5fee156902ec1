from django.db import models
from django.utils.translation import gettext_lazy as _

from engagements.models import EngagementFrame
from engagements.models.terms import Mode
from sessions.models.session import SessionState


class SessionFrame(models.Model):
    """What an administrator sees of a session: the month, the length and the state, so that sessions can be counted.

    A view without day, place, link or reason: the role of the admin site reads this and not the table.
    """

    id = models.UUIDField(_("ID"), primary_key=True)
    engagement = models.ForeignKey(
        EngagementFrame, models.DO_NOTHING, related_name="sessions", verbose_name=_("engagement")
    )
    month = models.DateField(_("Month"))
    minutes = models.PositiveSmallIntegerField(_("Minutes"))
    mode = models.CharField(_("How we meet"), max_length=10, choices=Mode)
    trial = models.BooleanField(_("Trial session"))
    state = models.CharField(_("State"), max_length=14, choices=SessionState)
    changes = models.PositiveSmallIntegerField(_("Changes"))
    created_at = models.DateTimeField(_("Booked"))

    class Meta:
        managed = False
        db_table = "supervision_frame"
        verbose_name = _("session")
        verbose_name_plural = _("sessions")

    def __str__(self) -> str:
        return str(self.pk)
