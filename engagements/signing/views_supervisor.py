"""Signing as its supervisors see it: to whom it goes and in which order, who has answered what, and what to do next."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from documents.models import SealedFile
from engagements.models import Contract, Engagement, Proposal, SignatureRequest
from engagements.signing import requests
from engagements.signing.forms import DeadlineForm, PaperForm, ReplyForm, SendForm
from engagements.views.scope import Request, led, sent
from engagements.wording import text_of
from formats.clock import HELSINKI


def send(request: Request, pk: UUID) -> HttpResponse:
    """Send a draft to be signed: who, in which turn, by when."""
    engagement = led(request, pk)
    form = SendForm(sent(request), engagement=engagement, by=request.user, now=timezone.now())
    if form.done():
        messages.success(request, _("The contract is on its way to those whose turn it is."))
        return redirect("engagements:signing", pk)
    return render(request, "signing/send.html", {"engagement": engagement, "form": form, "section": "contract"})


def signing(request: Request, pk: UUID) -> HttpResponse:
    """Who has signed what is offered or agreed, who is waited for, what was answered and proposed."""
    engagement = led(request, pk)
    contract = engagement.contracts.exclude(state=Contract.State.DRAFT).order_by("-version").first()
    if contract is None:
        return redirect("engagements:contract", pk)
    return render(request, "signing/signing.html", overview(request, engagement, contract))


def overview(request: Request, engagement: Engagement, contract: Contract, reply: ReplyForm | None = None) -> Any:
    now = timezone.now()
    standing = contract.requests.standing().select_related("signature", "person__user", "user", "link")
    rows = list(standing.order_by("turn", "created_at", "pk"))
    proposals = Proposal.objects.filter(request__contract=contract).select_related("request", "answered_by")
    headings = {clause.key: f"{clause.number}. {clause.heading}" for clause in text_of(contract).clauses}
    listed = []
    for proposal in proposals:
        form = reply if reply and reply.proposal == proposal else None
        if proposal.answered_at is None and form is None and proposal.request.is_open:
            form = ReplyForm(None, proposal=proposal, by=request.user, now=now)
        listed.append((proposal, headings.get(proposal.clause, ""), form))
    mine = next((row for row in rows if row.user_id == request.user.pk and row.is_open), None)
    return {
        "engagement": engagement,
        "contract": contract,
        "rows": rows,
        "several_turns": len({row.turn for row in rows}) > 1,
        "proposals": listed,
        "mine": mine,
        "joiners": requests.without_signature(engagement) if contract.state == Contract.State.AGREED else [],
        "files": set(SealedFile.objects.filter(obj__in=[row.pk for row in rows]).values_list("obj", flat=True)),
        "today": now.astimezone(HELSINKI).date(),
        "section": "contract",
    }


def asked(request: Request, pk: UUID, signing: UUID) -> SignatureRequest:
    """Return a standing signature request of a process that the asker leads."""
    engagement = led(request, pk)
    standing = SignatureRequest.objects.standing().select_related("contract", "person")
    return get_object_or_404(standing, pk=signing, contract__engagement=engagement)


@require_POST
def again(request: Request, pk: UUID, signing: UUID) -> HttpResponse:
    """Send another link, also to somebody who had declined."""
    row = asked(request, pk, signing)
    try:
        requests.ask_again(row, by=request.user, now=timezone.now())
        messages.success(request, _("%(name)s gets a new link.") % {"name": row.name})
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect("engagements:signing", pk)


@require_POST
def join(request: Request, pk: UUID, participation: UUID) -> HttpResponse:
    """Ask a supervisee who has not signed the contract in force to sign a joining sheet."""
    current = led(request, pk).participations.current().select_related("engagement", "person")
    joiner = get_object_or_404(current, pk=participation)
    try:
        requests.ask_to_join(joiner, by=request.user, now=timezone.now())
        messages.success(request, _("%(name)s is asked to sign a joining sheet.") % {"name": joiner.person.name})
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect("engagements:signing", pk)


def deadline(request: Request, pk: UUID, signing: UUID) -> HttpResponse:
    row = asked(request, pk, signing)
    form = DeadlineForm(sent(request), signing=row, by=request.user, now=timezone.now())
    if form.done():
        messages.success(request, _("The last day is changed."))
        return redirect("engagements:signing", pk)
    context = {"engagement": led(request, pk), "row": row, "form": form, "section": "contract"}
    return render(request, "signing/deadline.html", context)


def paper(request: Request, pk: UUID, signing: UUID) -> HttpResponse:
    """Record that somebody has signed on paper."""
    row = asked(request, pk, signing)
    form = PaperForm(sent(request), signing=row, by=request.user, now=timezone.now())
    if form.done():
        messages.success(request, _("The signature of %(name)s is recorded.") % {"name": row.name})
        return redirect("engagements:signing", pk)
    context = {"engagement": led(request, pk), "row": row, "form": form, "section": "contract"}
    return render(request, "signing/paper.html", context)


def reply(request: Request, pk: UUID, proposal: UUID) -> HttpResponse:
    """Answer a proposal, in the place where it stands."""
    engagement = led(request, pk)
    found = get_object_or_404(
        Proposal.objects.select_related("request__contract"), pk=proposal, request__contract__engagement=engagement
    )
    form = ReplyForm(sent(request), proposal=found, by=request.user, now=timezone.now())
    if form.done():
        messages.success(request, _("Your answer is written. They are told that it is there."))
        return redirect("engagements:signing", pk)
    return render(request, "signing/signing.html", overview(request, engagement, found.request.contract, form))
