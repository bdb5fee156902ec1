"""`OPENID_PROVIDERS` is read at start; what is wrong with it is said in a sentence that names no secret."""

import json
from pathlib import Path
from typing import Any, Final

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.utils import translation

from accounts.openid.configuration import is_safe, origins, read

HUS: Final[dict[str, Any]] = {
    "id": "hus",
    "name": {"fi": "HUSin tunnuksilla", "sv": "HUS-koder", "en": "HUS"},
    "server_url": "https://sso.hus.example/realms/hus",
    "client_id": "tyonohjaus",
    "client_secret": "s3cret-s3cret",
    "use": ["login"],
    "domains": ["HUS.example"],
}


def refused(**said: Any) -> str:
    entry = {name: value for name, value in (HUS | said).items() if value is not ...}
    with pytest.raises(ImproperlyConfigured) as why:
        read(json.dumps([entry]))
    assert "s3cret" not in str(why.value)
    return str(why.value)


@pytest.mark.parametrize("text", ["", "  \n", "[]"])
def test_nothing_said_is_nobody_trusted(text: str) -> None:
    assert read(text) == ()


def test_what_is_said_is_what_is_meant() -> None:
    (hus,) = read(json.dumps([HUS]))

    assert (hus.id, hus.server_url) == ("hus", HUS["server_url"])
    assert (set(hus.domains), set(hus.uses)) == ({"hus.example"}, {"login"})
    assert (hus.scope, hus.acr_values, hus.pkce, hus.userinfo) == (("openid", "profile", "email"), (), True, True)
    with translation.override("sv"):
        assert hus.name == "HUS-koder"
    assert "s3cret" not in repr(hus)


def test_one_name_does_for_all_languages_and_a_missing_language_takes_the_first() -> None:
    (one,) = read(json.dumps([HUS | {"name": "HUS"}]))
    (finnish,) = read(json.dumps([HUS | {"name": {"fi": "Tunnukset"}}]))

    with translation.override("sv"):
        assert (one.name, finnish.name) == ("HUS", "Tunnukset")


def test_the_address_of_the_description_does_as_well() -> None:
    for tail in ("/", "/.well-known/openid-configuration"):
        (hus,) = read(json.dumps([HUS | {"server_url": HUS["server_url"] + tail}]))
        assert hus.server_url == HUS["server_url"]


def test_a_secret_may_lie_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("from-a-file\n")
    entry = {name: value for name, value in HUS.items() if name != "client_secret"}

    (hus,) = read(json.dumps([entry | {"client_secret_file": str(tmp_path / "secret")}]))

    assert hus.client_secret == "from-a-file"


def test_a_signing_service_needs_no_domains_and_forms_may_lead_to_all_its_origins() -> None:
    broker = HUS | {"id": "broker", "use": ["signing"], "domains": [], "origins": ["https://tunnistus.example"]}
    providers = read(json.dumps([HUS, broker]))

    assert providers[1].scope == ("openid", "profile")
    assert origins(providers) == ["https://sso.hus.example", "https://tunnistus.example"]


@pytest.mark.parametrize("text", ["{", "null", '{"id": "hus"}', '["hus"]'])
def test_what_is_no_list_of_objects_stops_the_start(text: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="OPENID_PROVIDERS is"):
        read(text)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"id": ...}, 'provider 1: "id" is to be'),
        ({"id": "HUS/1"}, '"id" is to be'),
        ({"name": ...}, '"name" is to be'),
        ({"name": {"de": "HUS"}}, '"name" is to be'),
        ({"name": {"fi": 7}}, '"name" is to be'),
        ({"name": " "}, '"name" is to be'),
        ({"server_url": "http://sso.hus.example"}, '"server_url" is to be an https address'),
        ({"server_url": ...}, '"server_url" is to be an https address'),
        ({"client_id": ""}, '"client_id" is missing'),
        ({"client_secret": ...}, 'one of "client_secret"'),
        ({"client_secret_file": "/x"}, 'one of "client_secret"'),
        ({"client_secret": ..., "client_secret_file": "/nonexistent"}, '"client_secret_file" cannot be read'),
        ({"client_secret": ""}, '"client_secret" is empty'),
        ({"use": ...}, '"use" is to be'),
        ({"use": ["everything"]}, '"use" is to be'),
        ({"use": "login"}, '"use" is to be a list'),
        ({"domains": []}, '"domains" is missing'),
        ({"domains": ["*"]}, '"domains" is to be a list of domains'),
        ({"domains": ["hus"]}, '"domains" is to be a list of domains'),
        ({"scope": ["email"]}, '"scope" is to have "openid"'),
        ({"acr_values": [7]}, '"acr_values" is to be'),
        ({"acr_values": 7}, '"acr_values" is to be'),
        ({"pkce": "yes"}, '"pkce" is to be true or false'),
        ({"origins": ["https://x.example/path"]}, '"origins" is to be'),
        ({"origins": ["*"]}, '"origins" is to be'),
        ({"token_auth_method": "private_key_jwt"}, '"token_auth_method" is to be'),
        ({"verified_claim": ""}, '"verified_claim" is to be'),
        ({"secret": "s3cret"}, '"secret" means nothing'),
    ],
)
def test_each_mistake_is_named(said: dict[str, Any], words: str) -> None:
    assert words in refused(**said)


def test_two_providers_do_not_share_an_id() -> None:
    with pytest.raises(ImproperlyConfigured, match="two providers have the id hus"):
        read(json.dumps([HUS, HUS]))


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://sso.hus.example/x?y=1", True),
        ("http://localhost:9400", True),
        ("http://127.0.0.1:1", True),
        ("http://localhost.evil.example", False),
        ("https://user@sso.hus.example", False),
        ("https://sso.hus.example/#x", False),
        ("https://sso.hus.example:x", False),
        ("https:///x", False),
        ("https://sso.hus.example/a b", False),
        ("https://a;script-src *", False),
        ("ftp://sso.hus.example", False),
        ("https://[::1", False),
        (None, False),
    ],
)
def test_secrets_go_by_https_alone_or_stay_on_this_machine(url: object, safe: bool) -> None:
    assert is_safe(url) is safe
