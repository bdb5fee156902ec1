"""The home page of each role, and the way to it."""

from datetime import date, datetime, time, timedelta
from typing import Any, Final

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db.models import Prefetch, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext_lazy
from django.views.decorators.http import require_POST

from accounts.models import ClientOrganisation, Practice, User
from accounts.paging import keyset
from accounts.signed_in import SignedInRequest
from engagements import clause
from engagements.models import Contract, ContractParty, CoSupervisor, Engagement, Goal
from engagements.models.contract import TODAY
from formats.clock import HELSINKI, moment_at, write_clock, write_moment
from reports.received.views import received
from sessions.coming import with_away
from sessions.facts import costs_told, facts_told
from sessions.models import Session, SessionState
from tyonohjaus.context import (
    CLIENT,
    SUPERVISEE,
    SUPERVISOR,
    Role,
    current_role,
    roles_here,
)
from tyonohjaus.example import example_of, make_example, remove_example
from tyonohjaus.first_steps import first_steps
from tyonohjaus.help import PARTS
from tyonohjaus.system import remember
from tyonohjaus.waiting import evaluations_to_answer, reports_to_read, to_do, to_sign, waiting_for

NUMBERS: Final = [
    pgettext_lazy("number at the beginning of a sentence", "One"),
    pgettext_lazy("number at the beginning of a sentence", "Two"),
    pgettext_lazy("number at the beginning of a sentence", "Three"),
    pgettext_lazy("number at the beginning of a sentence", "Four"),
    pgettext_lazy("number at the beginning of a sentence", "Five"),
    pgettext_lazy("number at the beginning of a sentence", "Six"),
    pgettext_lazy("number at the beginning of a sentence", "Seven"),
    pgettext_lazy("number at the beginning of a sentence", "Eight"),
    pgettext_lazy("number at the beginning of a sentence", "Nine"),
    pgettext_lazy("number at the beginning of a sentence", "Ten"),
]
COMING: Final = 8
UPCOMING_OF_SUPERVISEE: Final = 4
#: What a supervisee is asked for at a time; the rest comes up as it is done.
MOST_TO_DO: Final = 3
#: The cookie of those who want to see no first steps: it says who, since a browser may be another's next.
NO_FIRST_STEPS: Final = "no_first_steps"


@login_not_required
def home(request: HttpRequest) -> HttpResponse:
    """A visitor's front page; everybody else goes on to the home of their role."""
    if not isinstance(request.user, User):
        return render(request, "home.html")
    role = current_role(request)
    if role is not None:
        return redirect(role.url_name)
    if request.user.is_staff:
        return redirect("admin:index")
    return render(request, "welcome.html")


@login_not_required
def help_page(request: HttpRequest) -> HttpResponse:
    """Answer what people ask, to anybody."""
    return render(request, "help.html", {"parts": PARTS})


@require_POST
def switch_role(request: SignedInRequest) -> HttpResponse:
    """Be here in another of one's capacities, until it is switched again or the log-in ends."""
    role = next((role for role in roles_here(request) if role.key == request.POST.get("role")), None)
    if role is None:
        raise Http404
    request.session["role"] = role.key
    return redirect(role.url_name)


def only_for(role: Role, request: HttpRequest) -> None:
    """Raise Http404 for somebody who is not here in that capacity."""
    if role not in roles_here(request):
        raise Http404


# --- the supervisor -------------------------------------------------------------------------------------------------


def today(request: SignedInRequest) -> HttpResponse:
    only_for(SUPERVISOR, request)
    now = timezone.now()
    day = now.astimezone(HELSINKI).date()
    begins, ends = midnight(day), midnight(day + timedelta(days=1))
    led = Session.objects.led_by(request.user).select_related("engagement")
    of_day = with_away(led.between(begins, ends).numbered().counting_attendance())
    rows = list(of_day.order_by("starts_at", "pk"))
    # Real ones first, so that what is made up never hides them.
    coming = list(led.to_come(now).order_by("engagement__example", "starts_at", "pk").numbered()[:COMING])
    tasks = waiting_for(request.user, day_began=begins, now=now)
    real, real_coming = without_examples(rows), without_examples(coming)
    nearest = next(iter(coming), None)
    week = [session for session in coming if ends <= session.starts_at < midnight(day + timedelta(days=8))]
    dismissed = request.COOKIES.get(NO_FIRST_STEPS) == str(request.user.pk)
    first = None if dismissed else first_steps(request.user)
    new_here = not (rows or coming or tasks) and not Engagement.objects.led_by(request.user).exists()
    context = {
        "now": now,
        "rows": rows,
        "heading": _("Welcome") if new_here else heading_of_day(sum(row.takes_time for row in real)),
        "lead": lead_of_day(real, real_coming, now, ends),
        "next": nearest,
        "next_joinable": nearest is not None and nearest.can_be_joined(now),
        "next_opens": nearest.opens() if nearest else None,
        "next_is_today": nearest is not None and nearest.starts_at < ends,
        "week": sorted(week, key=lambda session: session.starts_at),
        "tasks": tasks,
        "new_here": new_here,
        "steps": first.steps if first else [],
        "example": first.example if first else None,
    }
    return render(request, "today.html", context)


def without_examples(sessions: list[Session]) -> list[Session]:
    """Return the real ones: what is made up is shown beside them, and counts for nothing."""
    return [session for session in sessions if not session.engagement.example]


@require_POST
def first_steps_dismiss(request: SignedInRequest) -> HttpResponse:
    """Show the first steps no more on this device."""
    only_for(SUPERVISOR, request)
    response = redirect("today")
    remember(response, NO_FIRST_STEPS, str(request.user.pk))
    return response


@require_POST
def example_make(request: SignedInRequest) -> HttpResponse:
    """Make the asker's example process, or find the one they have, and show it."""
    practice = Practice.objects.supervised_by(request.user).order_by("name", "pk").first()
    if practice is None:
        raise Http404
    return redirect("engagements:detail", make_example(practice, by=request.user, now=timezone.now()).pk)


@require_POST
def example_remove(request: SignedInRequest) -> HttpResponse:
    """Take the asker's example process away at once: it can be made again in one click, so nothing is asked first."""
    example = example_of(request.user)
    if example is None:
        only_for(SUPERVISOR, request)
    elif remove_example(example, by=request.user):
        messages.success(request, _("The example is gone, with everything that was in it."))
    return redirect("today" if SUPERVISOR in roles_here(request) else "home")


def midnight(day: date) -> datetime:
    return moment_at(day, time())


def heading_of_day(count: int) -> str:
    if not count:
        return _("No sessions today")
    return ngettext("%(number)s session today", "%(number)s sessions today", count) % {"number": in_words(count)}


def in_words(count: int) -> str:
    """Return a count as it begins a sentence: up to ten in words."""
    return str(NUMBERS[count - 1]) if 1 <= count <= len(NUMBERS) else str(count)


def lead_of_day(rows: list[Session], coming: list[Session], now: datetime, day_ends: datetime) -> str:
    """Return one sentence: what is next, or what is still to be done today."""
    unmarked = sum(row.state == SessionState.PLANNED and row.ends_at <= now for row in rows)
    if unmarked:
        text = ngettext("%(number)s of them waits to be marked.", "%(number)s of them wait to be marked.", unmarked)
        return text % {"number": in_words(unmarked)}
    if not coming:
        return _("Nothing is booked ahead.")
    first = coming[0]
    if first.starts_at <= now:
        return _("You are meeting now, until %(time)s.") % {"time": write_clock(first.ends_at, bare=True)}
    if first.starts_at < day_ends:
        return _("The next begins at %(time)s.") % {"time": write_clock(first.starts_at, bare=True)}
    return _("The next is on %(when)s.") % {"when": write_moment(first.starts_at)}


# --- the supervisee -------------------------------------------------------------------------------------------------


def portal(request: SignedInRequest) -> HttpResponse:
    only_for(SUPERVISEE, request)
    now = timezone.now()
    attended = Engagement.objects.attended_by(request.user)
    mine = Session.objects.filter(engagement__any_of=attended.values("pk")).select_related("engagement__lead")
    coming = list(mine.without_those_of_others(request.user).to_come(now)[:UPCOMING_OF_SUPERVISEE])
    goals = Goal.objects.visible_to(request.user).filter(Q(owner=None) | Q(owner__person__user=request.user))
    standing = standing_contracts(request.user).prefetch_related("reporting")
    engagements = list(
        attended.select_related("lead")
        .prefetch_related(
            Prefetch("goals", goals.order_by("owner", "position", "pk"), to_attr="seen_goals"),
            Prefetch("contracts", standing, to_attr="standing"),
            Prefetch("co_supervisors", CoSupervisor.objects.current().select_related("user"), to_attr="others"),
        )
        .order_by("closed_at", "title", "pk")
    )  # fmt: skip
    context = {
        "now": now,
        "next": coming[0] if coming else None,
        "next_joinable": bool(coming) and coming[0].can_be_joined(now),
        "next_opens": coming[0].opens() if coming else None,
        "later": coming[1:],
        "engagements": [process_of_supervisee(engagement) for engagement in engagements],
        "tasks": to_do(request.user, most=MOST_TO_DO),
    }
    return render(request, "portal.html", context)


def process_of_supervisee(engagement: Any) -> dict[str, Any]:
    contract = next(iter(engagement.standing), None)
    return {
        "engagement": engagement,
        "supervisors": [engagement.lead.full_name, *[other.user.full_name for other in engagement.others]],
        "shared": [goal for goal in engagement.seen_goals if goal.owner_id is None],
        "own": [goal for goal in engagement.seen_goals if goal.owner_id is not None],
        "contract": contract,
        "told": clause.lines(contract) if contract and engagement.client_id else [],
    }


# --- the client -----------------------------------------------------------------------------------------------------


def client_home(request: SignedInRequest) -> HttpResponse:
    """Processes of the client, and of them what `facts_told` and `costs_told` answer: nothing that is not told."""
    only_for(CLIENT, request)
    now = timezone.now()
    party = ContractParty.objects.with_the_client(request.user)
    ordered = Engagement.objects.party_to(request.user).filter(pk__in=party.values("contract__engagement"))
    engagements: Any = ordered.select_related("lead", "client").prefetch_related(
        Prefetch("contracts", standing_contracts(request.user), to_attr="standing")
    )
    page = keyset(engagements, request.GET.dict(), "sort_key", "id")
    told, costs = facts_told(now), costs_told(now)
    rows = [
        {
            "engagement": each,
            "contract": next(iter(each.standing), None),
            "told": told.get(each.pk),
            "costs": costs.get(each.pk),
        }
        for each in page.rows
    ]
    tasks = [
        *to_sign(request.user, most=3),
        *evaluations_to_answer(request.user, most=3),
        *reports_to_read(request.user, most=3),
    ]
    reports = list(received(request.user).order_by("-released_at", "pk")[:5])
    organisations = list(ClientOrganisation.objects.represented_by(request.user).without_examples())
    context = {"rows": rows, "page": page, "now": now, "tasks": tasks, "organisations": organisations}
    context["reports"] = reports
    return render(request, "client_home.html", context)


def standing_contracts(user: User) -> QuerySet[Contract]:
    """Versions that `user` may read and that stand: the one in force before the one on offer."""
    return Contract.objects.visible_to(user).standing(TODAY).order_by("state", "-version")
