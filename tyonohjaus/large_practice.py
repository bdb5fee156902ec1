"""A practice to measure with: many rows by bulk inserts, each as the supervisor whose they are."""

import random
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from accounts.models import ClientOrganisation, Membership, Person, Practice, User
from audit import asking
from engagements.models import Contract, ContractParty, Engagement, Form, Participation, State
from engagements.terms import collect, digest, freeze
from formats.clock import HELSINKI
from sessions.models import Session, SessionState

FOUNDER: Final = "suuri@demo.example"
SUPERVISORS: Final = 200
ENGAGEMENTS: Final = 25  # a supervisor
SESSIONS: Final = 8  # an engagement


def is_there() -> bool:
    return User.objects.filter(email=FOUNDER).exists()


def make(now: datetime) -> dict[str, int]:
    """Make 200 supervisors with 25 engagements each; the first has 250 engagements and 2,000 sessions.

    Returns how many rows of each kind were made.
    """
    with transaction.atomic():
        founder = User.objects.create_user(FOUNDER, full_name="Suvi Suuri")
        asking.become(founder)
        practice = Practice.objects.create(
            name="Suuri Työnohjaus Oy", business_id="9900012-2", street="Isokatu 1", postcode="00100", city="Helsinki",
            demonstration=True,
        )  # fmt: skip
        for kind in Membership.Kind.values:
            Membership.objects.create(practice=practice, user=founder, kind=kind)
        clients = ClientOrganisation.objects.bulk_create(
            ClientOrganisation(practice=practice, name=f"Organisaatio {number:03}") for number in range(100)
        )
        others = User.objects.bulk_create(
            User(email=f"ohjaaja{number}@demo.example", full_name=f"Ohjaaja {number:03}")
            for number in range(1, SUPERVISORS)
        )
        Membership.objects.bulk_create(Membership(practice=practice, user=user, kind="supervisor") for user in others)
    made = {"engagements": 0, "supervisees": 0, "sessions": 0}
    for user in [founder, *others]:
        number = ENGAGEMENTS * 10 if user == founder else ENGAGEMENTS
        for what, count in supervisor(practice, user, clients, number, now).items():
            made[what] += count
    return {"supervisors": SUPERVISORS, **made}


@transaction.atomic
def supervisor(
    practice: Practice, user: User, clients: list[ClientOrganisation], number: int, now: datetime
) -> dict[str, int]:
    """Make one supervisor's engagements, with a session every weekday hour from two years back into the next."""
    asking.become(user)
    chance = random.Random(user.email)  # noqa: S311  (the same rows each time, nothing secret)
    persons = Person.objects.bulk_create(
        Person(practice=practice, given_name=f"Etu{n}", family_name=f"Suku{chance.randrange(10**6)}",
               email=f"h{n}.{user.pk.hex[:8]}@demo.example")
        for n in range(number * 3)
    )  # fmt: skip
    engagements = Engagement.objects.bulk_create(
        Engagement(practice=practice, lead=user, client=chance.choice(clients), title=f"Prosessi {n:04}",
                   form=Form.GROUP, state=State.ACTIVE, starts_on=(now - timedelta(days=400)).date())
        for n in range(number)
    )  # fmt: skip
    contracts = Contract.objects.bulk_create(
        Contract(engagement=each, minutes=60, sessions_agreed=SESSIONS, price="190.00") for each in engagements
    )
    ContractParty.objects.bulk_create(
        ContractParty(contract=each, kind=ContractParty.Kind.SUPERVISOR, user=user, signs=True) for each in contracts
    )
    terms = collect(Contract.objects.get(pk=contracts[0].pk))  # the same for all: what is measured is their size
    Contract.objects.filter(engagement__in=engagements).update(
        state=Contract.State.AGREED, terms=freeze(terms), terms_hash=digest(terms), agreed_on=engagements[0].starts_on,
        agreed_how=Contract.How.PAPER,
    )  # fmt: skip
    participations = Participation.objects.bulk_create(
        Participation(engagement=engagements[n // 3], person=person, joined_on=engagements[n // 3].starts_on)
        for n, person in enumerate(persons)
    )
    morning = now.astimezone(HELSINKI).replace(hour=8, minute=0, second=0, microsecond=0)
    hours = [morning + timedelta(days=day, hours=hour) for day in range(-number, number) for hour in range(0, 8, 2)][
        : number * SESSIONS
    ]
    sessions = Session.objects.bulk_create(
        Session(engagement=engagements[n % number], starts_at=hour, ends_at=hour + timedelta(hours=1),
                state=SessionState.HELD if hour + timedelta(hours=1) < now else SessionState.PLANNED)
        for n, hour in enumerate(hours)
    )  # fmt: skip
    return {"engagements": number, "supervisees": len(participations), "sessions": len(sessions)}
