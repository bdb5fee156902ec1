"""What stands around every page: navigation by role, colours, keys, and a policy that lets nothing inline run."""

import re
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.cache import SessionStore
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from audit import asking
from tyonohjaus.context import frame, roles_of

PUBLIC = [
    "account_login", "account_request_login_code", "account_signup", "account_reset_password", "account_inactive",
    "documents:check",
]  # fmt: skip


def request_by(user: User | AnonymousUser, view_name: str = "today", **cookies: str) -> HttpRequest:
    request = RequestFactory().get("/")
    request.user = user
    request.session = SessionStore()
    request.COOKIES.update(cookies)
    match: Any = SimpleNamespace(view_name=view_name, namespaces=view_name.split(":")[:-1])
    request.resolver_match = match
    return request


def places(user: User, view_name: str = "today") -> list[str]:
    asking.become(user)
    return [place.url_name for place in frame(request_by(user, view_name))["nav"]]


def test_a_supervisor_has_nine_places_and_the_current_one_is_marked(cast: Any) -> None:
    assert places(cast.lead) == [
        "today", "calendar:calendar", "engagements:list", "notes:list", "billing:list", "duties:log",
        "portfolio:overview", "accounts:organisations", "accounts:practice",
    ]  # fmt: skip
    nav = frame(request_by(cast.lead, "engagements:detail"))["nav"]
    assert [place.url_name for place in nav if place.current] == ["engagements:list"]
    for page, place in (("notes:of_engagement", "engagements:list"), ("notes:note", "notes:list")):
        nav = frame(request_by(cast.lead, page))["nav"]
        assert [each.url_name for each in nav if each.current] == [place]
    for page, place in (("billing:invoice", "billing:list"), ("billing:process", "engagements:list")):
        nav = frame(request_by(cast.lead, page))["nav"]
        assert [each.url_name for each in nav if each.current] == [place]
    nav = frame(request_by(cast.lead, "people:person"))["nav"]
    assert [place.url_name for place in nav if place.current] == ["accounts:organisations"]
    nav = frame(request_by(cast.lead, "calendar:working_time"))["nav"]
    assert [place.url_name for place in nav if place.current] == ["calendar:calendar"]


def test_a_practice_administrator_has_no_way_to_the_processes(cast: Any) -> None:
    assert places(cast.practice_admin, "practice_home") == [
        "practice_home",
        "billing:list",
        "accounts:organisations",
        "accounts:practice",
    ]


def test_a_supervisee_and_a_client_need_no_navigation(cast: Any) -> None:
    assert places(cast.supervisee, "portal") == []
    assert places(cast.contact, "client_home") == []


def test_roles_follow_from_rows_by_one_query(cast: Any, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    asking.become(cast.lead)
    with django_assert_num_queries(1):
        assert [role.key for role in roles_of(cast.lead)] == ["supervisor", "practice_admin"]
    asking.become(cast.supervisee)
    assert [role.key for role in roles_of(cast.supervisee)] == ["supervisee"]
    asking.become(cast.contact)
    assert [role.key for role in roles_of(cast.contact)] == ["client"]


def test_keys_are_on_for_whoever_navigates_until_switched_off(cast: Any) -> None:
    asking.become(cast.lead)
    assert frame(request_by(cast.lead))["keys"]
    assert not frame(request_by(cast.lead, keys="off"))["keys"]
    asking.become(cast.supervisee)
    assert not frame(request_by(cast.supervisee, "portal"))["keys"]


def test_a_fragment_without_navigation_asks_the_database_nothing(
    cast: Any, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        frame(request_by(cast.lead))


def test_a_cookie_that_names_no_theme_changes_nothing() -> None:
    assert frame(request_by(AnonymousUser(), theme='"><script>'))["theme"] == "auto"
    assert frame(request_by(AnonymousUser(), theme="dark"))["theme"] == "dark"


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_page_has_one_heading_one_main_button_and_nothing_inline(client: Client, db: None, name: str) -> None:
    response = client.get(reverse(name))
    html = response.content.decode()
    assert response.status_code == 200
    assert html.count("<h1") == 1
    assert html.count("btn primary") <= 1
    assert "unsafe" not in response.headers["Content-Security-Policy"]
    for tag in re.findall(r"<script\b[^>]*>", html):
        assert "src=" in tag or "application/json" in tag
    assert "style=" not in html


def test_the_page_is_as_dark_as_it_was_asked_to_be(client: Client, db: None) -> None:
    client.post(reverse("set_theme"), {"theme": "dark", "next": "/"})
    assert 'data-theme="dark"' in client.get(reverse("account_login")).content.decode()


def test_what_is_missing_answers_in_the_visitors_language(client: Client, db: None) -> None:
    client.cookies["language"] = "sv"
    response = client.get("/nothing-stands-here/")
    assert response.status_code == 404
    assert '<html lang="sv"' in response.content.decode()
