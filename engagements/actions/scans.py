"""Keeping the scanned paper of an agreement, and withdrawing a wrong one."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext

from accounts.models import User
from audit import trail
from documents.models import Attachment, AttachmentContent
from documents.uploads import Clean
from engagements.blockers import blockers_to_adding_scans, refuse
from engagements.models import Audience, Contract, Event
from engagements.scans import scans_of


@transaction.atomic
def add_scans(contract: Contract, files: Sequence[Clean], *, to_parties: bool, by: User, now: datetime) -> None:
    """Keep files with an agreement that was recorded, and tell so on the timeline of those who see them.

    Raises ValidationError with every blocker.
    """
    keep_scans(contract, files, to_parties=to_parties, by=by, now=now)
    audience = Audience.CLIENT if to_parties else Audience.SUPERVISORS
    Event.tell(contract.engagement, Event.Kind.SCAN_ADDED, by=by, now=now, audience=audience, count=len(files))


def keep_scans(contract: Contract, files: Sequence[Clean], *, to_parties: bool, by: User, now: datetime) -> None:
    """Write rows, sealed bytes and evidence of `files`, numbered on from those that are there or were."""
    refuse(blockers_to_adding_scans(contract, len(files)))
    last = scans_of(contract).aggregate(last=Max("number"))["last"] or 0
    shown_to = Attachment.ShownTo.PARTIES if to_parties else Attachment.ShownTo.SUPERVISORS
    for number, file in enumerate(files, last + 1):
        scan = Attachment.objects.create(
            practice_id=contract.engagement.practice_id, kind=Attachment.Kind.CONTRACT, obj=contract.pk, number=number,
            name=file.name, media_type=file.media_type, size=len(file.content),
            sha256=hashlib.sha256(file.content).hexdigest(), shown_to=shown_to, added_by=by, added_at=now,
        )  # fmt: skip
        AttachmentContent.of(scan, file.content).save(force_insert=True)
        _record(contract, scan, "contract.scan_added", by, sha256=scan.sha256, to=shown_to.value)


@transaction.atomic
def withdraw_scan(contract: Contract, scan: Attachment, *, reason: str, by: User, now: datetime) -> None:
    """Take back a scan that should not be there: its bytes are destroyed, the row says that it was there and why not.

    Raises ValidationError when somebody else was first.
    """
    withdrawn = scans_of(contract).standing().filter(pk=scan.pk)
    if not withdrawn.update(name="", withdrawn_at=now, withdrawn_by=by, withdrawn_reason=reason):
        raise ValidationError(gettext("Somebody else was first: the scan is withdrawn already."))
    AttachmentContent.objects.filter(attachment=scan).delete()
    audience = Audience.CLIENT if scan.shown_to == Attachment.ShownTo.PARTIES else Audience.SUPERVISORS
    Event.tell(contract.engagement, Event.Kind.SCAN_WITHDRAWN, by=by, now=now, audience=audience)
    _record(contract, scan, "contract.scan_withdrawn", by, sha256=scan.sha256)


def _record(contract: Contract, scan: Attachment, event: str, by: User, **data: str) -> None:
    trail.record(
        contract.engagement_id,
        event,
        actor=by,
        obj=scan,
        data={"version": contract.version, "number": scan.number, **data},
    )
