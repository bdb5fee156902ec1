"""One who answers, in one request: by which link, on which device, what they are asked, and what they have begun."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import wraps
from typing import Any, Concatenate
from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext

from audit import asking
from evaluations import answers, links
from evaluations.answering import device, sheet
from evaluations.answering.device import Begun, Device
from evaluations.answering.sheet import Page
from evaluations.answers import Asked
from evaluations.confidence import sentence
from evaluations.links import Standing, Stands
from evaluations.models import Mode, QuestionnaireKind, Round

View = Callable[Concatenate[HttpRequest, UUID, ...], HttpResponse]
VisitView = Callable[Concatenate[HttpRequest, "Visit", ...], HttpResponse]
ASKS_CONSENT = (Mode.NAMED, Mode.SHARED)


@dataclass(frozen=True)
class Sheet:
    """What is asked by a link, as the door and the first page tell it."""

    asked: Asked
    round: Round
    pages: list[Page]

    @property
    def minutes(self) -> int:
        return sheet.minutes_for(self.pages)

    @property
    def last_day(self) -> date:
        return self.round.closes_on

    @property
    def sentence(self) -> str:
        return sentence(self.round.mode, self.round.kind, self.round.threshold, to_respondent=True)

    @property
    def of_client(self) -> bool:
        return self.round.kind == QuestionnaireKind.ORDERER

    @property
    def asks_consent(self) -> bool:
        return self.asked.mode in ASKS_CONSENT


@dataclass
class Visit:
    device: Device
    stands: Stands
    sheet: Sheet
    begun: Begun

    @property
    def link(self) -> UUID:
        return self.sheet.asked.link

    @property
    def pages(self) -> list[Page]:
        return self.sheet.pages

    def was_told_otherwise(self, request: HttpRequest) -> bool:
        """Whether what is sent was written upon a page that told of another confidence: it was changed meanwhile, which
        it may be until somebody has answered.
        """
        return request.POST.get("mode", self.sheet.asked.mode) != self.sheet.asked.mode

    @property
    def may_go_on(self) -> bool:
        """Whether questions are asked: where consent decides, after a yes, and of the confidence they know of."""
        return not self.begun.stale and (not self.sheet.asks_consent or self.begun.consents is True)

    @property
    def refuses(self) -> bool:
        return self.sheet.asks_consent and self.begun.consents is False

    @property
    def who(self) -> str:
        """Who sees the answers, as the mark of visibility on each page says."""
        return "author" if self.sheet.asked.mode == Mode.OWN else "supervisors" if self._by_name else "participants"

    @property
    def who_label(self) -> str:
        if self.sheet.asked.mode == Mode.OWN:
            return ""
        if not self._by_name:
            return gettext("Supervisors and supervisees, without names")
        return (
            gettext("Supervisors and supervisees, by name") if self.sheet.of_client else gettext("Supervisors, by name")
        )

    @property
    def _by_name(self) -> bool:
        return self.sheet.asked.mode == Mode.NAMED

    def keep(self, begun: Begun) -> None:
        self.begun = begun
        device.keep(self.device, self.sheet.round.pk, self.sheet.asked.mode, begun)


def sheet_of(link: UUID) -> Sheet | None:
    """Return what is asked by a link; from here on the visitor asks by it. None when the round is over."""
    asking.come_by_link(link)
    asked = answers.asked()
    if asked is None:
        return None
    return Sheet(asked, Round.objects.get(pk=asked.round), sheet.pages_for(asked))


def begun_by(who: Device, what: Sheet) -> Begun:
    """Return what was begun on this device, from which it follows."""
    asking.come_with_draft(who.draft)
    by_key = {page.key: page for page in what.pages}

    def fits(key: str, answer: Any) -> bool:
        return key in by_key and by_key[key].fits(answer)

    return device.begun_on(who, what.round.pk, what.asked.mode, fits)


def standing_at(request: HttpRequest, link: UUID) -> tuple[Device, Standing] | None:
    """Return the device that asks and how its link stands; None when it has not come by this link."""
    who = Device.of(request)
    standing = links.standing_of(who.token) if who else None
    return (who, standing) if who and standing and standing.link == link else None


def while_open(view: VisitView) -> View:
    """Give a view the visit of whoever came by the link in its address and may still answer."""

    @login_not_required
    @wraps(view)
    def scoped(request: HttpRequest, link: UUID, **more: Any) -> HttpResponse:
        found = standing_at(request, link)
        if found is None:
            return elsewhere(request)
        who, standing = found
        if standing.stands == Stands.USED:
            return redirect("answer:done", link)
        what = sheet_of(link) if standing.stands != Stands.CLOSED else None
        if what is None:
            return over(request)
        return view(request, Visit(who, standing.stands, what, begun_by(who, what)), **more)

    return scoped


def elsewhere(request: HttpRequest) -> HttpResponse:
    """This browser has not opened the link: its cookie is not here."""
    return render(request, "answer/elsewhere.html", status=404)


def over(request: HttpRequest) -> HttpResponse:
    """The round is closed. Where something was sent, it was not taken in."""
    return render(request, "answer/over.html", {"sent": request.method == "POST"})
