"""The scanned paper that is kept with an agreement: which there are, and who sees them."""

from typing import Final

from django.db.models import Q

from accounts.models import User
from documents.models import Attachment
from documents.models.attachment import AttachmentQuerySet
from engagements.models import Contract
from engagements.terms import terms_of

#: How many stand beside one contract at most; the database counts too.
MOST: Final = 10


def visible_scans(user: User) -> AttachmentQuerySet:
    """Scans that `user` may open: all for supervisors and the practice, for others those that are shown to parties."""
    led = Contract.objects.led_by(user).values("pk")
    administered = Contract.objects.administered_by(user).values("pk")
    visible = Contract.objects.visible_to(user).values("pk")
    shown = Q(shown_to=Attachment.ShownTo.PARTIES, obj__in=visible)
    return Attachment.objects.filter(Q(obj__in=led) | Q(obj__in=administered) | shown, kind=Attachment.Kind.CONTRACT)


def scans_of(contract: Contract) -> AttachmentQuerySet:
    return Attachment.objects.of(Attachment.Kind.CONTRACT, [contract.pk])


def shown_at_first(contract: Contract) -> bool:
    """Return whether a scan is for the parties unless somebody says otherwise.

    A paper carries the names that were signed on it: where the client is not to know them, it is the supervisors'.
    """
    return not terms_of(contract).names_hidden
