"""What a page of effects shows: under each theme or indicator its questions, before and after, in ready words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from accounts import lists
from engagements.models import Form
from engagements.models.goal import Theme
from evaluations.effects.pool import Crowd, Effect, Wanted, effects
from evaluations.questions import Indicator
from evaluations.suppression import Shown
from formats.numbers import write_decimal

THEMES, INDICATORS = "theme", "indicator"
#: The picture, in its own units.
WIDTH, HEIGHT, LEFT, RIGHT, FLOOR = 320, 96, 78, 308, 70
BEFORE_Y, AFTER_Y = 20, 50
#: How wide the words beside a line are at most; scales longer than this are labelled at every other step.
MOST_LABELS: Final = 6
#: Where people went, in bands: down (−1), nowhere (0) and up (1).
WENT: Final = {
    (1, 1): gettext_lazy("%(n)d went up"),
    (0, 0): gettext_lazy("%(n)d stayed"),
    (-1, -1): gettext_lazy("%(n)d went down"),
    (0, 1): gettext_lazy("%(n)d stayed or went up"),
    (-1, 0): gettext_lazy("%(n)d stayed or went down"),
}


@dataclass(frozen=True)
class Mark:
    """One line of a picture: where the middle half begins and ends, and where the median is."""

    label: str
    y: int
    low: str
    median: str
    high: str
    value: str


@dataclass(frozen=True)
class Tick:
    place: str
    label: str


@dataclass(frozen=True)
class Picture:
    title: str
    description: str
    marks: Sequence[Mark]
    ticks: Sequence[Tick]
    width: int = WIDTH
    height: int = HEIGHT
    floor: int = FLOOR
    label_x: int = LEFT - 16


@dataclass(frozen=True)
class Line:
    """One time in the table below the picture."""

    label: str
    n: int
    median: str
    half: str


@dataclass(frozen=True)
class Card:
    """What is shown of one question."""

    effect: Effect
    words: str
    scale: str
    picture: Picture
    lines: Sequence[Line]
    moved: str
    changes: str


@dataclass(frozen=True)
class Group:
    key: str
    heading: str
    cards: Sequence[Card]


@dataclass(frozen=True)
class Choice:
    label: str
    url: str
    current: bool


@dataclass(frozen=True)
class Page:
    """`groups`: what is shown. `any`: something would be shown of all of it. `query`: how to come to the same again."""

    groups: Sequence[Group]
    any: bool
    by: Sequence[Choice]
    forms: Sequence[Choice]
    years: Sequence[Choice]
    query: str
    chosen: str


def page(crowds: Sequence[Crowd], threshold: int, asked: dict[str, str], *, all_own: bool) -> Page:
    """Return what is shown of `crowds` to who has `asked` in the address: `by`, and `form` or `year`."""
    form = asked.get("form", "") if asked.get("form") in Form.values else ""
    year = year_of(asked.get("year", "")) if not form else None
    by = INDICATORS if asked.get("by") == INDICATORS else THEMES
    every = effects(crowds, Wanted(threshold, all_own=all_own))
    shown = effects(crowds, Wanted(threshold, form, year, all_own)) if form or year else every
    forms = {each for one in every for each in one.forms}
    years = {each for one in every for each in one.years}
    by_word = by if by == INDICATORS else ""
    return Page(
        groups(shown, by),
        bool(every),
        [
            Choice(_("By theme"), lists.link(form=form, year=str(year or "")), by == THEMES),
            Choice(_("By indicator"), lists.link(by=INDICATORS, form=form, year=str(year or "")), by == INDICATORS),
        ],
        choices(
            [(key, capfirst(str(label))) for key, label in Form.choices if key in forms], form, by=by_word, name="form"
        ),
        choices([(str(each), str(each)) for each in sorted(years)], str(year or ""), by=by_word, name="year"),
        lists.link(by=by_word, form=form, year=str(year or "")),
        capfirst(str(Form(form).label)) if form else str(year or ""),
    )


def year_of(text: str) -> int | None:
    return int(text) if len(text) == 4 and text.isascii() and text.isdigit() else None


def choices(values: Sequence[tuple[str, str]], current: str, *, by: str, name: str) -> list[Choice]:
    """Return the ways to what may be told apart, with all of it first; none when there is nothing to choose."""
    if not values:
        return []
    every = Choice(pgettext("filter", "All"), lists.link(by=by), not current)
    return [every, *(Choice(label, lists.link(by=by, **{name: key}), key == current) for key, label in values)]


def groups(shown: Iterable[Effect], by: str) -> list[Group]:
    """Return the questions under their themes or indicators, in the order of these; those without one come last."""
    headings = [(key, capfirst(str(label))) for key, label in (Theme if by == THEMES else Indicator).choices]
    found: dict[str, list[Card]] = {key: [] for key, _heading in [*headings, ("", "")]}
    for each in shown:
        key = each.question.theme if by == THEMES else each.question.indicator
        found[key if key in found else ""].append(card(each))
    last = _("Under no theme") if by == THEMES else _("Under no indicator")
    return [Group(key or "none", heading, found[key]) for key, heading in [*headings, ("", last)] if found[key]]


def card(effect: Effect) -> Card:
    steps = effect.question.steps
    scale = _("scale %(first)d–%(last)d") % {"first": steps[0], "last": steps[-1]}
    lines = [line(pgettext("evaluation", "Before"), effect.before), line(pgettext("evaluation", "After"), effect.after)]
    return Card(effect, effect.question.words, scale, picture(effect, lines), lines, moved(effect), changes(effect))


def line(label: str, shown: Shown) -> Line:
    return Line(label, shown.n, write_decimal(shown.median), half(shown.low, shown.high))


def half(low: float, high: float) -> str:
    return f"{write_decimal(low)}–{write_decimal(high)}"


def signed(value: float) -> str:
    """Return a difference with its sign; nothing has changed at 0."""
    return ("+" if value > 0 else "−" if value < 0 else "±") + write_decimal(abs(value))


def moved(effect: Effect) -> str:
    return _("The median differs by %(steps)s.") % {"steps": signed(effect.moved)}


def changes(effect: Effect) -> str:
    """Say how people changed who answered both times under a code, where that may be told."""
    found = effect.changes
    if not found:
        return ""
    people = ngettext(
        "Of %(n)d person who answered both times under a code:",
        "Of %(n)d people who answered both times under a code:",
        found.n,
    ) % {"n": found.n}  # fmt: skip
    went = ", ".join(WENT[band.first, band.last] % {"n": band.count} for band in reversed(found.bands))
    middle = _("Median change %(median)s, the middle half between %(low)s and %(high)s.") % {
        "median": signed(found.median), "low": signed(found.low), "high": signed(found.high),
    }  # fmt: skip
    return f"{people} {went}. {middle}"


def picture(effect: Effect, lines: Sequence[Line]) -> Picture:
    """Return the picture of a question: a line over the middle half, a dot at the median; before above, after below."""
    steps = effect.question.steps
    marks = [
        Mark(
            words.label, y, place(shown.low, steps), place(shown.median, steps), place(shown.high, steps), words.median
        )
        for words, y, shown in zip(lines, (BEFORE_Y, AFTER_Y), (effect.before, effect.after), strict=True)
    ]
    every = 1 if len(steps) <= MOST_LABELS else 2
    ticks = [Tick(place(step, steps), str(step)) for step in steps[::every]]
    description = _(
        "Before: median %(before)s, the middle half %(half_before)s. After: median %(after)s, the middle half "
        "%(half_after)s. The same figures stand in the table."
    ) % {
        "before": lines[0].median, "half_before": lines[0].half,
        "after": lines[1].median, "half_after": lines[1].half,
    }  # fmt: skip
    return Picture(_("Before and after: %(question)s") % {"question": effect.question.words}, description, marks, ticks)


def place(value: float, steps: Sequence[int]) -> str:
    """Return where a value of the scale lies from the left, as SVG wants it whatever language the page speaks."""
    return str(round(LEFT + (RIGHT - LEFT) * (value - steps[0]) / (steps[-1] - steps[0]), 1))
