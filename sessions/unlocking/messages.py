"""What is said by e-mail about the key of somebody's notes: what was done and when, and nothing else."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Final
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from notifications import samples
from notifications.kinds import Audience, Kind, Letter, Planner, recipient_of
from notifications.models import Message
from notifications.occasions import moment_of
from sessions.unlocking import actions

WHAT: Final[dict[str, Promise]] = {
    actions.CREATED: _("A key was made for your notes."),
    actions.CHANGED: _("The passphrase of your notes was changed."),
    actions.SHEET: _("A new recovery sheet was made for your notes."),
    actions.RECOVERED: _("Your notes were opened with the recovery sheet, and a new passphrase was set."),
    actions.KEY: _("The key of your notes was replaced."),
}


def letters(messages: Sequence[Message], now: datetime, *, what: Promise) -> dict[UUID, Letter]:
    """Always wanted: whoever did not do it themselves has to hear of it, also late."""
    link = settings.SITE_URL + reverse("vault:key")
    found = {message.pk: (recipient_of(message), message.occasion) for message in messages}
    return {
        pk: Letter(to, {"what": what, "at": moment_of(occasion), "link": link})
        for pk, (to, occasion) in found.items()
        if to
    }


KINDS = [
    Kind(
        name,
        _("Notice about the key of the notes"),
        "vault_notice",
        partial(letters, what=what),
        quiet=False,
        to=Audience.SUPERVISORS,
        rule=_("When something was done with the key of somebody’s notes, to them."),
        sample={"what": what, "at": samples.STARTS},
    )
    for name, what in WHAT.items()
]
PLANNERS: list[Planner] = []
