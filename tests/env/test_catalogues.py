"""The catalogues speak in the terms of the field."""

import polib
import pytest

from environment.catalogues import _terms


@pytest.mark.parametrize(("language", "said", "noticed"), [
    ("fi", "Seuraava istunto on huomenna.", True),
    ("fi", "Seuraava tapaaminen on huomenna.", False),
    ("sv", "Serviceproducentens namn", True),
    ("sv", "Tjänsteproducentens namn", False),
    ("sv", "Nästa session", True),
    ("sv", "Var ni träffas", False),
])  # fmt: skip
def test_a_word_for_which_there_is_a_term_is_noticed(language: str, said: str, noticed: bool) -> None:
    assert bool(_terms(language, polib.POEntry(msgid="x", msgstr=said))) is noticed


def test_a_plural_is_read_too() -> None:
    assert _terms("fi", polib.POEntry(msgid="x", msgid_plural="y", msgstr_plural={0: "tapaaminen", 1: "istuntoa"}))
