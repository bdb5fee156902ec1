"""Personal links and codes: minted when their mail leaves, kept as hashes, good for one opening and a few tries."""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import F
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext

from engagements.models import SignatureRequest, SigningLink

LINK_LASTS: Final = timedelta(days=14)
CODE_LASTS: Final = timedelta(minutes=15)
MOST_TRIES: Final = 5
#: How many codes one request may ask for before its link has to be sent anew, and how soon after one another.
MOST_CODES: Final = 10
BETWEEN_CODES: Final = timedelta(seconds=30)
DIGITS: Final = 6
#: Nobody writes a longer one; a longer token is not even looked up.
LONGEST_TOKEN: Final = 64


@dataclass(frozen=True)
class Standing:
    """What a link is good for now: `open`, `used`, `expired`, or what became of its request (`signed`, `void`, …)."""

    request: UUID
    stands: str
    language: str


# --- made when the mail leaves --------------------------------------------------------------------------------------


def mint_token(request: UUID, now: datetime) -> str:
    """Make the newest link of a request and return what stands in it; an earlier one opens nothing any more."""
    token = secrets.token_urlsafe(32)
    SigningLink.objects.filter(request=request).update(
        token_hash=digest(token), token_until=now + LINK_LASTS, used_at=None
    )
    return token


def mint_code(request: UUID, now: datetime) -> str:
    """Make the newest code of a request and return it; an earlier one is of no use any more."""
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    SigningLink.objects.filter(request=request).update(
        code_hash=code_digest(request, code), code_until=now + CODE_LASTS, code_tries=0
    )
    return code


def digest(token: str) -> bytes:
    return sha256(token.encode()).digest()


def code_digest(request: UUID, code: str) -> str:
    """Return the keyed hash of a code: six digits could be found by trying from a plain one."""
    return salted_hmac("engagements.signing.code", f"{request}:{code}", algorithm="sha256").hexdigest()


# --- a link that is opened ------------------------------------------------------------------------------------------


def standing_of(token: str, now: datetime) -> Standing | None:
    """Return what the link is good for, or None when it is nobody's. It reads and changes nothing."""
    if len(token) > LONGEST_TOKEN:
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT request, stands, language FROM sec.signing_link(%s, %s)", [digest(token), now])
        row = cursor.fetchone()
    return Standing(*row) if row else None


def use(token: str, now: datetime) -> UUID | None:
    """Open a link, once: return its request, or None for whoever comes second."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT sec.use_signing_link(%s, %s)", [digest(token), now])
        row = cursor.fetchone()
    return row[0] if row else None


def renew(token: str, now: datetime) -> tuple[UUID, UUID] | None:
    """Ask for a new link in place of this one; return request and person, or None when one was sent just now."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT request, person FROM sec.renew_signing_link(%s, %s)", [digest(token), now])
        row = cursor.fetchone()
    return (row[0], row[1]) if row else None


# --- a code that is written -----------------------------------------------------------------------------------------


def ask_code(request: SignatureRequest, now: datetime) -> None:
    """Write down that a code is wanted. Raises ValidationError when that has been asked too often or just now."""
    asked = SigningLink.objects.filter(request=request, codes_asked__lt=MOST_CODES)
    fresh = asked.exclude(code_asked_at__gt=now - BETWEEN_CODES)
    if not fresh.update(code_asked_at=now, codes_asked=F("codes_asked") + 1, code_hash="", code_until=None):
        if asked.exists():
            text = gettext("A code was sent just now. Wait half a minute before asking for another.")
            raise ValidationError(text, code="soon")
        raise ValidationError(gettext("So many codes were sent that this stops here. Ask your supervisor for help."))


def check_code(request: SignatureRequest, code: str, now: datetime) -> None:
    """Raise ValidationError unless `code` is the newest one. Every try counts; a right code works once."""
    written = "".join(code.split())
    links = SigningLink.objects.filter(request=request)
    tried = links.filter(code_tries__lt=MOST_TRIES, code_until__gt=now).exclude(code_hash="")
    if not tried.update(code_tries=F("code_tries") + 1):
        link = links.get()
        if link.code_hash and link.code_tries >= MOST_TRIES:
            text = gettext("The code was wrong too many times. Ask for a new one.")
        elif link.code_hash:
            text = gettext("The code is too old. Ask for a new one.")
        else:
            text = gettext("The code has not left yet, or it was used. Wait a moment, or ask for a new one.")
        raise ValidationError(text, code="code")
    kept = links.values_list("code_hash", flat=True).get()
    if not hmac.compare_digest(kept, code_digest(request.pk, written)):
        left = MOST_TRIES - links.values_list("code_tries", flat=True).get()
        text = gettext("That is not the code in the newest mail.")
        if left <= 0:
            text += " " + gettext("Ask for a new one.")
        raise ValidationError(text, code="code")
    links.update(code_hash="", code_until=None)
