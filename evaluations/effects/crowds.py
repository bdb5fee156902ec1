"""Which processes are only ever counted together. The worker decides it, from who has answered and never from what."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import chain
from typing import Final
from uuid import UUID

from django.db import connection, transaction

from evaluations.models import (
    Crowd,
    CrowdKind,
    Entered,
    Mode,
    Outcome,
    QuestionnaireKind,
    Round,
    RoundState,
    Used,
)
from evaluations.suppression import crowds_are_large, threshold_of

#: Confidences in which nobody's answers are told apart.
TOGETHER: Final = frozenset({Mode.ANONYMOUS, Mode.CODED})
#: … and those in which the supervisor, or the whole group, knows who answered what.
BY_NAME: Final = frozenset({Mode.NAMED, Mode.SHARED})

#: Tells the lock of a practice from other locks.
PRACTICE: Final = 44
#: Persons who answered, by round.
Answered = Mapping[UUID, frozenset[UUID]]


@transaction.atomic
def enter(round_id: UUID, now: datetime) -> bool:
    """Let the process of a closed round into the figures over many processes; return whether it stands in a crowd.

    To be called by the worker whenever a final round has closed. A process enters once, with the last baseline that
    closed before its last final round, when both were shown, or both had too few answers. Called again it does nothing.
    """
    closed = Round.objects.filter(pk=round_id, state=RoundState.CLOSED).select_related("engagement__practice").first()
    if closed is None or closed.engagement.example:
        return False
    engagement = closed.engagement
    take_turns(engagement.practice_id)
    if Entered.objects.filter(engagement=engagement).exists():
        return True
    pair = rounds_of(engagement.pk)
    kind = kind_of(*pair) if pair else None
    if pair is None or kind is None:
        return False
    before, after = pair
    answered = who_answered([before.pk, after.pk])
    # Whose answers never came in nobody can say: in a sum they would be missed.
    if not all(people and answers_in(each) == len(people) for each, people in answered.items()):
        return False
    if kind == CrowdKind.OWN and not large([pair], answered, 0):
        return False
    crowd = waiting(engagement.practice_id, engagement.lead_id, engagement.form, kind, answered)
    Entered.objects.create(engagement=engagement, crowd=crowd, before=before, after=after)
    fill(crowd, engagement.practice.smallest_group if kind != CrowdKind.OWN else 0, now)
    return True


def take_turns(practice: UUID) -> None:
    """Wait until no other worker enters a process of the practice; until the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, %s))", [str(practice), PRACTICE])


def rounds_of(engagement: UUID) -> tuple[Round, Round] | None:
    """Return the closed rounds before and after of a process, the last ones; None when it has not both."""
    closed = Round.objects.filter(engagement=engagement, state=RoundState.CLOSED)
    after = closed.filter(kind=QuestionnaireKind.FINAL).order_by("closed_at", "pk").last()
    if after is None:
        return None
    earlier = closed.filter(kind=QuestionnaireKind.BASELINE, closed_at__lte=after.closed_at)
    before = earlier.order_by("closed_at", "pk").last()
    return (before, after) if before else None


def kind_of(before: Round, after: Round) -> str | None:
    """Return in which kind of crowd such rounds stand; None: in none."""
    modes, outcomes = {Mode(before.mode), Mode(after.mode)}, {before.outcome, after.outcome}
    if modes <= TOGETHER:
        return {Outcome.SHOWN.value: CrowdKind.OWN, Outcome.FEW.value: CrowdKind.POOLED}.get(only(outcomes))
    if before.mode == after.mode and modes <= BY_NAME and outcomes == {Outcome.SHOWN}:
        return CrowdKind.NAMED
    return None


def only(values: set[str]) -> str:
    return next(iter(values)) if len(values) == 1 else ""


def who_answered(rounds: Iterable[UUID]) -> Answered:
    """Return who answered each of `rounds`."""
    found: dict[UUID, set[UUID]] = {each: set() for each in rounds}
    rows = Used.objects.filter(invitation__round__in=list(found), invitation__person__isnull=False)
    for round_, person in rows.values_list("invitation__round", "invitation__person"):
        found[round_].add(person)
    return {each: frozenset(people) for each, people in found.items()}


def answers_in(round_: UUID) -> int:
    """Return how many answers have come in."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT total FROM sec.answers_in(%s)", [round_])
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def waiting(practice: UUID, lead: UUID, form: str, kind: str, answered: Answered) -> Crowd:
    """Return the crowd that those who `answered` join: a new one, or one that waits and has none of them in it yet.

    Where the same people have answered before and after, they do not wait for those where somebody was missing.
    """
    same = len(set(answered.values())) == 1
    key = {"practice_id": practice, "lead_id": lead, "form": form, "kind": kind, "same_people": same}
    people = frozenset().union(*answered.values())
    for crowd in Crowd.objects.filter(full_at=None, **key).order_by("pk"):
        if people.isdisjoint(chain.from_iterable(who_answered(rounds_in(crowd)).values())):
            return crowd
    return Crowd.objects.create(**key)


def rounds_in(crowd: Crowd) -> list[UUID]:
    return [each for pair in Entered.objects.filter(crowd=crowd).values_list("before", "after") for each in pair]


def fill(crowd: Crowd, wanted: int, now: datetime) -> None:
    """Close the crowd when it is large enough: from then on it is counted, and nobody joins it any more."""
    pairs = [
        (each.before, each.after) for each in Entered.objects.filter(crowd=crowd).select_related("before", "after")
    ]
    answered = who_answered(each.pk for pair in pairs for each in pair)
    if not large(pairs, answered, wanted):
        return
    before, after = sides(pairs, answered)
    Crowd.objects.filter(pk=crowd.pk, full_at=None).update(
        full_at=now,
        people=len(before | after),
        answered_both=len(before & after),
        threshold=threshold_in(pairs, wanted),
    )


def threshold_in(pairs: Iterable[tuple[Round, Round]], wanted: int) -> int:
    return threshold_of(max([wanted, *(each.threshold for pair in pairs for each in pair)]))


def large(pairs: list[tuple[Round, Round]], answered: Answered, wanted: int) -> bool:
    """Whether nobody stands apart: neither all together, nor those who answered before alone, or after alone."""
    before, after = sides(pairs, answered)
    return crowds_are_large([before], after, threshold_in(pairs, wanted))


def sides(pairs: list[tuple[Round, Round]], answered: Answered) -> tuple[frozenset[UUID], frozenset[UUID]]:
    """Return who answered before, and who answered after."""
    before = frozenset().union(*(answered[first.pk] for first, _second in pairs))
    return before, frozenset().union(*(answered[second.pk] for _first, second in pairs))
