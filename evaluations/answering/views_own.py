"""Ways to answer without the link of a mail: one's own when signed in, and one to hand over."""

from typing import Final
from uuid import UUID

from allauth.mfa.adapter import get_adapter
from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from engagements.views.scope import Request
from evaluations import links
from evaluations.answering.device import Device
from evaluations.answering.views import come_in
from evaluations.links import Standing, Stands
from evaluations.models import Invitation, Round

#: Remembers for the page of one's own round what the other cookie remembers for the pages of its link.
COOKIE: Final = f"{settings.ANSWERING_COOKIE_NAME}_own"


def own(request: Request, pk: UUID) -> HttpResponse:
    """Answer a round that one is asked in oneself: a button, and the same pages as by a link.

    A second cookie remembers here by which link this device came in, so that it goes on where it was.
    """
    invitation = get_object_or_404(Invitation.objects.of(request.user), round=pk)
    if request.method != "POST":
        return render(request, "answer/own.html")
    found = remembered(request, pk) or minted(invitation)
    if found is None:
        return render(request, "answer/over.html", {"sent": False})
    who, link = found
    response = come_in(who, link)
    who.remember(response, request.path, COOKIE)
    return response


def remembered(request: Request, round_: UUID) -> tuple[Device, UUID] | None:
    """Return the device that asks and its link, when it came in by this page before and its link is good still."""
    who = Device.of(request, COOKIE)
    standing = links.standing_of(who.token) if who else None
    return (who, standing.link) if who and standing and leads_to(standing, round_) else None


def leads_to(standing: Standing, round_: UUID) -> bool:
    return standing.round == round_ and standing.stands != Stands.CLOSED


def minted(invitation: Invitation) -> tuple[Device, UUID] | None:
    token = links.mint_here(invitation.pk)
    standing = links.standing_of(token) if token else None
    return (Device.new(token), standing.link) if token and standing else None


@require_POST
def paper(request: Request, pk: UUID, invitation: UUID) -> HttpResponse:
    """Make a link for a supervisee whom no mail reaches, and show it once, to be handed over."""
    asked = get_object_or_404(
        Invitation.objects.filter(participation__isnull=False).select_related("person", "round__engagement"),
        pk=invitation,
        round__in=Round.objects.led_by(request.user).filter(pk=pk),
    )
    token = links.mint_here(asked.pk)
    if token is None:
        raise Http404
    address = settings.SITE_URL + reverse("answer:door", args=[token])
    context = {"asked": asked, "engagement": asked.round.engagement, "address": address, "picture": picture_of(address)}
    return render(request, "answer/paper.html", context)


def picture_of(address: str) -> str:
    """Return a QR code of an address as SVG, as allauth draws the one of a second factor."""
    picture: str = get_adapter().build_totp_svg(address)
    return picture
