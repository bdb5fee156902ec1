"""What every reader shares: how a text is cleaned, and the sentence that says why it cannot be read."""

import re
import unicodedata
from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

_SPACES = re.compile(r"[\t\n\r \u00a0\u2000-\u200a\u202f\u205f\u3000]+")
_DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"))


class Unreadable(ValueError):
    """A text that is not what was asked for. `str()` gives one sentence in the active language.

    `code` names the reason for programs; `params` fill the sentence's named places.
    """

    def __init__(self, message: object, *, code: str = "unreadable", **params: object) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.params: Mapping[str, object] = params

    def __str__(self) -> str:
        sentence = str(self.message)
        return sentence % self.params if self.params else sentence


def clean(value: object, *, longest: int = 100) -> str:
    """Return a text on one line: composed, single spaces, plain hyphens, nothing around it.

    Raises Unreadable when it is empty, longer than `longest` characters or holds characters that cannot be seen.
    """
    if not isinstance(value, str):
        raise Unreadable(_("This kind of value cannot be read here."), code="kind")
    if len(value) > longest * 2:
        raise Unreadable(_("The text is too long."), code="too_long")
    text = _SPACES.sub(" ", unicodedata.normalize("NFC", value)).translate(_DASHES).strip()
    if not text:
        raise Unreadable(_("Nothing was written."), code="empty")
    if len(text) > longest:
        raise Unreadable(_("The text is too long."), code="too_long")
    if any(unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Cn"} for character in text):
        raise Unreadable(_("The text holds characters that cannot be seen. Type it again."), code="invisible")
    return text


def folded(text: str) -> str:
    """Return the text in small letters without accents, for matching words: `Työnohjaus` → `tyonohjaus`."""
    decomposed = unicodedata.normalize("NFD", text.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))
