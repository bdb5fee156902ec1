"""Rounds of a process: what is open, planned, offered and over; for supervisees what was asked of them."""

from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST

from accounts import lists
from accounts.paging import keyset
from accounts.signed_in import SignedInRequest
from engagements.models import Engagement
from engagements.views.scope import sent
from evaluations.confidence import sentence
from evaluations.models import Mode, QuestionnaireKind, Round, RoundState
from evaluations.rounds import actions, opening, panel, points, usual
from evaluations.rounds.forms import ChangeForm, PlanForm
from evaluations.rounds.wording import READABLE, outcome_words
from sessions.models import Session
from sessions.views import met_by

#: Rounds planned or open are all shown: there are no more of them than that.
STANDING: Final = [RoundState.PLANNED, RoundState.OPEN]


def of_engagement(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """The evaluations of one process: open, planned, those that the contract names, and what is over."""
    now = timezone.now()
    engagement = get_object_or_404(met_by(request.user).select_related("client", "practice"), pk=pk)
    leads = Engagement.objects.led_by(request.user).filter(pk=pk).exists()
    rounds = Round.objects.visible_to(request.user).filter(engagement=engagement)
    standing = list(rounds.filter(state__in=STANDING).order_by("closes_on", "pk"))
    over = rounds.exclude(state__in=STANDING).select_related("session")
    page = keyset(over, lists.asked(request), "-created_at", "-id", per_page=20)
    blocker = actions.blocker_to_planning(engagement) if leads else ""
    offers = points.missing(engagement, now) if leads and not blocker else []
    waiting = {each.round for each in panel.to_answer(request.user, most=actions.MOST_STANDING * 2)}
    context = {
        "base": "engagements/base.html" if leads else "sessions/base.html",
        "section": "evaluations",
        "engagement": engagement,
        "leads": leads,
        "open": [line(each, waiting, leads=leads) for each in standing if each.state == RoundState.OPEN],
        "planned": [line(each, waiting, leads=leads) for each in standing if each.state == RoundState.PLANNED],
        "named": [point for point in offers if point.named],
        "offered": [point for point in offers if not point.named],
        "plannable": any(point.named and point.due_on for point in offers),
        "over": [line(each, waiting, leads=leads) for each in page.rows],
        "page": page,
        "blocker": blocker,
    }
    return render(request, "rounds/list.html", context)


def line(round_: Round, waiting: set[UUID], *, leads: bool) -> dict[str, Any]:
    return {
        "round": round_,
        "confidence": confidence(round_, leads=leads),
        "outcome": outcome_words(round_),
        "readable": round_.outcome in READABLE,
        "to_answer": round_.pk in waiting,
    }


def confidence(round_: Round, *, leads: bool) -> str:
    return sentence(round_.mode, round_.kind, round_.threshold, to_respondent=not leads)


def plan(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Plan one evaluation: first on which occasion, then how. `?point=` is one that the contract names."""
    now = timezone.now()
    engagement = led(request, pk)
    kinds = usual.kinds_for(engagement)
    session = session_of(engagement, request.GET.get("session", ""))
    offers = {point.key: point for point in points.missing(engagement, now)}
    point = offers.get(request.GET.get("point", ""))
    wanted = QuestionnaireKind.SESSION if session else point.kind if point else request.GET.get("kind", "")
    kind = next((each for each in [*kinds, QuestionnaireKind.SESSION] if each == wanted), None)
    context: dict[str, Any] = {
        "engagement": engagement,
        "section": "evaluations",
        "blocker": actions.blocker_to_planning(engagement),
    }
    if kind is None or (kind == QuestionnaireKind.SESSION and session is None):
        return render(request, "rounds/plan_kind.html", {**context, "kinds": kinds})
    form = PlanForm(
        sent(request), engagement=engagement, kind=kind, point=point, session=session, by=request.user, now=now
    )
    if form.done():
        messages.success(request, gettext("The evaluation is planned."))
        return redirect("rounds:detail", form.round.pk)
    return render(request, "rounds/plan.html", {**context, "form": form, "kind": kind.label, "session": session})


@require_POST
def plan_all(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Plan what the contract names, or the one point that is posted, with what is usual."""
    engagement = led(request, pk)
    only = [request.POST["point"]] if request.POST.get("point") else []
    try:
        made = actions.plan_all(engagement, only=only, by=request.user, now=timezone.now())
    except ValidationError as error:
        messages.warning(request, " ".join(error.messages))
    else:
        said = ngettext("%(count)d evaluation is planned.", "%(count)d evaluations are planned.", len(made))
        if made:
            messages.success(request, said % {"count": len(made)})
        else:
            messages.warning(request, gettext("There was nothing to plan."))
    return redirect("rounds:list", pk)


@require_POST
def feedback(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Ask for feedback on a session that was held, with one click."""
    held = Session.objects.led_by(request.user).select_related("engagement__practice")
    session = get_object_or_404(held, pk=pk)
    try:
        actions.ask_for_feedback(session, by=request.user, now=timezone.now())
    except ValidationError as error:
        messages.warning(request, " ".join(error.messages))
    else:
        messages.success(request, gettext("Feedback is asked: everybody with an address is sent a link."))
    return redirect("sessions:detail", pk)


def detail(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """The page of a round: for those who lead with what they can do, for supervisees with what was asked."""
    now = timezone.now()
    round_ = get_object_or_404(
        Round.objects.visible_to(request.user).select_related("engagement__practice", "engagement__client", "session"),
        pk=pk,
    )
    leads = Round.objects.led_by(request.user).filter(pk=pk).exists()
    to_answer = pk in {each.round for each in panel.to_answer(request.user, most=actions.MOST_STANDING * 2)}
    context = {
        "base": "engagements/base.html" if leads else "sessions/base.html",
        "section": "evaluations",
        "engagement": round_.engagement,
        "leads": leads,
        **line(round_, {pk} if to_answer else set(), leads=leads),
    }
    if leads:
        context |= for_supervisor(round_, now)
    return render(request, "rounds/detail.html", context)


def for_supervisor(round_: Round, now: Any) -> dict[str, Any]:
    asked = round_.invitations.select_related("person", "participation").order_by("person__sort_key", "pk")
    people = list(asked) if round_.state != RoundState.PLANNED else []
    number = len(people) or round_.engagement.participations.current().count()
    standing = round_.state in STANDING
    return {
        "asked": [each for each in people if each.person_id] if standing else [],
        "questions": "" if (asks := round_.version.questionnaire).shipped else asks.name,
        "to_open": opening.blocker_to_opening(round_, now) if round_.state == RoundState.PLANNED else "",
        "warning": usual.warning(round_, number) if standing else "",
        "own": round_.mode == Mode.OWN,
    }


def change(request: SignedInRequest, pk: UUID) -> HttpResponse:
    round_ = led_round(request, pk)
    if round_.state not in STANDING:
        messages.warning(request, opening.moved_on())
        return redirect("rounds:detail", pk)
    form = ChangeForm(sent(request), round_=round_, by=request.user, now=timezone.now())
    if form.done():
        messages.success(request, gettext("The evaluation is changed."))
        return redirect("rounds:detail", pk)
    context = {"engagement": round_.engagement, "round": round_, "form": form, "section": "evaluations"}
    return render(request, "rounds/change.html", context)


@require_POST
def open_now(request: SignedInRequest, pk: UUID) -> HttpResponse:
    said = gettext("The evaluation is open: everybody with an address is sent a link.")
    now = timezone.now()
    return try_to(request, pk, lambda round_: actions.open_round(round_, by=request.user, now=now), said)


@require_POST
def close(request: SignedInRequest, pk: UUID) -> HttpResponse:
    said = gettext("Answering is being ended. What came of it stands here in a minute.")
    now = timezone.now()
    return try_to(request, pk, lambda round_: actions.ask_to_close(round_, by=request.user, now=now), said)


@require_POST
def call_off(request: SignedInRequest, pk: UUID) -> HttpResponse:
    said = gettext("The evaluation is called off. Nothing that was answered is kept.")
    now = timezone.now()
    return try_to(request, pk, lambda round_: actions.call_off(round_, by=request.user, now=now), said)


@require_POST
def again(request: SignedInRequest, pk: UUID, invitation: UUID) -> HttpResponse:
    asked = get_object_or_404(led_round(request, pk).invitations.select_related("person"), pk=invitation)
    said = gettext("The link is sent again, unless it has been answered by.")
    now = timezone.now()

    def send(round_: Round) -> None:
        asked.round = round_
        actions.invite_again(asked, by=request.user, now=now)

    return try_to(request, pk, send, said)


def try_to(request: SignedInRequest, pk: UUID, verb: Callable[[Round], object], said: str) -> HttpResponse:
    try:
        verb(led_round(request, pk))
    except ValidationError as error:
        messages.warning(request, " ".join(error.messages))
    else:
        messages.success(request, said)
    return redirect("rounds:detail", pk)


def led(request: SignedInRequest, pk: UUID) -> Engagement:
    return get_object_or_404(Engagement.objects.led_by(request.user).select_related("practice", "client"), pk=pk)


def led_round(request: SignedInRequest, pk: UUID) -> Round:
    """Return a round that the asker may do something with: of those they lead, but for another's own evaluation."""
    rounds = Round.objects.led_by(request.user).filter(pk__in=Round.objects.visible_to(request.user).values("pk"))
    return get_object_or_404(rounds.select_related("engagement__practice", "engagement__client"), pk=pk)


def session_of(engagement: Engagement, asked: str) -> Session | None:
    """Return the session of `engagement` whose id is `asked`; raises Http404 for an id that is none of its."""
    if not asked:
        return None
    try:
        return get_object_or_404(engagement.sessions, pk=UUID(asked))
    except ValueError:
        raise Http404 from None
