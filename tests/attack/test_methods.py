"""What no page is made for: the methods beside GET and POST, on ours and on every address of others in the URLconf.

Only an administrator's and a visitor's way to the admin site and to allauth's pages stand here beside the whole cast:
their doors have tests of their own.
"""

from collections.abc import Iterator
from itertools import combinations
from typing import Any, Final

import pytest
from django.test import Client
from django.urls import NoReverseMatch, get_resolver, reverse

from audit import asking
from tests.attack import world
from tests.attack.world import DEEP, ask, watched
from tests.test_access import ACCESS, PUBLIC, names

Cast = Any
OTHERS: Final = ("HEAD", "PUT", "PATCH", "DELETE", "OPTIONS")
#: Routes of others, by how their names begin, and what their addresses name.
THIRD_PARTY: Final = ("admin:", "account_", "mfa_", "usersessions_")
#: What stands for the words in their addresses.
PARTS: Final[dict[str, Any]] = {
    "object_id": "11111111-1111-4111-8111-111111111111", "app_label": "accounts", "uidb36": "1", "key": "abc",
    "content_type_id": 1, "pk": 1, "url": "nowhere",
}  # fmt: skip


def third_party() -> Iterator[tuple[str, str]]:
    """Yield name and address of every route that is not ours."""
    for name in sorted({each for each in names(get_resolver().url_patterns) if each.startswith(THIRD_PARTY)}):
        yield name, address(name)


def address(name: str) -> str:
    """Return an address of the route `name`; one whose parts are not known here fails."""
    for parts in ({}, *({part: value} for part, value in PARTS.items()), {"uidb36": "1", "key": "abc"},
                  {"content_type_id": 1, "object_id": "1"}):  # fmt: skip
        try:
            return reverse(name, kwargs=parts)
        except NoReverseMatch:
            continue
    pytest.fail(f"{name} is neither ours nor known here: say in PARTS what its address names")


@pytest.mark.parametrize("member", ["lead", pytest.param("supervisee", marks=pytest.mark.deep),
                                    pytest.param("contact", marks=pytest.mark.deep),
                                    pytest.param("practice_admin", marks=pytest.mark.deep),
                                    pytest.param("co_supervisor", marks=pytest.mark.deep),
                                    pytest.param("administrator", marks=pytest.mark.deep),
                                    pytest.param("stranger", marks=pytest.mark.deep)])  # fmt: skip
def test_no_other_method_does_anything(cast: Cast, client: Client, member: str) -> None:
    about = world.fill(cast)
    client.force_login(cast.members[member])
    ours = watched(cast.lead)
    wrong = []
    for name, (kind, _allowed) in ACCESS.items():
        url = reverse(name, kwargs=about[kind])
        for method in OTHERS if DEEP else OTHERS[1:]:
            answer = ask(client, method, url)
            fine = {200, 302, 403, 404, 405} if method == "HEAD" else {405}
            if answer.status not in fine or "no-store" not in answer.headers["Cache-Control"]:
                wrong.append((name, method, answer.status))
    with asking.acting_as(cast.lead):
        assert watched(cast.lead) == ours
    assert not wrong, "\n".join(map(str, wrong))


@pytest.mark.parametrize("member", [None, "lead", pytest.param("supervisee", marks=pytest.mark.deep), "administrator"])
def test_no_route_of_others_breaks_or_opens(cast: Cast, client: Client, member: str | None) -> None:
    """By every method, at every address: no error, nothing of ours, and the admin site for administrators alone."""
    if member:
        client.force_login(cast.members[member])
    wrong = []
    for name, url in third_party():
        for method in ("GET", "POST", *OTHERS):
            answer = ask(client, method, url)
            inside = name.startswith("admin:") and member != "administrator" and answer.status == 200
            if answer.status >= 500 or inside or "Päiväkoti Otso" in answer.body:
                wrong.append((name, method, answer.status))
    assert not wrong, "\n".join(map(str, wrong))


def test_what_is_public_bears_every_method(cast: Cast, client: Client) -> None:
    """Links that are no links, and pages for everybody."""
    wrong = []
    for name in sorted(PUBLIC):
        url = public_address(name)
        for method in ("GET", "POST", *OTHERS):
            answer = ask(client, method, url)
            if answer.status >= 500 or (answer.status == 200 and method in ("PUT", "PATCH", "DELETE")):
                wrong.append((name, method, answer.status))
    assert not wrong, "\n".join(map(str, wrong))


#: What is made up in the addresses of public pages.
MADE_UP: Final[dict[str, Any]] = {
    "token": "x" * 43, "key": "lastensuojelulaki", "pk": PARTS["object_id"], "link": PARTS["object_id"], "number": 1,
    "provider_id": "nobody",
}  # fmt: skip


def public_address(name: str) -> str:
    """Return an address of a public page, with something made up where it names something."""
    for names_of in (each for count in range(3) for each in combinations(MADE_UP, count)):
        try:
            return reverse(name, kwargs={part: MADE_UP[part] for part in names_of})
        except NoReverseMatch:
            continue
    pytest.fail(f"{name}: say in MADE_UP what its address names")
