"""What other pages show of rounds: *Tänään*, the supervisee's home."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import Case, Q, When
from django.db.models.expressions import RawSQL

from accounts.models import User
from engagements.models import Engagement
from engagements.models.contract import ContractQuerySet
from engagements.models.terms import Interim
from evaluations.models import Mode, QuestionnaireKind, Round, RoundState
from evaluations.rounds.opening import OPENED_IN
from evaluations.rounds.points import Point, due_by, with_days
from evaluations.rounds.usual import local_day
from evaluations.rounds.wording import READABLE

#: What waits to be answered first, then what has come, then what was left.
OPEN_THEN_CLOSED: Final = (Case(When(state="open", then=0), When(state="closed", then=1), default=2),)
#: How long before its day an evaluation that nobody has planned is spoken of, and for how long results are new.
AHEAD: Final = timedelta(days=7)
NEW: Final = timedelta(days=7)


@dataclass(frozen=True)
class Asked:
    """What somebody is asked and has not answered."""

    round: UUID
    kind: QuestionnaireKind
    closes_on: date
    title: str


def to_answer(user: User, *, most: int) -> list[Asked]:
    """Return what is asked of `user`, who asks, and is not answered: the nearest last day first. One query."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT round, kind, closes_on, title FROM sec.own_open_rounds() LIMIT %s", [most])
        return [Asked(pk, QuestionnaireKind(kind), day, title) for pk, kind, day, title in cursor.fetchall()]


#: Contracts that name an evaluation.
NAMED: Final = Q(evaluation_baseline=True) | Q(evaluation_final=True) | ~Q(evaluation_interim=Interim.NONE)
#: What points follow from. A contract and its process have fifty columns more, and the worker reads no other terms.
COLUMNS: Final = (
    "evaluation_baseline", "evaluation_interim", "evaluation_final", "sessions_agreed", "engagement__title",
    "engagement__process", "engagement__state", "engagement__starts_on", "engagement__ends_on", "engagement__example",
    "engagement__lead",
)  # fmt: skip


def with_points(contracts: ContractQuerySet, *, also: Q | None = None) -> Any:
    """Return contracts in force, of processes under way, that name evaluations or are `also` asked for, with what their
    points follow from.
    """
    under_way = contracts.filter(NAMED | also if also else NAMED, engagement__state__in=OPENED_IN)
    return with_days(under_way).select_related("engagement").only(*COLUMNS)


def to_plan(contracts: Iterable[Any], now: datetime) -> Iterator[tuple[Engagement, Point]]:
    """Say which evaluations that `contracts` name are due, or soon will be, and have no round; see `with_points`."""
    real = (each for each in contracts if not each.engagement.example)
    return due_by(real, now, local_day(now) + AHEAD)


def to_move(user: User, now: datetime, *, most: int) -> Any:
    """Return rounds of the processes `user` leads with which there is something to do: their own evaluation to answer,
    results that have been there for a week at most, and planned ones whose last day has passed. One query.
    """
    asked = RawSQL("SELECT o.round FROM sec.own_open_rounds() o", [])
    own = Q(state=RoundState.OPEN, mode=Mode.OWN, created_by=user, pk__in=asked)
    new = Q(state=RoundState.CLOSED, closed_at__gt=now - NEW, outcome__in=READABLE) & ~Q(mode=Mode.OWN)
    late = Q(state=RoundState.PLANNED, closes_on__lt=local_day(now)) & (~Q(mode=Mode.OWN) | Q(created_by=user))
    found = Round.objects.led_by(user).filter(own | new | late).select_related("engagement")
    return found.order_by(*OPEN_THEN_CLOSED, "closes_on", "pk")[:most]
