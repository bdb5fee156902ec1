"""The three languages that things are written in, and how one is chosen."""

from typing import Literal

from django.utils.translation import get_language

Language = Literal["fi", "sv", "en"]


def language_of(code: str | None = None) -> Language:
    """Return the language of a code such as `sv-fi`; without a code the active language, Finnish when unknown."""
    chosen = (code or get_language() or "fi")[:2]
    if chosen == "sv":
        return "sv"
    if chosen == "en":
        return "en"
    return "fi"
