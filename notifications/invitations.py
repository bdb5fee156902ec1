"""The mail that asks somebody to join a practice. Who is to be invited, the room of accounts writes down."""

import secrets
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.actions import digest
from accounts.models import Invitation
from notifications import samples
from notifications.kinds import Audience, Draft, Kind, Letter, Recipient
from notifications.models import Message
from notifications.occasions import Stamp, stamp

INVITATION = "invitation"


def unsent(now: datetime) -> Iterator[Draft]:
    """Say which open invitations have no link yet. One that is to be sent again has lost its link and got a new end."""
    said = Message.objects.filter(kind=INVITATION, obj=OuterRef("pk"), occasion=Stamp(OuterRef("expires_at")))
    wanting = Invitation.objects.open(now).filter(token_hash=None)
    for pk, expires_at in wanting.exclude(Exists(said.exclude(state=Message.State.DROPPED))).values_list(
        "pk", "expires_at"
    ):
        yield Draft(INVITATION, pk, stamp(expires_at), now)


def letters(messages: Sequence[Message], now: datetime) -> dict[UUID, Letter]:
    invitations = Invitation.objects.open(now).in_bulk([message.obj for message in messages])
    return {
        message.pk: Letter(
            Recipient(invitation.email, invitation.language),
            {"expires_at": invitation.expires_at},
            invitation.expires_at,
            partial(link, invitation.pk),
        )
        for message in messages
        if (invitation := invitations.get(message.obj)) and stamp(invitation.expires_at) == message.occasion
    }


def link(invitation: UUID) -> dict[str, str]:
    """Make a new link, good for one acceptance; what an earlier try may have sent opens nothing any more."""
    token = secrets.token_urlsafe(32)
    Invitation.objects.filter(pk=invitation, accepted_at=None, revoked_at=None).update(token_hash=digest(token))
    return {"link": settings.SITE_URL + reverse("accounts:invitation", args=[token])}


KINDS = [
    Kind(
        INVITATION,
        _("Invitation"),
        "invitation",
        letters,
        to=Audience.SUPERVISORS,
        rule=_("When a colleague has invited somebody to a practice."),
        sample={"expires_at": samples.STARTS},
    )
]
PLANNERS = [unsent]
