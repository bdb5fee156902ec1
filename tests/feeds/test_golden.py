"""What calendars get from us, byte for byte as it was when somebody last looked at it (tests/feeds/golden/*.ics).

`TYONOHJAUS_GOLDEN=write` writes the files anew; what has changed in them is then read in the difference. Two libraries
that wrote none of it read each.
"""

import os
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from email import message_from_bytes
from itertools import count
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.models import User
from audit import asking
from audit.connecting import as_role
from audit.roles import Role
from engagements.models import Engagement
from notifications import outbox
from notifications.dispatch import Dispatcher
from notifications.post import as_bytes
from sessions import actions
from sessions.feeds.actions import by_mail, make
from sessions.models import Feed, Session
from sessions.series.actions import Cancellation, Move, book_series, cancel_several, move_several
from sessions.series.rule import Rule
from tests.calendar_readers import READERS, Entry, Read
from tests.conftest import HELSINKI, NOW, make_engagement, make_person, make_user

Cast = Any
GOLDEN: Final = Path(__file__).parent / "golden"
NAMES: Final = ["invitation", "change", "cancellation", "series", "feed-neutral", "feed-busy"]
MINUTE: Final = timedelta(minutes=1)
AINO: Final = "aino.aarnio@otso.example"
FROM: Final = "viestit@palvelu.example"
#: Whatever has to be escaped, and long enough, with letters of two octets, to be folded.
PLACE: Final = "Ääniradan työväentalo, Öljytehtaankatu 12 B; 3. kerros \\ huone “Pöytäjärvi”, sisäänkäynti pihalta"


def name_of(number: int) -> UUID:
    return UUID(int=number, version=4)


def uid_of(number: int) -> str:
    return f"{name_of(number)}@tyonohjaus"


def moment(year: int, month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=HELSINKI)


def same_as_golden(name: str, made: bytes) -> Read:
    """Hold what was made against the file of that name, and return what both libraries alike read in it."""
    path = GOLDEN / f"{name}.ics"
    if os.environ.get("TYONOHJAUS_GOLDEN") == "write":
        path.write_bytes(made)
    assert made == path.read_bytes()
    one, other = (read(made) for read in READERS)
    assert one == other
    return one


@dataclass
class Story:
    """A process of its own, in whose calendar nothing else stands; its supervisee reads Finnish."""

    cast: Cast
    aino: User
    engagement: Engagement

    def book(self, starts_at: datetime, minutes: int = 90, **how: Any) -> Session:
        how = {"mode": "in_person", "place": PLACE} | how
        with asking.acting_as(self.cast.lead):
            return actions.book(
                self.engagement, starts_at=starts_at, minutes=minutes, by=self.cast.lead, now=NOW, **how
            )

    def move(self, session: Session, starts_at: datetime, *, now: datetime) -> None:
        with asking.acting_as(self.cast.lead):
            actions.move(
                session, starts_at=starts_at, minutes=90, mode="in_person", place=PLACE, by=self.cast.lead, now=now
            )

    def cancel(self, session: Session, *, now: datetime) -> None:
        with asking.acting_as(self.cast.lead):
            actions.cancel(session, by=self.cast.lead, now=now)

    def feed(self, shows: str = Feed.Shows.NEUTRAL) -> bytes:
        with asking.acting_as(self.aino):
            token = make(self.aino, shows, now=NOW)
        return Client().get(reverse("feeds:feed", args=[token])).content

    def invited(self, now: datetime) -> bytes:
        """Let the worker plan and send; return the calendar in the one invitation, as the mail server gets it."""
        mail.outbox.clear()
        with as_role(Role.WORKER):
            outbox.plan(now)
            Dispatcher(clock=lambda: now).run()
        (made,) = [part for sent in mail.outbox for part in calendars_in(as_bytes(sent)) if sent.to == [AINO]]
        return made


def calendars_in(raw: bytes) -> list[bytes]:
    parts = [part for part in message_from_bytes(raw).walk() if part.get_content_type() == "text/calendar"]
    return [bytes(part.get_payload(decode=True)) for part in parts]


@pytest.fixture
def story(settled: Cast, settings: Any, monkeypatch: pytest.MonkeyPatch, time_machine: Any) -> Story:
    """Every run is the same: the clock stands, ids are counted, and each change came a minute after the one before.

    When a session changed, the database notes by its own clock, which nobody can stop.
    """
    time_machine.move_to(NOW, tick=False)
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.DEFAULT_FROM_EMAIL = f"Työnohjaus <{FROM}>"
    mail.outbox = []
    numbers = count(1)
    monkeypatch.setattr(Session._meta.get_field("id"), "_get_default", lambda: name_of(next(numbers)))
    monkeypatch.setattr(Session, "last_changed", property(lambda each: NOW + each.sequence * MINUTE))
    aino = make_user(AINO, "Aino Aarnio", language="fi")
    with asking.acting_as(settled.lead):
        person = make_person(settled.practice, "Aino", "Aarnio", aino)
        engagement = make_engagement(settled.practice, settled.lead, None, [person], title="Jäätelötehdas")
    return Story(settled, aino, engagement)


def test_an_invitation_its_change_and_its_cancellation(story: Story) -> None:
    with asking.acting_as(story.aino):
        by_mail(story.aino, wanted=True, now=NOW)
    first, second = moment(2026, 12, 9, 9), moment(2026, 12, 10, 13, 30)
    session = story.book(first)
    said = [same_as_golden("invitation", story.invited(NOW + 10 * MINUTE))]
    story.move(session, second, now=NOW + 20 * MINUTE)
    said.append(same_as_golden("change", story.invited(NOW + 30 * MINUTE)))
    story.cancel(session, now=NOW + 40 * MINUTE)
    said.append(same_as_golden("cancellation", story.invited(NOW + 50 * MINUTE)))

    assert [each.method for each in said] == ["REQUEST", "REQUEST", "CANCEL"]
    versions = ((0, "CONFIRMED", first), (1, "CONFIRMED", second), (2, "CANCELLED", second))
    assert [each.entries for each in said] == [
        (Entry(uid_of(1), sequence, status, at, at + 90 * MINUTE, f"mailto:{FROM}", (f"mailto:{AINO}",)),)
        for sequence, status, at in versions
    ]


def test_a_series_of_which_one_is_moved_and_one_is_cancelled(story: Story) -> None:
    """It crosses the night of 28 March 2027, when the clocks go forward, on that very Sunday too."""
    lead = story.cast.lead
    rule = Rule(every=1, unit="weeks", weekday=7, clock=time(9), minutes=90, count=5, starting=date(2027, 3, 14))
    times = [moment(day.year, day.month, day.day, 9) for day in rule.days()]
    with asking.acting_as(lead):
        sessions = book_series(story.engagement, rule, times, mode="remote", link="", by=lead, now=NOW)
        later = moment(2027, 4, 6, 10)
        move_several([Move(sessions[3].pk, 0, later, 45)], by=lead, now=NOW)
        cancel_several([Cancellation(sessions[1].pk, 0, late=False)], by=lead, now=NOW)

    read = same_as_golden("series", story.feed())
    assert read.method == "PUBLISH"
    assert [(each.uid, each.sequence, each.status, each.starts_at, each.ends_at) for each in read.entries] == [
        (uid_of(1), 0, "CONFIRMED", utc(3, 14, 7), utc(3, 14, 8, 30)),
        (uid_of(2), 1, "CANCELLED", utc(3, 21, 7), utc(3, 21, 8, 30)),
        (uid_of(3), 0, "CONFIRMED", utc(3, 28, 6), utc(3, 28, 7, 30)),
        (uid_of(4), 1, "CONFIRMED", utc(4, 6, 7), utc(4, 6, 7, 45)),
        (uid_of(5), 0, "CONFIRMED", utc(4, 11, 6), utc(4, 11, 7, 30)),
    ]


def utc(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2027, month, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize("shows", [Feed.Shows.NEUTRAL, Feed.Shows.BUSY])
def test_a_feed(story: Story, shows: str) -> None:
    story.book(moment(2026, 12, 9, 9))
    story.book(moment(2026, 12, 16, 9), mode="remote", place="", link="https://kokous.example/salainen")
    gone = story.book(moment(2026, 12, 18, 23, 30))
    story.cancel(gone, now=NOW)

    read = same_as_golden(f"feed-{shows}", story.feed(shows))
    assert read.method == "PUBLISH"
    assert [(each.uid, each.sequence, each.status) for each in read.entries] == [
        (uid_of(1), 0, "CONFIRMED"), (uid_of(2), 0, "CONFIRMED"), (uid_of(3), 1, "CANCELLED"),
    ]  # fmt: skip
    assert {(each.organizer, each.attendees) for each in read.entries} == {("", ())}, "whom one meets stands in no feed"
    starts = [moment(2026, 12, 9, 9), moment(2026, 12, 16, 9), moment(2026, 12, 18, 23, 30)]
    assert [(each.starts_at, each.ends_at) for each in read.entries] == [(at, at + 90 * MINUTE) for at in starts]


# --- RFC 5545, of each file -------------------------------------------------------------------------------------------


def lines_of(name: str) -> list[bytes]:
    body = (GOLDEN / f"{name}.ics").read_bytes()
    assert body.endswith(b"\r\n")
    return body.removesuffix(b"\r\n").split(b"\r\n")


def test_no_file_lies_there_that_nothing_makes() -> None:
    assert sorted(path.name for path in GOLDEN.iterdir()) == sorted(f"{name}.ics" for name in NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_lines_end_as_they_should_and_are_short(name: str) -> None:
    for line in lines_of(name):
        assert not re.search(rb"[\r\n]", line)
        assert 0 < len(line) <= 75
        line.decode()  # a letter is not torn apart at the fold, which some programs do not forgive


@pytest.mark.parametrize("name", NAMES)
def test_a_calendar_says_its_version_and_who_wrote_it_once_and_before_its_events(name: str) -> None:
    lines = lines_of(name)
    head = lines[: lines.index(b"BEGIN:VEVENT")]
    assert (head[0], lines[-1]) == (b"BEGIN:VCALENDAR", b"END:VCALENDAR")
    for line in (b"VERSION:2.0", b"PRODID:-//Tyonohjaus//Tyonohjaus//FI"):
        assert lines.count(line) == head.count(line) == 1
    events = lines.count(b"BEGIN:VEVENT")
    for each in (b"UID:", b"DTSTAMP:", b"DTSTART:", b"DTEND:", b"SEQUENCE:"):
        assert sum(line.startswith(each) for line in lines) == events


@pytest.mark.parametrize("name", NAMES)
def test_every_time_is_in_utc_and_none_is_left_to_a_programs_idea_of_a_zone(name: str) -> None:
    for line in lines_of(name):
        assert not line.startswith((b"BEGIN:VTIMEZONE", b"RRULE", b"RDATE", b"EXDATE", b"RECURRENCE-ID"))
        if line.startswith((b"DTSTAMP", b"DTSTART", b"DTEND", b"LAST-MODIFIED")):
            assert re.fullmatch(rb"[A-Z-]+:\d{8}T\d{6}Z", line)


@pytest.mark.parametrize("name", NAMES)
def test_neither_the_process_nor_anybody_else_nor_the_way_into_a_meeting_stands_in_it(name: str) -> None:
    text = b"".join(line.removeprefix(b" ") if line.startswith(b" ") else b"\n" + line for line in lines_of(name))
    for word in ("Jäätelö", "Aarnio", "Liisa", "Lahti", "kokous.example", "kaari.example"):
        assert word not in text.decode()
    assert (PLACE.split(",")[0] in text.decode()) == (name in ("invitation", "change", "cancellation", "feed-neutral"))
