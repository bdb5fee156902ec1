"""Words in whatever form: what somebody types leads back to what stands there."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formats.inflection import stems_of


@pytest.mark.parametrize(
    ("typed", "word"),
    [
        ("Tampereella", "tampere"), ("työnohjauksessa", "työnohjaus"), ("Lahden", "lahti"), ("Lahti", "lahden"),
        ("Virtasen", "virtanen"), ("Virtaselle", "virtanen"), ("Virtanen", "virtasen"), ("Helsingissä", "helsinki"),
        ("Pekan", "pekka"), ("Turun", "turku"), ("Espooseen", "espoo"), ("Vantaalla", "vantaa"),
        ("seurakunnassa", "seurakunta"), ("kaupungin", "kaupunki"), ("päiväkodissa", "päiväkoti"),
        ("terveyden", "terveys"), ("tapaamiset", "tapaaminen"), ("korteilla", "kortit"),
        ("handledningen", "handledning"), ("meetings", "meeting"), ("Öbergin", "öberg"),
    ],
)  # fmt: skip
def test_a_form_leads_back_to_its_word(typed: str, word: str) -> None:
    assert any(word.startswith(stem) for stem in stems_of(typed))


@pytest.mark.parametrize("word", ["Anna", "Otso", "Eeva", "Ari", ""])
def test_a_short_name_is_cut_to_nothing_shorter(word: str) -> None:
    assert stems_of(word) == []


@given(st.text(max_size=80))
def test_whatever_is_typed_there_are_few_stems_and_none_is_short(text: str) -> None:
    stems = stems_of(text)
    assert len(stems) < 100
    assert all(len(stem) >= 4 for stem in stems)
