"""Coming in as people do: with what their mail, their telephone and their finger give them."""

import re
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.conf import settings
from django.core import mail
from playwright.sync_api import Locator, Page, expect

from accounts.models import Membership, Practice, User
from audit import asking

Cast = Any
NewPage = Callable[..., Page]
pytestmark = pytest.mark.browser

ULLA = "ulla@uusi.example"
PASSWORD = "kolme hyvää sanaa"


def totp(secret: str) -> str:
    """What an authenticator app shows now (RFC 6238)."""
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30)))


def code_mailed_to(address: str) -> str:
    """The code in the newest mail to `address`, which leaves just after the answer."""
    for _ in range(50):
        bodies = [str(message.body) for message in mail.outbox if message.to == [address]]
        if bodies and (found := re.search(r"^\s*([A-Z0-9]{3,4}-?[A-Z0-9]{3,4})\s*$", bodies[-1], re.MULTILINE)):
            return found.group(1)
        time.sleep(0.1)
    pytest.fail(f"no code was mailed to {address}")


def address(page: Page) -> Locator:
    return page.locator("main input[type=email]")


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def follow(page: Page, name: str) -> None:
    page.get_by_role("link", name=name).first.click()


def test_a_supervisor_starts_from_nothing_and_comes_back_with_a_telephone(
    own_database: str, page: Page, assert_accessible: Callable[..., None]
) -> None:
    page.goto("/account/signup/")
    assert_accessible(page, "signup")
    page.get_by_label("Your name").fill("Ulla Uusi")
    address(page).fill(ULLA)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    press(page, "Open the account")
    assert_accessible(page, "signup-code")
    page.get_by_label("Code").fill(code_mailed_to(ULLA))
    page.locator("main form .btn.primary").first.click()
    expect(page.get_by_role("heading", name="Welcome")).to_be_visible()

    follow(page, "Set up a practice")
    expect(page).to_have_url(re.compile("/account/2fa/$"))
    assert_accessible(page, "factors-none")
    follow(page, "Take into use")
    if "reauthenticate" in page.url:
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.locator("main form .btn.primary").first.click()
    assert_accessible(page, "totp")
    page.get_by_text("The camera does not work").click()
    secret = page.locator(".secret").inner_text().strip()
    page.locator("main input[name=code]").fill(totp(secret))
    press(page, "Take into use")
    expect(page.locator("#recovery-codes li")).to_have_count(10)
    assert_accessible(page, "recovery-codes")
    follow(page, "I have the codes safe")

    follow(page, "Set up a practice")
    assert_accessible(page, "practice-new")
    page.get_by_label("Name of the practice").fill("Uusi ohjaus")
    page.get_by_label("Business ID").fill("9900003-5")
    page.get_by_label("Street address").fill("Uusikatu 1")
    page.get_by_label("Postcode").fill("00100")
    page.get_by_label("Town").fill("Helsinki")
    page.get_by_label("Bank account").fill("FI21 1234 5600 0007 85")
    press(page, "Set up the practice")
    expect(page.get_by_role("alert")).to_be_visible()
    assert_accessible(page, "practice-new-wrong")
    page.get_by_label("Business ID").fill("9900003-4")
    press(page, "Set up the practice")
    expect(page).to_have_url(re.compile("/today/$"))
    practice = Practice.objects.get(business_id="9900003-4")
    with asking.acting_as(User.objects.get(email=ULLA)):
        assert Membership.objects.filter(practice=practice).count() == 2

    page.get_by_text("Own menu").locator("..").click()
    press(page, "Sign out")
    page.goto("/account/login/?next=/practice/")
    assert_accessible(page, "login")
    address(page).fill(ULLA)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    press(page, "Sign in")
    expect(page).to_have_url(re.compile("/account/2fa/authenticate/"))
    assert_accessible(page, "factor-asked")
    page.locator("main input[name=code]").fill(totp_after(totp(secret), secret))
    page.locator("main form .btn.primary").first.click()
    expect(page).to_have_url(re.compile("/practice/$"))
    expect(page.get_by_role("heading", name="Uusi ohjaus")).to_be_visible()


def totp_after(used: str, secret: str) -> str:
    """A code that was not given yet: one is good once, and the app shows the next within half a minute."""
    step = int(time.time()) // 30
    return str(format_hotp_value(hotp_value(secret, step + 1))) if totp(secret) == used else totp(secret)


def test_a_passkey_is_registered_and_opens_the_door_alone(
    settled: Cast, server: str, new_page: NewPage, assert_accessible: Callable[..., None]
) -> None:
    # A passkey belongs to a name, and 127.0.0.1 is none.
    page = new_page(base=f"http://localhost:{urlsplit(server).port}")
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    devtools.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
                "isUserVerified": True, "automaticPresenceSimulation": True,
            }
        },
    )  # fmt: skip
    page.goto("/account/login/")
    address(page).fill(settled.supervisee.email)
    page.get_by_label("Password", exact=True).fill("correct horse battery")
    press(page, "Sign in")
    expect(page).to_have_url(re.compile("/own/$"))

    page.goto("/account/2fa/webauthn/add/")
    if "reauthenticate" in page.url:
        page.get_by_label("Password", exact=True).fill("correct horse battery")
        page.locator("main form .btn.primary").first.click()
    page.get_by_label("Name of the passkey").fill("Läppäri")
    if page.get_by_label("Passwordless").count():
        page.get_by_label("Passwordless").check()
    assert_accessible(page, "passkey-add")
    press(page, "Add")
    expect(page.locator("#recovery-codes")).to_be_visible()
    page.goto("/account/2fa/webauthn/")
    expect(page.get_by_text("Läppäri").first).to_be_visible()
    assert_accessible(page, "passkeys")

    page.get_by_text("Own menu").locator("..").click()
    press(page, "Sign out")
    page.goto("/account/login/")
    press(page, "Sign in with a passkey")
    expect(page).to_have_url(re.compile("/own/$"))


def test_a_supervisee_whom_only_the_practice_knows_comes_in_by_code_on_a_telephone(
    settled: Cast, new_page: NewPage, assert_accessible: Callable[..., None]
) -> None:
    page = new_page("phone")
    page.goto("/account/login/")
    follow(page, "Send me a code by e-mail")
    address(page).fill("asa@otso.example")
    press(page, "Send the code")
    assert_accessible(page, "code-asked-phone")
    page.get_by_label("Code").fill(code_mailed_to("asa@otso.example"))
    page.locator("main form .btn.primary").first.click()

    expect(page).to_have_url(re.compile("/own/$"))
    page.goto("/profile/")
    expect(page.get_by_label("Your name")).to_have_value("Åsa Öberg")
    assert_accessible(page, "profile-phone")


def test_the_admin_site_keeps_the_same_strict_policy(
    settled: Cast, new_page: NewPage, enter: Callable[..., None]
) -> None:
    """`new_page` fails the test on any breach of the Content-Security-Policy."""
    page = new_page()
    enter(page, settled.administrator)
    for path in ("", "accounts/user/", f"accounts/user/{settled.lead.pk}/change/", "accounts/membership/add/"):
        answer = page.goto(f"/{settings.ADMIN_PATH}/{path}")
        assert answer is not None
        assert answer.status == 200, path
        page.wait_for_load_state("networkidle")


def test_pages_of_organisations_and_colleagues_are_whole_on_every_device(
    settled: Cast, page: Page, enter: Callable[..., None], assert_whole: Callable[..., None]
) -> None:
    enter(page, settled.lead)
    organisation, contact, practice = settled.organisation.pk, settled.client_contact.pk, settled.practice.pk
    with asking.acting_as(settled.lead):
        member = Membership.objects.filter(practice=settled.practice, user=settled.co_supervisor).get().pk
    for name, path in {
        "practice": "/practice/",
        "practice-edit": f"/practice/{practice}/edit/",
        "invite": f"/practice/{practice}/invite/",
        "membership-end": f"/practice/members/{member}/end/",
        "invitation-gone": "/invitation/nonsense/",
        "organisations": "/organisations/",
        "organisations-archived": "/organisations/?state=archived",
        "organisation": f"/organisations/{organisation}/",
        "organisation-new": "/organisations/new/",
        "contact-new": f"/organisations/{organisation}/contacts/new/",
        "contact-edit": f"/contacts/{contact}/",
        "contact-left": f"/contacts/{contact}/left/",
        "profile": "/profile/",
    }.items():
        page.goto(path)
        assert_whole(page, f"accounts-{name}")
