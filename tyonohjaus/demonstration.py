"""A believable practice, made by the same verbs as a real one, around the day on which it is made."""

from datetime import datetime, time, timedelta
from typing import Any, Final

from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.db import transaction

from accounts.adapters import claim_persons
from accounts.models import ClientOrganisation, Contact, Membership, Person, Practice, Sector, User
from audit import asking
from engagements.actions import add_co_supervisor, close, offer, pause
from engagements.actions.parties import contact_of
from engagements.models import Engagement, Focus, Form, Process, Theme
from engagements.models.terms import Mode
from formats.clock import HELSINKI, moment_at
from sessions.closing.actions import add_to_memo
from sessions.closing.agenda import add
from sessions.models import NoteTemplate, Session
from sessions.working_time import Working, set_working_time
from tyonohjaus import demonstration_community as community
from tyonohjaus import demonstration_growth as growth
from tyonohjaus.demonstration_tasks import tasks
from tyonohjaus.plans import Kept, Name, Plan, carry_out

SUPERVISOR: Final = "liisa.lahti@demo.example"
CO_SUPERVISOR: Final = "kalle.kivi@demo.example"
PRACTICE_ADMIN: Final = "paula.pelto@demo.example"
SUPERVISEE: Final = "sanna.salo@demo.example"
CONTACT: Final = "tiina.tamm@demo.example"
ADMINISTRATOR: Final = "ylla.pito@demo.example"

#: What stays of the sessions of the first process, the third of which was cancelled.
OTSO: Final[list[Kept]] = [
    (["keskustelu", "kortit ja kuvat"], ["odotukset", "työnjako"],
     "## Mistä puhuimme\nKukin kertoi kuvan avulla, mitä työnohjaukselta toivoo. Yhteisiä toiveita olivat *aika "
     "pysähtyä* ja se, että vaikeista asioista puhutaan ajoissa.\n\n## Mitä sovimme\n- Asiat puhutaan sen kanssa, "
     "jota ne koskevat.\n- Jokainen saa sanoa, jos jokin on liikaa."),
    (["keskustelu", "työskentely pareissa"], ["työnjako", "palautuminen"],
     "Piirsimme viikon kuormituksen janalle. Iltapäivien siirtymät ovat raskaimpia, kun ryhmiä yhdistetään.\n\n"
     "**Kokeilemme kolme viikkoa:** siirtymähetkellä on aina sama aikuinen portilla. Katsomme seuraavalla kerralla, "
     "mitä siitä seurasi."),
    ([], [], ""),
]  # fmt: skip
ALONE: Final[list[Kept]] = [
    (["keskustelu"], ["oma rooli"], "Kartoitimme, mitä muutoksen johtaminen juuri nyt pyytää ja mihin oma aika menee."),
    (["hahmot pöydällä"], ["oma rooli", "delegointi"],
     "Asettelimme johtoryhmän hahmoina pöydälle. Seuraavaan kertaan: yksi asia, jonka voi antaa toisen hoidettavaksi."),
]  # fmt: skip

PLANS: Final = [
    Plan(
        "Päiväkoti Otso, henkilöstö", Form.GROUP,
        [("Sanna", "Salo"), ("Åsa", "Öberg"), ("Ville", "Wikman"), ("Marja", "Mäkelä"), ("Oona", "Oksanen"),
         ("Eero", "Eskola")],
        client="Päiväkoti Otso", place="Otsontie 2, neuvotteluhuone", at=time(9), first=-63, signed=True,
        goals=[(Theme.DIALOGUE, growth.DIALOGUE), (Theme.WELLBEING, growth.WELLBEING)], levels=growth.LEVELS,
        kept=OTSO,
    ),
    Plan(
        "Terveysaseman johtaja", Form.INDIVIDUAL, [("Antti", "Virtanen")], client="Kuusikon terveysasema",
        focus=Focus.LEADERSHIP, mode=Mode.REMOTE, minutes=60, sessions=8, every=4, at=time(12, 30), first=-112,
        price="120.00", goals=[(Theme.IDENTITY, "Löydän oman tapani johtaa muutosta")], kept=ALONE,
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

#: Those of the process that began in a hurry.
SHAKEN: Final[list[Name]] = [("Kirsi", "Kallio"), ("Markku", "Lahtinen"), ("Sirpa", "Toivonen"), ("Timo", "Heino")]


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
    community.parts(made[4], liisa, now)
    pause(made[4], by=liisa, now=now)
    shaken = [person(practice, name, "fi") for name in SHAKEN]
    community.crisis(practice, liisa, contacts["Kuusikon terveysasema"], shaken, now)
    offer(made[5], by=liisa, now=now - timedelta(days=5))
    close(made[6], ending="completed", by=liisa, now=now)

    NoteTemplate.objects.create(
        practice=practice, title="Ensimmäinen tapaaminen",
        text="## Miksi juuri nyt\n\n\n## Mitä toivotaan, mitä pelätään\n\n\n## Mitä sovimme yhdessä\n\n",
    )  # fmt: skip
    set_working_time(liisa, Working({weekday: [(8 * 60, 16 * 60)] for weekday in range(5)}, travel=30))

    asking.become(kalle)
    toto = Plan(
        "ToTo, syksy ja kevät", Form.INDIVIDUAL, [("Liisa", "Lahti")], focus=Focus.TOTO, minutes=60, sessions=6,
        every=6, at=time(8, 30), first=-40, price="110.00",
    )  # fmt: skip
    engagement(practice, kalle, toto, None, now)
    for user in (sanna, tiina, liisa):
        claim_persons(user)
    tasks(made[0], lead=liisa, supervisee=sanna, now=now)
    growth.grow(made[0], lead=liisa, supervisee=sanna, now=now)
    bring_to(made[0], sanna, liisa, now)
    asking.become(None)
    return practice


def bring_to(process: Engagement, supervisee: User, supervisor: User, now: datetime) -> None:
    """Put points on the agenda of the next session, and let the supervisee add to the last memo."""
    coming = Session.objects.filter(engagement=process).to_come(now).first()
    last = Session.objects.filter(engagement=process, memo__isnull=False).order_by("starts_at").last()
    asking.become(supervisee)
    if last:
        text = "Meillä portilla oli jo ensimmäisellä viikolla rauhallisempaa. Perhekin huomasi sen."
        add_to_memo(last, text, by=supervisee, now=now)
    for who, text in (
        (supervisee, "Miten siirtymähetkien kokeilu on mennyt?"),
        (supervisor, "Väliarvioinnin ajankohta"),
    ):
        asking.become(who)
        if coming:
            add(coming, text, by=who, now=now)


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
    """Make the engagement of `plan`, its sessions marked up to yesterday."""
    today = now.astimezone(HELSINKI).date()
    first = today + timedelta(days=plan.first or 0)
    days = [first + timedelta(weeks=plan.every * number) for number in range(plan.sessions)]
    return carry_out(
        plan,
        practice,
        lead,
        people=[person(practice, name, plan.language) for name in plan.people],
        contact=contact,
        opened=moment_at(first - timedelta(days=14), time(10)),
        times=[] if plan.first is None else [moment_at(day, plan.at) for day in days],
        marked_until=moment_at(today, time()),
    )
