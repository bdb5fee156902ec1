"""When the contract wants it to be looked at how the work goes: points, each carried out by one round."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from dateutil.relativedelta import relativedelta
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef

from engagements.blockers import governing_contract
from engagements.models import Contract, Engagement, Process
from engagements.models.terms import Interim
from evaluations.models import QuestionnaireKind, Round, RoundState
from formats.clock import HELSINKI
from sessions.models import Session, SessionState

HALF_A_YEAR: Final = 6
#: An interim evaluation comes so long before the end at least: later, the final one takes its place.
BEFORE_THE_END: Final = timedelta(days=45)
#: Sessions that a process goes by: those held, and those to come.
COUNTING: Final = [SessionState.HELD, SessionState.PLANNED]


@dataclass(frozen=True)
class Point:
    """One evaluation: `key` is baseline, interim-1 … or final. `due_on` is None while its day cannot be said; `named`
    is False for one that the contract does not ask for.
    """

    key: str
    kind: QuestionnaireKind
    due_on: date | None
    named: bool = True


@dataclass(frozen=True)
class Frame:
    """What points follow from. `sessions` are the days of those held and those to come, in order, trials left out."""

    baseline: bool
    interim: str
    final: bool
    single: bool
    starts_on: date | None
    ends_on: date | None
    agreed: int | None
    sessions: Sequence[date]

    def day_of_session(self, number: int) -> date | None:
        return self.sessions[number - 1] if 0 < number <= len(self.sessions) else None

    @property
    def begins(self) -> date | None:
        return self.starts_on or self.day_of_session(1)

    @property
    def ends(self) -> date | None:
        """The last day; where none is agreed, that of the last agreed session, once it is known."""
        return self.ends_on or self.day_of_session(self.agreed or 0)


def points(frame: Frame, today: date) -> list[Point]:
    """Return the points of a process, in the order in which they come; of a process without an end, up to the next one.

    Half-yearly ones stand there also where the contract names no interim evaluation: as an offer, one at a time.
    """
    found = []
    if frame.baseline:
        found.append(Point("baseline", QuestionnaireKind.BASELINE, frame.begins))
    if not frame.single:
        found += interims(frame, today)
    if frame.final:
        found.append(Point("final", QuestionnaireKind.FINAL, frame.ends))
    return found


def interims(frame: Frame, today: date) -> Iterator[Point]:
    if frame.interim == Interim.MIDPOINT:
        yield Point("interim-1", QuestionnaireKind.INTERIM, midpoint(frame))
        return
    if frame.begins is None:
        return
    named = frame.interim == Interim.HALF_YEARLY
    number = 1
    while True:
        day = frame.begins + relativedelta(months=HALF_A_YEAR * number)
        if frame.ends is not None and day > frame.ends - BEFORE_THE_END:
            return
        yield Point(f"interim-{number}", QuestionnaireKind.INTERIM, day, named)
        if day > today and (frame.ends is None or not named):
            return
        number += 1


def midpoint(frame: Frame) -> date | None:
    """Return the day of the middle one of the agreed sessions; while that is not known, the day in the middle."""
    middle = frame.day_of_session(((frame.agreed or 0) + 1) // 2)
    if middle or frame.begins is None or frame.ends is None:
        return middle
    return frame.begins + (frame.ends - frame.begins) // 2


def to_plan(found: Sequence[Point], taken: Collection[str], today: date) -> list[Point]:
    """Return the points that no round carries out and that can still be: what was not asked in its time is not asked
    any more once the one after it is due.
    """
    due = [number for number, point in enumerate(found) if point.due_on is not None and point.due_on <= today]
    return [point for point in found[due[-1] if due else 0 :] if point.key not in taken]


# --- of processes ---------------------------------------------------------------------------------------------------


def points_of(engagement: Engagement, now: datetime) -> list[Point]:
    """Return the points of `engagement`, by the contract that it goes by. Two queries."""
    sessions = sessions_counting().filter(engagement=engagement).values_list("starts_at", flat=True)
    frame = frame_of(engagement, governing_contract(engagement), list(sessions))
    return points(frame, now.astimezone(HELSINKI).date())


def missing(engagement: Engagement, now: datetime) -> list[Point]:
    """Return the points of `engagement` that can be planned or offered. Three queries."""
    taken = engagement.rounds.exclude(state=RoundState.CALLED_OFF).exclude(point="").values_list("point", flat=True)
    return to_plan(points_of(engagement, now), set(taken), now.astimezone(HELSINKI).date())


def with_days(contracts: Any) -> Any:
    """Annotate contracts, one of each process, with what points follow from: `days` and `taken`."""
    sessions = sessions_counting().filter(engagement=OuterRef("engagement")).values("starts_at")
    rounds = Round.objects.filter(engagement=OuterRef("engagement")).exclude(state=RoundState.CALLED_OFF)
    return contracts.annotate(
        days=ArraySubquery(sessions), taken=ArraySubquery(rounds.exclude(point="").order_by().values("point"))
    )


def due_by(contracts: Iterable[Any], now: datetime, day: date) -> Iterator[tuple[Engagement, Point]]:
    """Say which evaluations that `contracts` (`with_days`) name are due by `day` and have no round."""
    today = now.astimezone(HELSINKI).date()
    for contract in contracts:
        found = points(frame_of(contract.engagement, contract, contract.days), today)
        for point in to_plan(found, contract.taken, today):
            if point.named and point.due_on is not None and point.due_on <= day:
                yield contract.engagement, point


def sessions_counting() -> Any:
    return Session.objects.filter(state__in=COUNTING, trial=False).order_by("starts_at", "pk")


def frame_of(engagement: Engagement, contract: Contract, sessions: Sequence[datetime]) -> Frame:
    return Frame(
        baseline=contract.evaluation_baseline,
        interim=contract.evaluation_interim,
        final=contract.evaluation_final,
        single=engagement.process == Process.SINGLE or contract.sessions_agreed == 1,
        starts_on=engagement.starts_on,
        ends_on=engagement.ends_on,
        agreed=contract.sessions_agreed,
        sessions=[each.astimezone(HELSINKI).date() for each in sessions],
    )
