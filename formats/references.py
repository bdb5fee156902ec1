"""Reference numbers of invoices: the Finnish viitenumero, and the creditor reference RF of ISO 11649 made of it."""

import stdnum.iso11649

#: Digits of a viitenumero, with its check digit (Finance Finland, *Viitenumeron rakenneohje*).
FEWEST, MOST = 4, 20
_WEIGHTS = (7, 3, 1)


def reference_of(number: int) -> str:
    """Return the viitenumero of `number`: its digits and a check digit, 123456 → `1234561`.

    The digits are weighted 7, 3, 1 from the right; the check digit leads to the next ten. Raises ValueError for a
    number that makes less than 4 digits or more than 20.
    """
    digits = str(number)
    if number < 0 or not FEWEST <= len(digits) + 1 <= MOST:
        raise ValueError(f"{number} makes no reference of {FEWEST} to {MOST} digits.")
    weighted = sum(int(digit) * _WEIGHTS[place % 3] for place, digit in enumerate(reversed(digits)))
    return f"{digits}{-weighted % 10}"


def write_reference(reference: str) -> str:
    """Write a viitenumero in groups of five from the right: `12 34561`."""
    first = len(reference) % 5
    groups = [reference[:first], *(reference[start : start + 5] for start in range(first, len(reference), 5))]
    return " ".join(group for group in groups if group)


def rf_of(reference: str) -> str:
    """Return the creditor reference of a viitenumero, `1234561` → `RF341234561` (98 − the number modulo 97)."""
    check = 98 - int(f"{reference}{_letters('RF')}00") % 97
    return str(stdnum.iso11649.validate(f"RF{check:02}{reference}"))


def _letters(text: str) -> str:
    return "".join(str(ord(letter) - ord("A") + 10) for letter in text)
