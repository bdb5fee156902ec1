"""Calendars as two libraries read them, `vobject` and `ical`, that did not write them: that was `icalendar`."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import vobject
from ical.calendar_stream import IcsCalendarStream


@dataclass(frozen=True)
class Entry:
    """What a program knows of an event. `starts_at` and `ends_at` are instants, in UTC."""

    uid: str
    sequence: int
    status: str
    starts_at: datetime
    ends_at: datetime
    organizer: str
    attendees: tuple[str, ...]


@dataclass(frozen=True)
class Read:
    """What a program reads: in the order in which it stands, what stands twice twice."""

    method: str
    entries: tuple[Entry, ...]

    @property
    def by_uid(self) -> dict[str, Entry]:
        found = {entry.uid: entry for entry in self.entries}
        assert len(found) == len(self.entries), "an event stands twice"
        return found


Reader = Callable[[bytes], Read]


def by_vobject(body: bytes) -> Read:
    (calendar,) = vobject.readComponents(body.decode(), validate=True)
    return Read(
        calendar.method.value,
        tuple(
            Entry(
                uid=event.uid.value,
                sequence=int(event.sequence.value),
                status=event.status.value,
                starts_at=instant(event.dtstart.value),
                ends_at=instant(event.dtend.value),
                organizer=event.organizer.value if hasattr(event, "organizer") else "",
                attendees=tuple(each.value for each in event.contents.get("attendee", [])),
            )
            for event in calendar.contents.get("vevent", [])
        ),
    )


def by_ical(body: bytes) -> Read:
    (calendar,) = IcsCalendarStream.from_ics(body.decode()).calendars
    return Read(
        str(calendar.method),
        tuple(
            Entry(
                uid=event.uid,
                sequence=known(event.sequence),
                status=known(event.status).value,
                starts_at=instant(event.dtstart),
                ends_at=instant(event.dtend),
                organizer=str(event.organizer.uri) if event.organizer else "",
                attendees=tuple(str(each.uri) for each in event.attendees),
            )
            for event in calendar.events
        ),
    )


def instant(moment: Any) -> datetime:
    """Return an aware moment in UTC; a day, or a clock on nobody's wall in particular, fails here."""
    assert isinstance(moment, datetime)
    assert moment.tzinfo, "a floating time is another one in every program"
    return moment.astimezone(UTC)


def known(value: Any) -> Any:
    assert value is not None
    return value


READERS: Final[tuple[Reader, ...]] = (by_vobject, by_ical)
