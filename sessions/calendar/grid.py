"""Where a day's sessions stand in the grid of a week: rows of a quarter of an hour, side by side where they overlap.

A strict content policy allows no style of an element's own, so a place is a number that becomes a class.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from formats.clock import HELSINKI
from sessions.calendar.days import Day
from sessions.calendar.elsewhere import Elsewhere
from sessions.calendar.items import DAY_MINUTES, Item, minutes_of
from sessions.working_time import Span, Working, stretches

#: The hours that a week shows at least.
OPENS: Final = 7
CLOSES: Final = 20
QUARTER: Final = 15
MOST_BESIDE: Final = 4


@dataclass(frozen=True)
class Placed:
    """An item `rows` quarters long from row `row` (0 is the top), as the `lane`th of `lanes` side by side."""

    item: Item
    row: int
    rows: int
    lane: int = 1
    lanes: int = 1


@dataclass(frozen=True)
class Shade:
    """A stretch behind the sessions of a day: `work` or `travel`; `now` is where the clock stands."""

    kind: str
    row: int
    rows: int


@dataclass(frozen=True)
class Block:
    """What is taken elsewhere, behind the sessions; without rows where it lies beyond the hours that are shown."""

    of: Elsewhere
    row: int
    rows: int


@dataclass(frozen=True)
class Column:
    """A day of a week with its grid."""

    day: Day
    placed: Sequence[Placed]
    shades: Sequence[Shade]
    elsewhere: Sequence[Block]


def hours_shown(items: Iterable[Item], working: Working) -> tuple[int, int]:
    """Return the first hour and the one after the last that hold all of `items` and the working hours."""
    spans = [(item.begins, item.ends) for item in items] + [span for day in working.spans.values() for span in day]
    opens = min([OPENS * 60, *(begins for begins, _ends in spans)]) // 60
    closes = -(-max([CLOSES * 60, *(ends for _begins, ends in spans)]) // 60)
    return opens, closes


def column(day: Day, hours: tuple[int, int], working: Working, now: datetime) -> Column:
    """Return `day` in a grid that shows `hours`."""
    shades = [
        *(shade("work", span, hours) for span in stretches(working.spans.get(day.day.weekday(), ()))),
        *(shade("travel", span, hours) for span in ways(day.items, working.travel)),
    ]
    if day.today:
        clock = minutes_of(now.astimezone(HELSINKI))
        shades.append(shade("now", (clock, clock + QUARTER), hours))
    blocks = [block(one, hours) for one in day.elsewhere]
    return Column(day, beside(rows_of(day.items, hours)), [each for each in shades if each], blocks)


def quarter_of(minutes: int, hours: tuple[int, int]) -> int:
    """Return the row nearest to a time, within the grid. From a quarter's length on, rows overlap only as clocks do."""
    opens, closes = hours
    nearest = (minutes + QUARTER // 2) // QUARTER
    return min(max(nearest - opens * 4, 0), (closes - opens) * 4)


def shade(kind: str, span: Span, hours: tuple[int, int]) -> Shade | None:
    first, last = (quarter_of(minutes, hours) for minutes in span)
    return Shade(kind, first, last - first) if last > first else None


def block(one: Elsewhere, hours: tuple[int, int]) -> Block:
    first, last = quarter_of(one.begins, hours), quarter_of(one.ends, hours)
    return Block(one, first, last - first)


def rows_of(items: Iterable[Item], hours: tuple[int, int]) -> list[Placed]:
    placed = []
    for item in items:
        first, last = quarter_of(item.begins, hours), quarter_of(item.ends, hours)
        placed.append(Placed(item, first, max(1, last - first)))
    return placed


def beside(placed: Sequence[Placed]) -> list[Placed]:
    """Return `placed`, which come in order, with those that overlap in lanes beside each other."""
    done: list[Placed] = []
    group: list[tuple[Placed, int]] = []
    ends: list[int] = []  # of each lane of the group
    for one in placed:
        if group and one.row >= max(ends):
            done += in_lanes(group, len(ends))
            group, ends = [], []
        free = [lane for lane, end in enumerate(ends) if end <= one.row]
        lane = free[0] if free else min(len(ends), MOST_BESIDE - 1)
        ends[lane : lane + 1] = [one.row + one.rows]
        group.append((one, lane))
    return done + in_lanes(group, len(ends))


def in_lanes(group: Sequence[tuple[Placed, int]], lanes: int) -> list[Placed]:
    return [Placed(one.item, one.row, one.rows, lane + 1, lanes) for one, lane in group]


def ways(items: Sequence[Item], travel: int) -> list[Span]:
    """Return the time to travel before and after each session in a room, but not between two in the same place."""
    met = [item for item in items if item.room and item.takes_time] if travel else []
    spans = []
    for item in met:
        same = [other for other in met if other is not item and other.room == item.room]
        if not any(0 <= item.begins - other.ends < travel for other in same):
            spans.append((max(0, item.begins - travel), item.begins))
        if not any(0 <= other.begins - item.ends < travel for other in same):
            spans.append((item.ends, min(DAY_MINUTES, item.ends + travel)))
    return spans
