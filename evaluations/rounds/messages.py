"""What is said by e-mail of evaluations: a link to answer by, two reminders at most, and that answering has ended.

Everything follows from the rows. The worker knows who has answered, says nothing more to them, and never what. A link
is made when its mail leaves; a supervisor who is to evaluate themselves is led to the page, after a log-in.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, time, timedelta
from functools import partial
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Greatest, TruncDate
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from evaluations import links
from evaluations.models import Invitation, Mode, Round, RoundState
from evaluations.rounds.closing import asked_still, unanswered
from evaluations.rounds.usual import local_day
from formats.clock import HELSINKI, moment_at
from notifications import samples
from notifications.kinds import Audience, Draft, Kind, Letter, recipient_of
from notifications.models import Message
from notifications.occasions import Stamp, stamp

ASKED: Final = "evaluation_asked"
NUDGE: Final = "evaluation_nudge"
CLOSED: Final = "evaluation_closed"

#: From when on the day people are reminded, and until when on the last day it is still of use.
MORNING: Final = time(9)
NOON: Final = time(12)
#: The first reminder comes so many days after the link, when there are more than so many left; the second the day
#: before the last day, or on it where the link is not older.
FIRST_AFTER: Final = timedelta(days=5)
LEFT_AT_FIRST: Final = timedelta(days=2)
#: For how long it is news that answering has ended.
NEWS: Final = timedelta(days=14)


# --- what is due ----------------------------------------------------------------------------------------------------


def said(kind: str, occasion: Any) -> Exists:
    told = Message.objects.filter(kind=kind, obj=OuterRef("pk"), occasion=occasion)
    return Exists(told.exclude(state=Message.State.DROPPED))


def to_answer() -> QuerySet[Invitation]:
    """Invitations to open rounds of those who have not answered, are still there and can be reached."""
    reached = Q(user__isnull=False) | ~Q(person__email="") | Q(person__user__isnull=False)
    return unanswered(asked_still()).filter(reached, round__state=RoundState.OPEN, sent_for__isnull=False)


def unsent_links(now: datetime) -> Iterator[Draft]:
    """Who is asked, and who is to have another link."""
    wanting = to_answer().filter(round__closes_on__gte=local_day(now)).exclude(said(ASKED, Stamp(OuterRef("sent_for"))))
    for pk, person, user, sent_for in wanting.values_list("pk", "person", "user", "sent_for"):
        if sent_for:
            yield Draft(ASKED, pk, stamp(sent_for), now, person=person, user=user)


def due_nudges(now: datetime) -> Iterator[Draft]:
    """Who has not answered: some days after the link, and shortly before the end; at most twice, never at night."""
    clock = now.astimezone(HELSINKI).time()
    if clock < MORNING:
        return
    for number, due in nudged(now).items():
        for pk, person in due.exclude(said(NUDGE, Value(number))).values_list("pk", "person"):
            yield Draft(NUDGE, pk, number, now, person=person)


def nudged(now: datetime) -> Mapping[str, QuerySet[Invitation]]:
    """Return who is to be reminded at `now`, by the number of the reminder, whether or not they were."""
    day = local_day(now)
    # Reckoned from the newest link: whoever has just been sent another needs no reminder beside it.
    newest = TruncDate(Greatest("sent_for", "renewed_at"), tzinfo=HELSINKI)
    people = to_answer().filter(person__isnull=False).annotate(linked_on=newest)
    first = people.filter(linked_on__lte=day - FIRST_AFTER, round__closes_on__gt=day + LEFT_AT_FIRST)
    tomorrow = Q(round__closes_on=day + timedelta(days=1), linked_on__lte=day - timedelta(days=2))
    today = Q(round__closes_on=day, linked_on__lt=day)
    soon = tomorrow | today if now.astimezone(HELSINKI).time() < NOON else tomorrow
    return {"1": first, "2": people.filter(soon)}


def ended(now: datetime) -> Iterator[Draft]:
    """Whoever leads is told that answering has ended; of an evaluation of themselves nobody needs to be."""
    lately = Round.objects.filter(state=RoundState.CLOSED, closed_at__gt=now - NEWS).exclude(mode=Mode.OWN)
    for pk, lead in lately.exclude(said(CLOSED, Value(""))).values_list("pk", "engagement__lead"):
        yield Draft(CLOSED, pk, "", now, user=lead)


# --- what the letters say -------------------------------------------------------------------------------------------


def asked(messages: Sequence[Message], now: datetime) -> dict[UUID, Letter]:
    """The link, as long as its round is open, they have not answered, and no later one was asked for."""
    rows = to_answer().filter(pk__in=[message.obj for message in messages], round__closes_on__gte=local_day(now))
    found = {row[0]: row[1:] for row in rows.values_list("pk", "sent_for", "round", "round__closes_on")}
    written = {}
    for message in messages:
        sent_for, round_, closes_on = found.get(message.obj, (None, None, None))
        if closes_on and sent_for and stamp(sent_for) == message.occasion and (to := recipient_of(message)):
            before = moment_at(closes_on + timedelta(days=1), time())
            if message.user_id:
                page = settings.SITE_URL + reverse("answer:own", args=[round_])
                written[message.pk] = Letter(to, {"closes_on": closes_on, "link": page, "own": True}, before)
            else:
                written[message.pk] = Letter(to, {"closes_on": closes_on}, before, partial(link_now, message.obj))
    return written


def nudges(messages: Sequence[Message], now: datetime) -> dict[UUID, Letter]:
    """Whoever has answered meanwhile, left or declined, and a round that ends later now, is passed over."""
    due = nudged(now)
    about = [message.obj for message in messages]
    found = {
        (pk, number): closes_on
        for number, rows in due.items()
        for pk, closes_on in rows.filter(pk__in=about).values_list("pk", "round__closes_on")
    }
    written = {}
    for message in messages:
        closes_on = found.get((message.obj, message.occasion))
        if closes_on and (to := recipient_of(message)):
            context = {"closes_on": closes_on, "last_day": closes_on == local_day(now)}
            before = moment_at(closes_on, NOON)
            written[message.pk] = Letter(to, context, before, partial(link_now, message.obj))
    return written


def endings(messages: Sequence[Message], now: datetime) -> dict[UUID, Letter]:
    """The link leads to the page of the round, after a log-in: what came of it stands there."""
    rows = Round.objects.filter(pk__in=[message.obj for message in messages], state=RoundState.CLOSED)
    leads = dict(rows.values_list("pk", "engagement__lead"))
    return {
        message.pk: Letter(to, {"link": settings.SITE_URL + reverse("rounds:detail", args=[message.obj])})
        for message in messages
        if leads.get(message.obj) == message.user_id and (to := recipient_of(message))
    }


def link_now(invitation: UUID) -> dict[str, str]:
    return {"link": settings.SITE_URL + reverse("answer:door", args=[links.mint(invitation)])}


KINDS = [
    Kind(
        ASKED,
        _("Request to answer an evaluation"),
        "evaluation_asked",
        asked,
        to=Audience.CONCERNED,
        rule=_("When an evaluation opens, to everybody who is asked, and for another link."),
        sample={"closes_on": samples.DAY},
    ),
    Kind(
        NUDGE,
        _("Reminder of an evaluation"),
        "evaluation_nudge",
        nudges,
        can_be_declined=True,
        to=Audience.CONCERNED,
        rule=_("Twice at most, to those who have not answered an evaluation."),
        sample={"closes_on": samples.DAY},
    ),
    Kind(
        CLOSED,
        _("An evaluation has ended"),
        "evaluation_closed",
        endings,
        can_be_declined=True,
        can_wait=True,
        to=Audience.SUPERVISORS,
        rule=_("When an evaluation has ended, to whoever leads the process."),
        sample={},
    ),
]
PLANNERS = [unsent_links, due_nudges, ended]
