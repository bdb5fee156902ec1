"""The week ahead, by e-mail on Monday morning: when one's sessions are, and how much waits. Times and counts alone."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership
from engagements.models import CoSupervisor, SignatureRequest, State
from evaluations.models import Round, RoundState
from formats.clock import HELSINKI, moment_at
from notifications import samples
from notifications.kinds import Audience, Draft, Kind, Letter, recipient_of
from notifications.models import Message
from reports.models import Report, ReportState
from sessions.models import Session

WEEK: Final = "week_ahead"
#: From when on Monday, and until when a mail that could not leave is still of use.
MORNING: Final = time(8)
USEFUL: Final = timedelta(days=2)
#: A mail names so many sessions at most.
MOST: Final = 40


def monday(now: datetime) -> date:
    day = now.astimezone(HELSINKI).date()
    return day - timedelta(days=day.weekday())


def due_weeks(now: datetime) -> Iterator[Draft]:
    """Say who is to hear of the week that has begun: whoever supervises somewhere."""
    week = monday(now)
    begins = moment_at(week, MORNING)
    if not begins <= now < begins + USEFUL:
        return
    said = Message.objects.filter(kind=WEEK, user=OuterRef("user"), occasion=week.isoformat())
    supervisors = Membership.objects.current().filter(kind=Membership.Kind.SUPERVISOR, user__is_active=True)
    for user in supervisors.exclude(Exists(said)).order_by().values_list("user", flat=True).distinct():
        yield Draft(WEEK, user, week.isoformat(), now, user=user)


def letters(messages: Sequence[Message], now: datetime) -> dict[UUID, Letter]:
    """Whoever has no session in the week and for whom nothing waits hears nothing."""
    users = {message.user_id for message in messages if message.user_id}
    sessions, waiting = sessions_of(users, now), waiting_of(users, now)
    written = {}
    for message in messages:
        user, week = message.user_id, date.fromisoformat(message.occasion)
        before = moment_at(week, MORNING) + USEFUL
        if user and now < before and (sessions[user] or any(waiting[user].values())) and (to := recipient_of(message)):
            context = {
                "sessions": sessions[user][:MOST],
                "more": max(0, len(sessions[user]) - MOST),
                "waiting": waiting[user],
                "link": settings.SITE_URL + reverse("today"),
            }
            written[message.pk] = Letter(to, context, before)
    return written


def sessions_of(users: set[UUID], now: datetime) -> Mapping[UUID, list[dict[str, datetime]]]:
    """Return the times of the sessions to come this week, by who leads them. Two queries."""
    end = moment_at(monday(now) + timedelta(days=7), time())
    coming = Session.objects.to_come(now).filter(starts_at__lt=end, engagement__example=False)
    coming = coming.exclude(engagement__state=State.CLOSED)
    led = coming.filter(engagement__lead__in=users).values_list("engagement__lead", "starts_at", "ends_at")
    beside = CoSupervisor.objects.current().filter(user__in=users, engagement__sessions__in=coming.values("pk"))
    rows = {*led, *beside.values_list("user", "engagement__sessions__starts_at", "engagement__sessions__ends_at")}
    found: defaultdict[UUID, list[dict[str, datetime]]] = defaultdict(list)
    for user, starts_at, ends_at in sorted(rows, key=lambda row: row[1]):
        if now < starts_at < end:
            found[user].append({"starts_at": starts_at, "ends_at": ends_at})
    return found


def waiting_of(users: set[UUID], now: datetime) -> Mapping[UUID, dict[str, int]]:
    """Return how much waits for whoever leads: sessions to mark, signatures, evaluations, reports. Four queries."""
    led = Q(engagement__lead__in=users, engagement__example=False)
    today = moment_at(now.astimezone(HELSINKI).date(), time()).astimezone(UTC)
    open_requests = SignatureRequest.objects.open().filter(
        contract__engagement__lead__in=users, contract__engagement__example=False
    )
    found: defaultdict[UUID, dict[str, int]] = defaultdict(dict)
    for name, rows, lead in (
        ("unmarked", Session.objects.ended_unmarked(today).filter(led), "engagement__lead"),
        ("signatures", open_requests, "contract__engagement__lead"),
        ("evaluations", Round.objects.filter(led, state=RoundState.OPEN), "engagement__lead"),
        ("reports", Report.objects.filter(led, state=ReportState.ASKED), "engagement__lead"),
    ):
        for user, number in rows.order_by().values_list(lead).annotate(number=Count("pk")):
            found[user][name] = number
    return found


SAMPLE: Final[Mapping[str, Any]] = {
    "sessions": [samples.TIMES],
    "more": 0,
    "waiting": {"unmarked": 1, "signatures": 2, "evaluations": 1, "reports": 1},
}
KINDS = [
    Kind(
        WEEK,
        _("The week ahead"),
        "week_ahead",
        letters,
        to=Audience.SUPERVISORS,
        rule=_("On Monday morning, to supervisors who have sessions in the week or something that waits."),
        sample=SAMPLE,
        can_be_declined=True,
    )
]
PLANNERS = [due_weeks]
