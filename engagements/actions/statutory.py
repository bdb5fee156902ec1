"""Saying by which provision somebody must offer the supervision. It changes no term of the contract."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from audit import trail
from engagements.models import Audience, Engagement, Event
from law.register import Where, entries


@transaction.atomic
def mark_statutory(engagement: Engagement, provision: str, *, by: User, now: datetime) -> None:
    """Say that `engagement` is supervision under the entry `provision` of the law register; under none, when empty.

    Raises ValidationError for an entry that asks nobody to offer supervision.
    """
    if provision and (provision not in entries() or Where.STATUTORY not in entries()[provision].tags):
        raise ValidationError({"provision": _("No supervision is statutory by this act.")})
    if not Engagement.objects.filter(pk=engagement.pk).exclude(statutory=provision).update(statutory=provision):
        return
    engagement.statutory = provision
    Event.tell(engagement, Event.Kind.STATUTORY, by=by, now=now, audience=Audience.CLIENT)
    trail.record(engagement.pk, "engagement.statutory", actor=by, obj=engagement, data={"provision": provision})
