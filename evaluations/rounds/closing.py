"""Opening rounds on their date and closing them, by the worker: any number at once, each round once.

What of a closed round may be shown follows from who answered, never from what: the worker cannot read that. It is
decided while the round is held, so that nobody is marked as having answered meanwhile, and while the process is, so
that of two rounds that close together the second one knows the first.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import Error, connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import Contact
from engagements.models import Event, State
from evaluations.effects import crowds
from evaluations.models import Invitation, Mode, Outcome, QuestionnaireKind, Round, RoundState, Used
from evaluations.rounds.opening import OPENED_IN, off, open_round, record, tell
from evaluations.rounds.usual import local_day
from evaluations.suppression import crowds_are_large, threshold_of
from formats.clock import moment_at

log = logging.getLogger(__name__)

#: How long answers that are on their way are waited for, when it is time to close.
PATIENCE: Final = timedelta(hours=1)
#: Together these are no answer among others: one alone has a name.
FEWEST_SHARED: Final = 2
#: Tells the lock of a process from other locks.
PROCESS: Final = 43


def move(now: datetime) -> None:
    """Do everything that is due at `now`. One round that fails holds up no other."""
    today = local_day(now)
    planned = Round.objects.filter(state=RoundState.PLANNED).select_related("engagement__practice")
    for round_ in planned.filter(engagement__state=State.CLOSED):
        attempt(lambda each: off_once(each, now), round_)
    for round_ in planned.filter(engagement__state__in=OPENED_IN, opens_on__lte=today, closes_on__gte=today):
        attempt(lambda each: open_once(each, now), round_)
    for round_ in ripe(now):
        if attempt(lambda each: close(each.pk, now), round_) and round_.kind == QuestionnaireKind.FINAL:
            attempt(lambda each: crowds.enter(each.pk, now), round_)


def attempt(step: Callable[[Round], bool], round_: Round) -> bool:
    try:
        return step(round_)
    except Error:
        log.exception("The round %s could not be moved.", round_.pk)
        return False


@transaction.atomic
def off_once(round_: Round, now: datetime) -> bool:
    """Call off what was planned in a process that has ended."""
    try:
        off(round_, by=None, now=now, why="ended")
    except ValidationError:  # somebody else was first
        return False
    return True


def open_once(round_: Round, now: datetime) -> bool:
    try:
        return open_round(round_, by=None, now=now)
    except ValidationError:
        return False


# --- who is asked ---------------------------------------------------------------------------------------------------


def asked_still() -> QuerySet[Invitation]:
    """Those who are asked and still there: who has left the process, or the client, is not waited for."""
    contact = Contact.objects.filter(person=OuterRef("person"), left_on=None)
    supervisees = Q(participation__isnull=False, participation__left_on=None)
    return Invitation.objects.filter(supervisees | Q(user__isnull=False) | Q(participation=None) & Exists(contact))


def unanswered(invitations: QuerySet[Invitation]) -> QuerySet[Invitation]:
    return invitations.exclude(Exists(Used.objects.filter(invitation=OuterRef("pk"))))


def ripe(now: datetime) -> list[Round]:
    """Return open rounds that it may be time to close. One query."""
    waited_for = unanswered(asked_still()).filter(round=OuterRef("pk"))
    over = Q(closes_on__lt=local_day(now)) | Q(closing_asked_at__isnull=False) | ~Exists(waited_for)
    return list(Round.objects.filter(over, state=RoundState.OPEN).order_by("closes_on", "pk"))


# --- closing --------------------------------------------------------------------------------------------------------


@transaction.atomic
def close(pk: UUID, now: datetime) -> bool:
    """Close the round if it is time and all that was given has come in; return whether it was closed here."""
    found = Round.objects.filter(pk=pk, state=RoundState.OPEN).values_list("engagement", flat=True).first()
    if found is None:
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, %s))", [str(found), PROCESS])
    held = Round.objects.select_for_update(no_key=True).filter(pk=pk, state=RoundState.OPEN).first()
    if held is None:
        return False
    answered = list(Used.objects.filter(invitation__round=pk).values_list("invitation__person", flat=True))
    waiting = unanswered(asked_still()).filter(round=pk).exists()
    total, consented = answers_in(pk)
    how, since = reason(held, now)
    if not how:
        if waiting or total < len(answered):
            return False
        if not answered:
            off(held, by=None, now=now, why="nobody")
            return False
        how = Round.Closed.ALL
    elif total < len(answered) and since and now < since + PATIENCE:
        return False
    result = outcome(held, answered, total=total, consented=consented, everybody=not waiting)
    settle(pk, how, result)
    tell(held, Event.Kind.ROUND_CLOSED, by=None, now=now)
    record(held, "round.closed", None, how=how)
    return True


def reason(held: Round, now: datetime) -> tuple[str, datetime | None]:
    """Return why the round is to be closed whoever has answered, and since when; "" when it is not."""
    if held.closes_on < local_day(now):
        return Round.Closed.DATE, moment_at(held.closes_on + timedelta(days=1), time())
    return (Round.Closed.HAND, held.closing_asked_at) if held.closing_asked_at else ("", None)


def outcome(held: Round, answered: Sequence[UUID | None], *, total: int, consented: int, everybody: bool) -> Outcome:
    """Return what may be shown of a round of which `total` answers have come in, `consented` of them with a yes.

    `answered` are the persons who answered, and `everybody`, whether all have who are asked still. Persons, not
    participations: who left and came back is still one, and hides in one crowd alone.
    """
    if not total:
        return Outcome.NOBODY
    if held.mode == Mode.OWN:
        return Outcome.SHOWN
    if held.mode == Mode.NAMED:
        return Outcome.SHOWN if consented else Outcome.REFUSED
    if held.mode == Mode.SHARED:
        if not everybody or not consented == total == len(answered) >= FEWEST_SHARED:
            return Outcome.REFUSED
        # They agreed for themselves: who answered an earlier round with them, and not this one, did not.
        before, threshold = earlier(held)
        near = any(not frozenset(answered) >= each for each in before) and not crowds_are_large(
            before, frozenset(answered), threshold
        )
        return Outcome.NEAR if near else Outcome.SHOWN
    if total < threshold_of(held.threshold):
        return Outcome.FEW
    # Whose answers never came in nobody can say: beside another round they would be missed.
    before, threshold = earlier(held)
    if total < len(answered) or not crowds_are_large(before, frozenset(answered), threshold):
        return Outcome.NEAR
    return Outcome.SHOWN


def earlier(held: Round) -> tuple[list[frozenset[UUID | None]], int]:
    """Return who answered each round that is shown already and asks something that this one asks too, and the largest
    threshold of all of these: whoever answered under it counts on it.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT sec.rounds_alike(%s)", [held.pk])
        people: dict[UUID, set[UUID | None]] = {row[0]: set() for row in cursor.fetchall()}
    rows = Used.objects.filter(invitation__round__in=people).values_list("invitation__round", "invitation__person")
    for round_, person in rows:
        people[round_].add(person)
    thresholds = Round.objects.filter(pk__in=people).values_list("threshold", flat=True)
    return [frozenset(each) for each in people.values()], max([held.threshold, *thresholds])


def answers_in(pk: UUID) -> tuple[int, int]:
    """Return how many answers have come in, and in how many of them there is a consent."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT total, consented FROM sec.answers_in(%s)", [pk])
        row: Any = cursor.fetchone()
    return row[0], row[1]


def settle(pk: UUID, how: str, result: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT sec.settle_round(%s, %s, %s)", [pk, how, result])
