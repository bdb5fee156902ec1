"""A contract that is sent, read and signed as people do it: by pages, and by mails that a mail server has taken."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

import time_machine
from django.conf import LazySettings, settings
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from accounts.models import Contact, Person, User
from audit import asking
from audit.connecting import as_role
from audit.roles import Role
from engagements import actions
from engagements.models import Contract, ContractParty, Engagement, Form, ReportingClause, SignatureRequest, State
from engagements.signing.requests import Plan, signers_of
from formats.days import write_day
from notifications import outbox
from notifications.dispatch import Dispatcher
from sessions.models import Session
from tests.conftest import NOW, make_engagement, make_person
from tests.notifications.conftest import Sink, free_port, serving

LEAD: Final = "liisa@kaari.example"
SANNA, ASA, TIINA = "sanna@otso.example", "asa@otso.example", "tiina@otso.example"
MINUTE: Final = timedelta(minutes=1)
DAY: Final = timedelta(days=1)
#: A browser that nobody has told a language; what it sends as its address is from the range for documentation.
HEADERS: Final[dict[str, Any]] = {"REMOTE_ADDR": "203.0.113.77", "HTTP_USER_AGENT": "Testiselain/1.0"}


@dataclass(frozen=True)
class Mail:
    """What a mail server has taken: to whom, which of our mails, and its words."""

    to: str
    text: str
    subject: str
    html: str

    @property
    def headline(self) -> str:
        return next(line for line in self.text.splitlines() if line.strip())

    @property
    def links(self) -> list[str]:
        """The paths of all addresses in it."""
        return [urlsplit(found).path for found in re.findall(r"https?://\S+", self.text)]

    @property
    def link(self) -> str:
        """The path of its personal link."""
        (found,) = {path for path in self.links if "/sign/link/" in path}
        return found

    @property
    def token(self) -> str:
        return self.link.rstrip("/").rpartition("/")[2]

    @property
    def code(self) -> str:
        found = re.search(r"^\s*(\d{6})\s*$", self.text, re.MULTILINE)
        assert found is not None, self.text
        return found.group(1)


def read_mail(message: EmailMessage) -> Mail:
    plain, html = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None
    assert html is not None
    return Mail(str(message["To"]), plain.get_content(), str(message["Subject"]), html.get_content())


@dataclass
class Visitor:
    """A browser, and what its owner is to sign."""

    client: Client
    pk: UUID
    answer: Any = None

    def url(self, name: str = "read") -> str:
        return reverse(f"sign:{name}", args=[self.pk])

    def get(self, name: str = "read") -> Any:
        self.answer = self.client.get(self.url(name))
        return self.answer

    def post(self, page: str = "read", /, **values: str) -> Any:
        self.answer = self.client.post(self.url(page), values, follow=True)
        return self.answer

    def says(self, text: str) -> bool:
        return text in self.answer.content.decode()


@dataclass
class Story:
    """A draft of Päiväkoti Otso's contract and everybody who is to sign it. Time stands still until `wait`."""

    cast: Any
    sink: Sink
    clock: Any
    engagement: Engagement
    people: dict[str, Person]
    seen: int = 0
    logged_in: tuple[Client, datetime] | None = None

    # --- who asks

    @property
    def now(self) -> datetime:
        return datetime.fromtimestamp(self.clock.time(), NOW.tzinfo)

    def wait(self, how_long: timedelta) -> None:
        self.clock.shift(how_long)

    def lead(self) -> AbstractContextManager[None]:
        return asking.acting_as(self.cast.lead)

    def browser(self, user: User | None = None, language: str = "en") -> Client:
        client = Client(**HEADERS)
        if language:
            client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
        if user is not None:
            client.force_login(user)
        return client

    @property
    def supervisor(self) -> Client:
        """The lead's browser, in which they log in again when a log-in would have ended meanwhile."""
        client, since = self.logged_in or (None, self.now)
        if client is None or self.now - since > 10 * MINUTE:
            client = self.browser(self.cast.lead)
            self.logged_in = client, self.now
        return client

    # --- rows

    @property
    def contract(self) -> Contract:
        with self.lead():
            return self.engagement.contracts.select_related("engagement").latest("version")

    @property
    def state(self) -> tuple[str, str]:
        with self.lead():
            self.engagement.refresh_from_db()
        return self.engagement.state, self.contract.state

    def requests(self) -> list[SignatureRequest]:
        with self.lead():
            rows = SignatureRequest.objects.filter(contract__engagement=self.engagement)
            return list(rows.select_related("contract", "person", "user", "signature").order_by("created_at", "turn"))

    def request(self, who: str) -> SignatureRequest:
        """The newest request to somebody, by their given name."""
        return [row for row in self.requests() if row.name.startswith(who)][-1]

    def states(self) -> dict[str, str]:
        return {row.name.split()[0]: row.state for row in self.requests() if row.state != "void"}

    # --- what the supervisor does

    def url(self, name: str, *about: Any) -> str:
        return reverse(f"engagements:{name}", args=[self.engagement.pk, *about])

    def send(self, turns: Mapping[str, int] | None = None, days: int = 14, **more: str) -> Any:
        """Send the draft to be signed; `turns` by given name, 1 for whom it does not name."""
        given = self.supervisor.get(self.url("send")).context["form"]
        if more.get("representative"):
            given = self.supervisor.post(self.url("send"), more).context["form"]
        values: dict[str, str] = {}
        for signer, turn, deadline in given.lines():
            name = signer.name.split()[0]
            values[turn.html_name] = str((turns or {}).get(name, 1))
            values[deadline.html_name] = write_day((self.now + days * DAY).date())
        return self.supervisor.post(self.url("send"), values | more, follow=True)

    def offer(self) -> None:
        """Send the draft without the page: everybody at once, with the usual time."""
        with self.lead():
            self.engagement.refresh_from_db()
            last = self.now.date() + 14 * DAY
            plans = [Plan(signer, 1, last) for signer in signers_of(self.contract)]
            actions.offer(self.engagement, plans=plans, by=self.cast.lead, now=self.now)

    def post(self, page: str, /, *about: Any, **values: str) -> Any:
        return self.supervisor.post(self.url(page, *about), values, follow=True)

    # --- mail

    def work(self, minutes: int = 0) -> list[Mail]:
        """Let the worker plan and send now, and each minute for so long; return what was taken since last time."""
        with as_role(Role.WORKER):
            for minute in range(minutes + 1):
                if minute:
                    self.wait(MINUTE)
                outbox.plan(self.now)
                Dispatcher(clock=lambda: self.now).run()
        taken = [read_mail(message) for message in self.sink.taken[self.seen :]]
        self.seen = len(self.sink.taken)
        return taken

    def mail_to(self, address: str, mails: Sequence[Mail] | None = None) -> Mail:
        (found,) = [mail for mail in (self.work() if mails is None else mails) if mail.to == address]
        return found

    # --- what a signer does

    def open(self, mail: Mail, client: Client | None = None, *, language: str = "en") -> Visitor:
        """Open the link of a mail as one does, and press the button."""
        client = client or self.browser(language=language)
        assert client.get(mail.link).status_code == 200
        answer = client.post(mail.link)
        assert answer.status_code == 302, answer.content
        return Visitor(client, UUID(str(answer["Location"]).strip("/").split("/")[1]))

    def write_name(self, visitor: Visitor, name: str) -> HttpResponse:
        answer: HttpResponse = visitor.post("read", read="on", name=name)
        return answer

    def sign(self, visitor: Visitor, name: str) -> Any:
        """Tick *I have read it*, write the name, take the code from the mail, and sign."""
        self.write_name(visitor, name)
        assert visitor.answer.redirect_chain, visitor.answer.content.decode()
        mail = next(mail for mail in self.work() if "/confirm/" in " ".join(mail.links))
        return visitor.post("confirm", code=mail.code)

    def sign_by_mail(self, mail: Mail, name: str) -> Any:
        return self.sign(self.open(mail), name)

    def supervisor_signs(self) -> Any:
        with self.lead():
            signing = SignatureRequest.objects.of(self.cast.lead).open().get(contract__engagement=self.engagement)
        return self.supervisor.post(
            reverse("sign:read", args=[signing.pk]), {"read": "on", "name": "Liisa Lahti"}, follow=True
        )


def make_draft(
    cast: Any,
    *,
    names: bool = False,
    client: bool = True,
    signing: str = "everyone",
    people: Sequence[Person] | None = None,
    language: str = "en",
    contact: Contact | None = None,
    form: str = Form.GROUP,
) -> Engagement:
    """A draft for the cast's group. `names`: whether its client is told the names of the supervisees."""
    draft = make_engagement(
        cast.practice, cast.lead, cast.organisation if client else None, list(people or cast.people),
        (contact or cast.client_contact) if client else None, title="Luonnos", state=State.DRAFT,
    )  # fmt: skip
    contract = draft.contracts.get()
    Contract.objects.filter(pk=contract.pk).update(signing=signing)
    Engagement.objects.filter(pk=draft.pk).update(language=language, form=form)
    draft.refresh_from_db()
    if names:
        ReportingClause.objects.create(contract=contract, what="names", approval="none", when="end")
    return draft


def add_party(cast: Any, contract: Contract, kind: str, given: str, family: str, email: str = "") -> Person:
    """Add somebody who signs: a line manager or a private payer."""
    person = make_person(cast.practice, given, family, email=email)
    ContractParty.objects.create(
        contract=contract, kind=kind, person=person, signs=True, orders=kind == ContractParty.Kind.PAYER
    )
    return person


@contextmanager
def telling(cast: Any, settings: LazySettings, *, at: datetime = NOW, **draft: Any) -> Iterator[Story]:
    """Begin a story at the moment `at`, with a mail server of its own."""
    with serving(free_port()) as sink, time_machine.travel(at, tick=False) as clock:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", sink.port, 5
        with transaction.atomic():
            asking.become(cast.lead)
            engagement = make_draft(cast, **draft)
        # The sessions of the cast are another story.
        for user, session in ((cast.lead, cast.session), (cast.stranger, cast.foreign_session)):
            with asking.acting_as(user):
                Session.objects.filter(pk=session.pk).update(state="cancelled")
        with asking.acting_as(cast.lead):
            people = {person.given_name: person for person in Person.objects.all()}
        yield Story(cast, sink, Clock(clock), engagement, people)


@dataclass
class Clock:
    """The clock that stands still; `time` in seconds since 1970."""

    traveller: Any

    def time(self) -> float:
        import time

        return time.time()

    def shift(self, how_long: timedelta) -> None:
        self.traveller.shift(how_long)
