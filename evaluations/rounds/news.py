"""That an evaluation which the contract names is due and nobody has planned it: told once to whoever leads."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from engagements.models import Contract
from evaluations.models import QuestionnaireKind
from evaluations.rounds.panel import to_plan, with_points
from evaluations.rounds.usual import local_day
from notifications.news import News, news_of

#: At which minutes of an hour all contracts are gone through: what is due today is not due to the minute.
MINUTES: Final = 5


def interim_due(now: datetime, among: Sequence[UUID] | None = None) -> Iterator[News]:
    """An interim evaluation is due within a week, or was, and stands nowhere; another day is another occasion."""
    if among is None and now.minute >= MINUTES:
        return
    contracts = with_points(Contract.objects.in_force(local_day(now)))
    if among is not None:
        contracts = contracts.filter(engagement__in=among)
    for engagement, point in to_plan(contracts, now):
        if point.kind == QuestionnaireKind.INTERIM and point.due_on:
            page = reverse("rounds:list", args=[engagement.pk])
            yield News(
                engagement.lead_id, engagement.pk, f"{point.key} {point.due_on.isoformat()}", page, on=point.due_on
            )


_kind, _planner = news_of(
    "interim_due",
    _("An interim evaluation is due"),
    interim_due,
    what=_("An interim evaluation that was agreed is due on this day"),
    more=_("It has not been planned yet; that takes two clicks."),
    rule=_("A week before an interim evaluation that the contract names, if it has not been planned."),
    with_day=True,
)
KINDS = [_kind]
PLANNERS = [_planner]
