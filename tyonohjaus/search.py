"""One search over what one works with: processes, persons, clients. Never over what is said in supervision.

What is typed is posted, so that no name stands in an address (see `accounts.lists`). With JavaScript the hits come
while one types; without it the same form leads to a page of them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django_htmx.middleware import HtmxDetails

from accounts import lists
from accounts.models import ClientOrganisation, Sector, User
from accounts.signed_in import SignedInRequest
from engagements import persons
from engagements.models import Engagement, Form, State
from engagements.views.persons import PRACTICE
from tyonohjaus.context import PRACTICE_ADMIN, SUPERVISOR, Role, current_role, roles_here

#: Fewer letters find too much to be of use.
LEAST: Final = 2
SHOWN: Final = 8
MOST_COUNTED: Final = 100


class Request(SignedInRequest):
    htmx: HtmxDetails


@dataclass(frozen=True)
class Hit:
    title: str
    about: str
    url: str


@dataclass(frozen=True)
class Group:
    """The hits of one kind: the first few, how many there are in all, and the list that shows them."""

    label: str
    hits: Sequence[Hit]
    total: str
    list: str
    whose: str = ""

    @property
    def more(self) -> bool:
        return self.total != str(len(self.hits))


def search(request: Request) -> HttpResponse:
    role = searching_role(request)
    typed = lists.cleaned(request.POST.get("q", ""))
    if request.method == "POST" and not request.htmx:
        found = f"?find={lists.kept(request.session, typed)}" if typed else ""
        return redirect(f"{request.path}{found}")
    words = typed if request.method == "POST" else lists.words(request)
    groups = groups_of(words, request.user, role) if len(words) >= LEAST else []
    context = {"words": words, "groups": groups, "short": len(words) < LEAST}
    return render(request, "search.html#hits" if request.htmx else "search.html", context)


def searching_role(request: Request) -> Role:
    """Return the capacity in which somebody searches: the one they are here in, if it works with processes."""
    able = [role for role in (current_role(request), *roles_here(request)) if role in (SUPERVISOR, PRACTICE_ADMIN)]
    if not able or able[0] is None:
        raise Http404
    return able[0]


def groups_of(words: str, user: User, role: Role) -> list[Group]:
    """Return the groups that found something. Each asks the database once."""
    made = [processes(words, user, role), people(words, user, role), organisations(words, user)]
    return [group for group in made if group.hits]


def processes(words: str, user: User, role: Role) -> Group:
    if role == SUPERVISOR:
        scope, page, whole = Engagement.objects.led_by(user), "engagements:detail", "engagements:list"
    else:
        offered = Engagement.objects.administered_by(user).without_examples().exclude(state=State.DRAFT)
        scope, page, whole = offered, "engagements:contract", "practice_home"
    rows = (
        scope.matching(words).order_by("sort_key", "pk").values_list("pk", "title", "client__name", "form", "example")
    )
    found = [
        (title, " · ".join([*([_("Example")] if example else []), client or _("private payer"), str(Form(form).label)]),
         reverse(page, args=[pk]))
        for pk, title, client, form, example in few(rows)
    ]  # fmt: skip
    return group(_("Processes"), found, whole)


def people(words: str, user: User, role: Role) -> Group:
    scope = persons.met_by_asker() if role == SUPERVISOR else persons.administered_by(user)
    rows = scope.matching(words).order_by("sort_key", "pk")
    found = [
        (person.name, person.email or _("on paper"), reverse("people:person", args=[person.pk])) for person in few(rows)
    ]
    whose = PRACTICE if role == PRACTICE_ADMIN else ""
    return group(pgettext("list", "Persons"), found, "people:list", whose)


def organisations(words: str, user: User) -> Group:
    scope = ClientOrganisation.objects.of_practices_of(user).without_examples().archived(False).matching(words)
    rows = scope.order_by("sort_key", "pk").values_list("pk", "name", "sector", "city")
    found = [
        (name, " · ".join([capfirst(str(Sector(sector).label)), *([city] if city else [])]),
         reverse("accounts:organisation", args=[pk]))
        for pk, name, sector, city in few(rows)
    ]  # fmt: skip
    return group(_("Clients"), found, "accounts:organisations")


def few(rows: Any) -> Iterable[Any]:
    """Return as many rows as are counted and one more, by one query."""
    return list(rows[: MOST_COUNTED + 1])


def group(label: str, found: Sequence[tuple[str, str, str]], whole: str, whose: str = "") -> Group:
    total = f"{MOST_COUNTED}+" if len(found) > MOST_COUNTED else str(len(found))
    return Group(label, [Hit(*each) for each in found[:SHOWN]], total, reverse(whole), whose)
