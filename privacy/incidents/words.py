"""What stands in the description of a breach, in words; and its clock."""

from datetime import datetime

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from privacy.models import Incident


class Sort(models.TextChoices):
    """GDPR 4(12): what a breach can be a breach of."""

    CONFIDENTIALITY = "confidentiality", gettext_lazy("somebody saw what was not theirs to see")
    INTEGRITY = "integrity", gettext_lazy("data was changed without right, or by mistake")
    AVAILABILITY = "availability", gettext_lazy("data was lost or could not be reached")


def clock_of(incident: Incident, now: datetime) -> str:
    """Return in words how long there is to tell the authority, or that it is settled."""
    if incident.reported_at:
        late = incident.reported_at > incident.deadline
        return _("Reported to the authority, after the 72 hours") if late else _("Reported to the authority")
    if incident.not_reported:
        return _("Not reported, with grounds")
    hours = incident.hours_left(now)
    if now > incident.deadline:
        over = -hours
        return ngettext("%(hours)d hour over the 72 hours", "%(hours)d hours over the 72 hours", over) % {"hours": over}
    return ngettext(
        "%(hours)d hour left to tell the authority", "%(hours)d hours left to tell the authority", hours
    ) % {"hours": hours}
