"""A small cast, and real servers: PostgreSQL as the role `app`, on a copy of a migrated template."""

import gc
import hashlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from zoneinfo import ZoneInfo

import psycopg
import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import LazySettings, settings
from django.core.cache import cache, caches
from django.core.handlers.wsgi import WSGIHandler
from django.db import connections, transaction
from django.test import Client
from django.test.testcases import LiveServerThread
from django.utils import translation
from psycopg import sql

from accounts.adapters import claim_persons
from accounts.models import ClientOrganisation, Contact, Membership, Person, Practice, User
from audit import asking
from audit.roles import Role
from engagements.models import (
    Contract,
    ContractParty,
    CoSupervisor,
    Engagement,
    Form,
    Participation,
    ReportingClause,
    State,
)
from engagements.terms import collect, digest, freeze
from notifications.models import Preference
from sessions.models import Session
from tests.openid_provider import Organisation, running
from tests.replay import Recording, record

HELSINKI = ZoneInfo("Europe/Helsinki")
ROOT = Path(__file__).resolve().parent.parent
#: A Monday in winter; what tests call now.
#: What supervisors may hear of their processes beside what somebody does.
NEWS = [
    "week_ahead", "session_unmarked", "process_ending", "trial_used", "toto_rare", "interim_due",
]  # fmt: skip
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=HELSINKI)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The long runs are for `bin/test --deep`."""
    if os.environ.get("TYONOHJAUS_DEEP") != "1":
        deep = [item for item in items if item.get_closest_marker("deep")]
        config.hook.pytest_deselected(items=deep)
        items[:] = [item for item in items if item not in deep]


def pytest_collection_finish() -> None:
    """What is loaded by now stays to the end: the garbage collector need not go through it again and again."""
    gc.collect()
    gc.freeze()


# --- databases ------------------------------------------------------------------------------------------------------


def address(database: str) -> str:
    parts = urlsplit(os.environ.get("DATABASE_URL_SUPERUSER", settings.DATABASE_URL))
    return urlunsplit(parts._replace(path=f"/{database}"))


def template_name() -> str:
    """The template's name follows from what makes the schema: it is made again only when that changes."""
    digest = hashlib.sha256()
    for path in sorted(
        [
            *ROOT.glob("*/migrations/*.py"),
            *ROOT.glob("audit/*.py"),
            ROOT / "requirements/base.lock",
            ROOT / "transfer/archive/scope.py",
        ]
    ):
        digest.update(path.read_bytes())
    return f"tyonohjaus_template_{digest.hexdigest()[:12]}"


def copy_of(template: str, name: str) -> None:
    owner = sql.Identifier(settings.DATABASE_ROLE_NAMES[Role.OWNER])
    with psycopg.connect(address("postgres"), autocommit=True) as cluster:
        cluster.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        cluster.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}").format(
                sql.Identifier(name), sql.Identifier(template), owner
            )
        )


def drop(name: str) -> None:
    with psycopg.connect(address("postgres"), autocommit=True) as cluster:
        cluster.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def point_at(name: str) -> None:
    """Send every alias of this process to the database `name`."""
    for alias in connections.settings:
        connections[alias].close()
        connections.settings[alias]["NAME"] = name
        connections[alias].settings_dict["NAME"] = name


@pytest.fixture(scope="session")
def template(django_db_blocker: Any) -> str:
    """A migrated database, made as its owner by the same command as in production; shared by all workers."""
    name = template_name()
    with psycopg.connect(address("postgres"), autocommit=True) as cluster:
        cluster.execute("SELECT pg_advisory_lock(hashtext('tyonohjaus template'))")
        if not cluster.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            making = f"{name}_making"
            copy_of("template0", making)
            run_migrate(making)
            cluster.execute(
                sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(making), sql.Identifier(name))
            )
    return name


def run_migrate(name: str, *arguments: str) -> None:
    """Run `migrate` as the owner against the database `name`, in a process of its own."""
    parts = urlsplit(settings.DATABASE_URL)
    environment = os.environ | {
        "DATABASE_URL": urlunsplit(parts._replace(path=f"/{name}")),
        "DATABASE_ROLE": "owner",
    }
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "-v0", *arguments], cwd=ROOT, env=environment, check=True, timeout=300
    )


@pytest.fixture
def migrate() -> Callable[..., None]:
    return run_migrate


@pytest.fixture(scope="session")
def django_db_setup(template: str, worker_id: str, django_db_blocker: Any) -> Iterator[None]:
    name = f"tyonohjaus_test_{worker_id}_{os.getpid()}"
    with django_db_blocker.unblock():
        copy_of(template, name)
        point_at(name)
    yield
    with django_db_blocker.unblock():
        connections.close_all()
        drop(name)


@pytest.fixture
def own_database(template: str, worker_id: str, django_db_blocker: Any, django_db_setup: None) -> Iterator[str]:
    """A database of this test's own, in which transactions are real: for servers, workers and second connections."""
    before = connections.settings["default"]["NAME"]
    name = f"tyonohjaus_own_{worker_id}_{os.getpid()}"
    with django_db_blocker.unblock():
        copy_of(template, name)
        point_at(name)
        yield name
        connections.close_all()
        point_at(before)
        drop(name)


@pytest.fixture
def superuser_address(own_database: str) -> str:
    """How a superuser reaches this test's own database: to tamper with it, or to break it."""
    return address(own_database)


@pytest.fixture(scope="session", autouse=True)
def own_cache(worker_id: str) -> None:
    """A cache of each worker's own: emptying is for all who share one, also for a count that another is testing."""
    number = worker_id.removeprefix("gw")
    if number.isdigit():
        caches.settings["default"]["LOCATION"] = settings.REDIS_URL.replace("db=0", f"db={number}")
        with suppress(AttributeError):  # one that collecting the tests has opened already
            del caches["default"]


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    """Outside requests the tests read the source language, in which they make their claims; visitors get Finnish."""
    with translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def empty_cache() -> Iterator[None]:
    yield
    cache.clear()


# --- the cast -------------------------------------------------------------------------------------------------------


def make_user(email: str, name: str, *, factor: bool = False, **fields: Any) -> User:
    fields.setdefault("language", "en")
    user = User.objects.create_user(email, "correct horse battery", full_name=name, **fields)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    if factor:
        TOTP.activate(user, generate_totp_secret())
    return user


def make_practice(user: User, name: str, business_id: str) -> Practice:
    """A practice founded by `user`, who supervises in it and administers it."""
    practice = Practice.objects.create(
        name=name, business_id=business_id, street="Kaarikatu 1", postcode="00100", city="Helsinki"
    )
    for kind in (Membership.Kind.SUPERVISOR, Membership.Kind.ADMIN):
        Membership.objects.create(practice=practice, user=user, kind=kind)
    # No news by mail for whoever supervises here: the tests of it let it in, and all the others hear only of their own.
    Preference.objects.create(practice=practice, declined=NEWS)
    return practice


def make_person(practice: Practice, given: str, family: str, user: User | None = None, email: str = "") -> Person:
    address = user.email if user else email
    person = Person.objects.create(
        practice=practice, given_name=given, family_name=family, email=address, language="en"
    )
    if user:
        claim_persons(user)
        person.refresh_from_db()
    return person


def make_engagement(
    practice: Practice,
    lead: User,
    client: ClientOrganisation | None,
    people: list[Person],
    contact: Contact | None = None,
    *,
    title: str = "Otso",
    state: str = State.ACTIVE,
) -> Engagement:
    """An engagement whose contract is agreed on paper (or a draft or on offer, when the engagement is)."""
    engagement = Engagement.objects.create(
        practice=practice, lead=lead, client=client, title=title, form=Form.GROUP, language="en", state=state,
        starts_on=NOW.date(),
    )  # fmt: skip
    contract = Contract.objects.create(
        engagement=engagement,
        minutes=90,
        sessions_agreed=8,
        price="190.00",
        cancel_notice_hours=48,
    )
    ContractParty.objects.create(contract=contract, kind=ContractParty.Kind.SUPERVISOR, user=lead, signs=True)
    if contact:
        ContractParty.objects.create(
            contract=contract, kind=ContractParty.Kind.CONTACT, person=contact.person, contact=contact,
            orders=True, signs=True, reads_reports=True,
        )  # fmt: skip
    for person in people:
        Participation.objects.create(engagement=engagement, person=person, joined_on=NOW.date())
    ReportingClause.objects.create(contract=contract, what="dates", approval="none", when="end")
    if state != State.DRAFT:
        conclude(contract, agreed=state != State.OFFERED)
    return engagement


def conclude(contract: Contract, *, agreed: bool = True) -> None:
    """Freeze the terms of a draft as they stand, and agree on them on paper or only offer them."""
    contract.refresh_from_db()
    terms = collect(contract)
    values: dict[str, Any] = {"state": Contract.State.OFFERED, "terms": freeze(terms), "terms_hash": digest(terms)}
    if agreed:
        values |= {"state": Contract.State.AGREED, "agreed_on": NOW.date(), "agreed_how": Contract.How.PAPER}
    Contract.objects.filter(pk=contract.pk).update(**values)
    contract.refresh_from_db()


def make_next_version(
    engagement: Engagement,
    *,
    told: list[dict[str, Any]] | None = None,
    parties: Callable[[Contract], object] | None = None,
    **columns: Any,
) -> Contract:
    """Return a new version agreed in place of the one in force, which differs from it in `columns`.

    `told` are the reporting lines, where they are others; `parties` changes the parties of the draft it is given.
    """
    current = engagement.contracts.in_force(NOW.date()).get()
    draft = Contract.objects.create(
        engagement=engagement, version=current.version + 1, created_at=NOW, **current.terms_as_values() | columns
    )
    for part in (*current.parties.all(), *(current.reporting.all() if told is None else ())):
        part.pk, part.contract, part._state.adding = None, draft, True
        part.save()
    for line in told or ():
        ReportingClause.objects.create(contract=draft, **line)
    if parties:
        parties(draft)
    conclude(draft)
    return draft


def make_session(engagement: Engagement, starts_at: datetime | None = None, **fields: Any) -> Session:
    starts_at = starts_at or NOW + timedelta(days=2)
    fields.setdefault("ends_at", starts_at + timedelta(minutes=90))
    fields.setdefault("place", "Otsontie 2")
    return Session.objects.create(engagement=engagement, starts_at=starts_at, **fields)


@dataclass
class Cast:
    """Everybody the tests need. `others` are strangers: another practice with people of its own."""

    practice: Practice
    lead: User
    co_supervisor: User
    practice_admin: User
    administrator: User
    supervisee: User
    contact: User
    organisation: ClientOrganisation
    people: list[Person]
    client_contact: Contact
    engagement: Engagement
    session: Session
    stranger: User
    stranger_supervisee: User
    foreign_engagement: Engagement
    foreign_session: Session
    members: dict[str, User] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.members = {
            name: getattr(self, name)
            for name in (
                "lead", "co_supervisor", "practice_admin", "administrator", "supervisee", "contact",
                "stranger", "stranger_supervisee",
            )
        }  # fmt: skip


def make_cast() -> Cast:
    """Make the cast in the running transaction, each row as the person who would make it."""
    lead = make_user("liisa@kaari.example", "Liisa Lahti", factor=True)
    co = make_user("kalle@kaari.example", "Kalle Kivi", factor=True)
    admin = make_user("paula@kaari.example", "Paula Pelto", factor=True)
    administrator = make_user("ylla@palvelu.example", "Ylla Pito", factor=True, is_staff=True, is_superuser=True)
    supervisee = make_user("sanna@otso.example", "Sanna Salo")
    contact_user = make_user("tiina@otso.example", "Tiina Tamm")

    asking.become(lead)
    practice = make_practice(lead, "Kaari", "9900011-4")
    Membership.objects.create(practice=practice, user=co, kind=Membership.Kind.SUPERVISOR)
    Membership.objects.create(practice=practice, user=admin, kind=Membership.Kind.ADMIN)
    organisation = ClientOrganisation.objects.create(practice=practice, name="Päiväkoti Otso", business_id="9900001-8")
    people = [
        make_person(practice, "Sanna", "Salo", supervisee),
        make_person(practice, "Åsa", "Öberg", email="asa@otso.example"),
        make_person(practice, "Ville", "Wikman"),
    ]
    client_contact = Contact.objects.create(
        organisation=organisation, person=make_person(practice, "Tiina", "Tamm", contact_user), title="Johtaja"
    )
    engagement = make_engagement(practice, lead, organisation, people, client_contact)
    CoSupervisor.objects.create(engagement=engagement, user=co)
    session = make_session(engagement)

    stranger = make_user("outi@muu.example", "Outi Outo", factor=True)
    stranger_supervisee = make_user("sami@muu.example", "Sami Susi")
    asking.become(stranger)
    other = make_practice(stranger, "Muu", "9900012-2")
    theirs = [make_person(other, "Sami", "Susi", stranger_supervisee), make_person(other, "Salla", "Suo"),
              make_person(other, "Saku", "Sora")]  # fmt: skip
    foreign = make_engagement(other, stranger, None, theirs, title="Vieras")
    foreign_session = make_session(foreign)
    asking.become(None)
    return Cast(
        practice, lead, co, admin, administrator, supervisee, contact_user, organisation, people, client_contact,
        engagement, session, stranger, stranger_supervisee, foreign, foreign_session,
    )  # fmt: skip


@pytest.fixture(scope="session")
def cast_recorded(django_db_setup: None, django_db_blocker: Any) -> Recording[Cast]:
    """The cast, made once by each worker; the tests get copies of it."""
    with django_db_blocker.unblock(), translation.override("en"):
        return record(make_cast)


@pytest.fixture
def cast(db: None, cast_recorded: Recording[Cast]) -> Cast:
    return cast_recorded.again()


@pytest.fixture
def agree_anew() -> Callable[..., Contract]:
    """What was agreed never changes: who needs other terms agrees on a new version, see `make_next_version`."""
    return make_next_version


@pytest.fixture
def enter(client: Client) -> Callable[[User], Client]:
    """Return a function that signs somebody in and gives their browser."""

    def as_(user: User) -> Client:
        client.force_login(user)
        return client

    return as_


# --- a real server --------------------------------------------------------------------------------------------------


class AsItIs(WSGIHandler):
    """Our application without the handler of static files that Django's server would put around it."""

    def __init__(self, wrapped: WSGIHandler) -> None:
        super().__init__()


@pytest.fixture
def server(own_database: str) -> Iterator[str]:
    """A web server in a thread, on a database of its own; gives its address.

    Static files come by WhiteNoise as in production, which lets the browser keep them for a while.
    """
    thread = LiveServerThread("127.0.0.1", AsItIs)
    thread.daemon = True
    thread.start()
    thread.is_ready.wait()
    if thread.error:
        raise thread.error
    yield f"http://127.0.0.1:{thread.port}"
    thread.terminate()


@pytest.fixture
def settled(own_database: str, cast_recorded: Recording[Cast]) -> Cast:
    """The cast, committed to a database of its own."""
    with transaction.atomic():
        return cast_recorded.again()


@pytest.fixture
def organisation_log_in(settings: LazySettings) -> Iterator[Organisation]:
    """An OpenID provider that runs; nothing here trusts it before `configure` is called."""
    with running(settings) as organisation:
        yield organisation
