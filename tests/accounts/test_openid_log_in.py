"""An organisation's own log-in: through the pages of ours and of a real provider on this machine."""

import io
import logging
import re
from collections.abc import Callable
from typing import Any, Final

import jwt
import pytest
import requests
import time_machine
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from cryptography.hazmat.primitives.asymmetric import rsa
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from accounts.models import User
from accounts.openid import exchange
from accounts.openid.exchange import Exchange
from audit import asking
from audit.models import Entry
from tests.accounts.test_signing_in import totp_code
from tests.openid_provider import Organisation, follow, query

Cast = Any
INSIDE: Final = "/profile/"
LOG_IN: Final = "/account/openid/hus/"
BACK: Final = "/account/openid/hus/back/"
TIINA: Final = {"email": "Tiina@otso.example", "email_verified": True}


@pytest.fixture
def hus(organisation_log_in: Organisation) -> Organisation:
    organisation_log_in.configure()
    organisation_log_in.knows("tiina-1", **TIINA)
    return organisation_log_in


def press(client: Client, to: str = INSIDE) -> str:
    """Press the button of the log-in page; return where the browser is sent."""
    answer = client.post(LOG_IN, {"next": to})
    assert answer.status_code == 302, answer.content
    return str(answer.headers["Location"])


def come_in(client: Client, hus: Organisation, sub: str, **changed: str) -> Any:
    return follow(client, hus.answer(press(client), sub, **changed))


def is_in(client: Client) -> bool:
    return client.get(INSIDE).status_code == 200


def whys(event: str = "login_failed") -> list[Any]:
    return [entry.data.get("why") for entry in Entry.objects.filter(stream="accounts", event=event).order_by("number")]


def says(answer: Any, words: str) -> bool:
    return answer.status_code == 400 and words in answer.content.decode()


# --- nothing shows when nothing is configured -------------------------------------------------------------------------


def test_without_configuration_there_is_no_button_and_no_such_page(client: Client, db: None) -> None:
    assert "/openid/" not in client.get(reverse("account_login")).content.decode()
    for page in (LOG_IN, BACK):
        assert client.post(LOG_IN).status_code == 404
        assert client.get(page).status_code in (404, 405)


@pytest.mark.parametrize("name", ["signup", "connections", "login_error", "login_cancelled"])
def test_allauths_own_pages_for_accounts_elsewhere_are_not_there(client: Client, db: None, name: str) -> None:
    with pytest.raises(NoReverseMatch):
        reverse(f"socialaccount_{name}")
    for path in ("", "signup/", "login/error/", "login/cancelled/"):
        assert client.get(f"/account/3rdparty/{path}").status_code in (302, 404)
        assert "login" in client.get(f"/account/3rdparty/{path}").headers.get("Location", "login")


def test_a_provider_that_only_proves_signers_lets_nobody_in(client: Client, db: None, hus: Organisation) -> None:
    hus.configure(use=["signing"], domains=[])

    assert "/openid/" not in client.get(reverse("account_login")).content.decode()
    assert client.post(LOG_IN).status_code == 404


# --- coming in --------------------------------------------------------------------------------------------------------


def test_the_button_is_named_in_the_language_spoken_and_a_get_sends_nobody(
    client: Client, db: None, hus: Organisation
) -> None:
    page = client.get(f"{reverse('account_login')}?next={INSIDE}").content.decode()

    assert "Kirjaudu työpaikkasi tunnuksilla: HUS<" in page
    assert f'action="{LOG_IN}"' in page
    assert client.get(LOG_IN).status_code == 405


def test_the_browser_may_be_sent_to_the_provider_with_a_form_and_nowhere_else(
    client: Client, db: None, hus: Organisation
) -> None:
    policy = client.get(reverse("account_login")).headers["Content-Security-Policy"]

    assert re.search(r"form-action ([^;]*)", policy).group(1).split() == ["'self'", hus.url]  # type: ignore[union-attr]


def test_what_is_asked_is_ours_whatever_the_address_says(client: Client, db: None, hus: Organisation) -> None:
    hus.configure(acr_values="loa3 loa2", scope=["openid", "email"])
    to = client.post(f"{LOG_IN}?scope=address&process=connect&auth_params=prompt%3Dnone").headers["Location"]

    asked = query(to)
    assert sorted(asked.pop("scope").split()) == ["email", "openid"]
    assert len(asked.pop("state")) == 16
    assert len(asked.pop("nonce")) == 32
    assert len(asked.pop("code_challenge")) == 43
    assert asked == {
        "client_id": "tyonohjaus", "redirect_uri": f"http://testserver{BACK}", "response_type": "code",
        "code_challenge_method": "S256", "acr_values": "loa3 loa2", "ui_locales": "fi",
    }  # fmt: skip


def test_a_contact_comes_in_and_it_is_written_down_by_whom(client: Client, cast: Cast, hus: Organisation) -> None:
    answer = come_in(client, hus, "tiina-1")

    assert answer.headers["Location"] == INSIDE
    assert is_in(client)
    assert client.session["_auth_user_id"] == str(cast.contact.pk)
    entry = Entry.objects.filter(stream="accounts", event="login").latest("number")
    assert (entry.actor, entry.data["by"]) == (cast.contact.pk, "hus")


def test_somebody_only_a_practice_knows_becomes_that_person(client: Client, cast: Cast, hus: Organisation) -> None:
    hus.knows("asa-1", email="asa@otso.example", email_verified=True)

    come_in(client, hus, "asa-1")

    assert is_in(client)
    user = User.objects.get(email="asa@otso.example")
    assert (user.full_name, user.has_usable_password()) == ("Åsa Öberg", False)
    assert EmailAddress.objects.get(user=user).verified
    with asking.acting_as(user):
        assert list(user.persons.all()) == [cast.people[1]]


def test_the_second_time_it_is_the_same_user(cast: Cast, hus: Organisation) -> None:
    hus.knows("asa-1", email="asa@otso.example", email_verified=True)
    for _ in range(2):
        client = Client()
        come_in(client, hus, "asa-1")
        assert is_in(client)

    assert User.objects.filter(email="asa@otso.example").count() == 1


def test_nothing_of_the_providers_is_kept(client: Client, cast: Cast, hus: Organisation) -> None:
    come_in(client, hus, "tiina-1")

    assert SocialAccount.objects.count() == 0
    kept = repr(dict(client.session.items()))
    assert "tiina-1" not in kept
    assert "token" not in kept


@pytest.mark.parametrize(
    ("table", "verb"),
    [
        ("socialaccount_socialaccount", "DELETE FROM"),
        ("socialaccount_socialapp", "SELECT * FROM"),
        ("socialaccount_socialtoken", "SELECT * FROM"),
    ],
)
def test_the_tables_for_accounts_elsewhere_are_closed(db: None, table: str, verb: str) -> None:
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"{verb} {table}")


def test_a_supervisor_still_needs_the_second_factor(client: Client, cast: Cast, hus: Organisation) -> None:
    hus.configure(domains=["kaari.example"])
    hus.knows("liisa", email="liisa@kaari.example", email_verified=True)

    answer = come_in(client, hus, "liisa")
    assert answer.headers["Location"].startswith(reverse("mfa_authenticate"))
    assert not is_in(client)
    client.post(reverse("mfa_authenticate"), {"code": totp_code(cast.lead)})

    assert is_in(client)
    assert Entry.objects.filter(stream="accounts", event="login").latest("number").data["by"] == "hus"


def test_who_is_in_as_somebody_else_is_so_no_longer(client: Client, cast: Cast, hus: Organisation) -> None:
    client.force_login(cast.supervisee)

    come_in(client, hus, "tiina-1")

    assert client.session["_auth_user_id"] == str(cast.contact.pk)


def test_a_closed_account_stays_closed(client: Client, cast: Cast, hus: Organisation) -> None:
    User.objects.filter(pk=cast.contact.pk).update(is_active=False)

    come_in(client, hus, "tiina-1")

    assert not is_in(client)


def test_nobody_is_led_to_another_site(client: Client, cast: Cast, hus: Organisation) -> None:
    answer = follow(client, hus.answer(press(client, "https://evil.example/"), "tiina-1"))

    assert answer.headers["Location"] == "/"


# --- whom a provider may vouch for ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "claims",
    [
        {"email": "tiina@otso.example", "email_verified": False},
        {"email": "tiina@otso.example"},
        {"email": "sami@muu.example", "email_verified": True},
        {"email": "tiina@evil.otso.example", "email_verified": True},
        {"email": "tiina@otso.example.evil.example", "email_verified": True},
        {"email": "tıina@otso.example", "email_verified": True},
        {"email": ["tiina@otso.example"], "email_verified": True},
        {"email_verified": True},
    ],
)
def test_an_address_it_has_not_verified_or_of_a_foreign_domain_counts_for_nothing(
    client: Client, cast: Cast, hus: Organisation, claims: dict[str, Any]
) -> None:
    hus.knows("x", **claims)

    answer = come_in(client, hus, "x")

    assert says(answer, "sähköpostiosoitetta")
    assert reverse("account_request_login_code") in answer.content.decode()
    assert not is_in(client)
    assert whys() == ["not_vouched"]


def test_another_claim_may_say_that_the_address_is_verified(client: Client, cast: Cast, hus: Organisation) -> None:
    hus.configure(verified_claim="xms_edov")
    hus.knows("t", email="tiina@otso.example", xms_edov=True)

    come_in(client, hus, "t")

    assert is_in(client)


def test_who_nobody_knows_is_told_so_and_gets_no_account(client: Client, cast: Cast, hus: Organisation) -> None:
    hus.knows("x", email="outo@otso.example", email_verified=True)
    before = User.objects.count()

    answer = come_in(client, hus, "x")

    assert says(answer, "tiliä ei luotu")
    assert User.objects.count() == before
    assert whys() == ["unknown"]


def test_who_merely_wrote_an_address_down_is_not_its_owner(client: Client, cast: Cast, hus: Organisation) -> None:
    EmailAddress.objects.create(user=cast.stranger_supervisee, email="asa@otso.example", verified=False)
    hus.knows("asa-1", email="asa@otso.example", email_verified=True)

    come_in(client, hus, "asa-1")

    assert is_in(client)
    assert client.session["_auth_user_id"] == str(User.objects.get(email="asa@otso.example").pk)


def test_a_password_chosen_before_the_address_was_proven_opens_nothing(
    client: Client, cast: Cast, hus: Organisation
) -> None:
    waiting = User.objects.create_user("asa@otso.example", "kolme hyvää sanaa")
    EmailAddress.objects.create(user=waiting, email=waiting.email, verified=False, primary=True)
    hus.knows("asa-1", email="asa@otso.example", email_verified=True)

    come_in(client, hus, "asa-1")

    waiting.refresh_from_db()
    assert not waiting.has_usable_password()


# --- what goes wrong --------------------------------------------------------------------------------------------------


def test_a_cancelled_log_in_leads_back_to_where_it_was_going(client: Client, db: None, hus: Organisation) -> None:
    to = press(client)

    answer = follow(client, f"{hus.answer(to)}&state={query(to)['state']}")

    assert says(answer, "Keskeytit")
    assert f"{reverse('account_login')}?next={INSIDE}" in answer.content.decode()
    assert whys() == ["cancelled"]


def test_another_error_of_the_provider_is_told_as_one(client: Client, db: None, hus: Organisation) -> None:
    answer = client.get(BACK, {"error": "server_error", "state": query(press(client))["state"]})

    assert says(answer, "ei vastaa")


def test_a_provider_that_is_down_is_told_at_once(client: Client, db: None, hus: Organisation) -> None:
    hus.configure(server_url="http://localhost:9")

    answer = client.post(LOG_IN, {"next": INSIDE})

    assert says(answer, "ei vastaa")
    assert whys() == ["unreachable"]


def test_a_provider_that_goes_down_meanwhile_is_told_and_nothing_is_lost(
    client: Client, cast: Cast, hus: Organisation
) -> None:
    back = hus.answer(press(client), "tiina-1")
    hus.configure(server_url="http://localhost:9")
    answer = follow(client, back)
    assert says(answer, "ei vastaa")
    assert INSIDE in answer.content.decode()

    hus.configure(server_url=hus.url)
    follow(client, back)

    assert is_in(client)


def test_a_visitor_who_began_nothing_is_told_so_and_the_provider_is_not_asked(
    client: Client, db: None, hus: Organisation
) -> None:
    hus.configure(server_url="http://localhost:9")

    assert says(client.get(BACK, {"code": "x", "state": "y"}), "toisessa selaimessa")


@pytest.mark.parametrize("state", ["", "0123456789abcdef"])
def test_a_wrong_state_opens_nothing(client: Client, cast: Cast, hus: Organisation, state: str) -> None:
    back = query(hus.answer(press(client), "tiina-1"))

    answer = client.get(BACK, {"code": back["code"], "state": state})

    assert says(answer, "toisessa selaimessa")
    assert not is_in(client)


def test_an_answer_counts_in_the_browser_that_asked_alone(client: Client, cast: Cast, hus: Organisation) -> None:
    back = hus.answer(press(client), "tiina-1")
    other = Client()
    press(other)

    assert says(follow(other, back), "toisessa selaimessa")
    assert not is_in(other)


def test_an_answer_counts_for_the_provider_that_was_asked_alone(client: Client, cast: Cast, hus: Organisation) -> None:
    hus.configure(id="toinen")
    back = query(hus.answer(press(client), "tiina-1"))

    answer = client.get("/account/openid/toinen/back/", back)

    assert says(answer, "toisessa selaimessa")
    assert not is_in(client)


def test_an_answer_counts_once(client: Client, cast: Cast, hus: Organisation) -> None:
    back = hus.answer(press(client), "tiina-1")
    follow(client, back)
    client.logout()

    answer = follow(client, back)

    assert says(answer, "toisessa selaimessa")
    assert not is_in(client)


def test_a_code_counts_once(client: Client, cast: Cast, hus: Organisation) -> None:
    used = query(hus.answer(press(client), "tiina-1"))
    client.get(BACK, used)
    client.logout()

    answer = client.get(BACK, {"code": used["code"], "state": query(press(client))["state"]})

    assert says(answer, "ei voinut luottaa")
    assert whys() == ["unbelievable"]


def test_an_attempt_ends_after_ten_minutes(client: Client, cast: Cast, hus: Organisation) -> None:
    began = timezone.now()
    with time_machine.travel(began, tick=False):
        back = hus.answer(press(client), "tiina-1")
    with time_machine.travel(began.timestamp() + 601, tick=False):
        assert says(follow(client, back), "toisessa selaimessa")


def test_an_answer_to_another_question_counts_for_nothing(client: Client, cast: Cast, hus: Organisation) -> None:
    answer = come_in(client, hus, "tiina-1", nonce="another")

    assert says(answer, "ei voinut luottaa")
    assert not is_in(client)


def test_a_weaker_way_than_asked_for_counts_for_nothing(client: Client, cast: Cast, hus: Organisation) -> None:
    hus.configure(acr_values="loa3 loa2")
    hus.knows("tiina-1", **TIINA, acr="loa1")

    assert says(come_in(client, hus, "tiina-1"), "heikommin")

    hus.knows("tiina-1", **TIINA, acr="loa2")
    come_in(client, hus, "tiina-1")
    assert is_in(client)


def other_words(hus: Organisation, **other: Any) -> Callable[..., dict[str, Any]]:
    """How the provider would describe itself with `other` words."""
    config = requests.get(f"{hus.url}/.well-known/openid-configuration", timeout=5).json()
    return lambda *_: {name: value for name, value in (config | other).items() if value is not None}


@pytest.mark.parametrize(
    "other",
    [
        {"issuer": "https://evil.example"},
        {"issuer": None},
        {"authorization_endpoint": "https://evil.example/authorize"},
        {"authorization_endpoint": None},
        {"token_endpoint": "http://evil.example/token"},
        {"jwks_uri": ["x"]},
        {"userinfo_endpoint": "http://evil.example/userinfo"},
    ],
)
def test_a_provider_that_is_not_what_was_configured_is_not_asked(
    client: Client, db: None, hus: Organisation, monkeypatch: pytest.MonkeyPatch, other: dict[str, Any]
) -> None:
    monkeypatch.setattr(Exchange, "fetched", other_words(hus, **other))

    assert says(client.post(LOG_IN), "ei voinut luottaa")


def signed(hus: Organisation, key: Any = None, algorithm: str = "RS256", **other: Any) -> str:
    """Return an ID token for the running attempt, signed by somebody else, or with other claims."""
    now = int(timezone.now().timestamp())
    claims = {"iss": hus.url, "aud": "tyonohjaus", "sub": "tiina-1", "iat": now, "exp": now + 60, **TIINA, **other}
    return jwt.encode({name: value for name, value in claims.items() if value is not None}, key, algorithm)


@pytest.mark.parametrize("forged", ["foreign", "none", "hs256", "garbage"])
def test_a_token_not_signed_by_the_provider_counts_for_nothing(
    client: Client, cast: Cast, hus: Organisation, monkeypatch: pytest.MonkeyPatch, forged: str
) -> None:
    back = hus.answer(press(client), "tiina-1")
    foreign = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    token = {
        "foreign": signed(hus, foreign),
        "none": signed(hus, None, "none"),
        "hs256": signed(hus, "x" * 32, "HS256"),
        "garbage": "a.b.c",
    }[forged]
    monkeypatch.setattr(
        OpenIDConnectOAuth2Adapter,
        "get_access_token_data",
        lambda *_a, **_o: {"access_token": "x", "id_token": token},
    )

    assert says(follow(client, back), "ei voinut luottaa")
    assert not is_in(client)


@pytest.mark.parametrize(
    "other",
    [
        {"aud": "somebody"},
        {"iss": "https://evil.example"},
        {"exp": 1},
        {"sub": None},
        {"sub": ""},
        {"azp": "other"},
        {"iat": None},
    ],
)
def test_a_token_for_somebody_else_or_of_yesterday_counts_for_nothing(
    client: Client, cast: Cast, hus: Organisation, monkeypatch: pytest.MonkeyPatch, other: dict[str, Any]
) -> None:
    back = hus.answer(press(client), "tiina-1")
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    nonce = next(iter(client.session["socialaccount_states"].values()))[0]["nonce"]
    monkeypatch.setattr(Exchange, "key_for", lambda *_: key.public_key())
    monkeypatch.setattr(Exchange, "user_info", lambda *_: {"sub": "tiina-1"})
    monkeypatch.setattr(
        OpenIDConnectOAuth2Adapter, "get_access_token_data",
        lambda *_a, **_o: {"access_token": "x", "id_token": signed(hus, key, nonce=nonce, **other)},
    )  # fmt: skip

    assert says(follow(client, back), "ei voinut luottaa")
    assert not is_in(client)


@pytest.mark.parametrize("told", [{"sub": "somebody"}, {"email": "x@otso.example"}])
def test_what_is_told_about_another_subject_counts_for_nothing(
    client: Client, cast: Cast, hus: Organisation, monkeypatch: pytest.MonkeyPatch, told: dict[str, Any]
) -> None:
    monkeypatch.setattr(Exchange, "user_info", lambda *_: told)

    assert says(come_in(client, hus, "tiina-1"), "ei voinut luottaa")


@pytest.mark.parametrize("answer", [[], "x", 7, {"access_token": "x"}, {"access_token": "x", "id_token": 7}])
def test_a_token_of_any_other_shape_is_an_answer_not_a_fault(
    client: Client, cast: Cast, hus: Organisation, monkeypatch: pytest.MonkeyPatch, answer: Any
) -> None:
    back = hus.answer(press(client), "tiina-1")
    monkeypatch.setattr(requests.Response, "json", json_of(answer))

    assert says(follow(client, back), "ei voinut luottaa")


def json_of(answer: Any) -> Callable[[requests.Response], Any]:
    real = requests.Response.json
    return lambda response: answer if response.url.endswith("/token") else real(response)


def test_an_answer_is_not_read_beyond_its_bound(
    client: Client, db: None, hus: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "MOST_BYTES", 100)

    assert says(client.post(LOG_IN), "ei vastaa")


def test_a_provider_that_sends_us_elsewhere_is_not_followed(
    client: Client, db: None, hus: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = requests.Response()
    elsewhere.status_code, elsewhere.raw = 302, io.BytesIO()
    elsewhere.request = requests.Request("GET", hus.url).prepare()
    elsewhere.headers["location"] = f"{hus.url}/.well-known/openid-configuration"
    monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", lambda *_a, **_o: elsewhere)

    assert says(client.post(LOG_IN), "ei vastaa")


def test_what_is_logged_names_the_provider_and_no_person(
    client: Client, cast: Cast, hus: Organisation, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    hus.knows("salainen-tunnus", email="outo@otso.example", email_verified=True)

    come_in(client, hus, "salainen-tunnus")

    ours = [record.getMessage() for record in caplog.records if record.name.startswith(("accounts", "allauth"))]
    assert ours == ["openid hus: unknown unknown"]


def test_pressing_over_and_over_is_slowed_down(client: Client, db: None, hus: Organisation) -> None:
    answers = [client.post(LOG_IN).status_code for _ in range(31)]

    assert answers[-1] == 429
