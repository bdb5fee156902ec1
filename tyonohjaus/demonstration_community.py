"""What began in a hurry, and a work community with its parts and themes, in the demonstration practice."""

from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Final

from accounts.models import Contact, Person, Practice, User
from engagements.actions import make_sub_group
from engagements.models import Engagement
from engagements.models.terms import Mode
from formats.clock import HELSINKI, moment_at
from sessions.community.actions import meet_with
from sessions.community.themes import propose, record_support, without_log_in
from sessions.models import Session
from sessions.models.session import Manager
from sessions.urgent.actions import Urgent, begin

#: Nothing else of the demonstration meets so late in the day.
EVENING: Final = time(17, 30)
PARTS: Final = ("Kasvatus ja diakonia", "Hallinto ja toimisto")
THEMES: Final = ("Miten puhumme kuormituksesta", "Kokoukset, joista on hyötyä")


def crisis(practice: Practice, lead: User, contact: Contact, people: list[Person], now: datetime) -> Engagement:
    """Begin a crisis process that was ordered this morning: three sessions, the first on the next working day."""
    day = now.astimezone(HELSINKI).date() + timedelta(days=1)
    while day.isoweekday() > 5:
        day += timedelta(days=1)
    urgent = Urgent(
        times=[moment_at(day + timedelta(days=7 * number), EVENING) for number in range(3)],
        minutes=90,
        price=Decimal("240.00"),
        mode=Mode.IN_PERSON,
        place="Kuusikontie 5, kokoushuone",
        client=contact.organisation,
        orderer=contact.person,
        people=tuple((one, False) for one in people),
    )
    return begin(practice, urgent, by=lead, now=now)


def parts(process: Engagement, lead: User, now: datetime) -> None:
    """Give a work community two sub-groups, a session for one of them, and two themes, one of which is its own."""
    members = list(process.participations.current().order_by("person__sort_key", "pk").values_list("pk", flat=True))
    half = (len(members) + 1) // 2
    first = make_sub_group(process, PARTS[0], members[:half], by=lead, now=now)
    make_sub_group(process, PARTS[1], members[half:], by=lead, now=now)
    coming = Session.objects.filter(engagement=process).to_come(now).first()
    if coming:
        meet_with(coming, [first.pk], manager=Manager.ABSENT, by=lead, now=now)
    speaking = [one.pk for one in without_log_in(process)]
    for text, share in zip(THEMES, (half + 1, 2), strict=True):
        record_support(propose(process, text, by=lead, now=now), speaking[:share], by=lead, now=now)
