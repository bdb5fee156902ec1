"""Sums over crowds: what they show of each question, and which part of them may be told apart."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from evaluations.questions import Answer, Kind, Question
from evaluations.suppression import (
    Cell,
    Change,
    Shown,
    crowd_counts,
    may_be_told_apart,
    publish,
    publish_change,
)

#: Kinds of questions that are added up: those of an ordered scale that means the same everywhere.
POOLED: Final = frozenset({Kind.AGREE.value, Kind.SCALE.value})


@dataclass(frozen=True)
class Given:
    """The figures of one respondent; `code` pairs before and after within a process."""

    code: bytes | None
    figures: Mapping[str, Answer]


@dataclass
class Process:
    """One process in a crowd: what was asked before and after, by key, and what was answered.

    `known`: the reader sees its results elsewhere.
    """

    known: bool
    asked: dict[bool, dict[str, Question]] = field(default_factory=lambda: {False: {}, True: {}})
    given: dict[bool, list[Given]] = field(default_factory=lambda: {False: [], True: []})

    def asks(self, question: Question) -> bool:
        return all(
            (found := asked.get(question.key)) is not None and found.kind == question.kind
            for asked in self.asked.values()
        )

    def table(self, question: Question, after: bool) -> list[int | None]:
        return [step(each, question) for each in self.given[after]]

    def pairs(self, question: Question) -> list[tuple[int | None, int | None]]:
        """Return before and after of everybody who has answered both under a code."""
        before = {each.code: each for each in self.given[False]}
        return [
            (step(before[each.code], question), step(each, question))
            for each in self.given[True]
            if each.code and each.code in before
        ]

    @property
    def coded(self) -> bool:
        return all(each.code for given in self.given.values() for each in given)

    @property
    def people(self) -> int:
        return max(map(len, self.given.values()))


def step(given: Given, question: Question) -> int | None:
    """Return which step was chosen; None: left out, or cannot say."""
    value = given.figures.get(question.key)
    return value if isinstance(value, int) and value in question.steps else None


@dataclass
class Crowd:
    """A full crowd with the answers of its processes, and the threshold it was filled by.

    `both`: how many answered before and after; None: exactly the same people did.
    """

    lead: UUID
    form: str
    year: int
    threshold: int
    both: int | None
    processes: list[Process] = field(default_factory=list)


@dataclass(frozen=True)
class Share:
    """What of a crowd is counted of one question: its processes that were asked it before and after."""

    crowd: Crowd
    processes: Sequence[Process]

    @property
    def unknown(self) -> Sequence[Process]:
        return [each for each in self.processes if not each.known]

    @property
    def parts(self) -> Sequence[Sequence[Process]]:
        """The processes that are counted, and, where the reader knows some of them, the others: they must be safe too.

        Where somebody was missing before or after, those few might stand apart in a part of the crowd: an empty part.
        """
        unknown, same = self.unknown, self.crowd.both is None
        every = self.processes if same or len(self.processes) == len(self.crowd.processes) else []
        return [every] if len(unknown) in (0, len(every)) else [every, unknown if same else []]

    def cell(self, processes: Sequence[Process]) -> Cell:
        return Cell(self.crowd.form, self.crowd.year, sum(each.people for each in processes), len(processes))


@dataclass(frozen=True)
class Effect:
    """What is shown of one question: how it stood before and after, in how many processes, and, where it can be told,
    how people changed. `forms` and `years` are what may be told apart of it."""

    question: Question
    before: Shown
    after: Shown
    processes: int
    changes: Change | None
    forms: frozenset[str]
    years: frozenset[int]

    @property
    def moved(self) -> float:
        return self.after.median - self.before.median


@dataclass(frozen=True)
class Wanted:
    """What a reader wants to see: all, one form or one year; and from how many people on their practice shows it.

    `all_own`: all crowds are the reader's. Else nobody may reckon from what they know what the others did.
    """

    threshold: int
    form: str = ""
    year: int | None = None
    all_own: bool = False

    def chosen(self, shares: Iterable[Share]) -> list[Share]:
        return [
            each
            for each in shares
            if self.form in ("", each.crowd.form) and (self.year is None or each.crowd.year == self.year)
        ]

    def apart(self, shares: Sequence[Share]) -> tuple[frozenset[str], frozenset[int]] | None:
        """Return the forms and years that may be told apart; None when what is wanted may not be told."""
        views = [[each.cell(each.processes) for each in shares]]
        if not self.all_own:
            for lead in {each.crowd.lead for each in shares}:
                views.append([each.cell(each.processes) for each in shares if each.crowd.lead != lead])
            views.append([each.cell(each.unknown) for each in shares if each.unknown])
        found = may_be_told_apart(views, self.threshold)
        if found is None:
            return None
        forms, years = frozenset(map(str, found[0])), frozenset(year for year in found[1] if isinstance(year, int))
        told = (not self.form or self.form in forms) and (self.year is None or self.year in years)
        return (forms, years) if told else None


def effects(crowds: Sequence[Crowd], wanted: Wanted) -> list[Effect]:
    """Return what may be shown of each question that `crowds` were asked; of which nothing may be, is not there."""
    return [found for question in questions_of(crowds) if (found := effect(crowds, question, wanted))]


def questions_of(crowds: Iterable[Crowd]) -> list[Question]:
    """Return the questions that can be added up, each as one of the crowds was asked it; in the order of their keys."""
    found: dict[tuple[str, str], Question] = {}
    for crowd in crowds:
        for process in crowd.processes:
            for key, question in process.asked[True].items():
                if question.kind in POOLED and key in process.asked[False]:
                    found.setdefault((key, question.kind), question)
    return [found[each] for each in sorted(found)]


def effect(crowds: Iterable[Crowd], question: Question, wanted: Wanted) -> Effect | None:
    asked = (Share(crowd, [each for each in crowd.processes if each.asks(question)]) for crowd in crowds)
    shares = [share for share in asked if share.processes and counts(share, question)]
    apart = wanted.apart(shares)
    if apart is None:
        return None
    chosen = [each for share in wanted.chosen(shares) for each in share.processes]
    before, after = (
        publish(answers(chosen, question, late), threshold=wanted.threshold, steps=question.steps)
        for late in (False, True)
    )
    if before is None or after is None:
        return None
    return Effect(question, before, after, len(chosen), changes(shares, question, wanted), *apart)


def answers(processes: Iterable[Process], question: Question, after: bool) -> list[int | None]:
    return [value for each in processes for value in each.table(question, after)]


def pairs(processes: Iterable[Process], question: Question) -> list[tuple[int | None, int | None]]:
    return [pair for each in processes for pair in each.pairs(question)]


def counts(share: Share, question: Question) -> bool:
    """Whether a crowd is part of the sums of `question`: as a whole, and as far as the reader does not know it."""
    threshold, both = share.crowd.threshold, share.crowd.both
    return all(
        crowd_counts(answers(part, question, False), answers(part, question, True), threshold=threshold, both=both)
        for part in share.parts
    )


def changes(shares: Iterable[Share], question: Question, wanted: Wanted) -> Change | None:
    """Return how people changed who answered under a code before and after.

    A crowd without codes, or in which somebody was missing, is not in it; nor one whose own changes could not be shown.
    """
    paired = [
        share
        for share in shares
        if share.crowd.both is None
        and all(each.coded for each in share.processes)
        and all(publish_change(pairs(part, question), threshold=share.crowd.threshold, alone=0) for part in share.parts)
    ]
    if wanted.apart(paired) is None:
        return None
    chosen = [each for share in wanted.chosen(paired) for each in share.processes]
    return publish_change(pairs(chosen, question), threshold=wanted.threshold, alone=0)
