"""How one's sessions come into one's own calendar: by a secret address, by invitations, or not at all."""

import secrets
from datetime import datetime
from hashlib import sha256
from typing import Final

from django.db import transaction

from accounts.models import User
from audit import trail
from sessions.models import CalendarMail, Feed

#: Nobody has a longer token; a longer one is not even looked up.
LONGEST: Final = 64


def digest(token: str) -> bytes:
    return sha256(token.encode()).digest()


@transaction.atomic
def make(user: User, shows: str, *, now: datetime) -> str:
    """Give `user` a new address and return the token in it, which is shown once. An earlier one opens nothing more."""
    token = secrets.token_urlsafe(32)
    Feed.objects.filter(user=user).delete()
    CalendarMail.objects.filter(user=user).delete()
    Feed.objects.create(user=user, token_hash=digest(token), shows=shows, made_at=now)
    trail.record("accounts", "feed_made", actor=user, obj=user, data={"shows": shows})
    return token


@transaction.atomic
def revoke(user: User) -> bool:
    """Take the address away. Return whether there was one."""
    gone, _rows = Feed.objects.filter(user=user).delete()
    if gone:
        trail.record("accounts", "feed_revoked", actor=user, obj=user)
    return bool(gone)


@transaction.atomic
def by_mail(user: User, *, wanted: bool, now: datetime) -> None:
    """Send `user` each of their sessions as an invitation from now on, or no more. The address, if any, is revoked."""
    if not wanted:
        CalendarMail.objects.filter(user=user).delete()
        return
    revoke(user)
    CalendarMail.objects.get_or_create(user=user, defaults={"since": now})
