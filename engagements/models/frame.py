from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Language, Practice, User
from engagements.models.engagement import Ending, Focus, Form, Process, State


class EngagementFrame(models.Model):
    """What an administrator sees of an engagement: that it exists, and its frame.

    A view without title, reference, client or reason: the role of the admin site reads this and not the table.
    """

    id = models.UUIDField(_("ID"), primary_key=True)
    practice = models.ForeignKey(Practice, models.DO_NOTHING, related_name="frames", verbose_name=_("practice"))
    lead = models.ForeignKey(User, models.DO_NOTHING, related_name="+", verbose_name=_("Supervisor"))
    form = models.CharField(_("Form"), max_length=12, choices=Form)
    focus = models.CharField(_("Focus"), max_length=12, choices=Focus)
    process = models.CharField(_("Duration"), max_length=8, choices=Process)
    language = models.CharField(_("Language of the process"), max_length=2, choices=Language)
    state = models.CharField(_("State"), max_length=8, choices=State)
    starts_on = models.DateField(_("Starts on"), null=True)
    ends_on = models.DateField(_("Ends on"), null=True)
    ending = models.CharField(_("How it ended"), max_length=10, choices=Ending)
    created_at = models.DateTimeField(_("Opened"))
    closed_at = models.DateTimeField(_("Closed"), null=True)

    class Meta:
        managed = False
        db_table = "engagements_frame"
        verbose_name = _("engagement")
        verbose_name_plural = _("engagements")

    def __str__(self) -> str:
        return str(self.pk)
