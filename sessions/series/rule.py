"""The rhythm of a series: from which day, every how many weeks or months, on which weekday."""

from dataclasses import dataclass
from datetime import date, time, timedelta

from django.utils.translation import gettext

from engagements.models.terms import Rhythm
from formats import agreements
from formats.clock import write_clock
from formats.days import write_weekday

#: As many sessions as are booked or changed at once.
MOST = 60
#: A weekday that comes a fifth time in the month of the first session is every month's last one.
LAST = 5


@dataclass(frozen=True)
class Rule:
    """`unit`: Rhythm.WEEKS or MONTHS; `weekday`: 1 (Monday) … 7; `starting`: the first one is then or soon after."""

    every: int
    unit: str
    weekday: int
    clock: time
    minutes: int
    count: int
    starting: date

    @property
    def first(self) -> date:
        """The first such weekday from the day on which it starts."""
        return self.starting + timedelta(days=(self.weekday - self.starting.isoweekday()) % 7)

    @property
    def week(self) -> int:
        """Which of its weekdays in the month the first session is: 1–4, or LAST."""
        return (self.first.day - 1) // 7 + 1

    def days(self) -> list[date]:
        """Return the day of each session, in order. By months it is the same weekday of the same week of the month."""
        if self.unit == Rhythm.WEEKS:
            return [self.first + timedelta(weeks=self.every * number) for number in range(self.count)]
        return [self.month_later(self.every * number) for number in range(self.count)]

    def month_later(self, months: int) -> date:
        year, month = divmod(self.first.year * 12 + self.first.month - 1 + months, 12)
        begins = date(year, month + 1, 1)
        earliest = begins + timedelta(days=(self.weekday - begins.isoweekday()) % 7)
        day = earliest + timedelta(weeks=self.week - 1)
        return day if day.month == begins.month else day - timedelta(weeks=1)

    def in_words(self) -> str:
        """Return the rhythm: `3 viikon välein, keskiviikko klo 9.00`; by months with the week of the month."""
        by_weeks = self.unit == Rhythm.WEEKS
        rhythm = agreements.write_rhythm(agreements.Rhythm(self.every, "weeks" if by_weeks else "months"))
        weekday = write_weekday(self.weekday - 1)
        if not by_weeks:
            weekday = self.week_in_words() % {"weekday": weekday}
        return f"{rhythm}, {weekday} {write_clock(self.clock)}"

    def week_in_words(self) -> str:
        return {
            1: gettext("the first %(weekday)s of the month"),
            2: gettext("the second %(weekday)s of the month"),
            3: gettext("the third %(weekday)s of the month"),
            4: gettext("the fourth %(weekday)s of the month"),
            LAST: gettext("the last %(weekday)s of the month"),
        }[self.week]
