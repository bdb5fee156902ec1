"""The professional summary: what its owner chose, in three languages, and nothing of any supervision."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from audit import asking
from portfolio import actions
from portfolio.ethics import versions
from portfolio.models import Experience, Part, Spoken, Standing
from portfolio.paper import collect
from tests.conftest import NOW
from tests.portfolio_story import Story

Enter = Callable[[User], Client]
Read = Callable[[bytes], str]


@pytest.fixture(autouse=True)
def now(time_machine: Any) -> None:
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def full(story: Story) -> Story:
    lead = story.cast.lead
    story.training(verified_by="Kaari")
    story.logged(5, note="Vain minulle", title="Oma työnohjaus, aihe")
    asking.become(lead)
    actions.keep(Standing(), {"kind": "full", "since": NOW.date()}, by=lead)
    actions.keep(Experience(), {"sector": "early", "what": "Päiväkodin johtaja", "first": 2001, "last": 2010}, by=lead)
    actions.keep(Spoken(), {"language": "sv", "level": "fluent"}, by=lead)
    actions.commit_to(versions([], [])[0], by=lead, now=NOW)
    return story


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("fi", ["Ammatillinen yhteenveto", "60", "varhaiskasvatus", "ruotsi", "sujuva", "1 × 60 min"]),
        ("sv", ["Yrkessammandrag", "svenska", "1 × 60 min"]),
        ("en", ["Professional summary", "full member", "early childhood education", "Swedish", "fluent", "1 × 60 min"]),
    ],
)
def test_it_is_set_in_each_language(
    full: Story, enter: Enter, text_of_pdf: Read, language: str, words: list[str]
) -> None:
    answer = enter(full.cast.lead).get(reverse("portfolio:summary_pdf", args=[language]))
    assert answer["Content-Type"] == "application/pdf"
    text = text_of_pdf(answer.content)
    for each in ("Liisa Lahti", "Työnohjaaja STOry", "Työnohjaajan koulutus", "Kaari", "Päiväkodin johtaja",
                 "STOryn eettiset periaatteet", *words):  # fmt: skip
        assert each.lower() in text.lower(), each
    for each in ("Vain minulle", "aihe", "Otso", "Salo"):
        assert each not in text, each


def test_what_is_left_out_is_not_in_it_and_the_choice_is_kept(full: Story, enter: Enter, text_of_pdf: Read) -> None:
    browser, address = enter(full.cast.lead), reverse("portfolio:summary")
    answer = browser.post(address, {"parts": ["languages", "training"], "language": "en"})
    assert answer["Location"] == reverse("portfolio:summary_pdf", args=["en"])
    text = text_of_pdf(browser.get(answer["Location"]).content)
    assert "Swedish" in text
    for each in ("Työnohjaaja STOry", "full member", "1 × 60 min", "eettiset"):
        assert each not in text
    assert browser.get(address).context["form"].initial["parts"] == ["training", "languages"]
    assert "Choose at least one." in browser.post(address, {"language": "en"}).text


def test_an_unknown_language_is_no_page(full: Story, enter: Enter) -> None:
    assert enter(full.cast.lead).get(reverse("portfolio:summary_pdf", args=["de"])).status_code == 404


def test_each_part_can_be_left_out(full: Story) -> None:
    lead = full.cast.lead
    asking.become(lead)
    attribute = {
        Part.TRAINING: "trainings", Part.STANDING: "standings", Part.SECTORS: "sectors", Part.LANGUAGES: "languages",
        Part.ETHICS: "commitments", Part.HOURS: "hours",
    }  # fmt: skip
    for part in Part:
        actions.choose(lead, parts=[part])
        found = collect(lead, actions.choice_of(lead), NOW.date())
        told = [each for each, name in attribute.items() if getattr(found, name) is not None]
        assert told == [part]
        assert found.title == (part == Part.STANDING)
