import re
import time
import zlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session as SessionRow
from django.core import mail, signing
from django.core.handlers.base import BaseHandler
from django.core.signals import request_finished
from django.db import close_old_connections, connection
from django.test import Client, RequestFactory, override_settings
from django.urls import reverse
from django.utils import timezone, translation

from accounts.adapters import AccountAdapter
from accounts.models import Membership, User
from accounts.sealing import unseal_text
from audit import asking
from audit.models import Entry

Cast = Any
Enter = Callable[[User], Client]
PASSWORD = "correct horse battery"
INSIDE = "/profile/"


def entries(event: str) -> int:
    return Entry.objects.filter(stream="accounts", event=event).count()


def code_in_mail(number: int = -1) -> str:
    found = re.search(r"^\s*([A-Z0-9]{3,4}-?[A-Z0-9]{3,4})\s*$", str(mail.outbox[number].body), re.MULTILINE)
    assert found, mail.outbox[number].body
    return found.group(1)


def totp(secret: str) -> str:
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30)))


def totp_code(user: User) -> str:
    sealed = Authenticator.objects.get(user=user, type=Authenticator.Type.TOTP).data["secret"]
    return totp(unseal_text(sealed, "factor"))


def log_in(client: Client, email: str, password: str = PASSWORD) -> Any:
    return client.post(f"{reverse('account_login')}?next={INSIDE}", {"login": email, "password": password})


def ask_code(client: Client, email: str) -> Any:
    return client.post(f"{reverse('account_request_login_code')}?next={INSIDE}", {"email": email})


def give_code(client: Client, code: str) -> Any:
    return client.post(f"{reverse('account_confirm_login_code')}?next={INSIDE}", {"code": code})


def is_in(client: Client) -> bool:
    return client.get(INSIDE).status_code == 200


# --- coming in --------------------------------------------------------------------------------------------------------


def test_a_supervisee_comes_in_with_a_password_and_it_is_written_down(client: Client, cast: Cast) -> None:
    before = entries("login")

    response = log_in(client, cast.supervisee.email)

    assert response.headers["Location"] == INSIDE
    assert is_in(client)
    assert entries("login") == before + 1


def test_a_supervisor_gives_password_and_factor_before_they_are_in(client: Client, cast: Cast) -> None:
    response = log_in(client, cast.lead.email)
    assert response.headers["Location"].startswith(reverse("mfa_authenticate"))
    assert not is_in(client)

    client.post(reverse("mfa_authenticate"), {"code": totp_code(cast.lead)})

    assert is_in(client)


def test_a_code_by_mail_does_not_replace_a_supervisors_factor(client: Client, cast: Cast) -> None:
    ask_code(client, cast.lead.email)
    response = give_code(client, code_in_mail())

    assert response.headers["Location"].startswith(reverse("mfa_authenticate"))
    assert not is_in(client)


def test_somebody_only_a_practice_knows_comes_in_by_code_and_becomes_that_person(client: Client, cast: Cast) -> None:
    asa = cast.people[1]

    ask_code(client, "Asa@otso.example")
    user = User.objects.get(email="asa@otso.example")
    assert not user.has_usable_password()
    assert not EmailAddress.objects.get(user=user).verified
    response = give_code(client, code_in_mail())

    assert response.headers["Location"] == INSIDE
    assert is_in(client)
    assert EmailAddress.objects.get(user=user).verified
    user.refresh_from_db()
    assert (user.full_name, user.language) == ("Åsa Öberg", "en")
    with asking.acting_as(user):
        assert list(user.persons.all()) == [asa]


def test_nobody_is_tied_to_a_person_before_the_code_is_given(client: Client, cast: Cast) -> None:
    ask_code(client, "asa@otso.example")

    with asking.acting_as(cast.lead):
        cast.people[1].refresh_from_db()
        assert cast.people[1].user is None


def test_a_new_supervisor_opens_an_account_with_a_code_from_the_mail(client: Client, db: None) -> None:
    client.post(
        f"{reverse('account_signup')}?next={INSIDE}",
        {"email": "Uusi@uusi.example", "full_name": "Ulla Uusi", "password1": "kolme hyvää sanaa"},
    )
    assert not is_in(client)
    response = client.post(f"{reverse('account_email_verification_sent')}?next={INSIDE}", {"code": code_in_mail()})

    assert response.headers["Location"] == INSIDE
    assert is_in(client)
    assert User.objects.get(email="uusi@uusi.example").full_name == "Ulla Uusi"


def test_a_deactivated_user_is_not_let_in(client: Client, cast: Cast) -> None:
    User.objects.filter(pk=cast.supervisee.pk).update(is_active=False)

    log_in(client, cast.supervisee.email)

    assert not is_in(client)


# --- what an answer tells ---------------------------------------------------------------------------------------------


def shape(response: Any) -> tuple[Any, ...]:
    """What a visitor can compare: status, where to, and the page without what differs every time."""
    text = re.sub(r'(csrf[^>]*?(?:value|content)=")[^"]*|nonce="[^"]*"', "", response.content.decode())
    text = re.sub(r"[\w.+-]+@[\w.-]+", "ADDRESS", text)
    return response.status_code, response.headers.get("Location"), sorted(response.cookies), text


KNOWN, UNKNOWN = "sanna@otso.example", "nobody@nowhere.example"


@pytest.mark.parametrize("known", [KNOWN, "asa@otso.example", "liisa@kaari.example"])
def test_asking_for_a_code_says_nothing_about_the_address(cast: Cast, known: str) -> None:
    answers = []
    for address in (known, UNKNOWN):
        client = Client()
        first = ask_code(client, address)
        answers.append((shape(first), shape(client.get(first.headers["Location"]))))

    assert answers[0] == answers[1]
    assert [message.to for message in mail.outbox] == [[known]]


@pytest.mark.parametrize("known", [KNOWN, "liisa@kaari.example"])
def test_asking_for_a_new_password_says_nothing_about_the_address(cast: Cast, known: str) -> None:
    answers = []
    for address in (known, UNKNOWN):
        client = Client()
        first = client.post(reverse("account_reset_password"), {"email": address})
        answers.append((shape(first), shape(client.get(first.headers["Location"]))))

    assert answers[0] == answers[1]
    assert [message.to for message in mail.outbox] == [[known]]


def test_opening_an_account_says_nothing_about_the_address(cast: Cast) -> None:
    answers = []
    for address in (KNOWN, UNKNOWN):
        client = Client()
        form = {"email": address, "full_name": "N. N.", "password1": "kolme hyvää sanaa"}
        first = client.post(reverse("account_signup"), form)
        answers.append((shape(first), shape(client.get(first.headers["Location"]))))

    assert answers[0] == answers[1]
    assert len(mail.outbox) == 2


def test_a_wrong_password_says_nothing_about_the_address(cast: Cast) -> None:
    answers = [shape(log_in(Client(), address, "wrong horse battery")) for address in (KNOWN, UNKNOWN)]

    assert answers[0] == answers[1]
    assert answers[0][0] == 200


def test_a_wrong_code_says_nothing_about_the_address(cast: Cast) -> None:
    answers = []
    for address in (KNOWN, UNKNOWN):
        client = Client()
        ask_code(client, address)
        answers.append(shape(give_code(client, "AAA-AAA")))

    assert answers[0] == answers[1]


ARGON2 = override_settings(
    PASSWORD_HASHERS=["django.contrib.auth.hashers.Argon2PasswordHasher"], ACCOUNT_RATE_LIMITS=False
)


@pytest.mark.parametrize("door", ["log in", "sign up", "code", "reset"])
@ARGON2
def test_an_unknown_address_costs_as_much_work(cast: Cast, door: str) -> None:
    """Measured in the processor's time, with the real password hash: what else runs here does not disturb that."""
    cast.supervisee.set_password(PASSWORD)
    cast.supervisee.save()

    def seconds(address: str) -> float:
        client = Client()
        knock: dict[str, Callable[[], Any]] = {
            "log in": lambda: log_in(client, address, "wrong horse battery"),
            "sign up": lambda: client.post(
                reverse("account_signup"), {"email": address, "full_name": "N", "password1": "kolme hyvää sanaa"}
            ),
            "code": lambda: ask_code(client, address),
            "reset": lambda: client.post(reverse("account_reset_password"), {"email": address}),
        }
        began = time.process_time()
        knock[door]()
        return time.process_time() - began

    seconds(UNKNOWN)
    taken = [(seconds(KNOWN), seconds(f"n{number}@nowhere.example")) for number in range(6)]
    known, unknown = (min(each) for each in zip(*taken, strict=True))

    assert abs(known - unknown) < 0.05, (known, unknown)


def test_account_mail_leaves_only_after_the_answer(cast: Cast, rf: RequestFactory) -> None:
    handler = BaseHandler()
    handler.load_middleware()
    request = rf.post(reverse("account_reset_password"), {"email": KNOWN})
    request._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]
    response = handler.get_response(request)
    assert response.status_code == 302
    assert mail.outbox == []

    request_finished.disconnect(close_old_connections)
    try:
        response.close()
    finally:
        request_finished.connect(close_old_connections)

    assert len(mail.outbox) == 1


def test_a_mail_server_that_is_down_shows_to_nobody(client: Client, cast: Cast, monkeypatch: Any) -> None:
    def refuse(message: Any) -> int:
        raise ConnectionRefusedError

    monkeypatch.setattr("django.core.mail.EmailMessage.send", refuse)

    assert ask_code(client, KNOWN).status_code == 302


# --- guessing ---------------------------------------------------------------------------------------------------------


def test_the_sixth_wrong_password_is_not_even_tried(cast: Cast) -> None:
    before = entries("login_failed")
    for number in range(5):
        log_in(Client(REMOTE_ADDR=f"192.0.2.{number}"), KNOWN, "wrong horse battery")

    client = Client(REMOTE_ADDR="192.0.2.200")
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    response = log_in(client, KNOWN)

    assert "Too many" in response.content.decode()
    assert not is_in(client)
    assert entries("login_failed") == before + 5


def test_a_wrong_second_factor_is_written_down(client: Client, cast: Cast) -> None:
    before = entries("code_failed")
    log_in(client, cast.lead.email)

    client.post(reverse("mfa_authenticate"), {"code": "000000"})

    assert entries("code_failed") == before + 1
    assert not is_in(client)


def test_three_wrong_codes_end_a_log_in_by_code(client: Client, cast: Cast) -> None:
    ask_code(client, KNOWN)
    right = code_in_mail()
    for _ in range(3):
        give_code(client, "AAA-AAA")

    give_code(client, right)

    assert not is_in(client)


# --- the second factor ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["lead", "co_supervisor", "practice_admin", "administrator"])
def test_who_must_have_a_factor_sees_nothing_without_one(enter: Enter, cast: Cast, who: str) -> None:
    user = getattr(cast, who)
    Authenticator.objects.filter(user=user).delete()
    client = enter(user)

    for page in (INSIDE, "/practice/", "/organisations/", f"/{settings.ADMIN_PATH}/"):
        assert client.get(page).headers["Location"] == reverse("mfa_index"), page
    assert client.get(reverse("mfa_activate_totp")).status_code in (200, 302)


def test_recovery_codes_alone_are_no_factor(enter: Enter, cast: Cast) -> None:
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes

    RecoveryCodes.activate(cast.lead)
    Authenticator.objects.filter(user=cast.lead, type=Authenticator.Type.TOTP).delete()

    assert enter(cast.lead).get(INSIDE).headers["Location"] == reverse("mfa_index")


def test_who_has_left_a_practice_keeps_needing_one(enter: Enter, cast: Cast) -> None:
    """The processes that they lead are theirs still."""
    asking.become(cast.practice_admin)
    Membership.objects.filter(user=cast.co_supervisor).update(until=timezone.now())
    Authenticator.objects.filter(user=cast.co_supervisor).delete()

    assert enter(cast.co_supervisor).get(INSIDE).headers["Location"] == reverse("mfa_index")


def test_a_supervisee_needs_none(enter: Enter, cast: Cast) -> None:
    assert is_in(enter(cast.supervisee))


def test_the_seed_of_a_factor_does_not_rest_in_its_row(cast: Cast) -> None:
    from allauth.mfa.totp.internal.auth import TOTP

    TOTP.activate(cast.supervisee, "JBSWY3DPEHPK3PXP")
    with connection.cursor() as cursor:
        cursor.execute("SELECT data::text FROM mfa_authenticator WHERE user_id = %s", [cast.supervisee.pk])
        row = cursor.fetchone()

    assert row
    assert "JBSWY3DPEHPK3PXP" not in row[0]
    assert unseal_text(Authenticator.objects.get(user=cast.supervisee).data["secret"], "factor") == "JBSWY3DPEHPK3PXP"


def test_neither_code_nor_address_rests_readable_in_a_session(client: Client, cast: Cast) -> None:
    ask_code(client, KNOWN)
    code = code_in_mail()
    row = SessionRow.objects.get()
    payload, _moment, _signature = row.session_data.rsplit(":", 2)
    raw = signing.b64_decode(payload.lstrip(".").encode())
    raw = zlib.decompress(raw) if payload.startswith(".") else raw

    assert code.encode() not in raw
    assert KNOWN.encode() not in raw
    assert code in str(row.get_decoded())


def test_a_new_factor_ends_the_log_ins_that_began_without_it(cast: Cast) -> None:
    stolen, own = Client(), Client()
    for client in (stolen, own):
        log_in(client, KNOWN)
        assert is_in(client)
    own.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    own.get(reverse("mfa_activate_totp"))
    code = totp(own.session["mfa.totp.secret"])
    before = entries("factor_added")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.db.transaction.on_commit", lambda do, *_args, **_options: do())
        own.post(reverse("mfa_activate_totp"), {"code": code})

    assert Authenticator.objects.filter(user=cast.supervisee, type=Authenticator.Type.TOTP).exists()
    assert entries("factor_added") == before + 1
    assert is_in(own)
    assert not is_in(stolen)


# --- staying and leaving ----------------------------------------------------------------------------------------------


def test_half_an_hour_without_a_request_ends_a_log_in(client: Client, cast: Cast) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        log_in(client, KNOWN)
        clock.shift(timedelta(minutes=29))
        assert is_in(client)
        clock.shift(timedelta(minutes=29))
        assert is_in(client)
        clock.shift(timedelta(minutes=31))
        assert not is_in(client)


def test_eight_hours_end_a_log_in_however_busy_it_was(client: Client, cast: Cast) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        log_in(client, KNOWN)
        for _ in range(19):
            clock.shift(timedelta(minutes=25))
            assert is_in(client)
        clock.shift(timedelta(minutes=10))
        assert not is_in(client)


def test_a_log_in_that_ran_out_asks_the_database_as_nobody(client: Client, cast: Cast, monkeypatch: Any) -> None:
    asked: list[str] = []
    real = asking.become

    def become(who: asking.HasKey | None) -> None:
        asked.append(str(who.pk) if who else "")
        real(who)

    monkeypatch.setattr(asking, "become", become)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        log_in(client, KNOWN)
        asked.clear()
        clock.shift(timedelta(hours=1))
        client.get(INSIDE)

    assert asked == [""]


def test_signing_out_has_the_browser_forget_and_is_written_down(client: Client, cast: Cast) -> None:
    log_in(client, KNOWN)
    before = entries("logout")

    response = client.post(reverse("account_logout"))

    assert "storage" in response.headers["Clear-Site-Data"]
    assert entries("logout") == before + 1
    assert not is_in(client)


def test_looking_at_the_sign_out_page_does_not_sign_out(client: Client, cast: Cast) -> None:
    log_in(client, KNOWN)

    client.get(reverse("account_logout"))

    assert is_in(client)


def test_a_changed_password_ends_every_log_in_and_is_told(cast: Cast) -> None:
    other, own = Client(), Client()
    for client in (other, own):
        log_in(client, KNOWN)
    own.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    before = entries("password_changed")

    own.post(
        reverse("account_change_password"),
        {"oldpassword": PASSWORD, "password1": "kolme hyvää sanaa", "password2": "kolme hyvää sanaa"},
    )

    assert entries("password_changed") == before + 1
    assert not is_in(other)
    assert mail.outbox[-1].to == [KNOWN]


def test_ending_a_log_in_from_the_list_of_devices_ends_it(cast: Cast) -> None:
    other, own = Client(), Client()
    for client in (other, own):
        log_in(client, KNOWN)
        assert is_in(client)
    before = entries("session_ended")

    own.post(reverse("usersessions_list"), {"action": "end_sessions"})

    assert not is_in(other)
    assert is_in(own)
    assert entries("session_ended") == before + 1
    assert UserSession.objects.filter(user=cast.supervisee).count() == 1


def test_an_account_mail_speaks_its_readers_language(client: Client, cast: Cast, monkeypatch: Any) -> None:
    User.objects.filter(pk=cast.supervisee.pk).update(language="fi")
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "sv"
    spoken: list[str | None] = []

    def render_mail(*_: Any) -> mail.EmailMessage:
        spoken.append(translation.get_language())
        return mail.EmailMessage(to=[KNOWN])

    monkeypatch.setattr(AccountAdapter, "render_mail", render_mail)

    ask_code(client, KNOWN)

    assert spoken == ["fi"]
