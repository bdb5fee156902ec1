"""The people one meets: a list by name, and each with what ties them to processes and how they are reached."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext, pgettext

from accounts import actions, lists
from accounts.forms import PersonForm
from accounts.models import Contact, Person, Practice
from accounts.paging import keyset
from engagements import persons
from engagements.models import ContractParty, Engagement, Participation, State
from engagements.views.scope import Request, sent
from formats.days import write_day

WHOSE: Final = "whose"
#: Whom the list shows to one who supervises and administers: those of own processes, or everybody written to.
PRACTICE: Final = "practice"


@dataclass(frozen=True)
class Tie:
    """What ties a person to one process or client: which, as what and until when; `former` when it is over."""

    label: str
    url: str
    about: str
    former: bool


@dataclass(frozen=True)
class Row:
    name: str
    url: str
    address: str
    ties: list[Tie]
    former: bool


def people(request: Request) -> HttpResponse:
    """Those of the processes one leads; to an administrator everybody to whom the practice writes."""
    supervises = Practice.objects.supervised_by(request.user).exists()
    meets = supervises or Engagement.objects.led_by(request.user).exists()
    administers = Practice.objects.administered_by(request.user).exists()
    if not (meets or administers):
        raise Http404
    if answer := lists.elsewhere(request, WHOSE):
        return answer
    asked, words = lists.asked(request, WHOSE), lists.words(request)
    whole = administers and (asked.get(WHOSE) == PRACTICE or not meets)
    scope = persons.administered_by(request.user) if whole else persons.met_by_asker()
    page = keyset(scope.matching(words), asked, "sort_key", "id")
    kept = {WHOSE: asked.get(WHOSE, "")}
    context = {
        "rows": rows_of(page.rows, request, whole=whole),
        "page": page,
        "words": words,
        "chosen": [{"label": gettext("“%(words)s”") % {"words": words}, "url": lists.link(**kept)}] if words else [],
        "scopes": scopes(whole, asked) if meets and administers else [],
        "kept": {WHOSE: PRACTICE if whole else ""},
        "whole": whole,
        "works_here": supervises or administers,
    }
    return render(request, "engagements/persons.html", context)


def scopes(whole: bool, asked: dict[str, str]) -> list[dict[str, Any]]:
    found = {"find": asked.get("find", "")}
    return [
        {"label": gettext("Own processes"), "url": lists.link(**found), "current": not whole},
        {"label": gettext("The whole practice"), "url": lists.link(**found, whose=PRACTICE), "current": whole},
    ]


def person(request: Request, pk: UUID) -> HttpResponse:
    person = known(request, pk)
    context = {
        "person": person,
        "ties": ties_of([person], request)[person.pk],
        "met": persons.met_by_asker().filter(pk=pk).exists(),
    }
    return render(request, "engagements/person.html", context)


def edit(request: Request, pk: UUID) -> HttpResponse:
    person = known(request, pk)
    form = PersonForm(sent(request), person=person, user=request.user)
    if form.is_valid():
        form.save()
        messages.success(request, gettext("Saved."))
        return redirect("people:person", pk)
    context = {"person": person, "form": form, "may_readdress": actions.may_readdress(person)}
    return render(request, "engagements/person_edit.html", context)


def known(request: Request, pk: UUID) -> Person:
    return get_object_or_404(persons.known_to(request.user, pk).select_related("practice"), pk=pk)


# --- what ties them -------------------------------------------------------------------------------------------------


def rows_of(people: Iterable[Person], request: Request, *, whole: bool) -> list[Row]:
    """Return the rows of a page; of the `whole` practice only whom they speak for, not whom they meet."""
    people = list(people)
    ties = ties_of(people, request, clients_only=whole)
    return [
        Row(
            name=one.name,
            url=reverse("people:person", args=[one.pk]),
            address=one.email or gettext("on paper"),
            ties=ties[one.pk],
            former=bool(ties[one.pk]) and all(tie.former for tie in ties[one.pk]),
        )
        for one in people
    ]


def ties_of(people: Iterable[Person], request: Request, *, clients_only: bool = False) -> dict[UUID, list[Tie]]:
    """Return, by person, their ties to the processes that the asker leads and to clients, those that last first."""
    found: dict[UUID, list[Tie]] = defaultdict(list)
    pks = [one.pk for one in people]
    led = Engagement.objects.led_by(request.user).order_by().values("pk")
    if not clients_only:
        taking_part = Participation.objects.filter(person__in=pks, engagement__in=led)
        for participation in taking_part.select_related("engagement").order_by("engagement__sort_key", "pk"):
            found[participation.person_id].append(tie_of(participation))
        for party in parties(pks, led):
            closed = party.contract.engagement.state == State.CLOSED
            found[UUID(str(party.person_id))].append(
                tie_to(party.contract.engagement, party.get_kind_display(), closed)
            )
    for contact in Contact.objects.filter(person__in=pks).select_related("organisation").order_by("left_on", "pk"):
        about = contact.title or pgettext("tie", "contact")
        if contact.left_on:
            about = gettext("%(role)s, left %(day)s") % {"role": about, "day": write_day(contact.left_on)}
        url = reverse("accounts:organisation", args=[contact.organisation_id])
        found[contact.person_id].append(Tie(contact.organisation.name, url, capfirst(about), bool(contact.left_on)))
    for ties in found.values():
        ties.sort(key=lambda tie: tie.former)
    return found


def parties(pks: list[UUID], led: Any) -> QuerySet[ContractParty]:
    """Those who stand in a contract as something else than supervisees or contacts, once a process."""
    kinds = [ContractParty.Kind.LINE_MANAGER, ContractParty.Kind.PAYER]
    found = ContractParty.objects.filter(person__in=pks, contract__engagement__in=led, kind__in=kinds)
    each = ("person_id", "kind", "contract__engagement_id")
    once = found.order_by(*each, "-contract__version").distinct(*each)
    return once.select_related("contract__engagement")


def tie_of(participation: Participation) -> Tie:
    role = gettext("supervisee")
    if participation.left_on:
        about = gettext("%(role)s, left %(day)s") % {"role": role, "day": write_day(participation.left_on)}
        return tie_to(participation.engagement, about, former=True)
    return tie_to(participation.engagement, role, former=participation.engagement.state == State.CLOSED)


def tie_to(engagement: Engagement, about: str, former: bool) -> Tie:
    if engagement.state != State.ACTIVE:
        about = f"{about} · {engagement.get_state_display()}"
    return Tie(engagement.title, reverse("engagements:detail", args=[engagement.pk]), capfirst(about), former)
