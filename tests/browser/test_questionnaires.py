"""A supervisor makes a questionnaire of their own, from ours, from the bank and in their own words."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from playwright.sync_api import Page, expect

from audit import asking
from evaluations.models import Questionnaire
from evaluations.questionnaires.editing import newest_of

Cast = Any
NewPage = Callable[..., Page]
Enter = Callable[..., None]
Look = Callable[..., None]


@pytest.mark.browser
@pytest.mark.parametrize("scripts", [True, False])
def test_a_supervisor_makes_a_questionnaire_of_their_own(
    settled: Cast, new_page: NewPage, enter: Enter, assert_whole: Look, scripts: bool
) -> None:
    page = new_page("phone", scripts=scripts)
    enter(page, settled.lead)

    def look(name: str) -> None:
        if scripts:
            assert_whole(page, f"questionnaires-{name}")

    page.goto("/questionnaires/")
    page.get_by_role("link", name=re.compile("Make your own version ?: Session feedback")).click()
    look("new")
    page.get_by_role("textbox", name="Name", exact=True).fill("Tapaamisen jälkeen")
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name=re.compile("Down ?: How much did you dare")).click()
    page.get_by_role("button", name=re.compile("Take out ?: How much strength")).click()
    expect(page.get_by_text("Version 1 · 3 questions")).to_be_visible()
    look("edit")

    page.get_by_role("link", name="Add from the question bank").click()
    page.get_by_role("combobox", name="Theme").select_option("dialogue")
    page.get_by_role("button", name="Narrow", exact=True).click()
    page.get_by_role("checkbox", name="When we disagree").check()
    look("pick")
    page.get_by_role("button", name="Add the chosen ones").click()

    page.get_by_role("link", name="Write a question").click()
    page.get_by_role("radio", name="One of several options").check()
    words = page.get_by_role("group", name="Option 1").get_by_label("In Finnish")
    page.get_by_label("In Finnish").first.fill("Mikä auttoi eniten?")
    words.fill("Toisten kokemukset")
    page.get_by_role("group", name="Option 2").get_by_label("In Finnish").fill("Oma oivallus")
    page.get_by_role("button", name="Add an option").click()
    page.get_by_role("group", name="Option 3").get_by_label("In Finnish").fill("Tauko")
    expect(words).to_have_value("Toisten kokemukset")
    look("question")
    page.get_by_role("button", name="Save").last.click()

    page.get_by_role("link", name="Preview").click()
    expect(page.get_by_role("radio", name="Oma oivallus")).to_be_visible()
    look("preview")
    with transaction.atomic():
        asking.become(settled.lead)
        asked = newest_of(Questionnaire.objects.get()).asked
    assert [question.key for question in asked[:4]] == [
        "bank.session.2", "bank.session.1", "bank.session.3", "bank.dialogue.4",
    ]  # fmt: skip
    assert [option.text["fi"] for option in asked[4].options] == ["Toisten kokemukset", "Oma oivallus", "Tauko"]
