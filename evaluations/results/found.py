"""What was found: results as page and paper show them. Nothing in here has to be withheld any more."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from uuid import UUID

from evaluations.models import Mode
from evaluations.results import charts
from evaluations.suppression import Change, Shown


@dataclass(frozen=True)
class About:
    """A round as its results speak of it; `day` is its last one. `who` reads them: see `elements/visibility.html`."""

    pk: UUID
    kind: str
    day: date
    who: str
    who_label: str


@dataclass(frozen=True)
class Level:
    """A level of a goal, in the words that were in force when the round opened."""

    level: int
    sign: str
    words: str


@dataclass(frozen=True)
class GoalAsked:
    """A goal that was asked about, by levels described before, the best first."""

    text: str
    weight: int
    owner: UUID | None
    levels: Sequence[Level]

    def words_of(self, level: int) -> str:
        return next((each.words for each in self.levels if each.level == level), "")


@dataclass(frozen=True)
class OptionCount:
    """How many chose one of the options, or one of several that are told together."""

    words: str
    count: int
    width: str


@dataclass(frozen=True)
class Compared:
    """How a question stood in an earlier round: the median there, and how far it has moved since.

    Where the answers of one person are paired by a code, `change` says how people changed: with `reliable`, how many by
    more than the scale errs. None: withheld.
    """

    about: About
    steps: Sequence[int]
    median: float
    moved: float
    paired: bool
    change: Change | None
    reliable: bool

    @property
    def was(self) -> str:
        return charts.figure(self.median, self.steps)

    @property
    def moved_by(self) -> str:
        return charts.moved(self.moved)

    @property
    def directions(self) -> list[tuple[int, int, int]]:
        """How many went down (−1), stayed (0) and went up (1), each from a direction to a direction."""
        return [(band.first, band.last, band.count) for band in self.change.bands] if self.change else []

    @property
    def changed_by(self) -> str:
        return charts.moved(self.change.median) if self.change else ""

    @property
    def changed_half(self) -> str:
        return charts.span(self.change.low, self.change.high, (-1,)) if self.change else ""


@dataclass(frozen=True)
class QuestionResult:
    """What may be said of the answers to one question. Neither `shown` nor `options`: they are withheld."""

    key: str
    kind: str
    words: str
    theme: str
    steps: Sequence[int] = ()
    shown: Shown | None = None
    options: Sequence[OptionCount] = ()
    answered: int = 0
    goal: GoalAsked | None = None
    compared: Compared | None = None

    @property
    def withheld(self) -> bool:
        return self.shown is None and not self.options

    @property
    def median(self) -> str:
        return charts.figure(self.shown.median, self.steps) if self.shown else ""

    @property
    def half(self) -> str:
        return charts.span(self.shown.low, self.shown.high, self.steps) if self.shown else ""

    @cached_property
    def chart(self) -> charts.Distribution | None:
        return charts.distribution(self.words, self.shown, self.steps) if self.shown and not self.goal else None

    @cached_property
    def rows(self) -> list[charts.Row]:
        """The distribution for a table: steps as they rise; the levels of a goal with their words, the best first."""
        if self.shown is None:
            return []
        return charts.rows(self.shown, self.goal.words_of if self.goal else None)


@dataclass(frozen=True)
class Words:
    """What was written in answer to one question, in an order that follows from the words alone."""

    key: str
    words: str
    texts: Sequence[str]


@dataclass(frozen=True)
class Said:
    """One answer that is by name: in words, and as a step where it is one; the same before, and how far it moved."""

    key: str
    kind: str
    words: str
    theme: str
    said: str
    value: int | None = None
    before: str = ""
    moved: str = ""
    goal: GoalAsked | None = None


@dataclass(frozen=True)
class Author:
    """Who has answered by name, and what; `before` is the round their earlier answers are of."""

    name: str
    answers: Sequence[Said]
    before: About | None
    attained: Decimal | None


@dataclass(frozen=True)
class RoundResults:
    """All that is shown of one closed round. `withheld`: no figures of it are."""

    about: About
    engagement: UUID
    title: str
    practice: str
    lead: str
    mode: str
    threshold: int
    withheld: bool
    questions: Sequence[QuestionResult]
    texts: Sequence[Words]
    authors: Sequence[Author]
    attained: Decimal | None
    collected: datetime

    @property
    def figures(self) -> list[QuestionResult]:
        return [each for each in self.questions if each.goal is None]

    @property
    def goals(self) -> list[QuestionResult]:
        return [each for each in self.questions if each.goal is not None]

    @property
    def by_name(self) -> bool:
        return self.mode in (Mode.NAMED, Mode.OWN)


@dataclass(frozen=True)
class Point:
    """How a question stood in one round: figures of many, or the step that one person chose. Neither: withheld, or
    left out.
    """

    about: About
    shown: Shown | None = None
    value: int | None = None

    @property
    def spot(self) -> charts.Spot:
        if self.shown:
            return self.about.day, (self.shown.low, self.shown.median, self.shown.high)
        return self.about.day, None if self.value is None else (self.value, self.value, self.value)


@dataclass(frozen=True)
class Series:
    """One question over the rounds that asked it, from the first to the last."""

    key: str
    kind: str
    words: str
    theme: str
    steps: Sequence[int]
    points: Sequence[Point]
    goal: GoalAsked | None = None

    @property
    def rows(self) -> list[tuple[Point, str, str]]:
        """For a table: each round, what stands in the middle there, and the middle half."""
        return [(point, *self.row(point)) for point in self.points]

    def row(self, point: Point) -> tuple[str, str]:
        _day, values = point.spot
        if values is None:
            return "", ""
        low, middle, high = values
        words = charts.figure(middle, self.steps)
        if self.goal and point.value is not None:
            words = f"{words}: {self.goal.words_of(point.value)}"
        return words, charts.span(low, high, self.steps)

    @cached_property
    def chart(self) -> charts.Line | None:
        return charts.line(self.words, [point.spot for point in self.points], self.steps)


@dataclass(frozen=True)
class Attained:
    """T of the goals that one round asked about; None: not every level of them is told."""

    about: About
    figure: Decimal | None


@dataclass(frozen=True)
class Part:
    """Series whose answers are by the same people: the group (`of_many`), one supervisee, a contact, oneself."""

    heading: str
    who: str
    who_label: str
    of_many: bool
    series: Sequence[Series]
    attained: Sequence[Attained]


@dataclass(frozen=True)
class Comparison:
    """All closed rounds of a process beside each other."""

    engagement: UUID
    title: str
    parts: Sequence[Part]
    collected: datetime
