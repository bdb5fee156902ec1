"""Writing down a breach, and what changes in it: each text is a version that stays."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Practice, User
from audit import trail
from privacy.models import Incident, IncidentVersion


@transaction.atomic
def write_down(
    practice: Practice, columns: Mapping[str, Any], values: Mapping[str, Any], *, by: User, now: datetime
) -> Incident:
    """Write down a breach of `practice`; from when it became known the 72 hours run.

    `columns` are the moments of `Incident` and whether it is not reported, `values` everything that is described.
    """
    incident = Incident(pk=uuid4(), practice=practice, **columns)
    incident.save(force_insert=True)
    keep(incident, values, by=by, now=now)
    trail.record(practice.pk, "incident.written", actor=by, obj=incident)
    return incident


@transaction.atomic
def change(
    incident: Incident, columns: Mapping[str, Any], values: Mapping[str, Any], *, rev: int, by: User, now: datetime
) -> None:
    """Write what changed as a new version. Raises ValidationError when another was written since `rev`."""
    changed = Incident.objects.filter(pk=incident.pk, rev=rev).update(rev=rev + 1, **columns)
    if not changed:
        raise ValidationError(_("Somebody else has changed this meanwhile. Look at it again."))
    incident.refresh_from_db()
    keep(incident, values, by=by, now=now)
    trail.record(incident.practice_id, "incident.changed", actor=by, obj=incident, data={"version": incident.rev})


def keep(incident: Incident, values: Mapping[str, Any], *, by: User, now: datetime) -> None:
    version = IncidentVersion(incident=incident, number=incident.rev, by=by, at=now)
    version.put(values)
    version.save(force_insert=True)
