"""The practice administrator's pages: who works here, for whom, and how much. No content of supervision."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.contrib import messages as say
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_aware
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from accounts import lists
from accounts.models import ClientOrganisation, Invitation, Membership, Practice, User
from accounts.models.person import FinnishOrder, containing
from accounts.paging import keyset
from accounts.signed_in import SignedInRequest
from engagements.models import Engagement, State
from engagements.models.engagement import EngagementQuerySet
from engagements.views.list import MOST_COUNTED, OPEN, STATES, TAGS, filters_in, states
from formats.clock import write_hours
from formats.templatetags.formats import day_until
from notifications.delivery import PAGE, counts, log, send_again, troubled
from reports.models import Report
from sessions.facts import Counts, counts_for_practice
from tyonohjaus.context import PRACTICE_ADMIN
from tyonohjaus.views import only_for
from tyonohjaus.waiting import data_for

FILTERS: Final = ("state", "lead")
#: A draft is its supervisor's alone.
SHOWN_STATES: Final = {key: words for key, words in STATES.items() if key != "draft"}
#: As many supervisors stand on the overview itself; as far are processes counted there.
FEW: Final = 8
MOST_OPEN: Final = 10_000


@dataclass(frozen=True)
class Frame:
    """One process as the practice knows it, in ready words."""

    title: str
    url: str
    client: str
    form: str
    lead: str
    period: str
    sessions: str
    attendances: str
    billing: str
    billing_url: str
    state: str
    kind: str


def practice_home(request: SignedInRequest) -> HttpResponse:
    """The frame of each process: who works in it, for whom, how much of it has been held."""
    only_for(PRACTICE_ADMIN, request)
    if answer := lists.elsewhere(request, *FILTERS):
        return answer
    supervised = Practice.objects.supervised_by(request.user).filter(pk=OuterRef("pk"))
    clients = ClientOrganisation.objects.filter(practice=OuterRef("pk")).without_examples().archived(False).order_by()
    many = clients.values("practice").annotate(many=Count("pk")).values("many")
    mine: Any = Practice.objects.administered_by(request.user).annotate(supervised=Exists(supervised), clients=many)
    practices = list(mine.order_by("name"))
    pks = [practice.pk for practice in practices]
    frames = frames_of(pks)
    asked, words = lists.asked(request, *FILTERS), lists.words(request)
    state = asked.get("state", OPEN) if asked.get("state") in SHOWN_STATES else OPEN
    lead = lead_of(asked.get("lead", ""), pks)
    narrowed = (frames.filter(lead=lead) if lead else frames).matching(words)
    counts = Counter(narrowed.order_by().values_list("state", flat=True)[:MOST_COUNTED])
    ordered = narrowed.filter(state__in=STATES[state][1]).select_related("lead", "client")
    page = keyset(ordered, asked, "sort_key", "id")
    few = list(supervisors_of(pks)[: FEW + 1])
    invitations = Invitation.objects.filter(practice__in=pks).open(timezone.now())
    context = {
        "practices": practices,
        "tasks": data_for(request.user, timezone.now()),
        "lead": words_for_open(frames.open().order_by().values("pk")[: MOST_OPEN + 1].count()),
        "supervisors": with_open(few[:FEW], frames),
        "more_supervisors": len(few) > FEW,
        "organisations": sum(practice.clients or 0 for practice in practices),
        "invitations": list(invitations.order_by("expires_at", "pk")[:10]),
        "rows": rows_of(page.rows),
        "page": page,
        "states": states(counts, state, asked, SHOWN_STATES),
        "kept": {"state": state, "lead": str(lead.pk) if lead else ""},
        "words": words,
        "chosen": chosen_of(asked, words, lead),
        "any": bool(counts) or frames.exists(),
    }
    return render(request, "practice_home.html", context)


def supervisors(request: SignedInRequest) -> HttpResponse:
    """Those who supervise in the practice, by name, each with how many processes are open."""
    only_for(PRACTICE_ADMIN, request)
    if answer := lists.elsewhere(request):
        return answer
    asked, words = lists.asked(request), lists.words(request)
    pks = list(Practice.objects.administered_by(request.user).values_list("pk", flat=True))
    page = keyset(supervisors_of(pks, words), asked, "key", "id")
    context = {
        "rows": with_open(page.rows, frames_of(pks)),
        "page": page,
        "words": words,
        "chosen": [{"label": f"“{words}”", "url": lists.link()}] if words else [],
    }
    return render(request, "practice_supervisors.html", context)


def reports(request: SignedInRequest) -> HttpResponse:
    """That reports were handed over in the practice: of which process, when, and whether they still stand."""
    only_for(PRACTICE_ADMIN, request)
    out = Report.objects.handed_over_in(Practice.objects.administered_by(request.user))
    page = keyset(
        out.select_related("engagement__lead", "engagement__client"), lists.asked(request), "-released_at", "-id"
    )
    return render(request, "practice_reports.html", {"page": page})


def messages(request: SignedInRequest) -> HttpResponse:
    """How the messages of the practice fare: what was given up can be sent again."""
    only_for(PRACTICE_ADMIN, request)
    now = timezone.now()
    found = troubled(now)
    context = {
        "given_up": [each for each in found if each.given_up],
        "delayed": [each for each in found if each.delayed],
        "twice": [each for each in found if not each.given_up and not each.delayed],
        "counts": counts(now),
    }
    return render(request, "practice_messages.html", context)


def message_log(request: SignedInRequest) -> HttpResponse:
    """Every message of the last week with where it stands, the latest first."""
    only_for(PRACTICE_ADMIN, request)
    now = timezone.now()
    found = log(now, after=place_in(request.GET))
    rows = found[:PAGE]
    context = {"rows": rows, "last": rows[-1] if len(found) > PAGE else None, "first": "after" not in request.GET}
    return render(request, "practice_message_log.html", context)


def place_in(asked: Mapping[str, str]) -> tuple[datetime, UUID] | None:
    """Return where the page before ended; None at the beginning, and for what is no place."""
    moment = parse_datetime(asked.get("at", "")) if len(asked.get("at", "")) < 40 else None
    try:
        return (moment, UUID(asked.get("after", ""))) if moment and is_aware(moment) else None
    except ValueError:
        return None


@require_POST
def message_again(request: SignedInRequest, pk: UUID) -> HttpResponse:
    only_for(PRACTICE_ADMIN, request)
    if not send_again(pk, by=request.user):
        raise Http404
    say.success(request, _("It leaves in a moment, if it is still of use."))
    return redirect("practice_messages")


def frames_of(practices: Iterable[UUID]) -> EngagementQuerySet:
    """What an administrator of `practices` sees of their processes: those that have been offered."""
    return Engagement.objects.filter(practice__in=practices).without_examples().exclude(state=State.DRAFT)


def supervisors_of(practices: Iterable[UUID], words: str = "") -> QuerySet[User]:
    """Those who supervise now and in whose name `words` occur, in Finnish order (`key`)."""
    members = Membership.objects.current().filter(practice__in=practices, kind=Membership.Kind.SUPERVISOR)
    named = User.objects.annotate(key=FinnishOrder("full_name")).filter(containing(words, "key"))
    return named.filter(pk__in=members.values("user")).order_by("key", "pk")


def with_open(users: Iterable[User], frames: EngagementQuerySet) -> list[dict[str, Any]]:
    """Return each with the number of their open processes and the way to them. One query."""
    users = list(users)
    opened = frames.open().filter(lead__in=[user.pk for user in users]).order_by()
    counts = {row["lead"]: row["count"] for row in opened.values("lead").annotate(count=Count("pk"))}
    home = reverse("practice_home")
    return [
        {"name": user.name, "open": counts.get(user.pk, 0), "url": f"{home}{lists.link(lead=str(user.pk))}"}
        for user in users
    ]


def lead_of(asked: str, practices: Iterable[UUID]) -> User | None:
    """Return the supervisor whose id is `asked`: one who works or worked in the practice."""
    try:
        known = User.objects.filter(Q(pk=UUID(asked)), memberships__practice__in=practices)
    except ValueError:
        return None
    return known.first()


def chosen_of(asked: Mapping[str, str], words: str, lead: User | None) -> list[dict[str, str]]:
    """Return what is chosen besides the state, in words, each with the address that takes it away."""
    kept = filters_in(asked)
    kept.setdefault("state", OPEN)
    labels = {"find": f"“{words}”" if words else "", "lead": lead.name if lead else ""}
    return [{"label": label, "url": lists.link(**kept | {name: ""})} for name, label in labels.items() if label]


def words_for_open(count: int) -> str:
    number = f"{MOST_OPEN}+" if count > MOST_OPEN else str(count)
    text = ngettext("%(number)s process is under way.", "%(number)s processes are under way.", count)
    return text % {"number": number}


def rows_of(engagements: Iterable[Engagement]) -> list[Frame]:
    engagements = list(engagements)
    pks = [each.pk for each in engagements]
    counts = counts_for_practice(pks)
    return [row_of(each, counts.get(each.pk, Counts())) for each in engagements]


def words_for_billing(counts: Counts) -> str:
    """Return what is charged, in words: nothing for a process of which nothing is."""
    said = [
        (counts.whole, ngettext("%(number)d charged in full", "%(number)d charged in full", counts.whole)),
        (counts.part, ngettext("%(number)d in part", "%(number)d in part", counts.part)),
        (counts.waived, ngettext("%(number)d waived", "%(number)d waived", counts.waived)),
    ]
    return ", ".join(text % {"number": number} for number, text in said if number)


def row_of(engagement: Engagement, counts: Counts) -> Frame:
    held = ngettext("%(number)d held", "%(number)d held", counts.held) % {"number": counts.held}
    planned = ngettext("%(number)d planned", "%(number)d planned", counts.planned) % {"number": counts.planned}
    came = ngettext("%(number)d attendance", "%(number)d attendances", counts.present) % {"number": counts.present}
    lasted = [write_hours(counts.minutes)] if counts.minutes else []
    return Frame(
        title=engagement.title,
        url=reverse("engagements:contract", args=[engagement.pk]),
        client=engagement.client.name if engagement.client else _("private payer"),
        form=engagement.get_form_display(),
        lead=engagement.lead.name,
        period=day_until(engagement.starts_on, engagement.ends_on) or "–",
        sessions=", ".join([held, planned]),
        attendances=" · ".join([*lasted, came]) if counts.held else "",
        billing=words_for_billing(counts),
        billing_url=reverse("billing:process", args=[engagement.pk]),
        state=engagement.get_state_display(),
        kind=TAGS.get(engagement.state, "plain"),
    )
