"""Pictures of results in their own units, to be drawn by a template as SVG: where things stand, and what they say.

Places are texts, as SVG wants them, whatever language the page speaks. A picture has a title and a description that say
in words all that it shows.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from engagements.models.levels import signed
from evaluations.suppression import Band, Shown
from formats.days import write_day
from formats.numbers import write_decimal

#: How a question stood on a day: lower end of the middle half, middle, upper end; None: nothing is told.
Spot = tuple[date, tuple[float, float, float] | None]

WIDTH: Final = 320
SIDE: Final = 8
#: Of a distribution: where columns may begin, and where they stand.
TOP, FLOOR = 20, 112
#: Of medians over rounds: the room of the scale.
LEFT, RIGHT, HIGHEST, LOWEST = 30, 306, 22, 118
#: From more points than these on only the first and the last are labelled; all stand in the table.
MOST_LABELS: Final = 10


@dataclass(frozen=True)
class Column:
    """A band: as wide as its steps, its area as large as its count."""

    x: str
    y: str
    width: str
    height: str
    middle: str
    label_y: str
    count: int
    several: bool


@dataclass(frozen=True)
class Tick:
    place: str
    label: str
    strong: bool = False


@dataclass(frozen=True)
class Distribution:
    """How often each step was chosen; under it a line over the middle half, and the median as a dot."""

    title: str
    description: str
    columns: Sequence[Column]
    ticks: Sequence[Tick]
    low: str
    median: str
    high: str
    width: int = WIDTH
    height: int = FLOOR + 46
    floor: int = FLOOR
    tick_y: int = FLOOR + 18
    box_y: int = FLOOR + 34
    right: int = WIDTH - SIDE
    left: int = SIDE


@dataclass(frozen=True)
class Row:
    """A band in a table; `width` is its bar's, of a hundred."""

    label: str
    words: str
    count: int
    width: str


@dataclass(frozen=True)
class Dot:
    x: str
    y: str
    low: str
    high: str
    label: str
    label_y: str


@dataclass(frozen=True)
class Line:
    """Medians over rounds, each with a line over its middle half; a round that tells nothing is a gap."""

    title: str
    description: str
    ticks: Sequence[Tick]
    dots: Sequence[Dot]
    paths: Sequence[str]
    first: date
    last: date
    width: int = WIDTH
    height: int = LOWEST + 14
    left: int = LEFT
    right: int = WIDTH - 4
    label_x: int = LEFT - 8


def figure(value: float, steps: Sequence[int]) -> str:
    """Return a value of the scale as it is written: levels of goals with their sign, halves by the language's comma."""
    text = write_decimal(abs(value))
    if not steps or steps[0] >= 0 or not value:
        return text
    return f"+{text}" if value > 0 else f"−{text}"


def moved(value: float) -> str:
    """Return a difference with its sign, and a real minus."""
    return figure(value, (-1,))


def span(low: float, high: float, steps: Sequence[int]) -> str:
    dash = " … " if steps and steps[0] < 0 else "–"
    return figure(low, steps) if low == high else f"{figure(low, steps)}{dash}{figure(high, steps)}"


def distribution(words: str, shown: Shown, steps: Sequence[int]) -> Distribution:
    cell = (WIDTH - 2 * SIDE) / len(steps)
    densest = max(density(band) for band in shown.bands)

    def place(step: float) -> float:
        return SIDE + cell * (step - steps[0] + 0.5)

    columns = []
    for band in shown.bands:
        if not band.count:
            continue
        left, right = place(band.first) - cell / 2 + 1.5, place(band.last) + cell / 2 - 1.5
        tall = max((FLOOR - TOP) * density(band) / densest, 2)
        columns.append(
            Column(
                text(left), text(FLOOR - tall), text(right - left), text(tall), text((left + right) / 2),
                text(FLOOR - tall - 5), band.count, band.first != band.last,
            )
        )  # fmt: skip
    return Distribution(
        title=_("How the answers are distributed: %(question)s") % {"question": words},
        description=summary(shown, steps),
        columns=columns,
        ticks=[Tick(text(place(step)), figure(step, steps)) for step in steps],
        low=text(place(shown.low)),
        median=text(place(shown.median)),
        high=text(place(shown.high)),
    )


def density(band: Band) -> float:
    return band.count / (band.last - band.first + 1)


def summary(shown: Shown, steps: Sequence[int]) -> str:
    """Return the figures of one question in a sentence."""
    answered = ngettext("%(n)d answer.", "%(n)d answers.", shown.n) % {"n": shown.n}
    middle = _("Median %(median)s, the middle half %(span)s.") % {
        "median": figure(shown.median, steps), "span": span(shown.low, shown.high, steps),
    }  # fmt: skip
    bands = ", ".join(f"{span(band.first, band.last, steps)}: {band.count}" for band in shown.bands)
    chosen = _("Chosen how often: %(bands)s.") % {"bands": bands}
    return f"{answered} {middle} {chosen}"


def rows(shown: Shown, words_of: Callable[[int], str] | None = None) -> list[Row]:
    """Return the bands for a table: as they rise, or with the words of each level, the best first."""
    most = max(band.count for band in shown.bands)
    found = []
    for band in shown.bands[:: -1 if words_of else 1]:
        steps = range(band.first, band.last + 1)
        if words_of is None:
            label, words = span(band.first, band.last, (0,)), ""
        else:
            label = span(band.first, band.last, (-2,)) if band.first != band.last else signed(band.first)
            words = "; ".join(words_of(step) for step in reversed(steps))
        found.append(Row(label, words, band.count, text(100 * band.count / most)))
    return found


def line(words: str, spots: Sequence[Spot], steps: Sequence[int]) -> Line | None:
    """Return the picture of a question over rounds; None when fewer than two of them tell anything."""
    told = [(number, day, *values) for number, (day, values) in enumerate(spots) if values is not None]
    if len(told) < 2:
        return None

    def place(number: int) -> float:
        return LEFT + 16 + (RIGHT - LEFT - 16) * number / (len(spots) - 1)

    def height(value: float) -> float:
        return LOWEST - (LOWEST - HIGHEST) * (value - steps[0]) / (steps[-1] - steps[0])

    dots: list[Dot] = []
    paths: list[str] = []
    before = -2
    for number, _day, low, middle, high in told:
        labelled = len(told) <= MOST_LABELS or number in (told[0][0], told[-1][0])
        x, y = text(place(number)), text(height(middle))
        label = figure(middle, steps) if labelled else ""
        dots.append(Dot(x, y, text(height(low)), text(height(high)), label, text(height(high) - 8)))
        if number == before + 1:
            paths[-1] += f" L{x} {y}"
        else:
            paths.append(f"M{x} {y}")
        before = number
    return Line(
        title=_("Over the rounds: %(question)s") % {"question": words},
        description=", ".join(f"{write_day(day)}: {figure(middle, steps)}" for _n, day, _low, middle, _high in told),
        ticks=[Tick(text(height(step)), figure(step, steps), step == 0 and steps[0] < 0) for step in lined(steps)],
        dots=dots,
        paths=paths,
        first=spots[0][0],
        last=spots[-1][0],
    )


def lined(steps: Sequence[int]) -> Sequence[int]:
    """Return the steps that get a line: of a long scale the ends and the middle."""
    return steps if len(steps) <= 5 else (steps[0], steps[len(steps) // 2], steps[-1])


def text(place: float) -> str:
    return f"{place:.1f}"
