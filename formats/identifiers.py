"""Numbers that name a business or an account: Y-tunnus and IBAN."""

import re

import stdnum.fi.ytunnus
import stdnum.iban
from django.utils.translation import gettext_lazy as _
from stdnum.exceptions import InvalidChecksum, ValidationError

from formats.unreadable import Unreadable, clean

_BUSINESS_ID = re.compile(r"(?:FI)?([0-9]{7}) ?-? ?([0-9])", re.IGNORECASE)


def read_business_id(value: object) -> str:
    """Return a Finnish business id as `1234567-1`, also from `12345671` and the VAT form `FI12345671`.

    The check digit has weights 7, 9, 10, 5, 8, 4, 2 modulo 11 (Finnish Tax Administration). Raises Unreadable.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        value = f"{value:08}"
    match = _BUSINESS_ID.fullmatch(clean(value, longest=20))
    if match is None:
        raise Unreadable(
            _("A business ID has seven digits, a hyphen and a check digit, like 1234567-1."), code="business_id"
        )
    number = f"{match[1]}-{match[2]}"
    if not stdnum.fi.ytunnus.is_valid(number):
        raise Unreadable(
            _("The check digit of the business ID %(number)s is wrong. See that every digit is right."),
            code="check_digit",
            number=number,
        )
    return number


def read_iban(value: object) -> str:
    """Return an IBAN without spaces, `FI2112345600000785`; raises Unreadable when its check digits are wrong."""
    text = clean(value, longest=50).replace(" ", "").upper()
    if not re.fullmatch(r"[A-Z]{2}[0-9]{2}[0-9A-Z]{11,30}", text):
        raise Unreadable(_("An account number is an IBAN, like FI21 1234 5600 0007 85."), code="iban")
    try:
        return str(stdnum.iban.validate(text))
    except InvalidChecksum:
        raise Unreadable(
            _("The check digits of the account number are wrong. See that every digit is right."), code="check_digit"
        ) from None
    except ValidationError:
        raise Unreadable(_("An account number is an IBAN, like FI21 1234 5600 0007 85."), code="iban") from None


def write_iban(iban: str) -> str:
    """Write an IBAN in groups of four, `FI21 1234 5600 0007 85`."""
    return " ".join(iban[start : start + 4] for start in range(0, len(iban), 4))
