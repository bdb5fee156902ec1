"""A believable practice, made by the same verbs as a real one, around the day on which it is made."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.db import transaction

from accounts.adapters import claim_persons
from accounts.models import ClientOrganisation, Contact, Membership, Person, Practice, Sector, User
from audit import asking
from engagements.actions import add_co_supervisor, agree, close, offer, open_engagement, pause, set_parties
from engagements.actions.parties import PartyLine, contact_of
from engagements.blockers import current_contract
from engagements.models import (
    Approval,
    Contract,
    ContractParty,
    Engagement,
    Focus,
    Form,
    Goal,
    Participation,
    Process,
    ReportingClause,
    Theme,
    Told,
)
from engagements.models.contract import Mode, Rhythm, ToldWhen
from formats.clock import HELSINKI, moment_at
from sessions.actions import book, cancel, mark_held
from sessions.models import Session
from sessions.working_time import Working, set_working_time

SUPERVISOR: Final = "liisa.lahti@demo.example"
CO_SUPERVISOR: Final = "kalle.kivi@demo.example"
PRACTICE_ADMIN: Final = "paula.pelto@demo.example"
SUPERVISEE: Final = "sanna.salo@demo.example"
CONTACT: Final = "tiina.tamm@demo.example"
ADMINISTRATOR: Final = "ylla.pito@demo.example"

Name = tuple[str, str]


@dataclass(frozen=True)
class Plan:
    """One engagement of the demonstration. `first` is its first session, in days from today; None: no sessions yet."""

    title: str
    form: str
    people: Sequence[Name]
    client: str = ""
    focus: str = Focus.GENERAL
    process: str = Process.LONG
    language: str = "fi"
    mode: str = Mode.IN_PERSON
    place: str = ""
    minutes: int = 90
    sessions: int = 10
    every: int = 3
    at: time = time(9)
    first: int | None = None
    price: str = "190.00"
    goals: Sequence[tuple[str, str]] = ()


PLANS: Final = [
    Plan(
        "Päiväkoti Otso, henkilöstö", Form.GROUP,
        [("Sanna", "Salo"), ("Åsa", "Öberg"), ("Ville", "Wikman"), ("Marja", "Mäkelä"), ("Oona", "Oksanen"),
         ("Eero", "Eskola")],
        client="Päiväkoti Otso", place="Otsontie 2, neuvotteluhuone", at=time(9), first=-63,
        goals=[(Theme.DIALOGUE, "Puhumme vaikeistakin asioista ajoissa ja toisiamme kunnioittaen"),
               (Theme.WELLBEING, "Tunnistamme kuormituksen merkit ja jaamme työn kohtuullisesti")],
    ),
    Plan(
        "Terveysaseman johtaja", Form.INDIVIDUAL, [("Antti", "Virtanen")], client="Kuusikon terveysasema",
        focus=Focus.LEADERSHIP, mode=Mode.REMOTE, minutes=60, sessions=8, every=4, at=time(12, 30), first=-112,
        price="120.00", goals=[(Theme.IDENTITY, "Löydän oman tapani johtaa muutosta")],
    ),
    Plan(
        "Terveysasema, esihenkilöt", Form.PAIR, [("Hilkka", "Rinne"), ("Harri", "Andersson")],
        client="Kuusikon terveysasema", focus=Focus.LEADERSHIP, place="Kuusikontie 5", minutes=75, sessions=6, every=4,
        at=time(15), first=-28, price="150.00",
    ),
    Plan(
        "Lastensuojelun tiimi, kriisin jälkeen", Form.GROUP,
        [("Tapio", "Pennanen"), ("Raili", "Antikainen"), ("Kalervo", "Väänänen"), ("Liisa", "Aalto")],
        client="Rantakylän lastensuojelu", focus=Focus.CRISIS, process=Process.SHORT, place="Rantatie 14", sessions=3,
        every=1, at=time(13), first=-6, price="240.00",
    ),
    Plan(
        "Metsälän seurakunta, työyhteisö", Form.COMMUNITY,
        [("Amanda", "Väisänen"), ("Eliisa", "Laukkanen"), ("Juhani", "Koski"), ("Pirjo", "Lampi"), ("Reijo", "Niemi"),
         ("Tuula", "Harju"), ("Aino", "Laine")],
        client="Metsälän seurakunta", place="Seurakuntatalo", minutes=120, sessions=8, every=4, at=time(10), first=-69,
        price="280.00",
    ),
    Plan(
        "Åminne, kvällsteamet", Form.GROUP, [("Aino", "Mattsson"), ("Kati", "Pelkonen"), ("Mika", "Mattila")],
        client="Åminne vård och omsorg", language="sv", mode=Mode.HYBRID, place="Åvägen 1", at=time(14),
    ),
    Plan(
        "Yksityisasiakas, etänä", Form.INDIVIDUAL, [("Helena", "Huttunen")], minutes=60, sessions=5, every=2,
        at=time(16), first=-97, price="95.00", mode=Mode.REMOTE,
    ),
    Plan("Nuorisokoti Pohjola", Form.GROUP, [("Anna", "Kukkonen"), ("Armas", "Parviainen"), ("Vesa", "Ström")]),
]  # fmt: skip

CLIENTS: Final[list[tuple[str, str, str, bool, Name]]] = [
    ("Päiväkoti Otso", "9900001-8", Sector.EARLY, True, ("Tiina", "Tamm")),
    ("Kuusikon terveysasema", "9900020-2", Sector.HEALTH, True, ("Jaana", "Kuusi")),
    ("Rantakylän lastensuojelu", "9900003-4", Sector.CHILD, True, ("Ritva", "Ranta")),
    ("Metsälän seurakunta", "9900009-3", Sector.CHURCH, True, ("Matti", "Metsä")),
    ("Åminne vård och omsorg", "9900005-0", Sector.SOCIAL, False, ("Åke", "Lind")),
]


def is_there() -> bool:
    return User.objects.filter(email=SUPERVISOR).exists()


def empty() -> bool:
    """Return whether nobody has an account yet."""
    return not User.objects.exists()


@transaction.atomic
def make(now: datetime) -> Practice:
    """Make the demonstration practice around `now`. Raises ValidationError when a verb refuses: it never should."""
    liisa = account(SUPERVISOR, "Liisa Lahti", factor=True)
    kalle = account(CO_SUPERVISOR, "Kalle Kivi", factor=True)
    paula = account(PRACTICE_ADMIN, "Paula Pelto", factor=True)
    account(ADMINISTRATOR, "Ylla Pito", factor=True, is_staff=True, is_superuser=True)
    sanna = account(SUPERVISEE, "Sanna Salo")
    tiina = account(CONTACT, "Tiina Tamm")

    asking.become(liisa)
    practice = Practice.objects.create(
        name="Kaari Työnohjaus Oy", business_id="9900011-4", street="Kaarikatu 3 B", postcode="00500", city="Helsinki",
        iban="FI2112345600000785", email=SUPERVISOR, phone="040 000 0000", demonstration=True,
    )  # fmt: skip
    for user, kinds in ((liisa, Membership.Kind.values), (kalle, ["supervisor"]), (paula, ["practice_admin"])):
        for kind in kinds:
            Membership.objects.create(practice=practice, user=user, kind=kind)
    contacts = {client.name: contact for client, contact in (organisation(practice, *row) for row in CLIENTS)}
    made = [engagement(practice, liisa, plan, contacts.get(plan.client), now) for plan in PLANS]
    add_co_supervisor(made[0], kalle, by=liisa, now=now)
    pause(made[4], by=liisa, now=now)
    offer(made[5], by=liisa, now=now - timedelta(days=5))
    close(made[6], ending="completed", by=liisa, now=now)

    set_working_time(liisa, Working({weekday: [(8 * 60, 16 * 60)] for weekday in range(5)}, travel=30))

    asking.become(kalle)
    toto = Plan(
        "ToTo, syksy ja kevät", Form.INDIVIDUAL, [("Liisa", "Lahti")], focus=Focus.TOTO, minutes=60, sessions=6,
        every=6, at=time(8, 30), first=-40, price="110.00",
    )  # fmt: skip
    engagement(practice, kalle, toto, None, now)
    for user in (sanna, tiina, liisa):
        claim_persons(user)
    asking.become(None)
    return practice


def account(email: str, name: str, *, factor: bool = False, **fields: Any) -> User:
    user = User.objects.create_user(email, full_name=name, **fields)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    if factor:
        TOTP.activate(user, generate_totp_secret())
    return user


def organisation(
    practice: Practice, name: str, business_id: str, sector: str, public: bool, contact: Name
) -> tuple[ClientOrganisation, Contact]:
    client = ClientOrganisation.objects.create(
        practice=practice, name=name, business_id=business_id, sector=sector, public_body=public
    )
    return client, contact_of(client, person(practice, contact, "sv" if name.startswith("Å") else "fi"))


def person(practice: Practice, name: Name, language: str) -> Person:
    given, family = name
    plain = f"{given}.{family}".lower().translate(str.maketrans("åäö", "aao"))
    email = f"{plain}@demo.example"
    found, _made = Person.objects.get_or_create(
        practice=practice, email=email, defaults={"given_name": given, "family_name": family, "language": language}
    )
    return found


def engagement(practice: Practice, lead: User, plan: Plan, contact: Contact | None, now: datetime) -> Engagement:
    """Open the engagement of `plan`, agree it and hold its sessions up to `now`, each at its own time."""
    today = now.astimezone(HELSINKI).date()
    begins = today + timedelta(days=(plan.first or 0) - 14)
    opened = moment_at(begins, time(10))
    made = open_engagement(
        lead, practice, by=lead, now=opened, title=plan.title, form=plan.form, focus=plan.focus, process=plan.process,
        language=plan.language, client=contact.organisation if contact else None,
    )  # fmt: skip
    people = [person(practice, name, plan.language) for name in plan.people]
    Participation.objects.bulk_create(Participation(engagement=made, person=one, joined_on=begins) for one in people)
    contract = current_contract(made)
    terms(contract, plan)
    parties(contract, contact, people[0], lead)
    for position, (theme, text) in enumerate(plan.goals):
        Goal.objects.create(engagement=made, theme=theme, text=text, position=position)
    if plan.first is not None:
        agree(made, how=Contract.How.PAPER, agreed_on=begins, by=lead, now=opened + timedelta(hours=2))
        for number in range(plan.sessions):
            booked = opened + timedelta(hours=3, minutes=number)
            meeting(made, plan, today + timedelta(days=plan.first, weeks=plan.every * number), booked, lead, now)
    return made


def terms(contract: Contract, plan: Plan) -> None:
    Contract.objects.filter(pk=contract.pk).update(
        minutes=plan.minutes, sessions_agreed=plan.sessions, rhythm=Rhythm.WEEKS, rhythm_every=plan.every, time=plan.at,
        mode=plan.mode, place=plan.place, link=link(plan), price=plan.price, payment_days=14, cancel_notice_hours=48,
        cancel_fee_percent=100, no_show_fee_percent=100, evaluation_baseline=True, evaluation_final=True,
        notes_months=6, memo_months=12, notice_days=30,
    )  # fmt: skip


def link(plan: Plan) -> str:
    return "https://meet.example/tyonohjaus" if plan.mode in (Mode.REMOTE, Mode.HYBRID) else ""


def parties(contract: Contract, contact: Contact | None, first: Person, lead: User) -> None:
    supervisees = PartyLine(ContractParty.Kind.SUPERVISEE, sets_goals=True, signs=True)
    if contact is None:
        payer = PartyLine(ContractParty.Kind.PAYER, person=first, orders=True, signs=True)
        set_parties(contract, [payer, supervisees], by=lead)
        return
    orderer = PartyLine(
        ContractParty.Kind.CONTACT, person=contact.person, contact=contact, orders=True, signs=True, reads_reports=True
    )
    set_parties(contract, [orderer, supervisees], by=lead)
    ReportingClause.objects.bulk_create(
        ReportingClause(contract=contract, what=what, when=when, approval=approval)
        for what, when, approval in (
            (Told.DATES, ToldWhen.HALF_YEARLY, Approval.NONE),
            (Told.COUNTS, ToldWhen.HALF_YEARLY, Approval.NONE),
            (Told.GOALS, ToldWhen.END, Approval.EVERYONE),
            (Told.THEMES, ToldWhen.END, Approval.EVERYONE),
        )
    )


def meeting(made: Engagement, plan: Plan, day: date, booked: datetime, lead: User, now: datetime) -> None:
    """Book one session; if it is over, mark it held. One has somebody away, one is cancelled in time."""
    starts_at = moment_at(day, plan.at)
    session = book(
        made, starts_at=starts_at, minutes=plan.minutes, mode=plan.mode, place=plan.place, link=link(plan), by=lead,
        now=booked,
    )  # fmt: skip
    if session.ends_at >= now or day == now.astimezone(HELSINKI).date():
        return
    number = Session.objects.filter(engagement=made).count()
    if number == 3 and plan.sessions > 5:
        cancel(session, by=lead, now=starts_at - timedelta(days=4))
        return
    here = list(made.participations.values_list("pk", flat=True))
    away = 1 if number == 2 and len(here) > 2 else 0
    mark_held(session, present=dict.fromkeys(here[away:], ""), by=lead, now=session.ends_at)
