"""What a draft is looked at again for: names however inflected, answers repeated, people they work with."""

import pytest

from engagements.models import Told
from reports.text import Body, Section
from reports.warnings import look, sentences_of

NAMES = ["Sanna Salo", "Åsa Öberg", "Ville Wikman", "Pekka Virtanen", "Anna-Liisa Lahti", "Matti Räty"]


def found(text: str, *, names: list[str] = NAMES, answers: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    body = Body((Section(Told.TEXT, (), text),))
    return [(each.why, each.words) for each in look(body, names, answers)]


@pytest.mark.parametrize(
    "word",
    [
        "Sanna", "Sannan", "Sannalle", "Sannalta", "Sannaa", "Sannakin", "Villen", "Villeltä", "Villes", "Wikmanin",
        "Virtasen", "Virtaselle", "Virtanen", "Pekan", "Pekalla", "Pekkaa", "Lahden", "Lahdella", "Liisan", "Matin",
        "Rädyn", "Anna-Liisalle", "Öbergs", "Öbergin", "Salolle",
    ],
)  # fmt: skip
def test_a_name_is_noticed_in_whatever_case(word: str) -> None:
    assert ("name", word) in [(why, words.split(", ")[0]) for why, words in found(f"Silloin {word} puhui muille.")]


@pytest.mark.parametrize(
    "text",
    [
        "Ryhmä on keskustellut salongista ja sannikkeesta.",
        "Salonki on tilana hyvä.",
        "Työnjako on selkiytynyt, ja palautetta annetaan useammin.",
        "Villiinnyimme ideoimaan.",
    ],
)
def test_other_words_are_left_in_peace(text: str) -> None:
    assert found(text) == []


def test_a_short_name_counts_inside_a_sentence_alone() -> None:
    assert found("Silloin Åsa kertoi siitä.") == [("name", "Åsa")]
    assert found("Kai tämä riittää.", names=["Kai Ek"]) == []


def test_words_of_an_answer_are_a_quotation_however_they_are_punctuated() -> None:
    answer = "Johtaja ei koskaan kuuntele meitä palavereissa, ja se väsyttää."
    assert found("Eräs sanoi: “johtaja ei koskaan kuuntele MEITÄ palavereissa”.", answers=(answer,)) == [
        ("quote", "johtaja ei koskaan kuuntele meitä palavereissa")
    ]
    assert found("Johtaja kuuntelee meitä palavereissa.", answers=(answer,)) == []
    assert found("Puhuimme: liian vähän aikaa.", answers=("Liian vähän aikaa",)) == []
    assert found("Koettiin kohtuutonta kiirettä.", answers=("Kohtuutonta kiirettä",)) == [
        ("quote", "kohtuutonta kiirettä")
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Asiakas, 14-vuotias poika, oli vaikea tapaus.",
        "Puhuimme potilaasta, jolla on skitsofrenia.",
        "Oppilas M.K. nousi usein esiin.",
        "En 12-årig elev kom ofta upp.",
        "Klienten har fått en diagnos.",
        "A client with dementia came up often.",
        "A pupil, 9 years old, was spoken of.",
        "Tunnus on 131052-308T.",
        "Numero on 040 123 4567.",
        "Hänen osoitteensa on joku@esimerkki.example.",
        "Kolmevuotias lapsi ei puhunut.",
    ],
)
def test_somebody_they_work_with_is_noticed(text: str) -> None:
    assert [why for why, _words in found(text)] == ["client"]


@pytest.mark.parametrize(
    "text",
    [
        "Asiakastyön kuormitus on vähentynyt.",
        "Tapasimme 13.1.2027 ja 27.1.2027 klo 9.00–10.30.",
        "Työyhteisössä on 12 asiakasta enemmän kuin viime vuonna.",
        "Opiskelijoiden määrä on kasvanut.",
        "Klienternas behov har förändrats under året.",
    ],
)
def test_what_is_said_of_many_is_left_in_peace(text: str) -> None:
    assert found(text) == []


def test_a_warning_says_which_sentence_of_which_paragraph() -> None:
    body = Body(
        (
            Section(Told.THEMES, (), "- työnjako"),
            Section(Told.TEXT, (), "Hyvin meni.\n\nAlku. Sitten Sanna lähti. Loppu."),
        )
    )
    [one] = look(body, NAMES, [])
    assert (one.what, one.paragraph, one.sentence) == (Told.TEXT, 2, "Sitten Sanna lähti.")
    assert one.said.endswith(".")
    assert one.where


def test_sentences_end_at_full_stops_and_lines_but_not_at_initials() -> None:
    assert sentences_of("Yksi. Kaksi! N.N. tuli.\n- kolme") == ["Yksi.", "Kaksi!", "N.N. tuli.", "- kolme"]
