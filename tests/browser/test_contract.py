"""The contract, templates and the goal library in a real browser: whole on each device, and put to use."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.urls import reverse
from playwright.sync_api import Page

from audit import asking
from engagements.models import ContractTemplate, LibraryGoal
from engagements.shipped import ship

Cast = Any


@pytest.mark.browser
def test_contract_templates_and_library_are_whole(
    settled: Cast, page: Page, enter: Callable[..., None], assert_whole: Callable[..., None]
) -> None:
    with transaction.atomic():
        asking.become(settled.lead)
        ship(settled.practice, "en")
        template = ContractTemplate.objects.get(name="Group supervision")
        goal = LibraryGoal.objects.all()[0]
    enter(page, settled.lead)
    for name, *about in (
        ("contract", settled.engagement.pk),
        ("templates",),
        ("template_new",),
        ("template_edit", template.pk),
        ("library",),
        ("library_goal", goal.pk),
    ):
        answer = page.goto(reverse(f"engagements:{name}", args=about))
        assert answer is not None
        assert answer.status == 200
        assert_whole(page, f"contract-{name}")


@pytest.mark.browser
def test_a_template_is_put_together_with_another_line_of_what_is_told(
    settled: Cast, page: Page, enter: Callable[..., None]
) -> None:
    enter(page, settled.lead)
    page.goto(reverse("engagements:templates"))
    page.get_by_role("link", name="New template").click()
    page.get_by_label("Name of the template").fill("Oma pohja")
    page.get_by_role("textbox", name="Length of a session").fill("1,5 h")
    page.get_by_role("button", name="Add a line").click()
    rows = page.get_by_role("combobox", name="What")
    rows.first.select_option("dates")
    page.get_by_role("combobox", name="After whose approval").first.select_option("none")
    page.get_by_role("button", name="Save", exact=True).last.click()
    page.get_by_text("The template is there.").wait_for()
    with transaction.atomic():
        asking.become(settled.lead)
        template = ContractTemplate.objects.get()
        assert (template.name, template.minutes) == ("Oma pohja", 90)
        assert [line.what for line in template.reporting.all()] == ["dates"]
