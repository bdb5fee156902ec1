"""Kuka → Miten → Hinta → Tarkista: each page saves, and a draft is taken up again where it was left."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlencode
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from accounts.models import Practice
from engagements.blockers import (
    blockers_to_activating,
    blockers_to_dropping,
    blockers_to_offering,
    current_contract,
)
from engagements.clause import lines
from engagements.forms.how import HowForm, TemplateForm
from engagements.forms.parties import PartiesForm
from engagements.forms.price import PriceForm
from engagements.forms.states import AgreeForm
from engagements.forms.who import WhoForm
from engagements.models import Contract, Engagement, State
from engagements.views.scope import Request, led, sent
from engagements.wording import text_of
from engagements.wording.changes import changes_in, unchanged

STEPS: Final[list[tuple[str, Promise]]] = [
    ("who", _("Who")),
    ("how", _("How")),
    ("price", _("Price")),
    ("review", _("Review")),
]


@dataclass(frozen=True)
class Step:
    label: Promise
    state: str
    url: str


def steps(current: str, engagement: Engagement | None = None, contract: Contract | None = None) -> list[Step]:
    """Return the four pages: those reached before lead there, the others wait. Of an amendment all are reached."""
    reached = len(STEPS) if contract and contract.amends else engagement.step if engagement else 1
    made = []
    for number, (name, label) in enumerate(STEPS, start=1):
        if contract and contract.amends and name == "who":
            label = _("Parties")
        state = "current" if name == current else "done" if number <= reached and name != "review" else "todo"
        made.append(Step(label, state, reverse(f"engagements:{name}", args=[engagement.pk]) if engagement else ""))
    return made


def onward(request: Request, engagement: Engagement, *, here: str, after: str) -> HttpResponse:
    """Go where the pressed button leads: the next page, the review, the list, or this page with another row."""
    if rows := request.POST.get("add"):
        return redirect(
            reverse(f"engagements:{here}", args=[engagement.pk]) + f"?{urlencode({'more': rows})}#{quote(rows)}"
        )
    if "later" in request.POST:
        if engagement.state != State.DRAFT:
            messages.success(request, gettext("The change is kept as a draft. You can go on from here."))
            return redirect("engagements:detail", engagement.pk)
        messages.success(request, gettext("The draft is kept. You can go on from the list."))
        return redirect("engagements:list")
    return redirect("engagements:review" if "review" in request.POST else f"engagements:{after}", engagement.pk)


def is_settled(request: Request, engagement: Engagement, contract: Contract) -> bool:
    """Return whether there is no draft to write on: neither the first contract nor a change of it. Says so."""
    settled = contract.state != Contract.State.DRAFT or engagement.state == State.CLOSED
    if settled:
        messages.warning(request, gettext("The contract is no draft any more, so its terms stand as they are."))
    return settled


def open_(request: Request) -> HttpResponse:
    practices = list(Practice.objects.supervised_by(request.user).order_by("name"))
    if not practices:
        raise Http404
    practice = next((one for one in practices if str(one.pk) == request.GET.get("practice")), practices[0])
    form = WhoForm(sent(request), practice=practice, by=request.user, now=timezone.now())
    if form.done() and form.engagement:
        return onward(request, form.engagement, here="who", after="how")
    context = {"form": form, "steps": steps("who"), "practices": practices, "practice": practice}
    return render(request, "engagements/who.html", context)


def copy(request: Request, pk: UUID) -> HttpResponse:
    sources = Engagement.objects.led_by(request.user).without_examples()
    source = get_object_or_404(sources.select_related("practice", "client"), pk=pk)
    practice = get_object_or_404(Practice.objects.supervised_by(request.user), pk=source.practice_id)
    form = WhoForm(sent(request), practice=practice, by=request.user, now=timezone.now(), source=source)
    if form.done() and form.engagement:
        return onward(request, form.engagement, here="who", after="review")
    return render(request, "engagements/who.html", {"form": form, "steps": steps("who"), "source": source})


def who(request: Request, pk: UUID) -> HttpResponse:
    engagement = led(request, pk)
    contract = current_contract(engagement)
    if is_settled(request, engagement, contract):
        return redirect("engagements:detail", pk)
    if contract.amends:
        return parties(request, engagement, contract)
    form = WhoForm(
        sent(request),
        practice=engagement.practice,
        by=request.user,
        now=timezone.now(),
        engagement=engagement,
        more=request.GET.get("more", ""),
    )
    if form.done():
        return onward(request, engagement, here="who", after="how")
    context = {"form": form, "steps": steps("who", engagement), "engagement": engagement}
    return render(request, "engagements/who.html", context)


def parties(request: Request, engagement: Engagement, contract: Contract) -> HttpResponse:
    """The parties of an amendment. Who takes part is not its matter: people join and leave on a day."""
    more = request.GET.get("more", "")
    form = PartiesForm(sent(request), engagement=engagement, contract=contract, by=request.user, more=more)
    if form.done():
        return onward(request, engagement, here="who", after="how")
    context = {"form": form, "steps": steps("who", engagement, contract), "engagement": engagement}
    return render(request, "engagements/parties.html", context | {"contract": contract})


def how(request: Request, pk: UUID) -> HttpResponse:
    engagement = led(request, pk)
    contract = current_contract(engagement)
    if is_settled(request, engagement, contract):
        return redirect("engagements:detail", pk)
    more = request.GET.get("more", "")
    form = HowForm(sent(request), engagement=engagement, contract=contract, more=more)
    if form.done():
        return onward(request, engagement, here="how", after="price")
    context = {
        "form": form,
        "templates": None if contract.amends else TemplateForm(engagement=engagement, contract=contract),
        "steps": steps("how", engagement, contract),
        "contract": contract,
        "engagement": engagement,
    }
    return render(request, "engagements/how.html", context)


@require_POST
def fill(request: Request, pk: UUID) -> HttpResponse:
    """Fill the draft from a contract template."""
    engagement = led(request, pk)
    contract = current_contract(engagement)
    if contract.amends or is_settled(request, engagement, contract):  # who amends changes single terms
        return redirect("engagements:detail", pk)
    form = TemplateForm(sent(request), engagement=engagement, contract=contract)
    if form.done():
        name = form.cleaned_data["template"].name
        messages.success(request, gettext("Filled in from the template “%(name)s”.") % {"name": name})
    else:
        messages.error(request, gettext("That template is not there any more."))
    return redirect("engagements:how", pk)


def price(request: Request, pk: UUID) -> HttpResponse:
    engagement = led(request, pk)
    contract = current_contract(engagement)
    if is_settled(request, engagement, contract):
        return redirect("engagements:detail", pk)
    form = PriceForm(sent(request), engagement=engagement, contract=contract)
    if form.done():
        return onward(request, engagement, here="price", after="review")
    context = {"form": form, "steps": steps("price", engagement, contract), "engagement": engagement}
    return render(request, "engagements/price.html", context | {"contract": contract})


def review(request: Request, pk: UUID) -> HttpResponse:
    now = timezone.now()
    engagement = led(request, pk)
    contract = current_contract(engagement)
    if is_settled(request, engagement, contract):
        return redirect("engagements:detail", pk)
    changes = changes_in(contract)
    context = {
        "engagement": engagement,
        "contract": contract,
        "text": text_of(contract),
        "changes": changes,
        "unchanged": unchanged(changes),
        "to_drop": blockers_to_dropping(engagement, now) if contract.amends else [],
        "reporting": lines(contract),
        "to_offer": blockers_to_offering(engagement, now),
        "to_agree": blockers_to_activating(engagement, now),
        "agree": AgreeForm(engagement=engagement, by=request.user, now=now),
        "steps": steps("review", engagement, contract),
    }
    return render(request, "engagements/amendment.html" if contract.amends else "engagements/review.html", context)
