"""When somebody is taken, by an iCalendar file (RFC 5545) of a stranger's making. Run as a script, in its own process.

Lines that say what, where or with whom are dropped before anything reads the rest. The parser and the rules of
recurrence meet bytes that anybody may have made, so they work where nothing else is: no database, no secret, no room
of ours is imported, memory and time are bounded, and a crash is one refusal.
As a script: by stdin a line of JSON (`now`, seconds; `ours`, how our own events' names end) and then the file; by
stdout JSON, `times` (from and to in seconds) and `unread`, or `refused`.
"""

import json
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from math import prod
from typing import Any, Final
from zoneinfo import ZoneInfo

HELSINKI: Final = ZoneInfo("Europe/Helsinki")
#: From the beginning of yesterday to so many days ahead.
AHEAD: Final = timedelta(days=400)
MOST_EVENTS: Final = 20_000
MOST_TIMES: Final = 5_000
#: How many times of recurring events are gone through before a file is let go, and the finest rhythm of one day.
MOST_EXPANDED: Final = 200_000
MOST_A_DAY: Final = 24
MOST_INTERVAL: Final = 10_000
#: What the process may take: bytes of address space, seconds of work.
MEMORY: Final = 512 * 1024**2
SECONDS: Final = 15

COMPONENTS: Final = {"VCALENDAR", "VEVENT", "VFREEBUSY", "VTIMEZONE", "STANDARD", "DAYLIGHT"}
PROPERTIES: Final = {
    "BEGIN", "END", "UID", "DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID", "STATUS",
    "TRANSP", "X-MICROSOFT-CDO-BUSYSTATUS", "X-MICROSOFT-CDO-ALLDAYEVENT", "FREEBUSY", "TZID", "TZOFFSETFROM",
    "TZOFFSETTO",
}  # fmt: skip
FOLD: Final = re.compile(r"\r?\n[ \t]")
RHYTHMS: Final = {"DAILY", "WEEKLY", "MONTHLY", "YEARLY"}
#: What of a rule says its days; without any of these, the first time says them.
DAYS: Final = {"BYDAY", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYEASTER"}
FREE: Final = {"FREE", "WORKINGELSEWHERE"}
BUSY: Final = {"BUSY", "OOF", "TENTATIVE"}

#: From and to, aware.
Span = tuple[datetime, datetime]
#: By what a time of a recurring event is named: its moment, or its day.
Key = datetime | date


class Refused(Exception):
    """The file is not read; `code` says why: `calendar` (it is none, or not whole) or `much`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Unread(Exception):
    """One event cannot be read."""


@dataclass(frozen=True)
class Found:
    """When somebody is taken: times in order that do not touch, and how many events could not be read."""

    times: Sequence[Span]
    unread: int


def read(content: bytes, *, now: datetime, ours: str) -> Found:
    """Return the times of a file. Raises Refused, and nothing else, whatever the bytes are.

    `ours` is how the names of our own events end, which are left out.
    """
    lines = kept_lines(content.decode("utf-8-sig", errors="replace"))
    try:
        calendars = parsed(lines)
    except Exception as error:  # of a parser fed by strangers, any
        raise Refused("calendar") from error
    reader = Reader(window(now), ours)
    for calendar in calendars:
        reader.add(calendar)
    times = merged(reader.times())
    if len(times) > MOST_TIMES:
        raise Refused("much")
    return Found(times, reader.unread)


def window(now: datetime) -> Span:
    first = datetime.combine(now.astimezone(HELSINKI).date() - timedelta(days=1), time(), HELSINKI)
    return first, first + AHEAD + timedelta(days=2)  # that day is in it


def merged(spans: Iterable[Span]) -> list[Span]:
    """Return what `spans` cover together: in order, without two that overlap or touch."""
    joined: list[Span] = []
    for begins, ends in sorted(spans):
        if joined and begins <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], ends))
        else:
            joined.append((begins, ends))
    return joined


# --- the text -------------------------------------------------------------------------------------------------------


def kept_lines(text: str) -> list[str]:
    """Return the lines that say when. Raises Refused when the file is no whole calendar, or too large a one."""
    lines: list[str] = []
    inside: list[str] = []
    events = calendars = 0
    for line in FOLD.sub("", text).splitlines():
        if ":" not in line:
            continue
        name = re.split("[:;]", line, maxsplit=1)[0].strip().upper()
        value = line.partition(":")[2].strip().upper()
        if not inside and (name, value) != ("BEGIN", "VCALENDAR"):
            if line.strip() and name != "END":
                raise Refused("calendar")
            continue
        if name == "BEGIN":
            inside.append(value)
            events += value in ("VEVENT", "VFREEBUSY")
            calendars += value == "VCALENDAR"
        if name in PROPERTIES and COMPONENTS.issuperset(inside):
            lines.append(line.strip())
        if name == "END" and (not inside or inside.pop() != value):
            raise Refused("calendar")
        if events > MOST_EVENTS:
            raise Refused("much")
    if inside or not calendars:
        raise Refused("calendar")
    return lines


def parsed(lines: Sequence[str]) -> list[Any]:
    from icalendar import Calendar

    return list(Calendar.from_ical("\r\n".join(lines) + "\r\n", multiple=True))


# --- the events -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Event:
    """An event as it recurs or stands. `start` has no zone: the clock on the wall of `zone`, midnight of whole days."""

    uid: str
    start: datetime
    zone: tzinfo
    length: timedelta
    all_day: bool
    taken: bool
    rule: Any
    extra: Sequence[Any]
    without: frozenset[Key]
    replaces: Key | None

    def span(self, start: datetime) -> Span:
        begins = at(start, self.zone)
        if self.all_day:
            return begins, at(start + self.length, self.zone)
        return begins, begins + self.length

    def key(self, start: datetime) -> Key:
        return start.date() if self.all_day else at(start, self.zone)


class Reader:
    """Gathers events, and gives the times in the window at which they take somebody."""

    def __init__(self, asked: Span, ours: str) -> None:
        self.first, self.last = asked
        self.ours = ours
        self.events: list[Event] = []
        self.free_standing: list[Span] = []
        self.unread = 0
        self.left = MOST_EXPANDED

    def add(self, calendar: Any) -> None:
        for component in calendar.walk():
            try:
                if component.name == "VEVENT":
                    self.events.append(event_of(component))
                elif component.name == "VFREEBUSY":
                    self.free_standing += periods_of(component)
            except Exception:  # of one event among many, whatever is wrong with it
                self.unread += 1

    def times(self) -> Iterator[Span]:
        replaced: dict[str, set[Key]] = {}
        for event in self.events:
            if event.replaces is not None:
                replaced.setdefault(event.uid, set()).add(event.replaces)
        for event in self.events:
            if event.taken and not (self.ours and event.uid.endswith(self.ours)):
                without = event.without
                if event.replaces is None:
                    without = without | replaced.get(event.uid, set())
                try:
                    yield from self.within(list(self.spans(event, without)))
                except Refused:
                    raise
                except Exception:  # a rule that nobody can follow
                    self.unread += 1
        yield from self.within(self.free_standing)

    def within(self, spans: Iterable[Span]) -> Iterator[Span]:
        for begins, ends in spans:
            begins, ends = max(begins, self.first.astimezone(UTC)), min(ends, self.last.astimezone(UTC))
            if begins < ends:
                yield begins, ends

    def spans(self, event: Event, without: Iterable[Key]) -> Iterator[Span]:
        for start in self.starts(event):
            if event.key(start) not in without and start.date() not in without:
                yield event.span(start)
        for one in event.extra:
            if isinstance(one, tuple):  # a period
                yield period(one)
            elif event.key(local := wall(one, event.zone)) not in without:
                yield event.span(local)

    def starts(self, event: Event) -> Iterator[datetime]:
        """Return when it begins, by the clock on its wall; of one that recurs, the times around the window."""
        if event.rule is None or event.replaces is not None:
            yield event.start
            return
        first = self.first.astimezone(event.zone).replace(tzinfo=None) - event.length
        last = self.last.astimezone(event.zone).replace(tzinfo=None)
        for start in rule_of(event, first, last):
            self.left -= 1
            if self.left < 0:
                raise Refused("much")
            yield start


def event_of(component: Any) -> Event:
    """Return an event. Raises, whatever is wrong with it."""
    errors = {name for name, _why in component.errors}
    if errors & {"DTSTART", "DTEND", "DURATION", "RRULE", "RECURRENCE-ID", "RDATE", "EXDATE"}:
        raise Unread
    start = component["DTSTART"].dt
    all_day = not isinstance(start, datetime)
    zone: tzinfo = HELSINKI if all_day else (start.tzinfo or HELSINKI)
    local = wall(start, zone)
    said = {name: str(component.get(name, "")).strip().upper() for name in PROPERTIES if name not in ("RRULE",)}
    whole = all_day or said["X-MICROSOFT-CDO-ALLDAYEVENT"] == "TRUE"
    instance = component.get("RECURRENCE-ID")
    rule = component.get("RRULE")
    if isinstance(rule, list):
        raise Unread
    return Event(
        uid=str(component.get("UID", "")),
        start=local,
        zone=zone,
        length=length_of(component, local, zone, all_day=all_day),
        all_day=all_day,
        taken=is_taken(said, whole=whole),
        rule=rule,
        extra=list(listed(component.get("RDATE"))),
        without=frozenset(key_of(one, zone, all_day=all_day) for one in listed(component.get("EXDATE"))),
        replaces=key_of(instance.dt, zone, all_day=all_day) if instance is not None else None,
    )


def is_taken(said: dict[str, str], *, whole: bool) -> bool:
    """Whether an event takes somebody's time. One of whole days does only where it says so."""
    shown, busy = said["TRANSP"], said["X-MICROSOFT-CDO-BUSYSTATUS"]
    if said["STATUS"] == "CANCELLED" or shown == "TRANSPARENT" or busy in FREE:
        return False
    return not whole or shown == "OPAQUE" or busy in BUSY


def length_of(component: Any, start: datetime, zone: tzinfo, *, all_day: bool) -> timedelta:
    """Return how long it takes: of whole days by the calendar, of others by the clock that never changes."""
    if "DURATION" in component:
        length: timedelta = component["DURATION"].dt
    elif "DTEND" in component:
        end = component["DTEND"].dt
        if isinstance(end, datetime) == all_day:
            raise Unread
        if all_day:
            length = end - start.date()
        else:
            length = at(wall(end, end.tzinfo or zone), end.tzinfo or zone) - at(start, zone)
    else:
        length = timedelta(days=1) if all_day else timedelta()
    if length < timedelta():
        raise Unread
    return length


def listed(value: Any) -> Iterator[Any]:
    """Return the days, moments or periods of a property that may stand several times."""
    for each in value if isinstance(value, list) else [value] if value is not None else []:
        yield from (one.dt for one in each.dts)


def key_of(value: Any, zone: tzinfo, *, all_day: bool) -> Key:
    if isinstance(value, tuple):
        value = value[0]
    if not isinstance(value, datetime):
        day: date = value
        return day
    return value.date() if all_day else at(wall(value, value.tzinfo or zone), value.tzinfo or zone)


def wall(value: date | datetime, zone: tzinfo) -> datetime:
    """Return what the clock on the wall of `zone` shows at a moment; of a day, its midnight."""
    if not isinstance(value, datetime):
        return datetime.combine(value, time())
    return (value.astimezone(zone) if value.tzinfo else value).replace(tzinfo=None)


def at(local: datetime, zone: tzinfo) -> datetime:
    """Return the moment at which the clock on the wall of `zone` shows `local`; of two, the first."""
    return local.replace(tzinfo=zone).astimezone(UTC)


def periods_of(component: Any) -> Iterator[Span]:
    found = component.get("FREEBUSY", [])
    for one in found if isinstance(found, list) else [found]:
        if str(one.params.get("FBTYPE", "BUSY")).upper() != "FREE":
            yield period(one.dt)


def period(given: Any) -> Span:
    begins, ends = given
    zone = begins.tzinfo or HELSINKI
    start = at(begins.replace(tzinfo=None), zone)
    if isinstance(ends, timedelta):
        return start, start + ends
    return start, at(ends.replace(tzinfo=None), ends.tzinfo or zone)


# --- what recurs ----------------------------------------------------------------------------------------------------


def rule_of(event: Event, first: datetime, last: datetime) -> Any:
    """Return the times of a rule until `last`, those long before `first` left out where they need not be counted.

    Raises Unread for a rhythm finer than a day, and ValueError for one that makes no sense.
    """
    from dateutil.rrule import rrulestr

    parts = {name.upper(): [text(one) for one in values] for name, values in event.rule.items() if name != "UNTIL"}
    interval = int(parts.get("INTERVAL", ["1"])[0])
    a_day = prod(len(parts.get(name, "1")) for name in ("BYHOUR", "BYMINUTE", "BYSECOND"))
    if parts["FREQ"][0] not in RHYTHMS or not 1 <= interval <= MOST_INTERVAL or a_day > MOST_A_DAY:
        raise Unread
    until = min([last, *(until_of(one, event.zone) for one in event.rule.get("UNTIL", []))])
    start = event.start
    if "COUNT" in parts:  # dateutil takes a rule by its number or its end
        return counted(rrulestr(written(parts), dtstart=start), until)
    start = nearer(parts, start, first, interval)
    return rrulestr(written(parts | {"UNTIL": [until.strftime("%Y%m%dT%H%M%S")]}), dtstart=start)


def counted(rule: Iterable[datetime], until: datetime) -> Iterator[datetime]:
    for start in rule:
        if start > until:
            return
        yield start


def text(value: Any) -> str:
    return str(value.to_ical().decode() if hasattr(value, "to_ical") else value).upper()


def written(parts: dict[str, list[str]]) -> str:
    return ";".join(f"{name}={','.join(values)}" for name, values in parts.items())


def until_of(value: Any, zone: tzinfo) -> datetime:
    if not isinstance(value, datetime):
        return datetime.combine(value, time.max).replace(microsecond=0)
    return wall(value, zone)


def nearer(parts: dict[str, list[str]], start: datetime, first: datetime, interval: int) -> datetime:
    """Return a later start with the same times from `first` on; what the old one said of the days is put into `parts`.

    Whoever began to swim every morning in 1970 costs no more than who began last week.
    """
    rhythm = parts["FREQ"][0]
    months = (first.year - start.year) * 12 + first.month - start.month
    steps = {
        "DAILY": (first - start).days,
        "WEEKLY": (first - start).days // 7,
        "MONTHLY": months,
        "YEARLY": first.year - start.year,
    }[rhythm] // interval - 1
    if steps <= 0:
        return start
    if rhythm in ("DAILY", "WEEKLY"):
        return start + steps * interval * timedelta(days=1 if rhythm == "DAILY" else 7)
    if not DAYS & set(parts):
        parts["BYMONTHDAY"] = [str(start.day)]
        if rhythm == "YEARLY" and "BYMONTH" not in parts:
            parts["BYMONTH"] = [str(start.month)]
    if rhythm == "YEARLY":
        return start.replace(year=start.year + steps * interval, month=1, day=1)
    year, month = divmod(start.year * 12 + start.month - 1 + steps * interval, 12)
    return start.replace(year=year, month=month + 1, day=1)


# --- as a process ---------------------------------------------------------------------------------------------------


def bound() -> None:
    """Take no more than is needed. Where limits may not be set, those of the service hold alone."""
    import resource

    for which, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
    ):
        with suppress(OSError, ValueError):
            resource.setrlimit(which, (most, most))


def main() -> None:
    bound()
    head, _newline, content = sys.stdin.buffer.read().partition(b"\n")
    asked = json.loads(head)
    try:
        found = read(content, now=datetime.fromtimestamp(asked["now"], UTC), ours=asked["ours"])
        times = [[int(begins.timestamp()), int(ends.timestamp())] for begins, ends in found.times]
        said: dict[str, Any] = {"times": times, "unread": found.unread}
    except Refused as refusal:
        said = {"refused": refusal.code}
    sys.stdout.write(json.dumps(said))


if __name__ == "__main__":
    main()
