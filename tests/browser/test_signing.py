"""A contract is signed by three parties, in a real browser: sent at a desk, read and signed on a telephone."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from playwright.sync_api import Page, expect

from accounts.models import Person, User
from audit import asking
from audit.connecting import as_role
from audit.roles import Role
from engagements.models import Contract, Engagement, Form, Proposal, SignatureRequest
from engagements.signing import answers
from formats.clock import HELSINKI
from notifications import outbox
from notifications.dispatch import Dispatcher
from tests.notifications.conftest import Sink, free_port, serving
from tests.signing_story import ASA, LEAD, TIINA, Mail, make_draft, read_mail

Cast = Any
NewPage = Callable[..., Page]
Look = Callable[..., None]
pytestmark = pytest.mark.browser
LOOKS = {"fi": "contact", "sv": "supervisee"}


@dataclass
class Desk:
    """One contract with a supervisor, a contact and a supervisee, its mails, and the words of one language."""

    cast: Cast
    sink: Sink
    language: str
    engagement: Engagement
    seen: int = 0

    def say(self, text: str, context: str = "") -> str:
        with translation.override(self.language):
            return translation.pgettext(context, text) if context else translation.gettext(text)

    def url(self, name: str, *about: Any) -> str:
        return reverse(f"engagements:{name}", args=[self.engagement.pk, *about])

    def work(self) -> list[Mail]:
        """What a worker says now, and what waits for the morning when it is night."""
        noon = datetime.combine(timezone.localdate() + timedelta(days=1), datetime.min.time(), HELSINKI)
        with as_role(Role.WORKER):
            outbox.plan(timezone.now())
            Dispatcher().run()
            Dispatcher(clock=lambda: noon + timedelta(hours=12)).run()
        taken = [read_mail(message) for message in self.sink.taken[self.seen :]]
        self.seen = len(self.sink.taken)
        return taken

    def mail_to(self, address: str) -> Mail:
        (found,) = [mail for mail in self.work() if mail.to == address]
        return found

    def rows(self) -> dict[str, SignatureRequest]:
        with asking.acting_as(self.cast.lead):
            found = SignatureRequest.objects.filter(contract__engagement=self.engagement)
            return {row.name: row for row in found.select_related("contract").order_by("created_at")}

    def press(self, page: Page, text: str, context: str = "") -> None:
        page.get_by_role("button", name=self.say(text, context), exact=True).click()

    def write(self, page: Page, name: str) -> None:
        page.get_by_label(self.say("I have read it"), exact=True).check()
        page.get_by_label(self.say("Your name"), exact=True).fill(name)

    def heading(self, page: Page, text: str) -> None:
        expect(page.get_by_role("heading", name=self.say(text), level=1)).to_be_visible()


@contextmanager
def at_the_desk(cast: Cast, settings: LazySettings, language: str) -> Iterator[Desk]:
    with serving(free_port()) as sink:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", sink.port, 5
        with transaction.atomic():
            User.objects.update(language=language)
            asking.become(cast.lead)
            Person.objects.update(language=language)
            asa = Person.objects.get(given_name="Åsa")
            draft = make_draft(cast, people=[asa], form=Form.INDIVIDUAL, language=language)
        yield Desk(cast, sink, language, draft)


def do_not_look(page: Page, name: str = "") -> None:
    pass


def sign_by_mail(desk: Desk, page: Page, mail: Mail, name: str, look: Look, picture: str = "") -> None:
    """From the mail to *Thank you*, as one does it with a thumb."""
    page.goto(mail.link)
    desk.heading(page, "Something waits for your signature")
    look(page, f"{picture}-link")
    desk.press(page, "Open it and read")
    look(page, f"{picture}-read")
    desk.press(page, "Send me the code")  # without the tick and without a name
    expect(page.get_by_text(desk.say("Tick this when you have read it to the end.")).first).to_be_visible()
    look(page, f"{picture}-read-wrong")
    desk.write(page, name)
    desk.press(page, "Send me the code")
    desk.heading(page, "Sign with the code")
    look(page, f"{picture}-confirm")
    code = desk.mail_to(mail.to).code
    page.get_by_label(desk.say("Code from the e-mail")).fill(f"{(int(code) + 1) % 10**6:06}")
    desk.press(page, "Sign", "verb")
    expect(page.get_by_text(desk.say("That is not the code in the newest mail.")).first).to_be_visible()
    look(page, f"{picture}-confirm-wrong")
    page.get_by_label(desk.say("Code from the e-mail")).fill(code)
    desk.press(page, "Sign", "verb")
    desk.heading(page, "Thank you, you have signed")
    look(page, f"{picture}-signed")


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_three_parties_sign_on_a_telephone(
    settled: Cast,
    settings: LazySettings,
    new_page: NewPage,
    enter: Callable[..., None],
    assert_accessible: Look,
    language: str,
) -> None:
    with at_the_desk(settled, settings, language) as desk:
        page = new_page("laptop", language=language)
        enter(page, settled.lead)
        page.goto(desk.url("review"))
        page.get_by_role("link", name=desk.say("Send to be signed")).first.click()
        assert_accessible(page, f"signing-send-{language}")
        desk.press(page, "Send to be signed")
        desk.heading(page, "Signatures")
        assert_accessible(page, f"signing-waiting-{language}")
        mails = {mail.to: mail for mail in desk.work()}
        assert set(mails) == {LEAD, TIINA, ASA}

        page.get_by_role("link", name=desk.say("Read and sign")).click()
        assert_accessible(page, f"signing-lead-read-{language}")
        desk.write(page, "Liisa Lahti")
        desk.press(page, "Sign", "verb")
        desk.heading(page, "Thank you, you have signed")
        assert_accessible(page, f"signing-lead-signed-{language}")

        for address, name, who in ((TIINA, "Tiina Tamm", "contact"), (ASA, "Åsa Öberg", "supervisee")):
            phone = new_page("phone", language=language)
            phone.context.clear_cookies()
            # What the contact sees is looked at in Finnish, what the supervisee sees in Swedish.
            look = assert_accessible if LOOKS[language] == who else do_not_look
            sign_by_mail(desk, phone, mails[address], name, look, f"signing-{who}-{language}")
        expect(phone.get_by_text(desk.say("Everybody has signed: it is agreed."))).to_be_visible()

        page.goto(desk.url("signing"))
        expect(page.locator(".signers .tag", has_text=desk.say("Signed"))).to_have_count(3)
        assert_accessible(page, f"signing-agreed-{language}")
        page.goto(desk.url("detail"))
        assert_accessible(page, f"signing-active-{language}")
        assert {row.state for row in desk.rows().values()} == {"signed"}
        with asking.acting_as(settled.lead):
            desk.engagement.refresh_from_db()
            contract = Contract.objects.get(engagement=desk.engagement)
        assert (desk.engagement.state, contract.state, contract.agreed_how) == ("active", "agreed", "signed")


def test_it_is_signed_without_scripts(settled: Cast, settings: LazySettings, new_page: NewPage) -> None:
    with at_the_desk(settled, settings, "fi") as desk:
        send(desk)
        page = new_page("phone", language="fi", scripts=False)
        page.context.clear_cookies()
        sign_by_mail(desk, page, desk.mail_to(ASA), "Öberg Åsa", do_not_look)
        assert desk.rows()["Åsa Öberg"].state == "signed"


def send(desk: Desk) -> None:
    from engagements import actions

    with asking.acting_as(desk.cast.lead):
        actions.offer(desk.engagement, by=desk.cast.lead, now=timezone.now())


@pytest.mark.parametrize("device", ["narrow", "dark"])
def test_the_pages_of_signing_are_whole(
    settled: Cast,
    settings: LazySettings,
    new_page: NewPage,
    enter: Callable[..., None],
    assert_accessible: Look,
    device: str,
) -> None:
    language = "fi" if device == "narrow" else "sv"
    with at_the_desk(settled, settings, language) as desk:
        desk_page = new_page(device, language=language)
        enter(desk_page, settled.lead)
        desk_page.goto(desk.url("send"))
        assert_accessible(desk_page, f"signing-send-{device}")
        send(desk)
        mails = {mail.to: mail for mail in desk.work()}

        page = new_page(device, language=language)
        page.goto(mails[ASA].link)
        assert_accessible(page, f"signing-link-{device}")
        desk.press(page, "Open it and read")
        assert_accessible(page, f"signing-read-{device}")
        asked = desk.rows()["Åsa Öberg"].pk
        page.goto(reverse("sign:propose", args=[asked]))
        assert_accessible(page, f"signing-propose-{device}")
        page.get_by_label(desk.say("What should be changed?")).fill("Joka toinen viikko riittää meille.")
        desk.press(page, "Send the proposal")
        assert_accessible(page, f"signing-proposed-{device}")
        page.goto(reverse("sign:decline", args=[asked]))
        assert_accessible(page, f"signing-decline-{device}")
        page.goto(reverse("sign:read", args=[asked]))
        desk.write(page, "Åsa Öberg")
        desk.press(page, "Send me the code")
        assert_accessible(page, f"signing-confirm-{device}")

        stranger = new_page(device, language=language)
        for name, path in (("used", mails[ASA].link), ("unknown", "/sign/link/nonsense/")):
            stranger.goto(path)
            assert_accessible(stranger, f"signing-link-{name}-{device}")

        with asking.acting_as(settled.lead):
            tiina = desk.rows()["Tiina Tamm"]
            answers.decline(tiina, reason="Hinta ei ole se, josta sovimme.", by=None, now=timezone.now())
            answers.answer(Proposal.objects.get(), text="Sopii. Muutan sen.", by=settled.lead, now=timezone.now())
        for name, path in (
            ("signing", desk.url("signing")),
            ("deadline", desk.url("signing_deadline", asked)),
            ("paper", desk.url("signing_paper", asked)),
        ):
            desk_page.goto(path)
            assert_accessible(desk_page, f"signing-{name}-{device}")
        page.goto(reverse("sign:read", args=[asked]))
        assert_accessible(page, f"signing-answered-{device}")
        desk_page.goto(desk.url("withdraw"))
        desk_page.locator("main form button.btn").first.click()
        page.reload()
        desk.heading(page, "There is nothing to sign any more")
        assert_accessible(page, f"signing-void-{device}")
