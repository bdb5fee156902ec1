"""What supervisors do with rounds before these are under way: plan and change. See `opening` for what comes then."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from accounts.models import User
from engagements.actions.amending import hold
from engagements.models import Engagement, State
from evaluations.models import QuestionnaireKind, Round, RoundState
from evaluations.questionnaires.actions import choices_for, version_for
from evaluations.rounds.opening import (
    ask_to_close,
    call_off,
    invite_again,
    moved_on,
    open_round,
    orderers,
    record,
)
from evaluations.rounds.points import missing
from evaluations.rounds.usual import USUAL_OF_SESSION, default_days, default_mode, local_day, modes_for, threshold_in
from sessions.models import Session, SessionState

__all__ = ["ask_for_feedback", "ask_to_close", "call_off", "change", "invite_again", "open_round", "plan", "plan_all"]

#: In which states of a process a round is planned.
PLANNED_IN: Final = (State.OFFERED, State.ACTIVE, State.PAUSED)
#: Rounds of one process that are planned or open at a time.
MOST_STANDING: Final = 30
#: How long a round is open at most, and how far ahead it is planned.
LONGEST: Final = timedelta(days=92)
FURTHEST: Final = timedelta(days=3 * 366)


# --- why not --------------------------------------------------------------------------------------------------------


def blocker_to_planning(engagement: Engagement) -> str:
    """Return why no evaluation can be planned in `engagement` now, or an empty text."""
    if engagement.example:
        return gettext("The people of an example are made up: nobody could answer.")
    if engagement.state not in PLANNED_IN:
        return gettext("Evaluations are planned in a process that is on offer or under way.")
    if engagement.rounds.filter(state__in=[RoundState.PLANNED, RoundState.OPEN]).count() >= MOST_STANDING:
        return gettext("There are 30 evaluations planned or open. Call off or end some first.")
    return ""


def check_days(opens_on: date | None, closes_on: date, today: date, *, known: Round | None = None) -> None:
    """Raise ValidationError, of the field, for days that make no round; what `known` has already stays possible."""
    if opens_on is not None and opens_on < today and not (known and known.opens_on == opens_on):
        raise ValidationError({"opens_on": gettext("The day on which it opens has passed.")})
    if closes_on < today:
        raise ValidationError({"closes_on": gettext("The last day has passed.")})
    begins = max(opens_on or today, today) if known is None or known.opened_at is None else local_day(known.opened_at)
    if closes_on < begins:
        raise ValidationError({"closes_on": gettext("The last day cannot be before the round opens.")})
    if closes_on - begins > LONGEST:
        raise ValidationError({"closes_on": gettext("People answer for three months at most.")})
    if begins - today > FURTHEST:
        raise ValidationError({"opens_on": gettext("Plan three years ahead at most.")})


def check_mode(engagement: Engagement, kind: str, mode: str) -> None:
    if mode not in modes_for(engagement, kind):
        raise ValidationError({"mode": gettext("This confidence does not suit this evaluation.")})


def check_occasion(engagement: Engagement, kind: str, session: Session | None) -> None:
    if (kind == QuestionnaireKind.SESSION) != (session is not None):
        raise ValidationError(gettext("Feedback on a session is asked from its page."))
    if session and (session.engagement_id != engagement.pk or session.state != SessionState.HELD):
        raise ValidationError(gettext("Feedback is asked of a session that was held."))
    if kind == QuestionnaireKind.ORDERER and not orderers(engagement):
        raise ValidationError(gettext("Nobody of the client is party to the contract: there is nobody to ask."))


# --- planning -------------------------------------------------------------------------------------------------------


@transaction.atomic
def plan(
    engagement: Engagement,
    *,
    kind: str,
    questionnaire: str,
    mode: str,
    opens_on: date | None,
    closes_on: date,
    point: str = "",
    session: Session | None = None,
    by: User,
    now: datetime,
) -> Round:
    """Plan a round and return it. `questionnaire` is the value of one of `choices_for`.

    It opens on `opens_on`, or by hand. Raises ValidationError with the reason when it cannot be planned so.
    """
    hold(engagement)
    if why := blocker_to_planning(engagement):
        raise ValidationError(why)
    check_occasion(engagement, kind, session)
    check_mode(engagement, kind, mode)
    check_days(opens_on, closes_on, local_day(now))
    version = version_of(engagement, kind, questionnaire, by, now)
    made = Round(
        engagement=engagement, version=version, kind=kind, mode=mode, point=point, session=session, opens_on=opens_on,
        closes_on=closes_on, threshold=threshold_in(engagement), created_by=by, created_at=now,
    )  # fmt: skip
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError:
        raise ValidationError(gettext("This evaluation is planned already.")) from None
    record(made, "round.planned", by, kind=kind, mode=mode)
    return made


@transaction.atomic
def plan_all(engagement: Engagement, *, only: Collection[str] = (), by: User, now: datetime) -> list[Round]:
    """Plan every evaluation that the contract names and that has no round yet, or those points that `only` names, with
    what is usual; return the rounds. A point whose day cannot be said yet waits.
    """
    people = engagement.participations.current().count()
    made = []
    for point in missing(engagement, now):
        if point.due_on is None or not (point.key in only if only else point.named):
            continue
        opens_on, closes_on = default_days(point, local_day(now))
        made.append(
            plan(
                engagement, kind=point.kind, questionnaire=usual_questions(engagement, point.kind),
                mode=default_mode(engagement, point.kind, people), opens_on=opens_on, closes_on=closes_on,
                point=point.key, by=by, now=now,
            )
        )  # fmt: skip
    return made


@transaction.atomic
def ask_for_feedback(session: Session, *, by: User, now: datetime) -> Round:
    """Ask for feedback on `session` at once, with what is usual, and return the round."""
    engagement, today = session.engagement, local_day(now)
    people = engagement.participations.current().count()
    kind = QuestionnaireKind.SESSION
    made = plan(
        engagement, kind=kind, questionnaire=usual_questions(engagement, kind), session=session,
        mode=default_mode(engagement, kind, people), opens_on=today, closes_on=today + USUAL_OF_SESSION, by=by, now=now,
    )  # fmt: skip
    open_round(made, by=by, now=now)
    return made


def usual_questions(engagement: Engagement, kind: str) -> str:
    choices = choices_for(engagement.practice, kind)
    if not choices:
        raise ValidationError(gettext("There is no questionnaire for this occasion."))
    return choices[0].value


def version_of(engagement: Engagement, kind: str, questionnaire: str, by: User, now: datetime) -> Any:
    if questionnaire not in {choice.value for choice in choices_for(engagement.practice, kind)}:
        raise ValidationError({"questionnaire": gettext("Choose a questionnaire.")})
    return version_for(engagement.practice, questionnaire, by=by, now=now)


@transaction.atomic
def change(
    round_: Round,
    *,
    closes_on: date,
    mode: str,
    opens_on: date | None = None,
    questionnaire: str = "",
    by: User,
    now: datetime,
) -> None:
    """Change what can still be changed: of a planned round everything, of an open one that it ends later, and in which
    confidence, while nobody has answered. `questionnaire` "" leaves the questions as they are.

    Raises ValidationError with the reason. That somebody has answered is one, never how many.
    """
    engagement = round_.engagement
    check_mode(engagement, round_.kind, mode)
    values: dict[str, Any] = {"closes_on": closes_on, "mode": mode}
    if round_.state == RoundState.PLANNED:
        check_days(opens_on, closes_on, local_day(now), known=round_)
        values["opens_on"] = opens_on
        if questionnaire:
            values["version"] = version_of(engagement, round_.kind, questionnaire, by, now)
    elif round_.state == RoundState.OPEN:
        if closes_on < round_.closes_on:
            sentence = gettext("The last day of an open evaluation can only be later: people count on it.")
            raise ValidationError({"closes_on": sentence})
        check_days(round_.opens_on, closes_on, local_day(now), known=round_)
    else:
        raise ValidationError(moved_on())
    try:
        with transaction.atomic():
            changed = Round.objects.filter(pk=round_.pk, state=round_.state).update(**values)
    except IntegrityError:
        sentence = gettext("Somebody has answered, counting on this confidence: it stays.")
        raise ValidationError({"mode": sentence}) from None
    if not changed:
        raise ValidationError(moved_on())
    record(round_, "round.changed", by)
