"""Writing down that something was reported."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from engagements.models import Engagement
from formats.clock import HELSINKI
from law.register import entries
from privacy.models import DutyReport


@transaction.atomic
def write_down(
    *, by: User, now: datetime, reported_at: datetime, ground: str, authority: str, reference: str = "",
    engagement: Engagement | None = None, corrects: DutyReport | None = None,
) -> DutyReport:  # fmt: skip
    """Write down that `by` reported something, on the ground of the act `ground`; in place of `corrects`, where given.

    Raises ValidationError for a moment that is still to come, for an act that was not in force then, and where the row
    was corrected already.
    """
    if reported_at > now:
        raise ValidationError({"day": _("Write down what you have reported, not what you are about to.")})
    if entries()[ground].on(reported_at.astimezone(HELSINKI).date()) is None:
        raise ValidationError({"ground": _("This act was not in force on that day.")})
    if corrects and not DutyReport.objects.written_by(by).standing().filter(pk=corrects.pk).exists():
        raise ValidationError(_("It was corrected already: correct the later row."))
    return DutyReport.objects.create(
        author=by, engagement=engagement, reported_at=reported_at, ground=ground, authority=authority,
        reference=reference, written_at=now, corrects=corrects,
    )  # fmt: skip
