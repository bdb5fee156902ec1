"""When somebody is taken, by files as the calendars of this world write them, and by some that nobody should."""

import time as clocks
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sessions.busy import actions, reading
from sessions.busy.reading import Found, Refused, merged, read
from tests.conftest import HELSINKI, NOW

OURS = "@tyonohjaus"

OUTLOOK = """BEGIN:VCALENDAR
METHOD:PUBLISH
PRODID:Microsoft Exchange Server 2010
VERSION:2.0
X-WR-CALNAME:Kalenteri
BEGIN:VTIMEZONE
TZID:FLE Standard Time
BEGIN:STANDARD
DTSTART:16010101T040000
TZOFFSETFROM:+0300
TZOFFSETTO:+0200
RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0300
RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE
BEGIN:VEVENT
UID:040000008200E00074C5B7101A82E00800000000AA
RRULE:FREQ=WEEKLY;UNTIL=20270419T060000Z;INTERVAL=1;BYDAY=MO;WKST=MO
EXDATE;TZID=FLE Standard Time:20270322T090000
SUMMARY:Viikkopalaveri
DTSTART;TZID=FLE Standard Time:20270315T090000
DTEND;TZID=FLE Standard Time:20270315T100000
CLASS:PUBLIC
TRANSP:OPAQUE
STATUS:CONFIRMED
LOCATION:Neuvotteluhuone\\, 3. krs
DESCRIPTION:Pitkä teksti joka jatkuu
  seuraavalla rivillä: DTSTART:20270101T000000
X-MICROSOFT-CDO-BUSYSTATUS:BUSY
X-MICROSOFT-CDO-ALLDAYEVENT:FALSE
BEGIN:VALARM
TRIGGER:-PT15M
ACTION:DISPLAY
DURATION:PT5M
END:VALARM
END:VEVENT
BEGIN:VEVENT
UID:040000008200E00074C5B7101A82E00800000000AA
RECURRENCE-ID;TZID=FLE Standard Time:20270405T090000
SUMMARY:Viikkopalaveri
DTSTART;TZID=FLE Standard Time:20270406T130000
DTEND;TZID=FLE Standard Time:20270406T140000
TRANSP:OPAQUE
X-MICROSOFT-CDO-BUSYSTATUS:TENTATIVE
END:VEVENT
BEGIN:VEVENT
UID:etätyö
DTSTART;TZID=FLE Standard Time:20270316T090000
DTEND;TZID=FLE Standard Time:20270316T160000
TRANSP:OPAQUE
X-MICROSOFT-CDO-BUSYSTATUS:WORKINGELSEWHERE
END:VEVENT
BEGIN:VEVENT
UID:vapaa
DTSTART;TZID=FLE Standard Time:20270317T090000
DTEND;TZID=FLE Standard Time:20270317T160000
X-MICROSOFT-CDO-BUSYSTATUS:FREE
END:VEVENT
BEGIN:VEVENT
UID:loma
DTSTART;VALUE=DATE:20270324
DTEND;VALUE=DATE:20270326
TRANSP:OPAQUE
X-MICROSOFT-CDO-BUSYSTATUS:OOF
X-MICROSOFT-CDO-ALLDAYEVENT:TRUE
END:VEVENT
END:VCALENDAR
"""

GOOGLE = """BEGIN:VCALENDAR
PRODID:-//Google Inc//Google Calendar 70.9054//EN
VERSION:2.0
CALSCALE:GREGORIAN
METHOD:PUBLISH
X-WR-CALNAME:meri@example.com
X-WR-TIMEZONE:Europe/Helsinki
BEGIN:VEVENT
DTSTART:20270113T080000Z
DTEND:20270113T090000Z
DTSTAMP:20261123T070000Z
UID:abc123@google.com
STATUS:CONFIRMED
SUMMARY:Hammaslääkäri
TRANSP:OPAQUE
END:VEVENT
BEGIN:VEVENT
DTSTART:20270114T080000Z
DTEND:20270114T090000Z
UID:peruttu@google.com
STATUS:CANCELLED
TRANSP:OPAQUE
END:VEVENT
BEGIN:VEVENT
DTSTART;VALUE=DATE:20270115
DTEND;VALUE=DATE:20270116
UID:syntymäpäivä@google.com
STATUS:CONFIRMED
SUMMARY:Aino täyttää 40
TRANSP:TRANSPARENT
END:VEVENT
BEGIN:VEVENT
DTSTART;VALUE=DATE:20270118
UID:merkitsemätön@google.com
SUMMARY:Nimipäivä
END:VEVENT
BEGIN:VEVENT
DTSTART;TZID=Europe/Helsinki:20270119T120000
DTEND;TZID=Europe/Helsinki:20270119T123000
RRULE:FREQ=DAILY;COUNT=3
UID:lounas@google.com
TRANSP:OPAQUE
END:VEVENT
END:VCALENDAR
"""

APPLE = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Apple Inc.//macOS 15.1//EN
X-APPLE-CALENDAR-COLOR:#1BADF8
BEGIN:VEVENT
CREATED:20261101T101010Z
UID:9B1D-APPLE
DTSTART;TZID=Europe/Helsinki:20270201T180000
DURATION:PT1H30M
SUMMARY:Kuoro
X-APPLE-STRUCTURED-LOCATION;VALUE=URI;X-TITLE="Kirkko, Kallio":geo:60.1,24
 .9
BEGIN:VALARM
X-WR-ALARMUID:1
TRIGGER:-PT30M
END:VALARM
RDATE;TZID=Europe/Helsinki:20270203T180000,20270205T180000
END:VEVENT
BEGIN:VEVENT
UID:kelluva
DTSTART:20270202T090000
DTEND:20270202T100000
END:VEVENT
BEGIN:VEVENT
UID:pariisi
DTSTART;TZID=Europe/Paris:20270204T090000
DTEND;TZID=Europe/Paris:20270204T100000
END:VEVENT
BEGIN:VEVENT
UID:hetki
DTSTART:20270206T090000
END:VEVENT
BEGIN:VTODO
UID:tehtävä
DUE:20270206T090000
END:VTODO
END:VCALENDAR
"""


def found(text: str, now: datetime = NOW) -> Found:
    return read(text.replace("\n", "\r\n").encode(), now=now, ours=OURS)


def written(times: Sequence[Any]) -> list[str]:
    return [
        f"{start.astimezone(HELSINKI):%d.%m. %H:%M}–{end.astimezone(HELSINKI):%d.%m. %H:%M}" for start, end in times
    ]


def event(*lines: str, start: str = "20270113T090000", end: str = "20270113T100000", uid: str = "yksi") -> str:
    rows = (f"UID:{uid}", f"DTSTART:{start}", f"DTEND:{end}", *lines)
    return "\n".join(["BEGIN:VEVENT", *rows, "END:VEVENT"]) + "\n"


def calendar(*events: str) -> str:
    return f"BEGIN:VCALENDAR\nVERSION:2.0\n{''.join(events)}END:VCALENDAR\n"


# --- as calendars are written ---------------------------------------------------------------------------------------


def test_outlook_across_summer_time_with_its_exceptions() -> None:
    read_of = found(OUTLOOK)
    assert written(read_of.times) == [
        "15.03. 09:00–15.03. 10:00",
        "24.03. 00:00–26.03. 00:00",
        "29.03. 09:00–29.03. 10:00",  # the clocks went forward on the 28th
        "06.04. 13:00–06.04. 14:00",  # moved from the 5th
        "12.04. 09:00–12.04. 10:00",
        "19.04. 09:00–19.04. 10:00",
    ]
    assert read_of.unread == 0


def test_google_with_what_is_cancelled_transparent_and_only_marked_as_a_day() -> None:
    assert written(found(GOOGLE).times) == [
        "13.01. 10:00–13.01. 11:00",
        "19.01. 12:00–19.01. 12:30",
        "20.01. 12:00–20.01. 12:30",
        "21.01. 12:00–21.01. 12:30",
    ]


def test_apple_with_a_length_more_dates_a_floating_time_and_another_zone() -> None:
    assert written(found(APPLE).times) == [
        "01.02. 18:00–01.02. 19:30",
        "02.02. 09:00–02.02. 10:00",
        "03.02. 18:00–03.02. 19:30",
        "04.02. 10:00–04.02. 11:00",
        "05.02. 18:00–05.02. 19:30",
    ]


@pytest.mark.parametrize("zone", ["FLE Standard Time", "Europe/Helsinki", "Nowhere/Land", '"FLE Standard Time"'])
def test_names_of_zones_as_windows_writes_them_and_unknown_ones_as_the_clock_here(zone: str) -> None:
    text = calendar(
        f"BEGIN:VEVENT\nUID:1\nDTSTART;TZID={zone}:20270713T090000\nDTEND;TZID={zone}:20270713T100000\nEND:VEVENT\n"
    )
    assert written(found(text).times) == ["13.07. 09:00–13.07. 10:00"]


def test_another_zone_of_windows() -> None:
    zone = "Central European Standard Time"
    text = calendar(
        f"BEGIN:VEVENT\nUID:1\nDTSTART;TZID={zone}:20270713T090000\nDTEND;TZID={zone}:20270713T100000\nEND:VEVENT\n"
    )
    assert written(found(text).times) == ["13.07. 10:00–13.07. 11:00"]


def test_free_and_busy_periods() -> None:
    text = calendar(
        "BEGIN:VFREEBUSY\nUID:1\nFREEBUSY;FBTYPE=BUSY:20270113T080000Z/PT1H,20270113T100000Z/20270113T110000Z\n"
        "FREEBUSY;FBTYPE=FREE:20270114T080000Z/PT1H\nFREEBUSY:20270115T080000Z/PT30M\nEND:VFREEBUSY\n"
    )
    assert written(found(text).times) == [
        "13.01. 10:00–13.01. 11:00",
        "13.01. 12:00–13.01. 13:00",
        "15.01. 10:00–15.01. 10:30",
    ]


def test_our_own_sessions_in_it_are_left_out() -> None:
    text = calendar(event(uid=f"d4c0{OURS}"), event(uid="muu", start="20270114T090000", end="20270114T100000"))
    assert written(found(text).times) == ["14.01. 09:00–14.01. 10:00"]


def test_what_overlaps_or_touches_is_one_time() -> None:
    text = calendar(
        event(),
        event(uid="2", start="20270113T093000", end="20270113T103000"),
        event(uid="3", start="20270113T103000", end="20270113T110000"),
    )
    assert written(found(text).times) == ["13.01. 09:00–13.01. 11:00"]


def test_the_window_is_from_yesterday_to_four_hundred_days_ahead_and_what_crosses_it_is_cut() -> None:
    text = calendar(
        event(uid="1", start="20261121T220000", end="20261122T010000"),
        event(uid="2", start="20261121T100000", end="20261121T110000"),
        event("RRULE:FREQ=DAILY", uid="3", start="20200101T090000", end="20200101T100000"),
    )
    times = found(text).times
    assert written(times)[:2] == ["22.11. 00:00–22.11. 01:00", "22.11. 09:00–22.11. 10:00"]
    assert times[-1][0].astimezone(HELSINKI).date() == NOW.date() + timedelta(days=400)
    assert len(times) == 1 + 402


@pytest.mark.parametrize(
    ("rule", "first"),
    [
        ("FREQ=WEEKLY;INTERVAL=2", "23.11."),
        ("FREQ=MONTHLY", "02.12."),
        ("FREQ=MONTHLY;BYDAY=2TU", "08.12."),
        ("FREQ=YEARLY", "02.03."),
        ("FREQ=YEARLY;BYMONTH=12;BYDAY=-1FR", "25.12."),
        ("FREQ=MONTHLY;INTERVAL=5;BYMONTHDAY=-1", "30.11."),
    ],
)
def test_what_began_long_ago_has_the_days_that_it_would_have_by_counting(rule: str, first: str) -> None:
    from dateutil.rrule import rrulestr

    start = datetime(1970, 3, 2, 9, tzinfo=HELSINKI).replace(tzinfo=None)
    text = calendar(event(f"RRULE:{rule}", start="19700302T090000", end="19700302T100000"))
    times = found(text).times
    begins, ends = reading.window(NOW)
    counted = rrulestr(rule, dtstart=start).between(begins.replace(tzinfo=None), ends.replace(tzinfo=None))
    assert [start.astimezone(HELSINKI).replace(tzinfo=None) for start, _end in times] == counted
    assert written(times)[0].startswith(first)


def test_a_night_shift_is_as_long_as_it_is_by_a_clock_that_never_changes() -> None:
    text = calendar("BEGIN:VEVENT\nUID:1\nDTSTART;TZID=Europe/Helsinki:20270327T220000\nDURATION:PT8H\nEND:VEVENT\n")
    ((start, end),) = found(text).times
    assert end - start == timedelta(hours=8)
    assert written([(start, end)]) == ["27.03. 22:00–28.03. 07:00"]


# --- what cannot be read --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<!DOCTYPE html><html><body>Kirjaudu sisään</body></html>",
        "BEGIN:VCARD\nFN:Meri\nEND:VCARD\n",
        calendar(event())[:-20],
        calendar(event()).replace("END:VEVENT", "END:VTODO"),
        "%PDF-1.7\n",
        "BEGIN:VEVENT\nEND:VEVENT\n",
    ],
)
def test_what_is_no_calendar_or_not_whole_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="calendar"):
        found(text)


def test_one_bad_event_spoils_no_other() -> None:
    text = calendar(
        event(),
        event(uid="2", start="huomenna"),
        event(uid="3", start="20270114T100000", end="20270114T090000"),
        event("RRULE:FREQ=SOMETIMES", uid="4"),
        "BEGIN:VEVENT\nUID:5\nEND:VEVENT\n",
    )
    read_of = found(text)
    assert written(read_of.times) == ["13.01. 09:00–13.01. 10:00"]
    assert read_of.unread == 4


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=SECONDLY",
        "FREQ=MINUTELY;INTERVAL=5",
        "FREQ=HOURLY",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;INTERVAL=-1",
        "FREQ=DAILY;INTERVAL=999999999999",
        "FREQ=DAILY;BYHOUR=" + ",".join(map(str, range(24))) + ";BYMINUTE=" + ",".join(map(str, range(60))),
        "FREQ=DAILY;COUNT=nolla",
    ],
)
def test_a_rhythm_that_nobody_has_is_not_followed(rule: str) -> None:
    started = clocks.monotonic()
    read_of = found(
        calendar(event(f"RRULE:{rule}", uid="1"), event(uid="2", start="20270120T090000", end="20270120T100000"))
    )
    assert clocks.monotonic() - started < 1
    assert "20.01. 09:00–20.01. 10:00" in written(read_of.times)
    assert read_of.unread == 1


def test_too_many_events_times_and_repetitions_are_let_go() -> None:
    with pytest.raises(Refused, match="much"):
        found(calendar(*[event(uid=str(number)) for number in range(reading.MOST_EVENTS + 1)]))
    hourly = "RRULE:FREQ=DAILY;BYHOUR=" + ",".join(map(str, range(24)))
    with pytest.raises(Refused, match="much"):
        found(calendar(event(hourly, start="20261201T000000", end="20261201T001000")))
    with pytest.raises(Refused, match="much"):
        found(calendar(*[event("RRULE:FREQ=DAILY;COUNT=100000", uid=str(n), start="19000101T090000",
                               end="19000101T091000") for n in range(10)]))  # fmt: skip


def test_a_rule_that_never_comes_true_ends_with_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "PATIENCE", 2.0)
    never = calendar(*[event("RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", uid=str(number)) for number in range(10)])
    started = clocks.monotonic()
    with pytest.raises(Refused, match="much"):
        actions.read(never.encode(), now=NOW)
    assert clocks.monotonic() - started < 5


def test_the_process_reads_as_the_function_does() -> None:
    content = OUTLOOK.replace("\n", "\r\n").encode()
    assert actions.read(content, now=NOW) == read(content, now=NOW, ours=OURS)
    with pytest.raises(Refused, match="calendar"):
        actions.read(b"<html>", now=NOW)


def test_what_an_event_is_about_is_never_even_parsed() -> None:
    lines = "\n".join(reading.kept_lines(OUTLOOK))
    for word in ("Viikkopalaveri", "Neuvotteluhuone", "Pitkä", "SUMMARY", "VALARM", "TRIGGER"):
        assert word not in lines


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_refused_or_read(noise: bytes) -> None:
    start = b"BEGIN:VEVENT\r\nDTSTART:" + noise + b"\r\nEND:VEVENT"
    for content in (noise, *(b"BEGIN:VCALENDAR\r\n%b\r\nEND:VCALENDAR\r\n" % each for each in (noise, start))):
        try:
            read(content, now=NOW, ours=OURS)
        except Refused:
            continue


# --- properties -----------------------------------------------------------------------------------------------------

MINUTE = timedelta(minutes=1)
BASE = datetime(2027, 1, 1, tzinfo=UTC)
SPANS = st.lists(
    st.tuples(st.integers(0, 600), st.integers(1, 90)).map(
        lambda pair: (BASE + pair[0] * MINUTE, BASE + (pair[0] + pair[1]) * MINUTE)
    ),
    max_size=25,
)


def minutes_in(times: Sequence[Any]) -> set[int]:
    return {minute for start, end in times for minute in range((start - BASE) // MINUTE, (end - BASE) // MINUTE)}


@given(SPANS)
def test_merged_times_never_overlap_nor_touch_and_cover_exactly_the_union(spans: list[Any]) -> None:
    times = merged(spans)
    assert all(one[1] < other[0] for one, other in pairwise(times))
    assert all(start < end for start, end in times)
    assert minutes_in(times) == minutes_in(spans)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.dates(date(2026, 11, 25), date(2027, 11, 1)),
            st.integers(0, 23 * 4),
            st.integers(1, 40),
            st.booleans(),
        ),
        max_size=8,
    )
)
def test_of_written_events_the_times_are_the_union_of_those_that_take_time(drawn: list[Any]) -> None:
    rows, wanted = [], []
    for number, (day, quarter, length, taken) in enumerate(drawn):
        start = datetime(day.year, day.month, day.day, tzinfo=UTC) + quarter * timedelta(minutes=15)
        end = start + length * timedelta(minutes=15)
        shown = "TRANSP:OPAQUE" if taken else "TRANSP:TRANSPARENT"
        rows.append(event(shown, uid=str(number), start=f"{start:%Y%m%dT%H%M%SZ}", end=f"{end:%Y%m%dT%H%M%SZ}"))
        if taken:
            wanted.append((start, end))
    times = found(calendar(*rows)).times
    assert list(times) == merged(wanted)
    assert all(one[1] < other[0] for one, other in pairwise(times))
