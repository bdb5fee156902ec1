"""The list of processes: by name, as many a page as one reads, each with what has been held and what comes next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Count, F, IntegerField, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy

from accounts.models import Practice
from accounts.models.person import FinnishOrder
from engagements.models import Contract, Engagement, State
from engagements.progress import used
from engagements.views.scope import Request
from engagements.views.wizard import STEPS
from formats.clock import write_moment

PAGE: Final = 25
#: The filters, in their order: address, words, states.
FILTERS: Final[Mapping[str, tuple[Promise, Sequence[str]]]] = {
    "": (pgettext_lazy("processes", "Open"), [State.DRAFT, State.OFFERED, State.ACTIVE, State.PAUSED]),
    "draft": (pgettext_lazy("processes", "Drafts"), [State.DRAFT]),
    "offered": (pgettext_lazy("processes", "Offered"), [State.OFFERED]),
    "active": (pgettext_lazy("processes", "Active"), [State.ACTIVE]),
    "paused": (pgettext_lazy("processes", "Paused"), [State.PAUSED]),
    "closed": (pgettext_lazy("processes", "Closed"), [State.CLOSED]),
}
TAGS: Final[Mapping[str, str]] = {State.OFFERED: "now", State.ACTIVE: "ok", State.PAUSED: "warn"}


@dataclass(frozen=True)
class Row:
    """One process, in ready words."""

    title: str
    url: str
    about: str
    used: str
    next: str
    state: str
    kind: str
    onward: str


def list_(request: Request) -> HttpResponse:
    now = timezone.now()
    own = Engagement.objects.led_by(request.user)
    may_open = Practice.objects.supervised_by(request.user).exists()
    counts = dict(own.values_list("state").annotate(Count("pk")).order_by())
    if not may_open and not counts:
        raise Http404
    chosen = request.GET.get("state", "")
    chosen = chosen if chosen in FILTERS else ""
    found, before, after = page_of(own.filter(state__in=FILTERS[chosen][1]), request.GET, now)
    context = {
        "rows": [row_of(engagement) for engagement in found],
        "filters": filters(counts, chosen),
        "chosen": chosen,
        "any": bool(counts),
        "may_open": may_open,
        "previous": link(chosen, "before", before),
        "next": link(chosen, "after", after),
    }
    return render(request, "engagements/list.html", context)


def filters(counts: Mapping[str, int], chosen: str) -> list[dict[str, Any]]:
    """Return the links of the filters; one that finds nothing is left out, except the first and the chosen one."""
    made = []
    for key, (label, states) in FILTERS.items():
        count = sum(counts.get(state, 0) for state in states)
        if count or key in ("", chosen):
            made.append({"url": link(key), "label": label, "count": count, "current": key == chosen})
    return made


def link(chosen: str, key: str = "", edge: UUID | None = None) -> str:
    """Return the address of a page of the list; an empty text for an edge beyond which there is nothing."""
    if key and edge is None:
        return ""
    query = {name: str(value) for name, value in (("state", chosen), (key, edge)) if name and value}
    return reverse("engagements:list") + (f"?{urlencode(query)}" if query else "")


# --- the page, by key and never by offset ---------------------------------------------------------------------------


def page_of(
    engagements: QuerySet[Engagement], asked: Mapping[str, str], now: datetime
) -> tuple[list[Engagement], UUID | None, UUID | None]:
    """Return the engagements of the page that `asked` names by `after` or `before`, and the edges that lead on.

    An edge is the id of an engagement, so that no name stands in an address. An unknown one means the first page.
    """
    ordered = engagements.annotate(key=FinnishOrder("title")).order_by("key", "pk")
    backward = "before" in asked
    edge = edge_of(ordered, asked.get("before") or asked.get("after") or "")
    if edge is not None:
        compare = TupleLessThan if backward else TupleGreaterThan
        ordered = ordered.filter(compare(Tuple(F("key"), F("pk")), edge))
    if backward and edge is not None:
        ordered = ordered.reverse()
    found = list(summarised(ordered, now)[: PAGE + 1])
    more, found = len(found) > PAGE, found[:PAGE]
    if backward and edge is not None:
        found.reverse()
        return found, found[0].pk if more else None, found[-1].pk if found else None
    return found, found[0].pk if edge is not None and found else None, found[-1].pk if more else None


def edge_of(ordered: QuerySet[Engagement], asked: str) -> tuple[str, UUID] | None:
    try:
        found: Any = ordered.filter(pk=UUID(asked)).first()
    except ValueError:
        return None
    return (found.key, found.pk) if found else None


def summarised(engagements: QuerySet[Engagement], now: datetime) -> QuerySet[Engagement]:
    """Add to each engagement `held`, `agreed` (sessions, or None) and `next_at`, in the same query."""
    this = Engagement.objects.filter(pk=OuterRef("pk")).order_by()
    held = this.annotate(number=Count("sessions", filter=Q(sessions__state="held"))).values("number")
    coming = Q(sessions__state="planned", sessions__ends_at__gt=now)
    next_at = this.annotate(first=Min("sessions__starts_at", filter=coming)).values("first")
    newest = Contract.objects.filter(engagement=OuterRef("pk")).order_by("-version").values("sessions_agreed")[:1]
    return engagements.select_related("client").annotate(
        held=Subquery(held, output_field=IntegerField()), next_at=Subquery(next_at), agreed=Subquery(newest)
    )


def row_of(engagement: Any) -> Row:
    """Return the row of an engagement that `summarised` has seen."""
    draft = engagement.state == State.DRAFT
    client = engagement.client.name if engagement.client else gettext("private payer")
    about = [client] if client != engagement.title else []
    onward = reverse(f"engagements:{STEPS[min(engagement.step, 4) - 1][0]}", args=[engagement.pk]) if draft else ""
    return Row(
        title=engagement.title,
        url=reverse("engagements:detail", args=[engagement.pk]),
        about=" · ".join([*about, engagement.get_form_display()]),
        used=used(engagement.held, engagement.agreed) if not draft else "",
        next=gettext("Next %(when)s") % {"when": write_moment(engagement.next_at)} if engagement.next_at else "",
        state=engagement.get_state_display(),
        kind=TAGS.get(engagement.state, "plain"),
        onward=onward,
    )
