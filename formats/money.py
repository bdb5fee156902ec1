"""Money and prices: `1 234,50 €`, `110,00 € / krt + alv 25,5 %`."""

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from django.utils.translation import gettext_lazy as _

from formats.languages import language_of
from formats.numbers import NBSP, read_decimal, read_percent, write_decimal
from formats.unreadable import Unreadable, clean, folded

MOST = Decimal("9999999.99")
_CURRENCY = r"(?:€|eur(?:oa|os?)?\.?)"
_AMOUNT = re.compile(rf"(?:{_CURRENCY} ?)?(-? ?[0-9][0-9 .,]*?)(?:,-|,--)? ?(?:{_CURRENCY})?", re.IGNORECASE)


class PriceUnit(StrEnum):
    """What one price buys; a training hour has 45 minutes."""

    SESSION = "session"
    HOUR = "hour"
    TRAINING_HOUR = "training_hour"


@dataclass(frozen=True)
class Price:
    """A price as people write it: euros, what for, and VAT in percent when it was said."""

    amount: Decimal
    unit: PriceUnit | None = None
    vat_rate: Decimal | None = None
    vat_included: bool = False


def read_money(value: object, *, most: Decimal = MOST) -> Decimal:
    """Return euros with two decimals from `1 234,50 €`, `1234.50`, `€1,234.50`, `110,-` or a spreadsheet's number.

    Raises Unreadable for negative sums, other currencies, more than two decimals and more than `most`.
    """
    number = value
    if isinstance(value, str):
        match = _AMOUNT.fullmatch(clean(value, longest=40))
        if match is None:
            raise Unreadable(_("This is not a sum of money. Write it like 110,00 €."), code="money")
        number = match.group(1).strip()
    try:
        return read_decimal(number, most=most, places=2)
    except Unreadable as error:
        if error.code == "too_small":
            raise Unreadable(_("A sum of money cannot be negative here."), code="negative") from None
        if error.code == "decimals":
            raise Unreadable(_("A sum of money has at most two decimals, like 110,50 €."), code="decimals") from None
        if error.code == "too_large":
            raise
        raise Unreadable(_("This is not a sum of money. Write it like 110,00 €."), code="money") from None


_UNITS = {
    PriceUnit.SESSION: "krt kerta kerralta kertaa tapaaminen tapaamiselta istunto gang gangen mote session meeting",
    PriceUnit.HOUR: "h t tunti tunnilta tuntia timme timmen hour hr 60min 60minuuttia",
    PriceUnit.TRAINING_HOUR: "45min 45minuuttia 45minuutit 45minuter 45minutes 45minyksikko",
}
_UNIT_OF = {word: unit for unit, words in _UNITS.items() for word in words.split()}
_VAT = re.compile(
    r"(?P<how>\+|,|\(|sis(?:\.|altaa)?|inkl(?:\.|usive)?|incl(?:\.|uding)?)? ?"
    r"(?P<vat>alv|arvonlisavero|moms|vat)\b\.? ?:?(?P<rate>[^)]*)\)?$"
)
_NO_VAT = re.compile(r"[,(+]? ?(?:alv-?ton|veroton|ei alv(?:ia)?|momsfri|ingen moms|no vat|vat ?free)\)?$")


def read_price(value: object) -> Price:
    """Return the Price of `110,00 € / krt + alv 25,5 %`, `95 €/h`, `80 € / 45 min sis. alv 25,5 %` or plain `110`.

    Unit and VAT stay None when they are not said. Raises Unreadable when any part of the text is not understood.
    """
    if not isinstance(value, str):
        return Price(read_money(value))
    text = clean(value, longest=80)
    lowered = folded(text)
    vat_rate: Decimal | None = None
    vat_included = False
    vat = _NO_VAT.search(lowered)
    if vat is not None:
        vat_rate = Decimal("0.00")
    else:
        vat = _VAT.search(lowered)
        if vat is not None:
            vat_included = (vat.group("how") or "")[:3] in {"sis", "ink", "inc"}
            if vat.group("rate").strip():
                vat_rate = read_percent(vat.group("rate"))
    if vat is not None:
        lowered = lowered[: vat.start()].rstrip(" ,;(+")
    amount, slash, per = lowered.partition("/")
    if not slash:
        amount, slash, per = lowered.partition(" per ")
    unit: PriceUnit | None = None
    if slash:
        unit = _UNIT_OF.get(per.replace(" ", "").strip("."))
        if unit is None:
            raise Unreadable(
                _("The price does not say clearly what it is for: a session, an hour or 45 minutes."), code="price_unit"
            )
    return Price(read_money(amount), unit, vat_rate, vat_included)


def write_money(value: Decimal | int, *, language: str | None = None) -> str:
    """Write euros: `1 234,50 €` (fi, sv; no-break spaces) or `€1,234.50` (en)."""
    text = write_decimal(value, places=2, language=language)
    if language_of(language) == "en":
        return f"-€{text[1:]}" if text.startswith("-") else f"€{text}"
    return f"{text}{NBSP}€"
