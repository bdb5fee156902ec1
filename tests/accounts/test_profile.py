from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.test import Client

from accounts.models import User

Cast = Any
Enter = Callable[[User], Client]


def test_everybody_changes_their_own_name_and_language(enter: Enter, cast: Cast) -> None:
    enter(cast.supervisee).post("/profile/", {"full_name": "Sanna Salonen", "language": "sv"})

    cast.supervisee.refresh_from_db()
    assert (cast.supervisee.full_name, cast.supervisee.language) == ("Sanna Salonen", "sv")


def test_a_profile_changes_nothing_but_name_and_language(enter: Enter, cast: Cast) -> None:
    form = {"full_name": "S", "language": "fi", "is_staff": "on", "is_superuser": "on", "email": "x@y.example"}

    enter(cast.supervisee).post("/profile/", form)

    cast.supervisee.refresh_from_db()
    assert (cast.supervisee.is_staff, cast.supervisee.is_superuser) == (False, False)
    assert cast.supervisee.email == "sanna@otso.example"


def test_a_profile_says_where_one_is_known_and_only_there(enter: Enter, cast: Cast) -> None:
    page = enter(cast.supervisee).get("/profile/").content.decode()

    assert "Kaari: Sanna Salo" in page
    assert "Muu" not in page


def test_the_language_of_the_signed_in_is_kept_with_them(enter: Enter, cast: Cast) -> None:
    client = enter(cast.supervisee)

    response = client.post("/language/", {"language": "fi", "next": "/profile/"})

    assert response.headers["Location"] == "/profile/"
    cast.supervisee.refresh_from_db()
    assert cast.supervisee.language == "fi"
    assert client.get("/profile/").headers["Content-Language"] == "fi"


def test_a_visitors_language_is_kept_in_a_cookie(client: Client, db: None) -> None:
    client.post("/language/", {"language": "sv", "next": "/account/login/"})

    assert client.get("/account/login/").headers["Content-Language"] == "sv"


def test_a_language_nobody_speaks_here_changes_nothing(client: Client, db: None) -> None:
    client.post("/language/", {"language": "xx"})

    assert settings.LANGUAGE_COOKIE_NAME not in client.cookies


def test_colours_are_kept_in_a_cookie(client: Client, db: None) -> None:
    client.post("/theme/", {"theme": "dark", "next": "/account/login/"})

    assert 'data-theme="dark"' in client.get("/account/login/").content.decode()


def test_no_choice_leads_elsewhere(client: Client, db: None) -> None:
    for address in ("https://evil.example/", "//evil.example", "javascript:alert(1)"):
        for choice in ("/language/", "/theme/", "/keys/"):
            assert client.post(choice, {"next": address}).headers["Location"] == "/"


def test_choices_are_made_by_posting(client: Client, db: None) -> None:
    for choice in ("/language/", "/theme/", "/keys/"):
        assert client.get(choice).status_code == 405
