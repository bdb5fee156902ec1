"""A service proves who somebody is, for one purpose; a page that asks for it stands in for the signing page."""

import json
import logging
from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID

import pytest
import time_machine
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import SuspiciousOperation
from django.db import DatabaseError, connection, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.test import Client
from django.urls import path
from django.utils import timezone

from accounts import proof
from accounts.models import User
from accounts.openid.exchange import Exchange
from audit.models import Entry
from tests.accounts.test_openid_log_in import other_words
from tests.openid_provider import Organisation, follow, query
from tyonohjaus.urls import urlpatterns as ours

Cast = Any
PURPOSE: Final = UUID("3b8f5c1e-0000-4000-8000-000000000001")
OTHER: Final = UUID("3b8f5c1e-0000-4000-8000-000000000002")
SIGN: Final = f"/test-sign/{PURPOSE}/"
BACK: Final = "/account/openid/pankki/back/"
#: A personal identity code that nobody has (an individual number of 900 and above is for tests).
CODE: Final = "131052-908T"
AINO: Final = {
    "name": "Aino Aalto",
    "acr": "loa2",
    "amr": ["bank", "otp"],
    "urn:oid:1.2.246.21": CODE,
    "national_identification_number": CODE,
    "hetu": CODE,
    "birthdate": "1952-10-13",
    "email": "aino@otso.example",
    "email_verified": True,
}


@login_not_required
def sign(request: HttpRequest, purpose: UUID) -> HttpResponse:
    """POST begins; GET shows the proof; GET with `take` uses it."""
    if request.method == "POST":
        return proof.begin(request, request.POST.get("by", "pankki"), request.POST.get("to", request.path), purpose)
    found = (proof.take_proof if "take" in request.GET else proof.proof_for)(request, purpose)
    return JsonResponse(found.__dict__ if found else {})


urlpatterns = [path("test-sign/<uuid:purpose>/", sign), *ours]


@pytest.fixture(autouse=True)
def a_page_that_asks(settings: Any) -> None:
    settings.ROOT_URLCONF = __name__


@pytest.fixture
def bank(organisation_log_in: Organisation) -> Organisation:
    organisation_log_in.configure(
        id="pankki",
        name={"fi": "Pankkitunnukset", "en": "Bank codes"},
        use=["signing"],
        domains=[],
        acr_values="loa3 loa2",
    )
    organisation_log_in.knows("aino-1", **AINO)
    return organisation_log_in


def ask(client: Client, **said: str) -> str:
    answer = client.post(SIGN, said)
    assert answer.status_code == 302, answer.content
    return str(answer.headers["Location"])


def prove(client: Client, bank: Organisation, sub: str = "aino-1", **changed: str) -> Any:
    return follow(client, bank.answer(ask(client), sub, **changed))


def shown(client: Client, purpose: UUID = PURPOSE, **take: str) -> dict[str, str]:
    found: dict[str, str] = client.get(f"/test-sign/{purpose}/", take).json()
    return found


def says(answer: Any, words: str) -> bool:
    return (
        answer.status_code == 400 and words in answer.content.decode() and f'href="{SIGN}"' in answer.content.decode()
    )


# --- proven -----------------------------------------------------------------------------------------------------------


def test_a_visitor_is_proven_and_comes_back_to_where_they_were(client: Client, db: None, bank: Organisation) -> None:
    users = User.objects.count()

    answer = prove(client, bank)

    assert answer.headers["Location"] == SIGN
    found = shown(client)
    assert (found["issuer"], found["name"], found["acr"], found["method"]) == (
        bank.url,
        "Aino Aalto",
        "loa2",
        "bank otp",
    )
    assert len(found["subject_hash"]) == 64
    assert "_auth_user_id" not in client.session
    assert User.objects.count() == users


def test_it_is_written_down_for_what_and_by_whom_but_not_who(client: Client, db: None, bank: Organisation) -> None:
    prove(client, bank)

    entry = Entry.objects.get(stream="accounts", event="identity_proven")
    assert (entry.actor, entry.data) == (None, {"by": "pankki", "purpose": str(PURPOSE)})


def test_who_is_logged_in_stays_so(client: Client, cast: Cast, bank: Organisation) -> None:
    client.force_login(cast.contact)
    key = client.session["_auth_user_id"]

    prove(client, bank)

    assert client.session["_auth_user_id"] == key
    assert client.get("/profile/").status_code == 200
    assert shown(client)["name"] == "Aino Aalto"
    assert Entry.objects.get(stream="accounts", event="identity_proven").actor == cast.contact.pk
    assert not Entry.objects.filter(stream="accounts", event="login", data__by="pankki").exists()


def test_the_same_person_has_the_same_fingerprint_and_another_has_another(db: None, bank: Organisation) -> None:
    bank.knows("aino-2", **AINO)
    found = []
    for sub in ("aino-1", "aino-1", "aino-2"):
        client = Client()
        prove(client, bank, sub)
        found.append(shown(client)["subject_hash"])

    assert found[0] == found[1] != found[2]


def test_the_service_is_asked_to_identify_anew(client: Client, db: None, bank: Organisation) -> None:
    asked = query(ask(client))

    assert (asked["prompt"], asked["acr_values"], asked["ui_locales"]) == ("login", "loa3 loa2", "fi")


def test_a_proof_is_for_one_purpose_and_is_taken_once(client: Client, db: None, bank: Organisation) -> None:
    prove(client, bank)

    assert shown(client, OTHER) == {}
    assert shown(client, take="1")["name"] == "Aino Aalto"
    assert shown(client) == {}
    assert shown(client, take="1") == {}


def test_a_proof_holds_for_ten_minutes(client: Client, db: None, bank: Organisation) -> None:
    prove(client, bank)
    began = timezone.now().timestamp()

    with time_machine.travel(began + 590, tick=False):
        assert shown(client)["name"] == "Aino Aalto"
    with time_machine.travel(began + 601, tick=False):
        assert shown(client) == {}
        assert shown(client, take="1") == {}


def test_a_browser_keeps_ten_proofs_at_most(client: Client, db: None, bank: Organisation) -> None:
    for number in range(12):
        answer = client.post(f"/test-sign/{UUID(int=number)}/")
        follow(client, bank.answer(answer.headers["Location"], "aino-1"))

    assert len(client.session["proofs"]) == 10
    assert shown(client, UUID(int=11))["name"] == "Aino Aalto"


@pytest.mark.parametrize(
    ("claims", "name"),
    [
        ({"name": "Aino  Aalto\n"}, "Aino Aalto"),
        ({"name": "A. A.", "given_name": "Aino Maria", "family_name": "Aalto"}, "Aino Maria Aalto"),
        ({"urn:oid:1.2.246.575.1.14": "Aino", "urn:oid:2.5.4.4": "Aalto"}, "Aino Aalto"),
        ({"name": f"Aino Aalto {CODE}"}, "Aino Aalto"),
        ({"name": "A" * 500}, "A" * 100),
    ],
)
def test_a_name_is_read_as_services_give_it(
    client: Client, db: None, bank: Organisation, claims: dict[str, str], name: str
) -> None:
    bank.knows("x", acr="loa2", **claims)

    prove(client, bank, "x")

    assert shown(client)["name"] == name
    assert shown(client)["method"] == ""


# --- not proven -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("claims", [{}, {"name": "  "}, {"name": 7}, {"given_name": "Aino"}, {"name": CODE}])
def test_without_a_name_nothing_is_proven(client: Client, db: None, bank: Organisation, claims: dict[str, Any]) -> None:
    bank.knows("x", acr="loa2", **claims)

    assert says(prove(client, bank, "x"), "ei kertonut nimeäsi")
    assert shown(client) == {}
    assert Entry.objects.get(stream="accounts", event="proof_failed").data == {"by": "pankki", "why": "nameless"}


def test_a_weaker_way_proves_nothing(client: Client, db: None, bank: Organisation) -> None:
    bank.knows("x", **AINO | {"acr": "loa1"})

    assert says(prove(client, bank, "x"), "heikommin")
    assert shown(client) == {}


def test_who_stops_there_comes_back_to_where_they_were(client: Client, db: None, bank: Organisation) -> None:
    to = ask(client)

    assert says(follow(client, f"{bank.answer(to)}&state={query(to)['state']}"), "Keskeytit")
    assert shown(client) == {}


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_the_page_speaks_the_visitors_language(client: Client, db: None, bank: Organisation, language: str) -> None:
    client.cookies["language"] = language
    to = ask(client)
    assert query(to)["ui_locales"] == language

    page = client.get(BACK, {"error": "access_denied", "state": query(to)["state"]}).content.decode()

    words = {"fi": "Henkilöllisyyttäsi ei ole vielä vahvistettu", "sv": "Din identitet är inte bekräftad ännu",
             "en": "Who you are is not proven yet"}  # fmt: skip
    assert words[language] in page


def test_a_service_that_is_down_is_told_with_a_way_back(client: Client, db: None, bank: Organisation) -> None:
    bank.configure(id="pankki", use=["signing"], domains=[], server_url="http://localhost:9")

    assert says(client.post(SIGN), "ei vastaa")


def test_a_wrong_state_proves_nothing_and_leads_back(client: Client, db: None, bank: Organisation) -> None:
    back = query(bank.answer(ask(client), "aino-1"))

    assert says(client.get(BACK, {"code": back["code"], "state": "0123456789abcdef"}), "toisessa selaimessa")
    assert shown(client) == {}


def test_an_answer_to_another_question_proves_nothing(client: Client, db: None, bank: Organisation) -> None:
    assert says(prove(client, bank, nonce="another"), "ei voinut luottaa")
    assert shown(client) == {}


def test_an_answer_is_given_once_and_what_it_proved_is_not_lost(client: Client, db: None, bank: Organisation) -> None:
    back = bank.answer(ask(client), "aino-1")
    follow(client, back)

    assert says(follow(client, back), "hoidettu")
    assert shown(client)["name"] == "Aino Aalto"


def test_a_proof_stays_in_the_browser_that_asked(client: Client, db: None, bank: Organisation) -> None:
    back = bank.answer(ask(client), "aino-1")
    other = Client()
    ask(other)

    assert says(follow(other, back), "toisessa selaimessa")
    assert shown(other) == {}


def test_a_service_that_is_not_what_was_configured_is_not_asked(
    client: Client, db: None, bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Exchange, "fetched", other_words(bank, issuer="https://evil.example"))

    assert says(client.post(SIGN), "ei voinut luottaa")


def test_without_configuration_there_is_nobody_to_ask(client: Client, db: None) -> None:
    assert proof.signing_providers() == []
    assert client.post(SIGN).status_code == 404
    assert client.get(BACK).status_code == 404


def test_an_organisations_log_in_proves_no_signers_unless_it_may(
    client: Client, db: None, organisation_log_in: Organisation
) -> None:
    organisation_log_in.configure(id="pankki")

    assert proof.signing_providers() == []
    assert client.post(SIGN).status_code == 404


def test_a_proof_is_no_log_in(client: Client, cast: Cast, bank: Organisation) -> None:
    bank.knows("tiina", **AINO | {"email": "tiina@otso.example"})

    prove(client, bank, "tiina")

    assert client.get("/profile/").status_code == 302
    assert client.post("/account/openid/pankki/").status_code == 404


@pytest.mark.parametrize("to", ["https://evil.example/", "//evil.example/", "", "javascript:alert(1)"])
def test_nobody_is_led_to_another_site(client: Client, db: None, bank: Organisation, to: str) -> None:
    assert client.post(SIGN, {"to": to}).status_code == 400
    request = HttpRequest()
    request.META["HTTP_HOST"] = "testserver"
    with pytest.raises(SuspiciousOperation):
        proof.begin(request, "pankki", to, PURPOSE)


# --- a personal identity code is nobody's business --------------------------------------------------------------------


def rows_of(table: str) -> Iterator[str]:
    """Give every row that can be read of a table, as text."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f'SELECT t::text FROM "{table}" t')  # noqa: S608
            yield from (row for (row,) in cursor.fetchall())
    except DatabaseError as error:
        if "permission denied" not in str(error):
            raise


def kept_anywhere(client: Client) -> str:
    tables = connection.introspection.table_names()
    rows = [row for table in tables for row in rows_of(table)]
    return "\n".join([*rows, json.dumps(dict(client.session.items()))])


def test_a_personal_identity_code_is_kept_nowhere_and_logged_nowhere(
    client: Client, cast: Cast, bank: Organisation, caplog: pytest.LogCaptureFixture
) -> None:
    bank.knows("nameless", acr="loa2", hetu=CODE)
    bank.knows(CODE, **AINO)
    caplog.set_level(logging.DEBUG)
    caplog.clear()

    for who in (None, cast.contact):
        if who:
            client.force_login(who)
        prove(client, bank)
        prove(client, bank, CODE)
        prove(client, bank, "nameless")
        prove(client, bank, nonce="another")

    kept = kept_anywhere(client)
    assert "Aino Aalto" in kept, "the control: what is kept is found"
    told = "\n".join(f"{record.getMessage()} {record.exc_text or ''}" for record in caplog.records)
    assert "openid pankki: nameless" in told
    for text in (kept, told):
        assert CODE not in text
        assert "1952-10-13" not in text
        assert "aino@otso.example" not in text
