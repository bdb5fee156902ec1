"""What is said by e-mail of times that are offered: that one is asked, that one is agreed, that it waits for a choice.

Everything follows from the rows; the worker knows which times are offered and who has answered, never what.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from engagements.models import Participation
from formats.clock import moment_at
from notifications import samples
from notifications.kinds import Audience, Draft, Kind, Letter, recipient_of
from notifications.models import Message
from notifications.news import News, news_of
from notifications.occasions import stamp
from notifications.quiet import after_quiet
from sessions.messages import UNDO, local_day
from sessions.models import CannotCome, Offer, SessionState, TimeAnswer
from sessions.news import leading_of

OFFERED: Final = "times_offered"
SETTLED: Final = "times_settled"
#: For how long it is news that a time is agreed.
NEWS: Final = timedelta(days=2)
REACHED: Final = ~Q(person__email="") | Q(person__user__isnull=False)


def asked(now: datetime) -> Any:
    """Who is asked at `now` and has not answered: a row for each of their open offers, with `offer` and its days."""
    today = local_day(now)
    given = TimeAnswer.objects.filter(participation=OuterRef("pk"), time__offer=OuterRef("offer"))
    return (
        Participation.objects.current()
        .filter(REACHED, engagement__offers__withdrawn_at=None, engagement__offers__settled_at=None)
        .filter(engagement__offers__answer_by__gte=today, engagement__example=False)
        .exclude(engagement__state="closed")
        .annotate(
            offer=F("engagement__offers"),
            answer_by=F("engagement__offers__answer_by"),
            offered_at=F("engagement__offers__created_at"),
        )
        .exclude(Exists(given))
    )


def to_ask(now: datetime) -> Iterator[Draft]:
    """Each is asked once, three minutes after the times were offered."""
    told = Message.objects.filter(kind=OFFERED, obj=OuterRef("offer"), person=OuterRef("person"))
    rows = asked(now).exclude(Exists(told.exclude(state=Message.State.DROPPED)))
    for offer, person, offered_at in rows.values_list("offer", "person", "offered_at"):
        yield Draft(OFFERED, offer, "", after_quiet(max(now, offered_at + UNDO), None), person=person)


def askings(messages: Sequence[Message], now: datetime) -> dict[UUID, Letter]:
    """As long as it is open and they have not answered."""
    rows = asked(now).filter(engagement__offers__in=[message.obj for message in messages])
    found = {(offer, person): day for offer, person, day in rows.values_list("offer", "person", "answer_by")}
    written = {}
    for message in messages:
        day = found.get((message.obj, message.person_id))
        if day and (to := recipient_of(message)):
            before = moment_at(day + timedelta(days=1), time())
            written[message.pk] = Letter(to, {"answer_by": day, "link": page("offers:offer", message.obj)}, before)
    return written


def settled(now: datetime) -> Any:
    """Who is in a session that has come of an offer lately and is to come, but for the one who picked its time."""
    offers = "engagement__offers"
    return (
        Participation.objects.current()
        .filter(REACHED, **{f"{offers}__settled_at__gt": now - NEWS, f"{offers}__session__starts_at__gt": now})
        .filter(**{f"{offers}__session__state": SessionState.PLANNED})
        .exclude(person__user__isnull=False, person__user=F(f"{offers}__settled_by"))
        .annotate(
            offer=F(offers), session=F(f"{offers}__session"), settled_at=F(f"{offers}__settled_at"),
            starts_at=F(f"{offers}__session__starts_at"), ends_at=F(f"{offers}__session__ends_at"),
        )
    )  # fmt: skip


def to_tell(now: datetime) -> Iterator[Draft]:
    told = Message.objects.filter(kind=SETTLED, obj=OuterRef("offer"), person=OuterRef("person"))
    rows = settled(now).exclude(Exists(told.exclude(state=Message.State.DROPPED)))
    for offer, person, at, starts_at in rows.values_list("offer", "person", "settled_at", "starts_at"):
        yield Draft(SETTLED, offer, "", after_quiet(max(now, at + UNDO), starts_at), person=person)


def tellings(messages: Sequence[Message], now: datetime) -> dict[UUID, Letter]:
    """The session as it stands: one that was moved meanwhile is told at its new time."""
    rows = settled(now).filter(engagement__offers__in=[message.obj for message in messages])
    columns = ("offer", "person", "session", "starts_at", "ends_at")
    found = {(row[0], row[1]): row[2:] for row in rows.values_list(*columns)}
    written = {}
    for message in messages:
        facts = found.get((message.obj, message.person_id))
        if facts and (to := recipient_of(message)):
            session, starts_at, ends_at = facts
            context = {"starts_at": starts_at, "ends_at": ends_at, "link": page("sessions:detail", session)}
            written[message.pk] = Letter(to, context, starts_at)
    return written


def page(name: str, pk: UUID) -> str:
    return settings.SITE_URL + reverse(name, args=[pk])


# --- to whoever leads -------------------------------------------------------------------------------------------------


def to_choose(now: datetime, among: Sequence[UUID] | None = None) -> Iterator[News]:
    """Everybody has answered, the last day has passed, or no time is left: it waits for the supervisors."""
    today = local_day(now)
    given = TimeAnswer.objects.filter(participation=OuterRef("pk"), time__offer=OuterRef(OuterRef("pk")))
    people = Participation.objects.current().filter(engagement=OuterRef("engagement"))
    complete = Q(kind=Offer.Kind.POLL) & ~Exists(people.exclude(Exists(given)))
    offers = among_these(Offer.objects.open().filter(engagement__example=False), among)
    waiting = offers.with_left(now, asks="sec.offer_left").filter(complete | Q(answer_by__lt=today) | Q(left=0))
    for pk, user in sorted(leading_of(waiting)):
        yield News(user, pk, "", reverse("offers:offer", args=[pk]))


def picked(now: datetime, among: Sequence[UUID] | None = None) -> Iterator[News]:
    """A supervisee has picked a time, and the session is booked."""
    offers = Offer.objects.filter(settled_at__gt=now - NEWS, kind=Offer.Kind.FIRST, session__isnull=False)
    offers = among_these(offers.filter(session__state=SessionState.PLANNED), among)
    about = {pk: (by, session) for pk, by, session in offers.values_list("pk", "settled_by", "session")}
    leading = sorted(leading_of(offers))
    chose = {pk for pk, user in leading if about[pk][0] == user}
    for pk, user in leading:
        if pk not in chose:
            yield News(user, pk, "", reverse("sessions:detail", args=[about[pk][1]]))


def cannot_come(now: datetime, among: Sequence[UUID] | None = None) -> Iterator[News]:
    """A supervisee has said that they cannot come, and that has stood for three minutes; once of each time."""
    told = CannotCome.objects.standing().filter(told_at__lte=now - UNDO, told_at__gt=now - NEWS)
    told = among_these(told.filter(session__state=SessionState.PLANNED, starts_at__gt=now), among)
    about = {pk: (session, starts_at) for pk, session, starts_at in told.values_list("pk", "session", "starts_at")}
    for pk, user in sorted(leading_of(told, "session__engagement")):
        session, starts_at = about[pk]
        page_of_it, day = reverse("sessions:detail", args=[session]), local_day(starts_at)
        yield News(user, pk, stamp(starts_at), page_of_it, on=day)


def among_these(rows: Any, among: Sequence[UUID] | None) -> Any:
    return rows if among is None else rows.filter(pk__in=among)


SORTS: Final[list[Any]] = [
    news_of(
        "offer_complete",
        _("Times offered wait for your choice"),
        to_choose,
        what=_("Times that you offered wait for your choice"),
        more=_("Everybody has answered, the last day has passed, or no time is left."),
        rule=_("When everybody has answered to the times offered, the last day has passed, or no time is left."),
    ),
    news_of(
        "time_picked",
        _("A supervisee has picked a time"),
        picked,
        what=_("A supervisee has picked one of the times that you offered"),
        more=_("The session is booked."),
        rule=_("When a supervisee has picked one of the times offered."),
    ),
    news_of(
        "cannot_come",
        _("A supervisee cannot come"),
        cannot_come,
        what=_("A supervisee cannot come to the session on this day"),
        more=_("Who it is stands on the page of the session."),
        rule=_("Three minutes after a supervisee has said that they cannot come, unless they take it back before."),
        with_day=True,
        at_once=True,
    ),
]
KINDS = [
    Kind(
        OFFERED,
        _("Times to choose from"),
        "times_offered",
        askings,
        to=Audience.SUPERVISEES,
        rule=_("Three minutes after times were offered, to everybody in the process who has not answered."),
        sample={"answer_by": samples.DAY},
    ),
    Kind(
        SETTLED,
        _("A time is agreed"),
        "times_settled",
        tellings,
        to=Audience.SUPERVISEES,
        rule=_("When one of the times offered was picked or chosen, three minutes after."),
        sample=samples.TIMES,
    ),
    *(kind for kind, _planner in SORTS),
]
PLANNERS = [to_ask, to_tell, *(planner for _kind, planner in SORTS)]
