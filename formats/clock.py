"""Times of day, moments and lengths: `klo 9.00`, `13.1.2027 klo 9.00`, `1,5 h`."""

import math
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from formats.days import WEEKDAY_OF, read_day, write_day, write_day_short, write_weekday
from formats.languages import Language, language_of
from formats.numbers import read_decimal, write_decimal
from formats.unreadable import Unreadable, clean, folded

HELSINKI = ZoneInfo("Europe/Helsinki")
LONGEST_MINUTES = 24 * 60
_CLOCK = re.compile(
    r"(?:(?:klo|kello|kl|at)\b\.? ?)?(?P<hour>[0-9]{1,2})(?: ?[.:,] ?(?P<minute>[0-9]{2})|(?P<packed>[0-9]{2}))?"
    r"(?::00)?(?: ?(?P<half>[ap])\.?m\.?)?"
)
_AT: dict[Language, str] = {"fi": "klo ", "sv": "kl. ", "en": ""}


def read_clock(value: object) -> time:
    """Return the time of `9`, `9.00`, `09:00`, `klo 9.00`, `1330`, `1:30 pm`, or of a spreadsheet's cell.

    A number of a spreadsheet is a part of a day (0.5625 → 13.30) or, from 1 up, hours and minutes as they were
    typed (13.3 → 13.30). Raises Unreadable for times that do not exist.
    """
    if isinstance(value, datetime):
        return value.time().replace(second=0, microsecond=0, tzinfo=None)
    if isinstance(value, time):
        return value.replace(second=0, microsecond=0, tzinfo=None)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _clock_of_number(float(value))
    match = _CLOCK.fullmatch(folded(clean(value, longest=30)))
    if match is None or (match["packed"] and len(match["hour"]) != 2):
        raise _not_a_clock()
    hour, minute = int(match["hour"]), int(match["minute"] or match["packed"] or 0)
    if match["half"]:
        if not 1 <= hour <= 12:
            raise _no_such_time(hour, minute)
        hour = hour % 12 + (12 if match["half"] == "p" else 0)
    return _time(hour, minute)


def _clock_of_number(number: float) -> time:
    if not math.isfinite(number) or not 0 <= number < 100:
        raise _not_a_clock()
    if 0 < number < 1:
        minutes = number * LONGEST_MINUTES
        if abs(minutes - round(minutes)) > 1 / 60:
            raise _not_a_clock()
        return _time(*divmod(round(minutes), 60))
    hundredths = round(number * 100)
    if abs(number * 100 - hundredths) > 1e-6:
        raise _not_a_clock()
    return _time(*divmod(hundredths, 100))


def _time(hour: int, minute: int) -> time:
    if not (0 <= hour <= 23 and 0 <= minute <= 59):
        raise _no_such_time(hour, minute)
    return time(hour, minute)


def _not_a_clock() -> Unreadable:
    return Unreadable(_("This is not a time. Write it like 9.00."), code="time")


def _no_such_time(hour: int, minute: int) -> Unreadable:
    return Unreadable(_("There is no time %(time)s."), code="no_such_time", time=f"{hour}.{minute:02}")


@dataclass(frozen=True)
class WeeklyTime:
    """A regular time: weekday 0 (Monday) … 6, None when not said; start; end, None when not said."""

    weekday: int | None
    start: time
    end: time | None = None


def read_weekly_time(value: object) -> WeeklyTime:
    """Return the WeeklyTime of `to klo 13.30`, `torstaisin 13.30`, `to 13.30–15.00` or plain `13.30`."""
    if not isinstance(value, str):
        return WeeklyTime(None, read_clock(value))
    text = folded(clean(value, longest=60))
    weekday: int | None = None
    match = re.fullmatch(r"(?P<weekday>(?:pa |on )?[a-z]+)\.?,? (?P<rest>.*)", text)
    if match is not None and match["weekday"] in WEEKDAY_OF:
        weekday, text = WEEKDAY_OF[match["weekday"]], match["rest"]
    start, dash, end = text.partition("-")
    weekly = WeeklyTime(weekday, read_clock(start), read_clock(end) if dash else None)
    if weekly.end is not None and weekly.end <= weekly.start:
        raise Unreadable(_("The end is not after the start."), code="order")
    return weekly


def moment_at(day: date, clock: time) -> datetime:
    """Return the aware moment in Helsinki; of an hour that comes twice the first.

    Raises Unreadable for an hour that the clocks skip in spring.
    """
    moment = datetime.combine(day, clock, tzinfo=HELSINKI)
    if moment.astimezone(ZoneInfo("UTC")).astimezone(HELSINKI).time() != clock:
        raise Unreadable(
            _("There is no time %(time)s on %(day)s: the clocks go forward."),
            code="no_such_time",
            time=f"{clock.hour}.{clock.minute:02}",
            day=write_day(day),
        )
    return moment


def read_moment(value: object) -> datetime:
    """Return the aware moment of `13.1.2027 klo 9.00`, `ke 13.1.2027 9:00` or `2027-01-13T09:00` (Helsinki time).

    Raises Unreadable also for an hour that the clocks skip in spring.
    """
    if isinstance(value, datetime):
        return moment_at(read_day(value), read_clock(value)) if value.tzinfo is None else value.astimezone(HELSINKI)
    text = clean(value, longest=80)
    match = re.fullmatch(r"(.*[0-9]{4}-[0-9]{1,2}-[0-9]{1,2})[T ](.+)", text) or re.fullmatch(
        r"(.*[0-9]{4}|.*\.[0-9]{2}),? (.+)", text
    )
    if match is None:
        raise Unreadable(_("Write a date and a time, like 13.1.2027 klo 9.00."), code="moment")
    return moment_at(read_day(match[1]), read_clock(match[2]))


_HOURS = r"(?:h|t|tim|tuntia?|timm(?:e|ar)|hours?)\.?"
_MINUTES = r"(?:min|minuuttia?|minuter|minutes?|')\.?"
_COUNT_TIMES = re.compile(rf"([0-9]{{1,2}}) ?[x×*] ?([0-9]{{1,3}}) ?(?:{_MINUTES})?")
_ONLY_MINUTES = re.compile(rf"([0-9]{{1,4}}) ?(?:{_MINUTES})?")
_ONLY_HOURS = re.compile(rf"([0-9]{{1,2}}(?:[.,][0-9]{{1,2}})?) ?{_HOURS}")
_HOURS_AND_MINUTES = re.compile(rf"([0-9]{{1,2}}) ?{_HOURS} ?(?:ja |och |and )?([0-9]{{1,2}}) ?(?:{_MINUTES})?")
_COLON = re.compile(r"([0-9]{1,2}):([0-9]{2})(?: ?h)?")


def minutes_between(start: datetime, end: datetime) -> int:
    """Return the whole minutes from one aware moment to a later one.

    In UTC: Python subtracts two moments of one zone by their clock faces, which is wrong in the night in October.
    """
    return int((end.astimezone(UTC) - start.astimezone(UTC)).total_seconds() // 60)


def read_minutes(value: object, *, most: int = LONGEST_MINUTES) -> int:
    """Return the length in minutes of `90`, `90 min`, `1,5 h`, `1 h 30 min`, `1:30` or `2 x 45 min`.

    A spreadsheet's number is minutes, its time and its span are taken as a length. 1…`most`; raises Unreadable.
    """
    if isinstance(value, timedelta):
        minutes = Decimal(value.days * LONGEST_MINUTES) + Decimal(value.seconds) / 60
    elif isinstance(value, time):
        minutes = Decimal(value.hour * 60 + value.minute)
    elif isinstance(value, str):
        minutes = _spelled_minutes(folded(clean(value, longest=40)))
    else:
        minutes = read_decimal(value, most=1_000_000, places=6)
    if minutes != minutes.to_integral_value():
        raise Unreadable(_("This is not a length in whole minutes. Write it like 90 min or 1,5 h."), code="minutes")
    if not 1 <= minutes <= most:
        raise Unreadable(_("The length must be between 1 and %(most)d minutes."), code="length", most=most)
    return int(minutes)


def _spelled_minutes(text: str) -> Decimal:
    if match := _COUNT_TIMES.fullmatch(text):
        return Decimal(int(match[1]) * int(match[2]))
    if match := _ONLY_MINUTES.fullmatch(text):
        return Decimal(match[1])
    if match := _HOURS_AND_MINUTES.fullmatch(text) or _COLON.fullmatch(text):
        if int(match[2]) < 60:
            return Decimal(int(match[1]) * 60 + int(match[2]))
    elif match := _ONLY_HOURS.fullmatch(text):
        hours = match[1]
        # "1.30 h" may mean 90 or 78 minutes: only quarters are unmistakable with a dot.
        if not re.search(r"\.[0-9]{2}$", hours) or hours[-2:] in {"00", "25", "50", "75"}:
            return Decimal(hours.replace(",", ".")) * 60
    raise Unreadable(_("This is not a length in whole minutes. Write it like 90 min or 1,5 h."), code="minutes")


def _local(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a naive moment cannot be written: its time zone is unknown")
    return moment.astimezone(HELSINKI)


def write_clock(clock: time | datetime, *, language: str | None = None, bare: bool = False) -> str:
    """Write a time: `klo 9.00`, `kl. 9.00`, `9:00`; `bare` leaves the word out. A moment is shown in Helsinki time."""
    if isinstance(clock, datetime):
        clock = _local(clock).time()
    chosen = language_of(language)
    mark = ":" if chosen == "en" else "."
    return f"{'' if bare else _AT[chosen]}{clock.hour}{mark}{clock.minute:02}"


def write_moment(moment: datetime, *, language: str | None = None) -> str:
    """Write a moment in Helsinki: `ke 13.1.2027 klo 9.00`, `ons 13.1.2027 kl. 9.00`, `Wed 13 Jan 2027 9:00`."""
    local = _local(moment)
    return f"{write_day_short(local.date(), language=language)} {write_clock(local, language=language)}"


def write_span(start: datetime, end: datetime, *, language: str | None = None) -> str:
    """Write from–to in Helsinki: `ke 13.1.2027 klo 9.00–10.30`; over midnight both moments in full."""
    if _local(start).date() != _local(end).date():
        return f"{write_moment(start, language=language)} – {write_moment(end, language=language)}"
    return f"{write_moment(start, language=language)}–{write_clock(end, language=language, bare=True)}"


def write_weekly_time(weekly: WeeklyTime, *, language: str | None = None) -> str:
    """Write a regular time: `to klo 13.30–15.00`."""
    text = write_clock(weekly.start, language=language)
    if weekly.end is not None:
        text += f"–{write_clock(weekly.end, language=language, bare=True)}"
    if weekly.weekday is None:
        return text
    return f"{write_weekday(weekly.weekday, language=language, short=True)} {text}"


def write_minutes(minutes: int) -> str:
    """Write a length: `90 min`, the same in every language."""
    return f"{minutes} min"


def write_hours(minutes: int, *, language: str | None = None) -> str:
    """Write a length in hours: `1,5 h`, `1 h`; what is not full quarters as `1 h 20 min` or `50 min`."""
    hours, rest = divmod(minutes, 60)
    if minutes % 15 == 0 and hours:
        return f"{write_decimal(Decimal(minutes) / 60, language=language)} h"
    return f"{hours} h {rest} min" if hours else f"{minutes} min"
