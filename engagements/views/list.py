"""The list of processes: by name, as many a page as one reads, each with what has been held and what comes next."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, IntegerField, Min, OuterRef, Q, QuerySet, Subquery
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext, pgettext_lazy

from accounts import lists
from accounts.models import ClientOrganisation, Practice
from accounts.paging import keyset
from engagements.models import Contract, Engagement, Form, State
from engagements.models.contract import TODAY
from engagements.models.engagement import EngagementQuerySet
from engagements.progress import used
from engagements.views.scope import Request
from engagements.views.wizard import STEPS
from formats.clock import write_moment

PAGE: Final = 25
#: Who leads fewer processes than this is offered an example to look around in.
FEW: Final = 5
FILTERS: Final = ("state", "client", "form")
OPEN: Final = "open"
#: The first filter, in its order: address, words, states.
STATES: Final[Mapping[str, tuple[Promise, Sequence[str]]]] = {
    OPEN: (pgettext_lazy("processes", "Open"), [State.DRAFT, State.OFFERED, State.ACTIVE, State.PAUSED]),
    "draft": (pgettext_lazy("processes", "Drafts"), [State.DRAFT]),
    "offered": (pgettext_lazy("processes", "Offered"), [State.OFFERED]),
    "active": (pgettext_lazy("processes", "Active"), [State.ACTIVE]),
    "paused": (pgettext_lazy("processes", "Paused"), [State.PAUSED]),
    "closed": (pgettext_lazy("processes", "Closed"), [State.CLOSED]),
}
#: The client of those whom a private person pays for.
PRIVATE: Final = "private"
TAGS: Final[Mapping[str, str]] = {State.OFFERED: "now", State.ACTIVE: "ok", State.PAUSED: "warn"}
#: Beyond as many processes the filters bear no numbers: counting would cost more than the page.
MOST_COUNTED: Final = 2000
#: A list this short needs no further filters.
SHORT: Final = 8
MOST_CLIENTS: Final = 300


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
    example: bool
    urgent: bool
    closed: bool


def list_(request: Request) -> HttpResponse:
    own = Engagement.objects.led_by(request.user)
    may_open = Practice.objects.supervised_by(request.user).exists()
    if not may_open and not own.exists():
        raise Http404
    if answer := lists.elsewhere(request, *FILTERS):
        return answer
    asked, words, clients = lists.asked(request, *FILTERS), lists.words(request), clients_of(own)
    state = asked.get("state", OPEN) if asked.get("state") in STATES else OPEN
    narrowed = narrow(own, asked, clients).matching(words)
    known = list(narrowed.order_by().values_list("state", "example")[:MOST_COUNTED])
    counts = Counter(state for state, _example in known)
    ordered = summarised(narrowed.filter(state__in=STATES[state][1]), timezone.now())
    page = keyset(ordered, asked, "sort_key", "id", per_page=PAGE)
    chosen = chosen_of(asked, words, clients)
    context = {
        "rows": [row_of(engagement) for engagement in page.rows],
        "page": page,
        "states": states(counts, state, asked),
        "kept": {"state": state},
        "words": words,
        "choices": choices(asked, clients),
        "chosen": chosen,
        "filtering": bool(chosen) or counts.total() > SHORT,
        "any": bool(counts) or own.exists(),
        "may_open": may_open,
        "offer_example": may_open and not chosen and len(known) < FEW and not any(example for _state, example in known),
    }
    return render(request, "engagements/list.html", context)


# --- filters --------------------------------------------------------------------------------------------------------


def clients_of(own: EngagementQuerySet) -> dict[str, str]:
    """Return what the filter by client offers: id → name of one's own clients, and those whom nobody orders for."""
    named = ClientOrganisation.objects.filter(pk__in=own.order_by().values("client")).order_by("sort_key", "pk")
    return {str(pk): name for pk, name in named.values_list("pk", "name")[:MOST_CLIENTS]} | {
        PRIVATE: gettext("private payer")
    }


def narrow(engagements: EngagementQuerySet, asked: Mapping[str, str], clients: Mapping[str, str]) -> EngagementQuerySet:
    """Return those of the client and the form that `asked` names; what names none narrows nothing."""
    client, form = asked.get("client"), asked.get("form")
    if client in clients:
        engagements = engagements.filter(client=None if client == PRIVATE else UUID(client))
    if form in Form.values:
        engagements = engagements.filter(form=form)
    return engagements


def states(
    counts: Mapping[str, int], chosen: str, asked: Mapping[str, str], among: Mapping[str, Any] = STATES
) -> list[dict[str, Any]]:
    """Return the links of the states; one that finds nothing is left out, except the first and the chosen one."""
    made = []
    whole = sum(counts.values()) < MOST_COUNTED
    kept = filters_in(asked)
    for key, (label, members) in among.items():
        count = sum(counts.get(state, 0) for state in members)
        if count or key in (OPEN, chosen) or not whole:
            url = lists.link(**kept | {"state": key})
            made.append({"url": url, "label": label, "count": count if whole else "", "current": key == chosen})
    return made


def filters_in(asked: Mapping[str, str]) -> dict[str, str]:
    """Return the filters in `asked`, without the page that was looked at: another filter begins at the first."""
    return {name: value for name, value in asked.items() if name not in ("after", "before")}


def choices(asked: Mapping[str, str], clients: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the further filters, each with its options in ready words."""
    forms = {value: capfirst(str(label)) for value, label in Form.choices}
    headed = (("client", gettext("Client"), clients), ("form", gettext("Form"), forms))
    return [
        {"name": name, "label": label, "options": options_of(options, asked.get(name, ""))}
        for name, label, options in headed
    ]


def options_of(options: Mapping[str, str], chosen: str) -> SafeString:
    """Return the options as HTML: a hundred clients take a template longer than the rows of the page."""
    marked = ((value, " selected" if value == chosen else "", label) for value, label in options.items())
    return format_html_join("", '<option value="{}"{}>{}</option>', marked)


def chosen_of(asked: Mapping[str, str], words: str, clients: Mapping[str, str]) -> list[dict[str, str]]:
    """Return what is chosen besides the state, in words, each with the address that takes it away."""
    kept = filters_in(asked) | ({} if words else {"find": ""})
    labels = {
        "find": words and gettext("“%(words)s”") % {"words": words},
        "client": clients.get(asked.get("client", ""), ""),
        "form": capfirst(str(Form(asked["form"]).label)) if asked.get("form") in Form.values else "",
    }
    return [
        {"label": str(label), "url": lists.link(**kept | {name: "", "state": kept.get("state", OPEN)})}
        for name, label in labels.items()
        if label
    ]


# --- rows -----------------------------------------------------------------------------------------------------------


def summarised(engagements: QuerySet[Engagement], now: datetime) -> QuerySet[Engagement]:
    """Add to each engagement `held`, `agreed` (sessions, or None) and `next_at`, in the same query."""
    this = Engagement.objects.filter(pk=OuterRef("pk")).order_by()
    held = this.annotate(number=Count("sessions", filter=Q(sessions__state="held"))).values("number")
    coming = Q(sessions__state="planned", sessions__ends_at__gt=now)
    next_at = this.annotate(first=Min("sessions__starts_at", filter=coming)).values("first")
    newest = Contract.objects.governing(TODAY).filter(engagement=OuterRef("pk")).values("sessions_agreed")[:1]
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
        example=engagement.example,
        urgent=engagement.urgent,
        closed=engagement.state == State.CLOSED,
    )
