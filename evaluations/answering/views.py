"""What a respondent sees: the door of the link, one question a page, all answers together, and what became of them.

Looking changes nothing, so that a mail scanner which follows links answers nothing and begins nothing.
"""

from functools import partial
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from engagements.signing.views_signer import language_for
from engagements.views.scope import sent
from evaluations import answers, links
from evaluations.answering import device, visit
from evaluations.answering.device import Begun, Device
from evaluations.answering.forms import AnswerForm, ConsentForm
from evaluations.answering.sending import take_in
from evaluations.answering.visit import Sheet, Visit, while_open
from evaluations.links import Stands
from evaluations.models import Mode

# --- the door -------------------------------------------------------------------------------------------------------


@login_not_required
def door(request: HttpRequest, token: str) -> HttpResponse:
    """What the link in the mail opens: who asks what in which confidence, and a button."""
    standing = links.standing_of(token)
    with translation.override(language_for(request, standing.language if standing else "")):
        if standing is None:
            return render(request, "answer/unknown.html", status=404)
        if standing.stands == Stands.USED:
            return render(request, "answer/used.html")
        what = visit.sheet_of(standing.link) if standing.stands != Stands.CLOSED else None
        if what is None:
            return visit.over(request)
        return render(request, "answer/door.html", {"sheet": what, "token": token})


@login_not_required
@require_POST
def enter(request: HttpRequest, link: UUID) -> HttpResponse:
    """Come in by the door: the device gets its cookie, unless it has one for this link already."""
    token = request.POST.get("token", "")
    standing = links.standing_of(token)
    if standing is None or standing.link != link:
        raise Http404
    here = Device.of(request)
    who = here if here and here.token == token else Device.new(token)
    response = come_in(who, link)
    language = language_for(request, standing.language)
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME, language, secure=settings.LANGUAGE_COOKIE_SECURE, httponly=True, samesite="Lax"
    )
    return response


def come_in(who: Device, link: UUID) -> HttpResponse:
    """Go on where this device was, by an address in which no token stands."""
    what = visit.sheet_of(link)
    begun = visit.begun_by(who, what) if what else Begun()
    if what and (begun.there or what.asked.mode == Mode.OWN):
        response = redirect(place_of(what, begun))
    else:
        response = redirect("answer:start", link)
    who.remember(response, device.pages_of(link))
    return response


def place_of(what: Sheet, begun: Begun) -> str:
    """Return the address of the page on which somebody goes on."""
    link = what.asked.link
    if begun.stale or (what.asks_consent and begun.consents is None):
        return reverse("answer:start", args=[link])
    if begun.consents is False or not 1 <= begun.at <= len(what.pages):
        return reverse("answer:review", args=[link])
    return reverse("answer:question", args=[link, begun.at])


@while_open
def start(request: HttpRequest, here: Visit) -> HttpResponse:
    """In which confidence one answers; where it takes a consent, whether it is given.

    Who was told of another one before is told that it has changed, and goes on from here.
    """
    if here.was_told_otherwise(request):
        return redirect(changed_for(here))
    context = {"here": here, "changed": here.begun.stale or "changed" in request.GET}
    if not here.sheet.asks_consent:
        if request.method == "POST":
            if here.begun.stale:
                here.keep(Begun(here.begun.answers, None, here.begun.at))
            return redirect(place_of(here.sheet, here.begun))
        return render(request, "answer/start.html", context)
    form = ConsentForm(sent(request), mode=here.sheet.asked.mode, given=here.begun.consents)
    if form.is_valid():
        here.keep(Begun(here.begun.answers, form.answer, here.begun.at))
        return redirect(place_of(here.sheet, here.begun))
    return render(request, "answer/start.html", {**context, "form": form})


def changed_for(here: Visit) -> str:
    """Return the address of the first page for one who was told of another confidence."""
    return reverse("answer:start", args=[here.link]) + "?changed=1"


@while_open
@require_POST
def remove(request: HttpRequest, here: Visit) -> HttpResponse:
    """Take away what this device has begun, also its way in: for one that others use."""
    device.drop(here.device)
    response = render(request, "answer/removed.html")
    device.forget(response, device.pages_of(here.link))
    return response


# --- questions ------------------------------------------------------------------------------------------------------


@while_open
def question(request: HttpRequest, here: Visit, number: int) -> HttpResponse:
    """One question. What is given is kept at every step, also on the way back."""
    if not 1 <= number <= len(here.pages):
        raise Http404
    if not here.may_go_on:
        return redirect("answer:start", here.link)
    page = here.pages[number - 1]
    form = AnswerForm(sent(request), page=page, given=here.begun.answers.get(page.key))
    if request.method == "POST" and step(request, here, number, form):
        told_otherwise = here.was_told_otherwise(request)
        return redirect(changed_for(here) if told_otherwise else place_of(here.sheet, here.begun))
    context = {"here": here, "page": page, "form": form, "number": number, "changing": changing(request)}
    context["progress"] = f"{number}/{len(here.pages)}"
    return render(request, "answer/question.html", context)


def step(request: HttpRequest, here: Visit, number: int, form: AnswerForm) -> bool:
    """Keep what was given and where it goes on; False when it cannot be taken as it is."""
    go, key = request.POST.get("go"), form.page.key
    begun = here.begun
    if go == "skip":
        begun = begun.with_answer(key, None)
    elif form.is_valid():
        begun = begun.with_answer(key, form.answer)
    elif go != "back" or not form.is_empty:
        return False
    last = len(here.pages) + 1
    at = max(1, number - 1) if go == "back" else last if changing(request) else number + 1
    here.keep(Begun(begun.answers, begun.consents, at))
    return True


def changing(request: HttpRequest) -> bool:
    """Whether one answer is changed, from the page with all of them."""
    return "change" in (request.POST if request.method == "POST" else request.GET)


@while_open
def review(request: HttpRequest, here: Visit) -> HttpResponse:
    """All answers together, to be changed or sent."""
    if not (here.may_go_on or here.refuses):
        return redirect("answer:start", here.link)
    if here.was_told_otherwise(request):
        return redirect(changed_for(here))
    nothing = not here.refuses and not here.begun.answers
    if request.method == "POST" and not nothing:
        return send(here)
    given = [
        (number, page, page.in_words(here.begun.answers.get(page.key))) for number, page in enumerate(here.pages, 1)
    ]
    errors = [_("You have answered nothing yet. Answer at least one question.")] if request.method == "POST" else []
    context = {"here": here, "given": given, "errors": errors, "nothing": nothing}
    return render(request, "answer/review.html", context)


# --- sending --------------------------------------------------------------------------------------------------------


def send(here: Visit) -> HttpResponse:
    """Mark the invitation as answered, and once that stands, put the answers in: two transactions, which share nothing.

    Whoever is too late reads so on the next page; what they wrote is still there.
    """
    if answers.mark_used():
        transaction.on_commit(partial(take_in, here.link, here.device, now=timezone.now()))
    return redirect("answer:done", here.link)


@login_not_required
def done(request: HttpRequest, link: UUID) -> HttpResponse:
    """What became of what was sent: it is in, may be sent again, came after another, or the round is over."""
    found = visit.standing_at(request, link)
    if found is None:
        return visit.elsewhere(request)
    who, standing = found
    what = visit.sheet_of(link) if standing.stands != Stands.CLOSED else None
    if what is None:
        return visit.over(request)
    begun = visit.begun_by(who, what)
    if standing.stands == Stands.OPEN or (standing.stands == Stands.SENDING and not begun.there):
        return redirect("answer:start", link)
    if standing.stands == Stands.SENDING:
        return render(request, "answer/again.html", {"sheet": what})
    if begun.there:
        return render(request, "answer/used.html", {"unsent": True})
    return render(request, "answer/done.html", {"sheet": what, "signed_in": request.user.is_authenticated})
