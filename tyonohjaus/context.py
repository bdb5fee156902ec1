"""What the frame of every page shows: navigation, the roles to switch between, colours and keys."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final

from django.db.models import Exists, OuterRef
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise, SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from accounts.models import Contact, Membership, User
from engagements.models import Participation


@dataclass(frozen=True)
class Place:
    """One item of the navigation: `key` is what a keyboard user presses, `area` the URL names or namespaces in it."""

    url_name: str
    label: Promise
    icon: str
    key: str
    area: frozenset[str]
    current: bool = False

    @property
    def url(self) -> str:
        return reverse(self.url_name)


@dataclass(frozen=True)
class Role:
    """A capacity in which somebody is here, and the home page that goes with it."""

    key: str
    label: Promise
    url_name: str
    current: bool = False

    @property
    def url(self) -> str:
        return reverse(self.url_name)


SUPERVISOR: Final = Role("supervisor", _("Supervisor"), "today")
PRACTICE_ADMIN: Final = Role("practice_admin", _("Practice administrator"), "practice_home")
SUPERVISEE: Final = Role("supervisee", _("Supervisee"), "portal")
CLIENT: Final = Role("client", _("Client contact"), "client_home")

_ORGANISATIONS = Place(
    "accounts:organisations",
    _("Clients"),
    "building-2",
    "g c",
    frozenset({"accounts:organisations", "accounts:organisation"}),
)
_PRACTICE = Place("accounts:practice", _("Practice"), "settings", "g s", frozenset({"accounts:practice"}))
PLACES: Final[Mapping[str, Sequence[Place]]] = {
    SUPERVISOR.key: (
        Place("today", _("Today"), "sun", "g t", frozenset({"today"})),
        Place("engagements:list", _("Processes"), "folder-open", "g p", frozenset({"engagements", "sessions"})),
        _ORGANISATIONS,
        _PRACTICE,
    ),
    PRACTICE_ADMIN.key: (
        Place("practice_home", _("Overview"), "house", "g t", frozenset({"practice_home"})),
        _ORGANISATIONS,
        _PRACTICE,
    ),
}


def roles_of(user: User) -> list[Role]:
    """Return the roles that rows give `user` now, the one to come home to first. One query."""
    member = Membership.objects.current().filter(user=OuterRef("pk"))
    held = (
        User.objects.filter(pk=user.pk)
        .values_list(
            Exists(member.filter(kind=Membership.Kind.SUPERVISOR)),
            Exists(member.filter(kind=Membership.Kind.ADMIN)),
            Exists(Participation.objects.current().filter(person__user=OuterRef("pk"))),
            Exists(Contact.objects.current().filter(person__user=OuterRef("pk"))),
        )
        .get()
    )
    roles = (SUPERVISOR, PRACTICE_ADMIN, SUPERVISEE, CLIENT)
    return [role for role, holds in zip(roles, held, strict=True) if holds]


def _current_role(roles: Sequence[Role], url_name: str) -> Role | None:
    """The role whose home this is; elsewhere the first one held, since most pages serve several roles."""
    return next((role for role in roles if role.url_name == url_name), roles[0] if roles else None)


def frame(request: HttpRequest) -> dict[str, Any]:
    """Give every template `theme`, `keys`, `roles` and `nav` (empty for roles that need no navigation).

    All but the theme are lazy: a fragment that shows none of them asks the database nothing.
    """

    @cache
    def roles() -> list[Role]:
        user = getattr(request, "user", None)
        return roles_of(user) if isinstance(user, User) else []

    match = request.resolver_match
    here = match.view_name if match else ""
    names = {here, *match.namespaces} if match else set()

    @cache
    def nav() -> list[Place]:
        current = _current_role(roles(), here)
        places = PLACES.get(current.key, ()) if current else ()
        return [replace(place, current=bool(place.area & names)) for place in places]

    theme = request.COOKIES.get("theme", "")
    return {
        "theme": theme if theme in ("light", "dark") else "auto",
        "roles": SimpleLazyObject(lambda: [replace(r, current=r == _current_role(roles(), here)) for r in roles()]),
        "nav": SimpleLazyObject(nav),
        "keys": SimpleLazyObject(lambda: bool(nav()) and request.COOKIES.get("keys") != "off"),
    }
