"""The example process: made up in a supervisor's own practice to look around in, and gone again in one click.

What makes it harmless is the database's doing: nobody in it has an address, its sessions take no time, nobody but its
lead sees it, and no real process can ever become one (migrations `example_…` of `accounts`, `engagements`, `sessions`).
"""

from datetime import date, datetime, time, timedelta
from typing import Final

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext, override, pgettext

from accounts.models import ClientOrganisation, Contact, Person, Practice, Sector, User
from audit import trail
from engagements.models import Engagement, Form, Theme
from formats.clock import HELSINKI, moment_at
from formats.holidays import holiday_on
from sessions.closing.agenda import add
from sessions.models import Booking, SessionState, Task
from sessions.tasks.actions import give
from tyonohjaus.plans import Name, Plan, carry_out

#: When in a day a session is put, the first hour that is free.
HOURS: Final = (time(9), time(13), time(15), time(11), time(17))
EVERY: Final = timedelta(weeks=2)
#: Over and marked, besides the latest, which waits to be marked; and still to come.
MARKED, COMING = 5, 3

Span = tuple[datetime, datetime]


def example_of(user: User) -> Engagement | None:
    return Engagement.objects.filter(lead=user, example=True).first()


def make_example(practice: Practice, *, by: User, now: datetime) -> Engagement:
    """Make `by`'s example process in their language and return it; the one they have already, when they have one."""
    try:
        with transaction.atomic(), override(by.language):
            return example_of(by) or _make(practice, by, now)
    except IntegrityError as error:
        made = example_of(by) if "engagement_example_once_a_lead" in str(error) else None
        if made is None:
            raise
        return made


def _make(practice: Practice, by: User, now: datetime) -> Engagement:
    plan = _plan(by.language)
    times = _times(by, plan.minutes, now)
    made = carry_out(
        plan,
        practice,
        by,
        people=[_person(practice, by, name) for name in plan.people],
        contact=_contact(practice, by, plan.client),
        opened=moment_at((times[0] - timedelta(days=14)).astimezone(HELSINKI).date(), time(10)),
        times=times,
        marked_until=times[MARKED],
        example=True,
    )
    _look_ahead(made, by, now)
    return made


def _look_ahead(made: Engagement, by: User, now: datetime) -> None:
    """Put a point on the agenda of the next session, and give a task until then."""
    coming = made.sessions.to_come(now).first()
    last = made.sessions.filter(state=SessionState.HELD).order_by("starts_at").last()
    if coming and last:
        add(coming, gettext("How has the experiment with the handovers gone?"), by=by, now=now)
        give(
            made, text=gettext("Notice one moment in the week when it was easy to bring something up. What helped?"),
            to=None, due_on=None, until_next=True, visibility=Task.Visibility.EVERYONE, session=last, by=by, now=now,
        )  # fmt: skip


def _plan(language: str) -> Plan:
    return Plan(
        gettext("Exampleton nursery, staff"),
        Form.GROUP,
        [(given, _family()) for given in ("Aino", "Eero", "Siiri")],
        client=gettext("Exampleton nursery"),
        language=language,
        place=gettext("Example Street 1, meeting room"),
        every=EVERY.days // 7,
        at=HOURS[0],
        goals=[
            (Theme.DIALOGUE, gettext("We bring up difficult things in time and with respect for one another")),
            (Theme.WELLBEING, gettext("We notice the signs of strain and share the work fairly")),
        ],
        kept=[((), (), memo) for memo in _memos()],
    )


def _memos() -> list[str]:
    """Return what stays of the sessions that are over, in their order; the third was cancelled."""
    return [
        gettext("We drew the week on a line. The handovers at noon weigh the most, and nobody had said so aloud."),
        gettext("We looked at how one hands over. **We try for two weeks:** three sentences, in the same place."),
        "",
        gettext("Three sentences are enough most days. On Fridays they are forgotten; we looked for the reason."),
        gettext("The experiment goes on. **Agreed:** whoever begins the shift asks first."),
    ]


def _person(practice: Practice, by: User, name: Name) -> Person:
    given, family = name
    return Person.objects.create(
        practice=practice, given_name=given, family_name=family, language=by.language, example_of=by
    )


def _contact(practice: Practice, by: User, name: str) -> Contact:
    client = ClientOrganisation.objects.create(
        practice=practice, name=name, sector=Sector.EARLY, public_body=True, example_of=by
    )
    person = _person(practice, by, ("Kaisa", _family()))
    return Contact.objects.create(organisation=client, person=person, title=gettext("head of the nursery"))


def _family() -> str:
    return pgettext("family name of made-up people", "Example")


# --- when it meets --------------------------------------------------------------------------------------------------


def _times(by: User, minutes: int, now: datetime) -> list[datetime]:
    """Return when the sessions begin, the earliest first: every other week around now, where nothing real takes time.

    Nothing made up happens today.
    """
    length, one_day, today = timedelta(minutes=minutes), timedelta(days=1), now.astimezone(HELSINKI).date()
    taken = _taken(by, now - EVERY * (MARKED + 4), now + EVERY * (COMING + 4))
    latest = _take(today - one_day, -one_day, length, taken)
    day = latest.astimezone(HELSINKI).date()
    past = [_take(day - EVERY * number, -one_day, length, taken) for number in range(1, MARKED + 1)]
    coming = [
        _take(max(day + EVERY * number, today + one_day), one_day, length, taken) for number in range(1, COMING + 1)
    ]
    return [*sorted(past), latest, *sorted(coming)]


def _taken(by: User, first: datetime, last: datetime) -> list[Span]:
    booked = Booking.objects.filter(user=by, during__overlap=(first, last)).values_list("during", flat=True)
    return [(during.lower, during.upper) for during in booked]


def _take(day: date, step: timedelta, length: timedelta, taken: list[Span]) -> datetime:
    """Take and return a free time on `day`, else on the nearest working day in the direction of `step`."""
    while True:
        if day.weekday() < 5 and not holiday_on(day):
            for starts_at in (moment_at(day, hour) for hour in HOURS):
                if not any(first < starts_at + length and starts_at < last for first, last in taken):
                    taken.append((starts_at, starts_at + length))
                    return starts_at
        day += step


# --- away again -----------------------------------------------------------------------------------------------------


@transaction.atomic
def remove_example(engagement: Engagement, *, by: User) -> bool:
    """Take `by`'s example away with everything that was made for it; return whether it was one and was there.

    The database asks the same again: another's stays, and every process that is no example.
    """
    if not engagement.example or engagement.lead_id != by.pk:
        return False
    trail.record(engagement.pk, "engagement.example_removed", actor=by, obj=engagement)
    with connection.cursor() as cursor:
        cursor.execute("SELECT sec.remove_example(%s)", [engagement.pk])
        row = cursor.fetchone()
    return bool(row and row[0])
