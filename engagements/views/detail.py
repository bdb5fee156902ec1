"""The page of one process: one for its supervisors, one for its supervisees, one for the client."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import F, QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleLessThan
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from engagements.blockers import blockers_to_amending, current_contract, governing_contract, may_grow, number_warning
from engagements.clause import lines as told_lines
from engagements.models import Contract, Engagement, Event, Goal, State
from engagements.models.contract import TODAY
from engagements.phases import phase_of
from engagements.progress import progress_of, used
from engagements.timeline import lines
from engagements.views.list import TAGS
from engagements.views.scope import Request
from engagements.views.wizard import STEPS

EVENTS: Final = 20


def detail(request: Request, pk: UUID) -> HttpResponse:
    engagements = Engagement.objects.visible_to(request.user).select_related("practice", "client", "lead")
    engagement = get_object_or_404(engagements, pk=pk)
    now = timezone.now()
    if Engagement.objects.led_by(request.user).filter(pk=pk).exists():
        return render(request, "engagements/detail.html", for_supervisor(request, engagement, now))
    if Engagement.objects.attended_by(request.user).filter(pk=pk).exists():
        return render(request, "engagements/detail_supervisee.html", for_supervisee(request, engagement, now))
    return render(request, "engagements/detail_client.html", for_client(request, engagement, now))


def for_supervisor(request: Request, engagement: Engagement, now: datetime) -> dict[str, Any]:
    contract, newest = governing_contract(engagement), current_contract(engagement)
    number = engagement.participations.current().count()
    progress = progress_of(engagement, contract, now)
    return {
        **frame(request, engagement, links=True),
        "progress": progress,
        "phase": phase_of(engagement, progress, now) if engagement.state != State.DRAFT else None,
        "contract": contract,
        "change": newest if newest.amends and newest.pk != contract.pk else None,
        "to_amend": blockers_to_amending(engagement, now),
        "may_grow": may_grow(engagement),
        "section": "timeline",
        "number": number,
        # The room of reports stands above this one: its rows are reached through their process.
        "reports": list(engagement.reports.order_by("-created_at", "pk")[:3]),
        "warning": number_warning(engagement, number) if engagement.state not in (State.DRAFT, State.CLOSED) else "",
        "onward": STEPS[min(engagement.step, 4) - 1][0],
    }


def for_supervisee(request: Request, engagement: Engagement, now: datetime) -> dict[str, Any]:
    contract = standing(engagement)
    goals = Goal.objects.visible_to(request.user).filter(engagement=engagement)
    participations = engagement.participations.current().select_related("person").order_by("person__sort_key", "pk")
    return {
        **frame(request, engagement, links=True),
        "progress": progress_of(engagement, contract, now),
        "contract": contract,
        "people": [one.person for one in participations],
        "shared": [goal for goal in goals if goal.owner_id is None],
        "own": [goal for goal in goals if goal.owner_id is not None],
        "told": told_lines(contract) if contract else [],
    }


def for_client(request: Request, engagement: Engagement, now: datetime) -> dict[str, Any]:
    """The frame, the contract, and the facts that its clause tells this reader now; nothing else is even asked for."""
    contract = standing(engagement)
    facts = facts_told(engagement, now)
    dates, agreed = facts.get("dates"), contract.sessions_agreed if contract else None
    return {
        **frame(request, engagement, links=False),
        "contract": contract,
        "told": told_lines(contract) if contract else [],
        "dates": dates,
        "minutes": facts.get("minutes"),
        "present": facts.get("present"),
        "names": names_told(engagement, now),
        "held": len(dates) if dates is not None else None,
        "agreed": agreed,
        "used": used(len(dates), agreed) if dates is not None else "",
    }


def frame(request: Request, engagement: Engagement, *, links: bool) -> dict[str, Any]:
    """What everybody who may open the page sees of the frame, and the timeline as far as it is theirs."""
    co_supervisors = engagement.co_supervisors.current().select_related("user").order_by("since")
    events, earlier = timeline_of(request, engagement)
    return {
        "engagement": engagement,
        "kind": TAGS.get(engagement.state, "plain"),
        "supervisors": [engagement.lead, *(row.user for row in co_supervisors)],
        "events": lines(events, links=links),
        "earlier": earlier,
    }


def timeline_of(request: Request, engagement: Engagement) -> tuple[list[Event], UUID | None]:
    """Return the newest events that the reader may see, from the one before `?before=`, and the edge that leads on."""
    seen: QuerySet[Event] = Event.objects.seen_by(request.user).filter(engagement=engagement)
    if edge := edge_of(seen, request.GET.get("before", "")):
        seen = seen.filter(TupleLessThan(Tuple(F("at"), F("pk")), (edge.at, edge.pk)))
    found = list(seen.select_related("actor").order_by("-at", "-pk")[: EVENTS + 1])
    return found[:EVENTS], found[EVENTS - 1].pk if len(found) > EVENTS else None


def edge_of(events: QuerySet[Event], asked: str) -> Event | None:
    try:
        return events.filter(pk=UUID(asked)).first()
    except ValueError:
        return None


def standing(engagement: Engagement) -> Contract | None:
    """Return the contract that supervisees and parties go by: the version in force, else the one on offer."""
    return engagement.contracts.exclude(state=Contract.State.DRAFT).governing(TODAY).first()


def facts_told(engagement: Engagement, now: datetime) -> Mapping[str, Any]:
    """Return the facts of held sessions that the clause tells the asker now (the database asks it): `dates`, `minutes`
    and attendances in all (`present`).
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT dates, minutes, present FROM sec.told_facts(%s) WHERE engagement_id = %s", [now, engagement.pk]
        )
        row = cursor.fetchone()
    return {} if row is None else dict(zip(("dates", "minutes", "present"), row, strict=True))


def names_told(engagement: Engagement, now: datetime) -> list[str]:
    """Return the names of supervisees that the clause tells the asker now, without anybody's approval."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sec.told_names(%s) WHERE engagement_id = %s", [now, engagement.pk])
        return [name for (name,) in cursor.fetchall()]
