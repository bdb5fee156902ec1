"""People pasted one a line, and the order of names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formats import Unreadable
from formats.people import NamedPerson, PastedPerson, read_people, read_person, write_people


@pytest.mark.parametrize(
    ("line", "person"),
    [
        ("Anna Virtanen <Anna.Virtanen@x.fi>", NamedPerson("Anna", "Virtanen", "anna.virtanen@x.fi")),
        ("Anna Liisa Virtanen <al@x.fi>", NamedPerson("Anna Liisa", "Virtanen", "al@x.fi")),
        ('"Anna Virtanen" <a@x.fi>', NamedPerson("Anna", "Virtanen", "a@x.fi")),
        ("Virtanen Anna; anna@x.fi", NamedPerson("Anna", "Virtanen", "anna@x.fi")),
        ("Virtanen Anna Liisa;", NamedPerson("Anna Liisa", "Virtanen")),
        ("Anna Virtanen; anna.virtanen@x.fi", NamedPerson("Anna", "Virtanen", "anna.virtanen@x.fi")),
        ("Virtanen Anna <anna.virtanen@x.fi>", NamedPerson("Anna", "Virtanen", "anna.virtanen@x.fi")),
        ("Väänänen Kalervo;kalervo.vaananen@x.fi", NamedPerson("Kalervo", "Väänänen", "kalervo.vaananen@x.fi")),
        ("Åberg Örjan <oaberg@x.fi>", NamedPerson("Örjan", "Åberg", "oaberg@x.fi")),
        (
            "Virtanen Anna-Liisa <anna-liisa.virtanen@x.fi>",
            NamedPerson("Anna-Liisa", "Virtanen", "anna-liisa.virtanen@x.fi"),
        ),
        ("Virtanen, Anna", NamedPerson("Anna", "Virtanen")),
        ("Virtanen, Anna <anna@x.fi>", NamedPerson("Anna", "Virtanen", "anna@x.fi")),
        ("Virtanen Anna\tanna@x.fi", NamedPerson("Anna", "Virtanen", "anna@x.fi")),
        ("Virtanen\tAnna\tanna@x.fi", NamedPerson("Anna", "Virtanen", "anna@x.fi")),
        ("Virtanen;Anna", NamedPerson("Anna", "Virtanen")),
        ("Aalto Liisa;ei sähköpostia;esihenkilö", NamedPerson("Liisa", "Aalto", "", line_manager=True)),
        ("Aalto Liisa;-", NamedPerson("Liisa", "Aalto")),
        ("Aalto Liisa\t\tesihenkilö", NamedPerson("Liisa", "Aalto", "", line_manager=True)),
        ("Carl von Essen", NamedPerson("Carl", "von Essen")),
        ("von Essen Carl; -", NamedPerson("Carl", "von Essen")),
        ("Anna Virtanen", NamedPerson("Anna", "Virtanen")),
        ("Anna Virtanen anna@x.fi", NamedPerson("Anna", "Virtanen", "anna@x.fi")),
        ("Seán O’Brien <so@x.fi>", NamedPerson("Seán", "O’Brien", "so@x.fi")),
    ],
)
def test_a_line_gives_a_person(line: str, person: NamedPerson) -> None:
    assert read_person(line) == person


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("Madonna", "two_names"),
        ("anna@x.fi", "no_name"),
        ("<anna@x.fi>", "no_name"),
        ("Anna Virtanen <anna@>", "email"),
        ("Anna Virtanen <anna>", "email"),
        ("Virtanen Anna; anna@x", "email"),
        ("Anna Virt4nen", "name_character"),
        ("TO-01;Virtanen Anna;anna@x.fi", "name_character"),
        ("Virtanen;Anna;Liisa;anna@x.fi", "columns"),
        ("Anna Virtanen a@x.fi b@x.fi", "two_addresses"),
        ("Virtanen,", "two_names"),
        ("Anna\0 Virtanen", "invisible"),
        ("- -", "no_name"),
        ("- . -", "two_names"),
        ("A" * 70 + " Virtanen", "too_long"),
    ],
)
def test_a_bad_line_is_refused(line: str, code: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read_person(line)
    assert refused.value.code == code


def test_a_paste_names_every_bad_line_by_its_number() -> None:
    pasted = read_people(
        "Nimi;Sähköposti\r\nVirtanen Anna;anna@x.fi\r\n\r\nMadonna\r\nAalto Liisa;liisa@\r\nRinne Hilkka;"
    )

    assert pasted.people == [
        PastedPerson("Anna", "Virtanen", "anna@x.fi", line=2),
        PastedPerson("Hilkka", "Rinne", line=6),
    ]
    assert [(bad.line, bad.text) for bad in pasted.bad] == [(4, "Madonna"), (5, "Aalto Liisa;liisa@")]


def test_the_same_person_twice_is_a_bad_line_that_names_the_first() -> None:
    pasted = read_people("Virtanen Anna;anna@x.fi\nAalto Liisa;\nAnna Virtanen <ANNA@x.fi>\nLiisa Aalto")

    assert [bad.line for bad in pasted.bad] == [3, 4]
    assert "1" in pasted.bad[0].why
    assert "2" in pasted.bad[1].why


def test_namesakes_with_addresses_of_their_own_are_two_people() -> None:
    pasted = read_people("Virtanen Anna;anna@x.fi\nVirtanen Anna;anna2@x.fi")

    assert len(pasted.people) == 2
    assert pasted.bad == []


def test_a_paste_is_bounded() -> None:
    assert len(read_people("Virtanen Anna\n" * 200).bad) == 199
    for too_much in ("Virtanen Anna\n" * 201, "x" * 20_001):
        with pytest.raises(Unreadable):
            read_people(too_much)


def test_a_page_of_a_spreadsheet_is_read_as_the_samples_have_it() -> None:
    pasted = read_people(
        "Salonen Jari\tjari.salonen@x.example\t\nLampinen Viljo\tviljo.lampinen@x.example\tesihenkilö\n"
    )

    assert [(p.given_name, p.family_name, p.line_manager) for p in pasted.people] == [
        ("Jari", "Salonen", False),
        ("Viljo", "Lampinen", True),
    ]


def test_a_line_without_any_mark_follows_the_order_of_the_others() -> None:
    family_first = read_people("Virtanen Anna;anna.virtanen@x.fi\nAalto Liisa").people
    given_first = read_people("Anna Virtanen;anna.virtanen@x.fi\nLiisa Aalto;\nHilkka Rinne").people

    assert [person.family_name for person in family_first] == ["Virtanen", "Aalto"]
    assert [person.family_name for person in given_first] == ["Virtanen", "Aalto", "Rinne"]


names = st.text(alphabet="abcdefghijklmnopqrstuvwxyzåäöéü", min_size=2, max_size=12).map(str.title)
people = st.lists(
    st.builds(
        NamedPerson,
        st.builds(lambda a, b: f"{a} {b}", names, names) | names,
        names,
        st.just("") | st.from_regex(r"[a-z]{1,8}@[a-z]{1,8}\.fi", fullmatch=True),
        st.booleans(),
    ),
    max_size=20,
    unique_by=lambda person: person.email or (person.given_name.casefold(), person.family_name.casefold()),
)


@given(people)
def test_people_written_are_read_back(listed: list[NamedPerson]) -> None:
    pasted = read_people(write_people(listed))

    assert pasted.bad == []
    assert [NamedPerson(p.given_name, p.family_name, p.email, p.line_manager) for p in pasted.people] == listed
