"""A round under way: opened, its links sent again, its answering ended, called off. Supervisors do it, and on the date
the worker.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Q
from django.utils.translation import gettext

from accounts.models import Person, User
from audit import trail
from engagements.blockers import governing_contract
from engagements.models import Audience, ContractParty, Engagement, Event, State
from evaluations.models import Invitation, Mode, QuestionnaireKind, Round, RoundState
from evaluations.rounds.usual import local_day, threshold_in
from notifications.outbox import wake

#: In which states of a process a round opens. An open one goes on to its last day also when the process is closed
#: meanwhile: the last evaluation is often answered after the last session.
OPENED_IN: Final = (State.ACTIVE, State.PAUSED)
#: A link sent so lately is not sent again.
JUST_SENT: Final = timedelta(minutes=5)


def blocker_to_opening(round_: Round, now: datetime) -> str:
    """Return why `round_` cannot be opened now, or an empty text."""
    if round_.state != RoundState.PLANNED:
        return moved_on()
    if round_.engagement.state not in OPENED_IN:
        return gettext("An evaluation is opened when the process is under way.")
    if round_.closes_on < local_day(now):
        return gettext("Its last day has passed. Give a later one first.")
    return ""


def moved_on() -> str:
    return gettext("The evaluation has moved on meanwhile. Look again.")


@transaction.atomic
def open_round(round_: Round, *, by: User | None, now: datetime) -> bool:
    """Open a planned round, once, and ask everybody whom it is for; by hand, or on its date (`by` None).

    From how many answers on results are shown is frozen. By hand it raises ValidationError with the reason when it
    cannot be opened; on its date, what has nobody left to ask is called off, and False is returned.
    """
    if why := blocker_to_opening(round_, now):
        raise ValidationError(why)
    asked = invitations(round_, by, now)
    if not asked and by is not None:
        raise ValidationError(gettext("There is nobody to ask."))
    if not asked:
        off(round_, by=None, now=now, why="nobody")
        return False
    values: dict[str, Any] = {
        "state": RoundState.OPEN,
        "opened_at": now,
        "threshold": threshold_in(round_.engagement),
    }
    if by is not None:
        values["opens_on"] = local_day(now)
    if not Round.objects.filter(pk=round_.pk, state=RoundState.PLANNED).update(**values):
        raise ValidationError(moved_on())
    Invitation.objects.bulk_create(asked)
    tell(round_, Event.Kind.ROUND_OPENED, by=by, now=now)
    record(round_, "round.opened", by, asked=len(asked))
    return True


def invitations(round_: Round, by: User | None, now: datetime) -> list[Invitation]:
    """Return whom `round_` asks: its author, the client's contacts in the contract, or every supervisee there is."""
    if round_.kind == QuestionnaireKind.SELF:
        return [Invitation(round=round_, user_id=round_.created_by_id, sent_for=now)]
    if round_.kind == QuestionnaireKind.ORDERER:
        found = orderers(round_.engagement) if by is not None else orderers_for_worker(round_.engagement)
        people = Person.objects.filter(pk__in=found).order_by("pk")
        return [Invitation(round=round_, person=one, sent_for=reached(one, now)) for one in people]
    current = round_.engagement.participations.current().select_related("person").order_by("pk")
    return [
        Invitation(round=round_, participation=one, person=one.person, sent_for=reached(one.person, now))
        for one in current
    ]


def orderers(engagement: Engagement) -> set[Any]:
    """Return the persons who are party, for the client, to the contract that the process goes by, and have not left."""
    parties = governing_contract(engagement).parties.filter(kind=ContractParty.Kind.CONTACT)
    return set(parties.filter(Q(contact=None) | Q(contact__left_on=None)).values_list("person", flat=True))


def orderers_for_worker(engagement: Engagement) -> set[Any]:
    """Return the same for the worker, who reads no contract."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT sec.orderers_of(%s)", [engagement.pk])
        return {row[0] for row in cursor.fetchall()}


def reached(person: Person, now: datetime) -> datetime | None:
    return now if person.email or person.user_id else None


@transaction.atomic
def invite_again(invitation: Invitation, *, by: User, now: datetime) -> None:
    """Send the link again to one person. Raises ValidationError when it cannot be, or has just been sent.

    To who has answered nothing is sent, and the supervisor does not learn of it.
    """
    round_ = invitation.round
    if round_.state != RoundState.OPEN:
        raise ValidationError(gettext("Answering has ended."))
    if invitation.person is None or reached(invitation.person, now) is None:
        raise ValidationError(gettext("There is no address to send it to."))
    lately = Q(sent_for=None) | Q(sent_for__lte=now - JUST_SENT)
    if not Invitation.objects.filter(lately, pk=invitation.pk).update(sent_for=now):
        raise ValidationError(gettext("A link was sent just now. Wait a few minutes."))
    record(round_, "round.link_again", by)


@transaction.atomic
def ask_to_close(round_: Round, *, by: User, now: datetime) -> None:
    """End the answering of an open round: the worker closes it as soon as what is on its way has come in.

    Raises ValidationError when it is not open, or is being closed already.
    """
    standing = Round.objects.filter(pk=round_.pk, state=RoundState.OPEN, closing_asked_at=None)
    if not standing.update(closing_asked_at=now):
        raise ValidationError(moved_on())
    record(round_, "round.closing_asked", by)
    transaction.on_commit(soon)


@transaction.atomic
def call_off(round_: Round, *, by: User, now: datetime) -> None:
    """Take back a round that is planned or open; what was answered is destroyed.

    Raises ValidationError when it is over.
    """
    off(round_, by=by, now=now, why="")


def off(round_: Round, *, by: User | None, now: datetime, why: str) -> None:
    standing = Round.objects.filter(pk=round_.pk, state__in=[RoundState.PLANNED, RoundState.OPEN])
    if not standing.update(state=RoundState.CALLED_OFF):
        raise ValidationError(moved_on())
    tell(round_, Event.Kind.ROUND_OFF, by=by, now=now, why=why)
    record(round_, "round.called_off", by, why=why)


def soon() -> None:
    """Wake the worker: something may be ready to be closed."""
    from evaluations.tasks import move

    wake(move)


# --- its traces -----------------------------------------------------------------------------------------------------


def tell(round_: Round, event: str, *, by: User | None, now: datetime, why: str = "") -> None:
    """Say it on the timeline to those who know of the round; a supervisor's evaluation of themselves stands nowhere."""
    if round_.mode == Mode.OWN:
        return
    known = round_.opened_at is not None or event == Event.Kind.ROUND_OPENED
    audience = Audience.PARTICIPANTS if known else Audience.SUPERVISORS
    more = {"why": why} if why else {}
    Event.tell(
        round_.engagement, event, by=by, now=now, audience=audience, round=str(round_.pk), occasion=round_.kind, **more
    )


def record(round_: Round, event: str, by: User | None, **data: str | int) -> None:
    """Write it down where those who lead the process can see it; of an own evaluation, in its author's own chain."""
    stream = f"reflection {round_.created_by_id}" if round_.mode == Mode.OWN else round_.engagement_id
    trail.record(stream, event, actor=by, obj=round_, data=data)
