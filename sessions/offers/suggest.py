"""Times that a supervisor could offer: within their working hours, free for everybody who leads, on no holiday."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from engagements.models import Engagement
from formats import Unreadable
from formats.clock import HELSINKI, moment_at
from formats.holidays import holiday_on
from sessions import actions
from sessions.marks import marks_of
from sessions.working_time import Working, stretches, working_of

#: Where a supervisor has said nothing of their working hours: from nine to four, from Monday to Friday.
OFFICE: Final = (9 * 60, 16 * 60)
#: How many times are proposed, at most one of a half-day, and how many are looked at more closely.
PROPOSED: Final = 6
LOOKED_AT: Final = 48
A_DAY: Final = 3
STEP: Final = 60


class Part(models.TextChoices):
    ANY = "any", _("any time of the day")
    MORNING = "morning", _("mornings")
    AFTERNOON = "afternoon", _("afternoons")


def suggestions(
    engagement: Engagement, *, minutes: int, mode: str, place: str, starting: date, weeks: int, part: str, by: User,
    now: datetime,
) -> list[datetime]:  # fmt: skip
    """Return times of `minutes` that nothing speaks against, in order: at most `PROPOSED`. A few queries."""
    found = [each for each in candidates(working_of(by), minutes, starting, weeks, part) if each > now]
    spans = [(each, actions.end_of(each, minutes)) for each in found]
    free = [span for span, taken in zip(spans, actions.clashes_at(engagement, spans, by=by), strict=True) if not taken]
    near = thinned(free)
    marks = marks_of(near, supervisor=by, mode=mode, place=place, engagement=engagement.pk)
    return spread([span[0] for span, known in zip(near, marks, strict=True) if not known])


def candidates(working: Working, minutes: int, starting: date, weeks: int, part: str) -> Iterator[datetime]:
    """Each full hour of a working day from which `minutes` fit before the stretch ends."""
    for number in range(weeks * 7):
        day = starting + timedelta(days=number)
        if holiday_on(day):
            continue
        for begins, ends in hours_of(working, day.weekday()):
            first = -(-begins // STEP) * STEP
            for clock in range(first, ends - minutes + 1, STEP):
                if part != Part.ANY and (clock < 12 * 60) != (part == Part.MORNING):
                    continue
                try:
                    yield moment_at(day, time(clock // 60, clock % 60))
                except Unreadable:
                    continue  # an hour that summer time skips


def hours_of(working: Working, weekday: int) -> Sequence[tuple[int, int]]:
    if working.spans:
        return stretches(working.spans.get(weekday, ()))
    return [OFFICE] if weekday < 5 else []


def thinned(spans: Sequence[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    """Return the earliest of them, a few of each day."""
    of_day: Counter[tuple[date, bool]] = Counter()
    kept = []
    for span in spans:
        half = half_of(span[0])
        of_day[half] += 1
        if of_day[half] <= A_DAY:
            kept.append(span)
    return kept[:LOOKED_AT]


def spread(times: Sequence[datetime]) -> list[datetime]:
    """Return one of each day, of mornings and afternoons in turn where there are both; then others of those days."""
    halves: dict[tuple[date, bool], datetime] = {}
    for each in times:
        halves.setdefault(half_of(each), each)
    days = sorted({day for day, _late in halves})
    first, others = [], []
    for number, day in enumerate(days):
        wanted = [halves[half] for half in ((day, number % 2 == 1), (day, number % 2 == 0)) if half in halves]
        first.append(wanted[0])
        others += wanted[1:]
    return sorted((first + others)[:PROPOSED])


def half_of(moment: datetime) -> tuple[date, bool]:
    local = moment.astimezone(HELSINKI)
    return local.date(), local.hour >= 12
