"""The steps of an engagement's life, each a page that says what it does and why it cannot be done now."""

from typing import Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from engagements.blockers import number_warning
from engagements.forms.states import (
    AgreeForm,
    AmendForm,
    CloseForm,
    DiscardForm,
    DropForm,
    GrowForm,
    PauseForm,
    ResumeForm,
    StepForm,
    WithdrawForm,
)
from engagements.models import Contract, Engagement
from engagements.views.scope import Request, led, sent, sent_files

#: What each page says: heading, what happens, the button, its kind, and the message afterwards.
WORDS: Final[dict[str, tuple[Promise, Promise, Promise, str, Promise]]] = {
    "withdraw": (
        _("Withdraw the offer"),
        _("The contract becomes a draft again, which only you see and can change."),
        _("Withdraw the offer"),
        "primary",
        _("The offer is withdrawn. The contract is a draft again."),
    ),
    "agree": (
        _("Record that it is agreed"),
        _("The terms are frozen for good, and the process starts. A later change is a new version of the contract."),
        _("Record and start"),
        "primary",
        _("The contract is agreed, and the process is under way."),
    ),
    "withdraw_change": (
        _("Withdraw the offer"),
        _("The change becomes a draft again, which only you see and can change. What was agreed before is in force."),
        _("Withdraw the offer"),
        "primary",
        _("The offer is withdrawn. The change is a draft again."),
    ),
    "agree_change": (
        _("Record that the change is agreed"),
        _("The new version is frozen for good, and supersedes the earlier one from its first day. Both are kept."),
        _("Record the agreement"),
        "primary",
        _("The change is agreed."),
    ),
    "amend": (
        _("Change the contract"),
        _(
            "A new version begins as a copy of what was agreed, as a draft which only you see. What was agreed stays "
            "in force until the new version is agreed too. Then both are kept."
        ),
        _("Begin a new version"),
        "primary",
        _("The new version is begun. Change what is to be different."),
    ),
    "grow": (
        _("Continue as a normal process"),
        _(
            "People, sessions, memos and history stay as they are, and so do the terms until you change them. A new "
            "version of the contract begins as a draft; when it is agreed, the process becomes what you choose here."
        ),
        _("Begin the new version"),
        "primary",
        _("The new version is begun. Look through its terms; nothing has to be written again."),
    ),
    "amend_discard": (
        _("Throw the change away"),
        _("The draft of the new version goes. What was agreed stays in force as it is."),
        _("Throw it away"),
        "danger",
        _("The draft of the change is gone."),
    ),
    "pause": (
        _("Pause the process"),
        _("Nothing new is booked while it is paused. Sessions that are planned stay planned."),
        _("Pause"),
        "primary",
        _("The process is paused."),
    ),
    "resume": (
        _("Continue the process"),
        _("The process is under way again, on the same contract."),
        _("Continue"),
        "primary",
        _("The process is under way again."),
    ),
    "close": (
        _("Close the process"),
        _("It cannot be opened again. Its people still see what they have seen, as long as it is kept."),
        _("Close the process"),
        "danger",
        _("The process is closed."),
    ),
    "discard": (
        _("Throw the draft away"),
        _("The draft goes with everything written in it. This cannot be undone."),
        _("Throw it away"),
        "danger",
        _("The draft is gone."),
    ),
}


def page(request: Request, form: StepForm, name: str, *, onward: str = "engagements:detail") -> HttpResponse:
    """Take the step, or show its page."""
    heading, lead, button, kind, said = WORDS[name]
    engagement = form.engagement
    if form.done():
        messages.success(request, str(said))
        return redirect(onward) if onward == "engagements:list" else redirect(onward, engagement.pk)
    context = {
        "engagement": engagement,
        "form": form,
        "heading": heading,
        "lead": lead,
        "button": button,
        "kind": kind,
        "warning": number_warning(engagement) if name == "resume" else form.warning,
    }
    return render(request, "engagements/step.html", context)


def withdraw(request: Request, pk: UUID) -> HttpResponse:
    form = WithdrawForm(sent(request), engagement=led(request, pk), by=request.user, now=timezone.now())
    name = "withdraw_change" if form.contract.amends else "withdraw"
    return page(request, form, name, onward="engagements:review")


def agree(request: Request, pk: UUID) -> HttpResponse:
    engagement = led(request, pk)
    form = AgreeForm(sent(request), sent_files(request), engagement=engagement, by=request.user, now=timezone.now())
    return page(request, form, "agree_change" if form.contract.amends else "agree")


def amend(request: Request, pk: UUID) -> HttpResponse:
    """Begin to change what was agreed; a change that is begun already is gone on with."""
    engagement = led(request, pk)
    form = AmendForm(sent(request), engagement=engagement, by=request.user, now=timezone.now())
    if form.blockers and form.contract.amends and form.contract.state == Contract.State.DRAFT:
        return redirect("engagements:review", pk)
    return page(request, form, "amend", onward="engagements:review")


def grow(request: Request, pk: UUID) -> HttpResponse:
    """Go on with a crisis or a single session as an ordinary process; a change begun already is gone on with."""
    engagement = led(request, pk)
    form = GrowForm(sent(request), engagement=engagement, by=request.user, now=timezone.now())
    if form.blockers and form.contract.amends and form.contract.state == Contract.State.DRAFT:
        return redirect("engagements:review", pk)
    return page(request, form, "grow", onward="engagements:how")


def amend_discard(request: Request, pk: UUID) -> HttpResponse:
    form = DropForm(sent(request), engagement=led(request, pk), by=request.user, now=timezone.now())
    return page(request, form, "amend_discard", onward="engagements:contract")


def pause(request: Request, pk: UUID) -> HttpResponse:
    form = PauseForm(sent(request), engagement=led(request, pk), by=request.user, now=timezone.now())
    return page(request, form, "pause")


def resume(request: Request, pk: UUID) -> HttpResponse:
    form = ResumeForm(sent(request), engagement=led(request, pk), by=request.user, now=timezone.now())
    return page(request, form, "resume")


def close(request: Request, pk: UUID) -> HttpResponse:
    form = CloseForm(sent(request), engagement=led(request, pk), by=request.user, now=timezone.now())
    return page(request, form, "close")


def discard(request: Request, pk: UUID) -> HttpResponse:
    own = get_object_or_404(Engagement.objects.filter(lead=request.user), pk=pk)
    form = DiscardForm(sent(request), engagement=own, by=request.user, now=timezone.now())
    return page(request, form, "discard", onward="engagements:list")
