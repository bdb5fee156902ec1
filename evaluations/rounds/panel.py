"""What other pages show of rounds: *Tänään*, the supervisee's home."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import Q

from accounts.models import User
from engagements.models import Contract, Engagement
from engagements.models.contract import TODAY
from engagements.models.terms import Interim
from evaluations.models import Mode, QuestionnaireKind, Round, RoundState
from evaluations.rounds.opening import OPENED_IN
from evaluations.rounds.points import Point, due_by
from evaluations.rounds.usual import local_day
from evaluations.rounds.wording import READABLE

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


def to_plan(user: User, now: datetime) -> Iterator[tuple[Engagement, Point]]:
    """Say which evaluations that contracts name are due, or soon will be, and have no round. One query."""
    named = Q(evaluation_baseline=True) | Q(evaluation_final=True) | ~Q(evaluation_interim=Interim.NONE)
    contracts = Contract.objects.led_by(user).in_force(TODAY).filter(named, engagement__state__in=OPENED_IN)
    real = contracts.filter(engagement__example=False).order_by("engagement__sort_key", "pk")
    return due_by(real, now, local_day(now) + AHEAD)


def to_open(user: User, now: datetime) -> Any:
    """Return planned rounds whose last day has passed before anybody opened them. One query."""
    planned = Round.objects.led_by(user).filter(state=RoundState.PLANNED, closes_on__lt=local_day(now))
    mine = planned.filter(~Q(mode=Mode.OWN) | Q(created_by=user))
    return mine.select_related("engagement").order_by("closes_on", "pk")


def to_read(user: User, now: datetime) -> Any:
    """Return rounds of `user`'s processes whose results have been there for a week at most. One query."""
    lately = Round.objects.led_by(user).closed().filter(closed_at__gt=now - NEW, outcome__in=READABLE)
    return lately.exclude(mode=Mode.OWN).select_related("engagement").order_by("-closed_at", "pk")
