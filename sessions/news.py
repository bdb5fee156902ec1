"""What whoever leads a process hears of by e-mail: a session that its supervisee has cancelled, sessions that
nobody has marked, an end that is near, trial sessions that are held.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, F, Max, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from engagements.models import Contract, Engagement, State
from formats.clock import moment_at
from notifications import samples
from notifications.kinds import Audience, Draft, Kind, Letter, recipient_of
from notifications.models import Message
from notifications.news import News, news_of
from sessions.messages import SPOKEN_OF, local_day, page_of
from sessions.models import Session, SessionState

#: How long before its last day a process is spoken of.
BEFORE_THE_END: Final = timedelta(days=30)
#: For how long it is of use to hear that a session is not marked.
UNMARKED_FOR: Final = timedelta(days=7)
#: For how long trial sessions that are all held are news.
TRIAL_FOR: Final = timedelta(days=30)
#: For how long it is news that a supervisee has cancelled.
CANCELLED_FOR: Final = timedelta(days=2)
GIVEN_UP: Final = "session_given_up"


def real(engagements: QuerySet[Engagement], among: Sequence[UUID] | None) -> QuerySet[Engagement]:
    """Processes that are no examples; of these ids only, if any are given."""
    found = engagements.filter(example=False)
    return found if among is None else found.filter(pk__in=among)


def unmarked(now: datetime, among: Sequence[UUID] | None = None) -> Iterator[News]:
    """A day's sessions that have not been marked by the next morning: one mail a day, whatever their number."""
    today = moment_at(local_day(now), time())
    sessions = Session.objects.ended_unmarked(today).filter(ends_at__gt=today - UNMARKED_FOR)
    sessions = sessions.filter(engagement__in=real(Engagement.objects.filter(state__in=SPOKEN_OF), None).values("pk"))
    if among is not None:
        sessions = sessions.filter(engagement__lead__in=among)
    rows = sessions.order_by().values_list("engagement__lead", "starts_at")
    for lead, day in {(lead, local_day(starts_at)) for lead, starts_at in rows}:
        yield News(lead, lead, day.isoformat(), reverse("sessions:unmarked"), on=day)


def ending(now: datetime, among: Sequence[UUID] | None = None) -> Iterator[News]:
    """The agreed last day is near; a day that is agreed anew is another occasion."""
    today = local_day(now)
    open_ones = Engagement.objects.filter(state__in=(State.ACTIVE, State.PAUSED))
    near = real(open_ones, among).filter(ends_on__gte=today, ends_on__lte=today + BEFORE_THE_END)
    for pk, lead, day in near.values_list("pk", "lead", "ends_on"):
        if day:
            yield News(lead, pk, day.isoformat(), reverse("engagements:detail", args=[pk]), on=day)


def trial_used(now: datetime, among: Sequence[UUID] | None = None) -> Iterator[News]:
    """Every agreed trial session is held, and no other session is planned yet: it is time to say how it goes on."""
    sessions = Session.objects.filter(engagement=OuterRef("engagement")).order_by()
    trials = sessions.filter(state=SessionState.HELD, trial=True).values("engagement")
    others = sessions.filter(state__in=[SessionState.HELD, SessionState.PLANNED], trial=False).values("engagement")
    processes = real(Engagement.objects.filter(state__in=SPOKEN_OF), among).values("pk")
    contracts = (
        Contract.objects.standing(local_day(now))
        .filter(trial_sessions__gt=0, engagement__in=processes)
        .annotate(
            held=Subquery(trials.annotate(number=Count("pk")).values("number")),
            last=Subquery(trials.annotate(last=Max("ends_at")).values("last")),
            other=Coalesce(Subquery(others.annotate(number=Count("pk")).values("number")), 0),
        )
        .filter(held__gte=F("trial_sessions"), last__gt=now - TRIAL_FOR, other=0)
    )
    for pk, lead in contracts.order_by().values_list("engagement", "engagement__lead").distinct():
        yield News(lead, pk, "", reverse("engagements:detail", args=[pk]))


def given_up(now: datetime) -> Iterator[Draft]:
    """Say which supervisors are to be told that a supervisee has cancelled."""
    lately = Session.objects.filter(cancelled_by__isnull=False, marked_at__gt=now - CANCELLED_FOR, marked_at__lte=now)
    leading = leading_of(lately)
    told = Message.objects.filter(kind=GIVEN_UP, obj__in=[session for session, _user in leading])
    for session, user in leading - set(told.values_list("obj", "user")):
        yield Draft(GIVEN_UP, session, "", now, user=user)


def leading_of(rows: QuerySet[Any], to: str = "engagement") -> set[tuple[UUID, UUID]]:
    """Return (id, user) of `rows` and of whoever leads their process, which stands at the path `to`. Two queries."""
    others = rows.filter(**{f"{to}__co_supervisors__until": None, f"{to}__co_supervisors__user__isnull": False})
    return {*rows.values_list("pk", f"{to}__lead"), *others.values_list("pk", f"{to}__co_supervisors__user")}


def given_up_letters(messages: Sequence[Message], now: datetime) -> dict[UUID, Letter]:
    """A time, and a link to the session."""
    sessions = Session.objects.filter(cancelled_by__isnull=False).in_bulk([message.obj for message in messages])
    return {
        message.pk: Letter(to, {"known": session.starts_at, "link": page_of(session)})
        for message in messages
        if (session := sessions.get(message.obj)) and (to := recipient_of(message))
    }


SORTS: Final[list[Any]] = [
    news_of(
        "session_unmarked",
        _("Sessions that are not marked"),
        unmarked,
        what=_("Sessions of this day have not been marked"),
        more=_("Say of each whether it was held; it takes a click."),
        rule=_("The morning after a day with sessions of which nobody has said how they went."),
        with_day=True,
    ),
    news_of(
        "process_ending",
        _("The end of a process is near"),
        ending,
        what=_("A process of yours ends soon"),
        more=_("Agree to go on, or plan how it is closed."),
        rule=_("Thirty days before the agreed last day of a process."),
        with_day=True,
    ),
    news_of(
        "trial_used",
        _("Trial sessions are held"),
        trial_used,
        what=_("The trial sessions of a process are held"),
        more=_("Agree how it goes on, or close it."),
        rule=_("When all agreed trial sessions are held and no other session is planned."),
    ),
]
KINDS = [
    Kind(
        GIVEN_UP,
        _("A supervisee has cancelled"),
        "session_given_up",
        given_up_letters,
        to=Audience.SUPERVISORS,
        rule=_("When the supervisee has cancelled a session that they alone are in."),
        sample={"known": samples.STARTS},
    ),
    *(kind for kind, _planner in SORTS),
]
PLANNERS = [given_up, *(planner for _kind, planner in SORTS)]
