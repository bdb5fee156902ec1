"""When the parties look at the process together next, as the contract says."""

from dataclasses import dataclass
from datetime import date

from dateutil.relativedelta import relativedelta
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from engagements.models import Contract, Engagement
from engagements.models.terms import Interim

MONTHS = 6


@dataclass(frozen=True)
class Review:
    """An evaluation that the contract names, and its day where one can be said."""

    label: Promise
    day: date | None


def next_review(engagement: Engagement, contract: Contract, today: date) -> Review | None:
    """Return the next evaluation that the contract names, or None when it names none that is still to come."""
    begins, ends = engagement.starts_on, engagement.ends_on
    if contract.evaluation_interim == Interim.HALF_YEARLY and begins:
        day = half_year_after(begins, today)
        if ends is None or day < ends:
            return Review(_("interim evaluation"), day)
    if contract.evaluation_interim == Interim.MIDPOINT and begins and ends:
        middle = begins + (ends - begins) // 2
        if middle >= today:
            return Review(_("interim evaluation"), middle)
    if contract.evaluation_final and (ends is None or ends >= today):
        return Review(_("final evaluation"), ends)
    return None


def half_year_after(begins: date, today: date) -> date:
    """Return the first day from `today` on that is a number of half-years after `begins`, at least one."""
    number = 1
    while (day := begins + relativedelta(months=MONTHS * number)) < today:
        number += 1
    return day
