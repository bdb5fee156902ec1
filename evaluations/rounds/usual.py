"""What is usual in a round, and what there is a choice of: occasions, confidence, days."""

from datetime import date, datetime, timedelta
from typing import Final

from django.utils.translation import gettext

from engagements.models import Engagement, Form
from evaluations.models import Mode, QuestionnaireKind, Round
from evaluations.rounds.points import Point
from evaluations.suppression import threshold_of
from formats.clock import HELSINKI

#: How long a round is open unless somebody says otherwise.
USUAL: Final = timedelta(days=14)
USUAL_OF_SESSION: Final = timedelta(days=7)


def threshold_in(engagement: Engagement) -> int:
    return threshold_of(engagement.practice.smallest_group)


def modes_for(engagement: Engagement, kind: str) -> list[Mode]:
    """Return in which confidence a round of `kind` can be answered."""
    if kind == QuestionnaireKind.SELF:
        return [Mode.OWN]
    if kind == QuestionnaireKind.ORDERER:
        return [Mode.NAMED]
    if engagement.form == Form.INDIVIDUAL:
        return [Mode.NAMED, Mode.ANONYMOUS, Mode.CODED]
    return [Mode.ANONYMOUS, Mode.CODED, Mode.SHARED]


def default_mode(engagement: Engagement, kind: str, people: int) -> Mode:
    """Return the mode in which `people` supervisees learn most from a round: where they are too few for anonymous
    results to be shown, by consent.
    """
    modes = modes_for(engagement, kind)
    if Mode.SHARED in modes and (engagement.form == Form.PAIR or 0 < people < threshold_in(engagement)):
        return Mode.SHARED
    return modes[0]


def default_days(point: Point | None, today: date) -> tuple[date, date]:
    """Return when a round opens and its last day: from the day of its point; of the final one the last day is it.

    Never today: what is planned with one click can still be called off before anybody is told.
    """
    tomorrow = today + timedelta(days=1)
    due = point.due_on if point and point.due_on else tomorrow
    if point and point.kind == QuestionnaireKind.FINAL:
        opens = max(due - USUAL, tomorrow)
        return opens, max(due, opens + USUAL_OF_SESSION)
    opens = max(due, tomorrow)
    return opens, opens + USUAL


def kinds_for(engagement: Engagement) -> list[QuestionnaireKind]:
    """Return on which occasions a round can be planned from the page of the process; of sessions, from theirs."""
    kinds = [QuestionnaireKind.BASELINE, QuestionnaireKind.INTERIM, QuestionnaireKind.FINAL]
    if engagement.client_id is not None:
        kinds.append(QuestionnaireKind.ORDERER)
    return [*kinds, QuestionnaireKind.SELF]


def warning(round_: Round, people: int) -> str:
    """Return a sentence when nothing of what `people` answer can be shown, else an empty text."""
    if round_.mode not in (Mode.ANONYMOUS, Mode.CODED):
        return ""
    threshold = max(round_.threshold, threshold_in(round_.engagement))
    if people >= threshold:
        return ""
    return gettext(
        "Results are shown from %(threshold)d answers on, and there are not so many to ask. In this confidence"
        " nothing can be shown; it counts only in figures of many processes together."
    ) % {"threshold": threshold}


def local_day(now: datetime) -> date:
    return now.astimezone(HELSINKI).date()
