"""What the client does with a report: opens it, which is written down, and acknowledges it."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import Person, User
from audit import trail
from reports.models import Acknowledgement, Report, ReportState
from sessions.reads import write_down

VIEWED = "report.viewed"


def opened(report: Report, by: User) -> None:
    """Write down that the client has opened a report (promise 12): supervisors and supervisees see it."""
    write_down(by, report.engagement_id, VIEWED, [report])


@transaction.atomic
def acknowledge(report: Report, person: Person, name: str, *, by: User, now: datetime) -> Acknowledgement:
    """Keep that a recipient has read a report, by the name they give. Raises ValidationError: withdrawn, or twice."""
    if report.state != ReportState.RELEASED:
        raise ValidationError(_("The report was withdrawn."))
    try:
        with transaction.atomic():
            made = Acknowledgement.objects.create(report=report, person=person, user=by, name=name.strip(), at=now)
    except IntegrityError:
        raise ValidationError(_("You have acknowledged it already.")) from None
    trail.record(report.engagement_id, "report.acknowledged", actor=by, obj=report)
    return made
