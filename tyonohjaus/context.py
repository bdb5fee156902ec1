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
from django.utils.translation import pgettext_lazy

from accounts.models import Contact, Membership, User
from engagements.models import ContractParty, Participation
from engagements.models.contract import WITH_THE_CLIENT
from sessions.unlocking.visit import State, state_of
from tyonohjaus.help import topic_of


@dataclass(frozen=True)
class Place:
    """One item of the navigation: `key` is what a keyboard user presses, `area` the URL names or namespaces in it."""

    url_name: str
    label: Promise
    icon: str
    key: str
    area: frozenset[str]
    #: Not needed every day: on a telephone it stands in one's own menu and not in the bar.
    seldom: bool = False
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

_PARTIES = Place(
    "accounts:organisations",
    pgettext_lazy("navigation", "Parties"),
    "users-round",
    "g c",
    frozenset(
        {"people"}
        | {
            f"accounts:{name}"
            for name in (
                "organisations", "organisation", "organisation_new", "organisation_edit", "contact_new",
                "contact_edit", "contact_left",
            )
        }
        | {f"effects:{name}" for name in ("totals", "totals_tell", "totals_year")}
    ),
)  # fmt: skip
_PRACTICE = Place(
    "accounts:practice",
    pgettext_lazy("navigation", "Practice"),
    "settings",
    "g s",
    frozenset(
        {f"accounts:{name}" for name in ("practice", "practice_edit", "invite", "membership_end")}
        | {f"sessions:{name}" for name in ("words", "word")}
        | {f"phases:{name}" for name in ("templates", "template_new", "template_edit")}
        | {"papers", "incidents", "own:received", "own:handle", "own:extend", "retention", "transfer"}
    ),
)
_BILLING = Place("billing:list", pgettext_lazy("navigation", "Billing"), "receipt", "g l", frozenset({"billing"}), True)
_DUTIES = Place(
    "duties:log", pgettext_lazy("navigation", "Law and duties"), "scale", "g v", frozenset({"duties", "law"}), True
)
_PORTFOLIO = Place("portfolio:overview", _("Portfolio"), "award", "g o", frozenset({"portfolio", "cases"}), True)
_PROCESSES = frozenset(
    {"engagements", "sessions", "notes:of_engagement", "notes:write", "notes:write_free"}
    | {"billing:process", "billing:travel"}
    | {"effects:own", "effects:practice"}
    | {"phases:phase", "certificates"}
)
_NOTES = frozenset(
    f"notes:{name}"
    for name in (
        "list", "search", "note", "edit", "amend", "version", "share", "delete", "export", "templates", "template_new",
        "template_edit",
    )
)  # fmt: skip
PLACES: Final[Mapping[str, Sequence[Place]]] = {
    SUPERVISOR.key: (
        Place("today", _("Today"), "sun", "g t", frozenset({"today", "sessions:unmarked"})),
        Place("calendar:calendar", _("Calendar"), "calendar-days", "g k", frozenset({"calendar"})),
        Place("engagements:list", _("Processes"), "folder-open", "g p", _PROCESSES),
        Place("notes:list", pgettext_lazy("navigation", "Notes"), "notebook-pen", "g m", _NOTES),
        _BILLING,
        _DUTIES,
        _PORTFOLIO,
        _PARTIES,
        _PRACTICE,
    ),
    PRACTICE_ADMIN.key: (
        Place(
            "practice_home",
            _("Overview"),
            "house",
            "g t",
            frozenset(
                {
                    "practice_home",
                    "practice_supervisors",
                    "practice_reports",
                    "practice_messages",
                    "practice_message_log",
                }
            ),
        ),
        _BILLING,
        _PARTIES,
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
            Exists(ContractParty.objects.standing().filter(person__user=OuterRef("pk"), kind__in=WITH_THE_CLIENT)),
        )
        .get()
    )
    supervises, administers, takes_part, *with_the_client = held
    roles = (
        (SUPERVISOR, supervises),
        (PRACTICE_ADMIN, administers),
        (SUPERVISEE, takes_part),
        (CLIENT, any(with_the_client)),
    )
    return [role for role, holds in roles if holds]


def roles_here(request: HttpRequest) -> list[Role]:
    """Return the roles of the person asking, asked of the database once a request."""
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return []
    kept = vars(request)
    if "roles" not in kept:
        kept["roles"] = roles_of(user)
    return list(kept["roles"])


def current_role(request: HttpRequest) -> Role | None:
    """The role whose home this is; elsewhere the one chosen last, since most pages serve several; else the first."""
    roles = roles_here(request)
    here = request.resolver_match.view_name if request.resolver_match else ""
    chosen = request.session.get("role") if hasattr(request, "session") else None
    wanted = [role for role in roles if role.url_name == here] + [role for role in roles if role.key == chosen] + roles
    return wanted[0] if wanted else None


def frame(request: HttpRequest) -> dict[str, Any]:
    """Give every template `help_topic`, `theme`, `keys`, `roles`, `vault` (for supervisors) and `nav` (empty for who
    needs none).

    All but the theme are lazy: a fragment that shows none of them asks the database nothing.
    """

    match = request.resolver_match
    here = match.view_name if match else ""
    names = {here, *match.namespaces} if match else set()

    @cache
    def nav() -> list[Place]:
        current = current_role(request)
        places = PLACES.get(current.key, ()) if current else ()
        # A page named by one place is not another's, whose area is its whole namespace.
        named = {here} if any(here in place.area for place in places) else names
        return [replace(place, current=bool(place.area & named)) for place in places]

    @cache
    def vault() -> State | None:
        return state_of(request) if current_role(request) == SUPERVISOR else None

    theme = request.COOKIES.get("theme", "")
    return {
        "help_topic": topic_of(request),
        "theme": theme if theme in ("light", "dark") else "auto",
        "roles": SimpleLazyObject(
            lambda: [replace(role, current=role == current_role(request)) for role in roles_here(request)]
        ),
        "nav": SimpleLazyObject(nav),
        "vault": SimpleLazyObject(vault),
        "keys": SimpleLazyObject(lambda: bool(nav()) and request.COOKIES.get("keys") != "off"),
    }
