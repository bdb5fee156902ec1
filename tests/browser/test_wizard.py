"""The wizard in a real browser: rows on the spot, only the questions of the chosen answer, without JavaScript too."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from audit import asking
from engagements.models import Engagement, State

Cast = Any


@pytest.fixture
def lead(settled: Cast, new_page: Callable[..., Page], enter: Callable[..., None]) -> Page:
    page = new_page("laptop", language="en")
    enter(page, settled.lead)
    page.goto("/engagements/new/")
    return page


def group(page: Page, name: str) -> Any:
    return page.get_by_role("group", name=name, exact=True)


@pytest.mark.browser
def test_only_the_questions_of_the_chosen_answer_are_shown(lead: Page) -> None:
    name, payer = lead.get_by_label("Name of the organisation"), lead.get_by_label("Private payer")
    expect(name).to_be_hidden()
    lead.get_by_label("a new client").check()
    expect(name).to_be_visible()
    lead.get_by_label("a private person").check()
    expect(payer).to_be_visible()
    expect(name).to_be_hidden()
    expect(lead.get_by_role("button", name="Add a person")).to_be_hidden()


@pytest.mark.browser
def test_rows_are_added_and_taken_away_on_the_spot_and_saved(lead: Page, settled: Cast) -> None:
    lead.get_by_label("group (3–12)").check()
    lead.get_by_label("a new client").check()
    lead.get_by_label("Name of the organisation").fill("Koulu Kuusi")
    group(lead, "Contact or line manager 1").get_by_label("Name and e-mail").fill("Rita Rinne <rita@kuusi.example>")
    lead.get_by_role("button", name="Add a person").click()
    expect(group(lead, "Contact or line manager 2").get_by_label("Name and e-mail")).to_be_focused()
    lead.keyboard.type("Pois Poistuva")
    lead.get_by_role("button", name="Add a person").click()
    third = group(lead, "Contact or line manager 3")
    third.get_by_label("Name and e-mail").fill("Esa Esko <esa@kuusi.example>")
    third.get_by_label("Part").select_option("line_manager")
    group(lead, "Contact or line manager 2").get_by_role("button", name="Remove").click()
    lead.get_by_label("Supervisees, one a line").fill("Aino Aalto\nBo Bergman\nCia Carlson")
    lead.get_by_role("button", name="Continue").click()
    expect(lead.get_by_role("heading", name="How do you work?")).to_be_visible()

    with asking.acting_as(settled.lead):
        contract = Engagement.objects.get(state=State.DRAFT).contracts.get()
        named = list(contract.parties.exclude(person=None).values_list("kind", "person__family_name"))
    assert named == [("contact", "Rinne"), ("line_manager", "Esko")]


@pytest.mark.browser
def test_enter_in_a_field_saves_and_goes_on_rather_than_adding_a_row(lead: Page) -> None:
    lead.get_by_label("a private person").check()
    lead.get_by_label("Supervisees, one a line").fill("Aino Aalto")
    lead.get_by_label("Name of the process").press("Enter")

    expect(lead.get_by_role("heading", name="How do you work?")).to_be_visible()


@pytest.mark.browser
def test_an_error_takes_the_focus_and_its_link_leads_to_the_field(lead: Page) -> None:
    lead.get_by_label("a new client").check()
    lead.get_by_role("button", name="Continue").click()
    expect(lead.get_by_role("alert")).to_be_focused()
    lead.get_by_role("link", name="Name of the organisation: Write the name of the organisation.").click()

    expect(lead.get_by_label("Name of the organisation")).to_be_focused()


@pytest.mark.browser
def test_a_process_is_opened_and_started_without_javascript(
    settled: Cast, chromium: Any, server: str, enter: Callable[..., None]
) -> None:
    context = chromium.new_context(base_url=server, locale="en-GB", java_script_enabled=False)
    page = context.new_page()
    enter(page, settled.lead)
    page.goto("/engagements/new/")
    page.get_by_label("a private person").check()
    page.get_by_label("Supervisees, one a line").fill("Aino Aalto <aino@koti.example>")
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Length of a session").fill("60")
    group(page, "Goal 1").get_by_label("Goal").fill("Jaksan työssäni")
    page.get_by_role("button", name="Add a goal").click()
    group(page, "Goal 2").get_by_label("Goal").fill("Osaan pyytää apua")
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Price without VAT").fill("110")
    page.get_by_role("button", name="Continue to the review").click()
    expect(page.get_by_text("Osaan pyytää apua")).to_be_visible()
    page.get_by_label("orally").check()
    page.get_by_role("button", name="Record and start").click()

    expect(page.get_by_text("The contract is agreed, and the process is under way.")).to_be_visible()
    context.close()
