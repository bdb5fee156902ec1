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
    CloseForm,
    DiscardForm,
    PauseForm,
    ResumeForm,
    StepForm,
    WithdrawForm,
)
from engagements.models import Engagement
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
        "warning": number_warning(engagement) if name == "resume" else "",
    }
    return render(request, "engagements/step.html", context)


def withdraw(request: Request, pk: UUID) -> HttpResponse:
    form = WithdrawForm(sent(request), engagement=led(request, pk), by=request.user, now=timezone.now())
    return page(request, form, "withdraw", onward="engagements:review")


def agree(request: Request, pk: UUID) -> HttpResponse:
    engagement = led(request, pk)
    form = AgreeForm(sent(request), sent_files(request), engagement=engagement, by=request.user, now=timezone.now())
    return page(request, form, "agree")


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
