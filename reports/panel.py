"""What other pages show of reports: *Tänään*, the supervisee's home, the client's."""

from collections.abc import Iterable

from django.db.models import Exists, F, OuterRef

from accounts.models import User
from reports.models import Answer, Asked, Report, ReportState


def to_approve(user: User, *, most: int) -> Iterable[Asked]:
    """Return what `user` is asked to approve and has not answered, also in a process that they have left. One query."""
    mine = Asked.objects.filter(participation__person__user=user, report__state=ReportState.ASKED)
    standing = mine.filter(revision__number=F("report__revision"))
    answered = Answer.objects.filter(revision=OuterRef("revision"), participation=OuterRef("participation"))
    open_ones = standing.exclude(Exists(answered)).select_related("report__engagement")
    return open_ones.order_by("answer_by", "pk")[:most]


def to_acknowledge(user: User, *, most: int) -> Iterable[Report]:
    """Return what `user` has received for the client and not acknowledged. One query."""
    found = Report.objects.received_by(user).filter(state=ReportState.RELEASED)
    return found.exclude(acknowledgements__user=user).select_related("engagement").order_by("released_at", "pk")[:most]


def in_hand(user: User, *, most: int) -> Iterable[Report]:
    """Return what `user` as a supervisor has asked about: it is looked at whether it can leave. One query."""
    found = Report.objects.led_by(user).filter(state=ReportState.ASKED)
    return found.select_related("engagement").order_by("answer_by", "pk")[:most]
