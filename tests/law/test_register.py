"""The law register: what is in force on a day, without holes, for everybody."""

import shutil
from datetime import date
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from law import aids, register
from law.checks import aids_are_whole, register_is_whole
from law.register import Where, about, entries, found_by

TODAY = date(2026, 11, 27)


@pytest.fixture
def planted(tmp_path: Path) -> Path:
    """A copy of the register to make holes in."""
    return Path(shutil.copytree(register.FOLDER, tmp_path / "acts"))


def hole(folder: Path, key: str, was: str, becomes: str) -> list[str]:
    file = folder / f"{key}.toml"
    assert was in file.read_text()
    file.write_text(file.read_text().replace(was, becomes, 1))
    return [str(error.msg) for error in register_is_whole(folder)]


def test_the_register_and_the_aids_have_no_holes() -> None:
    assert register_is_whole() == []
    assert aids_are_whole() == []


@pytest.mark.parametrize(("was", "becomes", "said"), [
    ("name.sv =", "name.se =", "name is missing in sv"),
    ("supervisees.en =", "supervisees.us =", "2022-01-01: supervisees is missing in en"),
    ('source.url = "https', 'source.url = "http', "2022-01-01: no source"),
    ("checked = 2026-11-27", "looked = 2026-11-27", "2022-01-01: not said when it was checked"),
    ("sure = false", "sure = 'perhaps'", "2022-01-01: not said whether it is sure"),
    ("until = 2025-06-30", "until = 2025-07-01", "2025-07-01: it overlaps with the version before"),
    ("until = 2025-06-30", "", "2025-07-01: it overlaps with the version before"),
    ("until = 2025-06-30", "until = 2025-05-30", "2025-07-01: days before it have no version"),
    ("until = 2025-06-30", "until = 2021-06-30", "2022-01-01: it ends before it begins"),
    ('tags = ["employer"', 'tags = ["weather"', "unknown tag 'weather'"),
    ("sections = ", "paragraphs = ", "2022-01-01: no sections"),
])  # fmt: skip
def test_a_hole_in_an_entry_fails_the_check(planted: Path, was: str, becomes: str, said: str) -> None:
    assert f"yhteistoimintalaki: {said}" in hole(planted, "yhteistoimintalaki", was, becomes)


@pytest.mark.parametrize(("was", "becomes", "said"), [
    ('no = "guide"', 'no = "nowhere"', "need: no leads nowhere"),
    ('no = "guide"', 'no = "acute"', "a question leads back to itself"),
    ('to = ["emergency"]', 'to = ["neighbour"]', "emergency: unknown authority ['neighbour']"),
    ('law = "vanhuspalvelulaki"', 'law = "x"', "no entry 'x'"),
    ("do.sv =", "do.se =", "the end emergency is missing in sv"),
])  # fmt: skip
def test_a_hole_in_a_question_tree_fails_the_check(tmp_path: Path, was: str, becomes: str, said: str) -> None:
    text = (aids.FOLDER / "older-person.toml").read_text()
    assert was in text
    (tmp_path / "older-person.toml").write_text(text.replace(was, becomes, 1))
    assert f"older-person: {said}" in [str(error.msg) for error in aids_are_whole(tmp_path)]


@pytest.mark.parametrize(("day", "threshold"), [(date(2025, 6, 30), "20"), (date(2025, 7, 1), "50")])
def test_the_day_chooses_the_version(day: date, threshold: str) -> None:
    found = entries()["yhteistoimintalaki"].on(day)
    assert found is not None
    assert f"at least {threshold}" in found.asks[register.Party.CLIENT].en


@pytest.mark.parametrize(("day", "rate"), [
    (date(2024, 8, 31), "24 %"), (date(2024, 9, 1), "25.5 %"), (date(2025, 1, 1), "25.5 %"),
])  # fmt: skip
def test_the_rate_of_vat_is_the_one_of_the_day(day: date, rate: str) -> None:
    found = entries()["arvonlisaverolaki"].on(day)
    assert found is not None
    assert f"standard rate ({rate})" in found.asks[register.Party.SUPERVISOR].en


def test_before_an_act_there_is_no_version_of_it() -> None:
    assert entries()["valvontalaki"].on(date(2023, 12, 31)) is None
    assert entries()["valvontalaki"] not in about(Where.DUTY, date(2023, 12, 31))
    assert entries()["valvontalaki"] in about(Where.DUTY, TODAY)


def test_since_2026_the_authority_is_the_new_one() -> None:
    old, new = entries()["valvontalaki"].versions
    assert old.change
    assert "Valvira" in old.change.fi
    assert "Lupa- ja valvontavirasto" in str(new.asks[register.Party.SUPERVISEES].fi)


@pytest.mark.parametrize("where", list(Where))
def test_every_place_has_an_act(where: Where) -> None:
    assert about(where, TODAY)


def test_it_is_found_by_word_in_any_language_of_its_name() -> None:
    with translation.override("fi"):
        for words in ("barnskyddslagen", "CHILD welfare", "417/2007"):
            assert "lastensuojelulaki" in [entry.key for entry, _version in found_by(words, "", TODAY)]


def test_it_is_found_by_what_it_asks_of_a_party() -> None:
    with translation.override("en"):
        assert "kirjanpitolaki" in [entry.key for entry, _version in found_by("vouchers books", "client", TODAY)]
        assert "kirjanpitolaki" not in [entry.key for entry, _version in found_by("ten years", "client", TODAY)]


def browser() -> Client:
    client = Client()
    client.cookies["language"] = "en"
    return client


@pytest.mark.django_db
def test_anybody_may_read_it_with_its_earlier_versions_and_that_it_is_no_advice() -> None:
    page = browser().get(reverse("law:register")).content.decode()
    assert "This is not legal advice." in page
    assert page.count("<article") == len(entries())
    one = browser().get(reverse("law:entry", args=["yhteistoimintalaki"])).content.decode()
    assert "In force now" in one
    assert "An employer of at least 20 keeps up" in one
    assert browser().get(reverse("law:entry", args=["koiravero"])).status_code == 404


@pytest.mark.django_db
def test_a_search_that_finds_nothing_leads_back_and_a_bad_day_is_told() -> None:
    page = browser().get(reverse("law:register"), {"q": "koiravero"}).content.decode()
    assert "No act was found" in page
    bad = browser().get(reverse("law:register"), {"on": "32.13.2026"})
    assert bad.status_code == 200
    assert 'value="32.13.2026"' in bad.content.decode()
    assert "standard rate (24 %)" in browser().get(reverse("law:register"), {"on": "1.1.2020"}).content.decode()
    assert browser().get(reverse("law:register"), {"party": "nobody", "q": "x" * 500}).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("key", sorted(aids.all_aids()))
def test_an_aid_shows_all_its_questions_at_once_and_sends_no_answer(key: str) -> None:
    page = browser().get(reverse("law:aid", args=[key])).content.decode()
    tree = page.split('<div class="aid">')[1].split("<h2")[0]
    assert "<form" not in tree
    assert tree.count("<fieldset") >= 3
    assert "Write down that it was reported" not in tree
    assert browser().get(reverse("law:aid", args=["koiravero"])).status_code == 404


def test_only_what_can_still_be_prevented_must_be_reported_by_the_criminal_code() -> None:
    first = aids.all_aids()["serious-offence"].first
    assert isinstance(first.no, aids.End)
    assert not first.no.must
    assert first.no.to == []
    assert "silence binds you" in first.no.do.en


def test_a_child_in_danger_needs_112_at_once() -> None:
    first = aids.all_aids()["child-welfare"].first
    assert isinstance(first.yes, aids.End)
    assert first.yes.to[0] == aids.Authority.EMERGENCY
