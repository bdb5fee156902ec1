"""Kept files of what calendars are given: the same bytes as ever, read alike by two libraries that did not write them.

A change that is meant is taken over with TYONOHJAUS_GOLDEN=write, and looked at before it is kept.
"""

import os
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import pytest
import vobject
from django.utils import translation
from ical.calendar_stream import IcsCalendarStream

from accounts.models import User
from engagements.models import Engagement
from formats.clock import HELSINKI
from sessions.feeds import calendar
from sessions.models import Session, SessionState

GOLDEN: Final = Path(__file__).parent / "golden"
TO: Final = "sanna@otso.example"
#: Three Wednesdays at nine in Helsinki, the last after summer time has begun.
SERIES: Final = [datetime(2027, 3, day, 9, 0, tzinfo=HELSINKI) for day in (17, 24, 31)]
INSTANTS: Final = [
    datetime(2027, 3, 17, 7, tzinfo=UTC), datetime(2027, 3, 24, 7, tzinfo=UTC), datetime(2027, 3, 31, 6, tzinfo=UTC),
]  # fmt: skip


def session(place: int, **fields: Any) -> Session:
    """A session that no database knows, always the same."""
    starts_at = fields.pop("starts_at", SERIES[place])
    about = {
        "mode": "in_person",
        "place": "Kaarikatu 1, neuvotteluhuone “Äyräs”; 2. krs, ovikoodi kysytään vahtimestarilta",
    }
    return Session(
        id=UUID(int=place + 1), engagement=Engagement(), starts_at=starts_at, ends_at=starts_at + timedelta(minutes=90),
        created_at=datetime(2027, 1, 4, 10, 0, tzinfo=UTC), **about | fields,
    )  # fmt: skip


def invitation(**fields: Any) -> bytes:
    cancelled = fields.get("state") == SessionState.CANCELLED
    with translation.override("fi"):
        return calendar.invitation_of(session(0, **fields), to=TO, cancelled=cancelled)[1].encode()


def feed(monkeypatch: pytest.MonkeyPatch, shows: str) -> bytes:
    """Three sessions of a series, the second of which was moved and the third cancelled."""
    moved = {"starts_at": SERIES[1] + timedelta(hours=4), "sequence": 1, "changed_at": datetime(2027, 1, 5, tzinfo=UTC)}
    off = {"state": SessionState.CANCELLED, "sequence": 1, "changed_at": datetime(2027, 1, 6, tzinfo=UTC)}
    found = [session(0), session(1, **moved), session(2, **off)]
    monkeypatch.setattr(calendar, "sessions_of", lambda _user, _now: found)
    return calendar.feed_of(User(language="fi"), shows, datetime(2027, 1, 7, tzinfo=UTC))


MOVED: Final = {
    "starts_at": SERIES[0] + timedelta(days=1),
    "sequence": 1,
    "changed_at": datetime(2027, 1, 5, tzinfo=UTC),
}
OFF: Final = {"state": SessionState.CANCELLED, "sequence": 2, "changed_at": datetime(2027, 1, 6, tzinfo=UTC)}
FILES: Final[dict[str, Callable[[pytest.MonkeyPatch], bytes]]] = {
    "invitation": lambda _m: invitation(),
    "change": lambda _m: invitation(**MOVED),
    "cancellation": lambda _m: invitation(**OFF),
    "series": lambda m: series(m),
    "feed": lambda m: feed(m, "neutral"),
    "feed_busy": lambda m: feed(m, "busy"),
}


def series(monkeypatch: pytest.MonkeyPatch) -> bytes:
    monkeypatch.setattr(calendar, "sessions_of", lambda _user, _now: [session(place) for place in range(3)])
    return calendar.feed_of(User(language="sv"), "neutral", datetime(2027, 1, 7, tzinfo=UTC))


@pytest.fixture(params=list(FILES))
def kept(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> tuple[str, bytes]:
    """Each file by its name, as it is made now."""
    name: str = request.param
    made = FILES[name](monkeypatch)
    if os.environ.get("TYONOHJAUS_GOLDEN") == "write":
        (GOLDEN / f"{name}.ics").write_bytes(made)
    return name, made


def test_what_is_given_is_what_was_kept(kept: tuple[str, bytes]) -> None:
    name, made = kept
    assert made == (GOLDEN / f"{name}.ics").read_bytes()


def test_it_keeps_to_the_form_of_rfc_5545(kept: tuple[str, bytes]) -> None:
    _name, made = kept
    lines = made.split(b"\r\n")
    assert lines[-1] == b""
    assert all(len(line) <= 75 and b"\n" not in line and b"\r" not in line for line in lines)
    text = made.decode().replace("\r\n ", "")
    assert text.startswith("BEGIN:VCALENDAR\r\n")
    assert "\r\nVERSION:2.0\r\n" in text
    assert "\r\nPRODID:-//Tyonohjaus//" in text
    assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", text)
    assert "TZID" not in text  # every time is UTC, so no program has to know our summer time


def read(made: bytes) -> list[tuple[Any, ...]]:
    """Read a file by both libraries, which have to agree; return (uid, sequence, status, start, end) of each event."""
    one = [
        (e.uid.value, int(e.sequence.value), e.status.value, e.dtstart.value, e.dtend.value)
        for e in vobject.readOne(made.decode()).contents["vevent"]
    ]
    other = [
        (e.uid, e.sequence, str(e.status and e.status.value), e.dtstart, e.dtend)
        for e in IcsCalendarStream.calendar_from_ics(made.decode()).events
    ]
    assert sorted(one) == sorted(other)
    return sorted(one)


HALF: Final = timedelta(minutes=90)
FIRST: Final = f"{UUID(int=1)}@tyonohjaus"


def test_an_invitation_its_change_and_its_cancellation_are_one_event(monkeypatch: pytest.MonkeyPatch) -> None:
    day_after = INSTANTS[0] + timedelta(days=1)
    assert read(FILES["invitation"](monkeypatch)) == [(FIRST, 0, "CONFIRMED", INSTANTS[0], INSTANTS[0] + HALF)]
    assert read(FILES["change"](monkeypatch)) == [(FIRST, 1, "CONFIRMED", day_after, day_after + HALF)]
    assert read(FILES["cancellation"](monkeypatch)) == [(FIRST, 2, "CANCELLED", INSTANTS[0], INSTANTS[0] + HALF)]


@pytest.mark.parametrize(
    ("name", "method"), [("invitation", "REQUEST"), ("change", "REQUEST"), ("cancellation", "CANCEL")]
)
def test_an_invitation_is_to_one_person_from_whom_it_is_sent(
    monkeypatch: pytest.MonkeyPatch, name: str, method: str, settings: Any
) -> None:
    settings.DEFAULT_FROM_EMAIL = "Työnohjaus <kutsut@kaari.example>"
    whole = vobject.readOne(FILES[name](monkeypatch).decode())
    assert whole.method.value == method
    (event,) = whole.contents["vevent"]
    assert event.organizer.value == "mailto:kutsut@kaari.example"
    assert [each.value for each in event.contents["attendee"]] == [f"mailto:{TO}"]


def test_each_session_of_a_series_is_an_event_that_keeps_its_wall_clock_time(monkeypatch: pytest.MonkeyPatch) -> None:
    events = read(FILES["series"](monkeypatch))
    assert [each[3] for each in events] == INSTANTS
    assert {each[3].astimezone(HELSINKI).hour for each in events} == {9}
    assert len({each[0] for each in events}) == 3


@pytest.mark.parametrize("name", ["feed", "feed_busy"])
def test_a_feed_says_of_each_session_how_it_stands(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    events = read(FILES[name](monkeypatch))
    assert [each[1:3] for each in events] == [(0, "CONFIRMED"), (1, "CONFIRMED"), (1, "CANCELLED")]
    assert events[1][3] == INSTANTS[1] + timedelta(hours=4)


def test_a_busy_feed_says_neither_where_nor_where_to_look(monkeypatch: pytest.MonkeyPatch) -> None:
    text = FILES["feed_busy"](monkeypatch).decode()
    assert not any(word in text for word in ("LOCATION", "DESCRIPTION", "URL", "Kaarikatu"))
