"""What began as a crisis or as one meeting goes on as an ordinary process: by a new version of its contract."""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from engagements.actions.amending import amend
from engagements.blockers import blockers_to_growing, refuse
from engagements.models import Contract, ContractParty, Engagement
from engagements.models.terms import Signing


@transaction.atomic
def grow(
    engagement: Engagement,
    *,
    form: str,
    focus: str,
    process: str,
    sessions_agreed: int | None,
    signing: str = Signing.EVERYONE,
    by: User,
    now: datetime,
) -> Contract:
    """Open the version by which `engagement` becomes an ordinary process, as a draft, and return it.

    Everything else is as it was agreed last: terms, parties, reporting lines. People, sessions, memos and history stay
    where they are, since the process is the same one. It becomes what the version says when that is agreed.
    Raises ValidationError with every blocker.
    """
    refuse(blockers_to_growing(engagement, now))
    contract = amend(engagement, by=by, now=now)
    contract.new_form, contract.new_focus, contract.new_process = form, focus, process
    contract.sessions_agreed, contract.signing = sessions_agreed, signing
    contract.save(update_fields=["new_form", "new_focus", "new_process", "sessions_agreed", "signing"])
    together = contract.parties.filter(kind=ContractParty.Kind.SUPERVISEE, person=None)
    together.update(signs=signing != Signing.NOBODY)
    return contract
