"""The mail that asks somebody to join a practice. Who is to be invited, the room of accounts writes down."""

import secrets
from collections.abc import Iterator
from datetime import datetime

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.actions import digest
from accounts.models import Invitation
from notifications.kinds import Draft, Kind, Letter, Recipient
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


def letter(message: Message, now: datetime) -> Letter | None:
    """Make a new link, good for one acceptance; what an earlier try may have sent opens nothing any more."""
    invitation = Invitation.objects.open(now).filter(pk=message.obj).first()
    if invitation is None or stamp(invitation.expires_at) != message.occasion:
        return None
    token = secrets.token_urlsafe(32)
    if not Invitation.objects.open(now).filter(pk=invitation.pk).update(token_hash=digest(token)):
        return None
    link = settings.SITE_URL + reverse("accounts:invitation", args=[token])
    to = Recipient(invitation.email, invitation.language)
    return Letter(to, {"link": link, "expires_at": invitation.expires_at}, invitation.expires_at)


KINDS = [Kind(INVITATION, _("Invitation"), "invitation", letter)]
PLANNERS = [unsent]
