"""Names in a text: found in all their forms, whatever stands around them, in time that grows with the text."""

import re
import time
from collections.abc import Mapping
from itertools import pairwise
from typing import Final

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from portfolio.cases.looking import OPENING, TooMuch, cleaned, letter, look, replaced
from portfolio.cases.names import Known, fold, words_in

PEOPLE = [
    ("Pekka", "Virtanen"), ("Matti", "Lahti"), ("Åsa", "Öberg"), ("Jukka", "Mäki"), ("Anna-Liisa", "Ranta"),
    ("Hannes", "Rautio"), ("Markus", "Lehto"), ("Kai", "Kivi"), ("Bo", "Sundström"), ("Ville", "Wikman"),
    ("Fatima", "Al-Hassan"), ("Jean-Luc", "Lévesque"), ("Outi", "Koskinen"), ("Eero", "Järvi"), ("Ahmed", "Mohamud"),
]  # fmt: skip


def known(people: list[tuple[str, str]]) -> list[Known]:
    return [
        Known(str(number), "person", words_in(f"{given_name} {family}"))
        for number, (given_name, family) in enumerate(people)
    ]


OTSO = Known("o", "organisation", words_in("Päiväkoti Otso"))
EVERYBODY = [*known(PEOPLE), OTSO]


def found(text: str) -> dict[str, str]:
    return {one.words: one.suggestion for one in look([text], EVERYBODY) if one.kind != OPENING}


def maybe(text: str) -> dict[str, str]:
    return {one.words: one.suggestion for one in look([text], EVERYBODY) if one.kind == OPENING}


def without(text: str, *unticked: str) -> str:
    choices = {one.key: one.suggestion for one in look([text], EVERYBODY) if one.words not in unticked}
    return replaced([text], EVERYBODY, choices)[0]


# --- known names ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", [
    "Pekka", "Pekan", "Pekalla", "Pekalta", "Pekalle", "Pekasta", "Pekassa", "Pekkaa", "Pekkaan", "Pekkana", "Pekkakin",
    "Virtanen", "Virtasen", "Virtaselle", "Virtasta", "Virtaseen", "Virtaset", "Virtasten", "Virtasilla", "Lahden",
    "Lahdelle", "Lahteen", "Mäki", "Mäen", "Mäkeä", "Mäellä", "Rannan", "Rantaa", "Hannes", "Hanneksen", "Hannekselle",
    "Markuksen", "Markusta", "Lehdon", "Kain", "Kaille", "Kiven", "Bo", "Bon", "Bolle", "Sundströmin", "Sundströms",
    "Wikmanin", "Wikmans", "Åsas", "Åsan", "Öbergin", "Öbergille", "Koskisen", "Järvellä", "Ahmedin", "Ahmedia",
    "Levesque", "Lévesquen", "PEKKA", "PEKAN", "pekan", "virtaselle", "Mattia", "Matin", "Matille", "Otsossa", "Otson",
    "Hassanille", "Fatimaa",
])  # fmt: skip
def test_a_known_name_is_found_in_its_forms(form: str) -> None:
    text = f"Eilen puhuin, että {form} tuli."
    assert form in found(text)
    assert form not in without(text)


@pytest.mark.parametrize("word", [
    "kaikki", "kai", "päiväkoti", "otsolla", "ilman", "tulla", "eilen", "esihenkilö", "bolla", "on",
])  # fmt: skip
def test_words_of_every_day_are_left_alone(word: str) -> None:
    assert found(f"Se oli {word} niin.") == {}


def test_a_whole_name_is_one_and_the_same_letter_stands_for_the_same_person_everywhere() -> None:
    text = "Virtanen soitti. Pekka Virtanen kertoi Matille. Pekan mielestä Lahti oli hiljaa."
    assert without(text) == "person A soitti. person A kertoi person B. person A mielestä person B oli hiljaa."


def test_two_of_the_same_given_name_share_a_letter_of_their_own_until_the_family_name_tells_them_apart() -> None:
    two = known([("Pekka", "Virtanen"), ("Pekka", "Lahti")])
    text = "Pekka Virtanen ja Pekka Lahti. Pekka lähti."
    choices = {one.key: one.suggestion for one in look([text], two)}
    assert replaced([text], two, choices) == ["person A ja person B. person C lähti."]


def test_the_letters_are_the_same_in_title_text_and_question() -> None:
    parts = ["Matti", "Pekka ja Matti", "Mitä Pekka?"]
    choices = {one.key: one.suggestion for one in look(parts, EVERYBODY)}
    assert replaced(parts, EVERYBODY, choices) == ["person A", "person B ja person A", "Mitä person B?"]


def test_what_is_unticked_stays_and_what_is_edited_stands_as_it_was_typed() -> None:
    text = "Pekka ja Matti."
    assert without(text, "Matti") == "person A ja Matti."
    (pekka, matti) = look([text], EVERYBODY)
    assert replaced([text], EVERYBODY, {pekka.key: "kollega", matti.key: "toinen"}) == ["kollega ja toinen."]


def test_an_organisation_is_one() -> None:
    assert without("Työ on Päiväkoti Otsossa nyt.") == "Työ on organisation A nyt."


def test_signs_that_are_not_seen_do_not_hide_a_name() -> None:
    for text in ("Siis Pek\u00adka tuli", "Siis Pek\u200bka tuli", "Siis A\u030asa tuli", "Siis Lé\u200dvesque tuli"):
        assert without(cleaned(text)) == "Siis person A tuli"


# --- other things that tell somebody --------------------------------------------------------------------------------


@pytest.mark.parametrize(("words", "kind"), [
    ("pekka.virtanen@otso.example", "email"), ("etunimi@localhost", "email"),
    ("131052-308T", "code"), ("010203A123X", "code"),
    ("1234567-1", "business"), ("FI12345671", "business"),
    ("13.1.2027", "date"), ("13.1.", "date"), ("2027-01-13", "date"), ("13. tammikuuta 2027", "date"),
    ("3 mars 2027", "date"), ("5. maaliskuuta", "date"),
    ("040 123 4567", "phone"), ("+358 40 1234567", "phone"), ("09-1234567", "phone"),
])  # fmt: skip
def test_what_tells_somebody_by_its_shape_is_found(words: str, kind: str) -> None:
    text = f"se oli {words} silloin"
    (one,) = [each for each in look([text], EVERYBODY) if each.kind == kind]
    assert words in one.words
    assert one.words not in without(text)


def test_numbers_that_tell_nobody_are_left_alone() -> None:
    assert found("meitä oli 12, kello 9.30, 45 minuuttia ja 1 200 euroa") == {}


def test_other_words_with_a_capital_inside_a_sentence_are_offered_wherever_they_stand() -> None:
    text = "Eilen Raili itki. Raili sanoi niin. Me olimme Kuopiossa."
    assert found(text) == {"Raili": "name A", "Kuopiossa": "name B"}


def test_where_a_sentence_begins_a_capital_tells_nothing() -> None:
    assert found("Se oli näin. Sitten niin!\nLopuksi: Hyvä. – Kyllä, sanoin. ToTo on tämä.") == {}


def test_what_only_begins_a_sentence_is_offered_apart_but_for_the_commonest_and_those_in_small_letters_too() -> None:
    text = "Raili tuli myöhässä. Kun hän tuli, ovi oli kiinni. Ovi aukesi.\nKuopiossa Seppo auttoi. Raili itki."
    assert found(text) == {"Seppo": "name A"}
    assert maybe(text) == {"Raili": "name B", "Kuopiossa": "name C"}


def test_after_the_alphabet_letters_go_on() -> None:
    assert [letter(number) for number in (0, 25, 26, 52)] == ["A", "Z", "A2", "A3"]


def test_more_than_anybody_goes_through_is_refused() -> None:
    text = "on " + " on ".join(f"X{''.join(chr(97 + int(digit)) for digit in str(number))}" for number in range(400))
    with pytest.raises(TooMuch):
        look([text], EVERYBODY)


# --- the property ---------------------------------------------------------------------------------------------------

LETTERS = "abcdefghijklmnopqrstuvwyåäöéš"
made_up = st.text(LETTERS, min_size=2, max_size=12).map(str.capitalize)
families = st.one_of(st.sampled_from([family for _, family in PEOPLE]), made_up)
givens = st.one_of(st.sampled_from([given_name for given_name, _ in PEOPLE]), made_up)
FILLERS = [
    "ja",
    "sanoi",
    "että",
    "oli",
    "eilen",
    "silloin",
    "Kun",
    "Me",
    "työssä",
    "hän",
    "3",
    "klo 9",
    "(",
    ")",
    "ToTo",
]
GAPS = [" ", "\n", ". ", ", ", " - ", "-", ": ", "! ", " “", "” ", "/", "_", "1", "’"]
#: Words of ours that stand in the place of names.
OURS = {
    "person",
    "name",
    "organisation",
    "day",
    "address",
    "number",
    "code",
    "id",
    "mail",
    "telephone",
    "identity",
    "e",
}


#: The cases of a vowel stem, for names with back and front vowels.
CASES: Final[Mapping[bool, tuple[str, ...]]] = {
    True: ("n", "a", "lla", "lta", "lle", "ssa", "sta", "na", "ksi", "tta"),
    False: ("n", "ä", "llä", "ltä", "lle", "ssä", "stä", "nä", "ksi", "ttä"),
}
#: How the last consonants change where the syllable closes.
GRADES: Final = (
    ("kk", "k"), ("pp", "p"), ("tt", "t"), ("nk", "ng"), ("nt", "nn"), ("lt", "ll"), ("rt", "rr"), ("mp", "mm"),
    ("ht", "hd"),
)  # fmt: skip


def forms_of(word: str) -> set[str]:
    """Return the forms in which a name is looked for at the least, written as the name is: `Pekka`, `Pekan`, `Pekalle`.

    What is found is more than that (possessives, clitics, plurals), and never less.
    """
    back = not set("äöy") & set(word.casefold()) or bool(set("aou") & set(word.casefold()))
    cases = CASES[back]
    if word.casefold().endswith("nen") and len(word) > 4:
        stem = f"{word[:-3]}se"
        return {word, f"{word[:-3]}sta", f"{word[:-3]}stä", f"{stem}en", *(f"{stem}{case}" for case in cases)}
    if word[-1].casefold() in "aeiouyäöå":
        weak = word
        for strong, weaker in GRADES:
            if word[:-1].endswith(strong) and len(word) > len(strong) + 2:
                weak = f"{word[: -len(strong) - 1]}{weaker}{word[-1]}"
                break
        illative = f"{word}{word[-1].casefold()}n"
        return {word, illative, f"{word}{'a' if back else 'ä'}", f"{word}s", *(f"{weak}{case}" for case in cases)}
    return {word, f"{word}iin", f"{word}ia", f"{word}iä", f"{word}s", *(f"{word}i{case}" for case in cases)}


def every_form(people: list[tuple[str, str]]) -> set[str]:
    words = {word for given_name, family in people for word in words_in(f"{given_name} {family}") if len(word) > 1}
    forms = {form for word in words for form in forms_of(word)}
    return forms | {form.upper() for form in forms}


def tokens(text: str) -> set[str]:
    return set(re.findall(r"[^\W\d_]+", text))


@settings(max_examples=200, deadline=None)
@given(data=st.data(), people=st.lists(st.tuples(givens, families), min_size=1, max_size=5))
def test_no_known_name_survives_in_any_of_its_forms_unless_it_was_unticked(
    data: st.DataObject, people: list[tuple[str, str]]
) -> None:
    forms = every_form(people)
    assume(not {fold(form) for form in forms} & OURS)
    pieces = data.draw(st.lists(st.one_of(st.sampled_from(sorted(forms)), st.sampled_from(FILLERS)), max_size=25))
    gaps = data.draw(st.lists(st.sampled_from(GAPS), min_size=len(pieces), max_size=len(pieces)))
    text = cleaned("".join(f"{piece}{gap}" for piece, gap in zip(pieces, gaps, strict=True)))
    everybody = known(people)
    offered = look([text], everybody)
    unticked = {one.key for one in offered if data.draw(st.booleans())}
    (kept,) = replaced([text], everybody, {one.key: one.suggestion for one in offered if one.key not in unticked})
    allowed = {word for one in offered if one.key in unticked for word in tokens(one.words)}
    assert tokens(kept) & forms <= allowed
    (all_gone,) = replaced([text], everybody, {one.key: one.suggestion for one in offered})
    assert not tokens(all_gone) & forms


# --- time -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("piece", [
    "Pekka ", "a", "A", "a@", "@", "1", "0 ", "1.", "Aa ", "Pekka-", "ää", "PekkaVirtanen", "\n", "+358 ", "a.b-c+",
    "É", "20.10.", "FI 1", "x y ", "Pekan mäen ",
])  # fmt: skip
def test_the_time_grows_with_the_text(piece: str) -> None:
    def seconds(letters: int) -> float:
        text = (piece * letters)[:letters]
        began = time.process_time()
        look([text], EVERYBODY)
        return time.process_time() - began

    times = [min(seconds(letters) for _ in range(2)) for letters in (10_000, 20_000)]
    assert times[1] < 2
    assert all(later < max(0.2, 4 * earlier) for earlier, later in pairwise(times))


def test_ten_thousand_names_take_no_longer_than_one_waits() -> None:
    many = known([(f"Nimi{chr(97 + number % 26)}o", f"Suku{chr(97 + number // 400)}nen") for number in range(10_000)])
    began = time.process_time()
    look(["Nimiaon ja Sukucsen asia. " * 700], many)
    assert time.process_time() - began < 5
