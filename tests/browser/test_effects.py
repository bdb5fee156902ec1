"""Effects and yearly totals in a browser: whole on every device, and without scripts."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.urls import reverse
from playwright.sync_api import Page, expect

from evaluations.models import Mode
from tests.effects_story import entered, process, versions, whole

Cast = Any


@pytest.mark.browser
def test_figures_and_totals_are_whole_on_every_device(
    settled: Cast, new_page: Callable[..., Page], enter: Callable[..., None], assert_whole: Callable[..., None]
) -> None:
    with transaction.atomic():
        asked = versions(settled.practice, settled.lead)
    for number in range(3):
        assert entered(process(settled.practice, settled.lead, asked, whole(number), mode=Mode.CODED))
    page = new_page()
    enter(page, settled.lead)
    page.goto(reverse("effects:own"))
    page.locator("summary").filter(has_text="Columns of the file").click()
    assert page.get_by_role("img", name="Before and after: We speak about hard things in time.").count() == 1
    assert_whole(page, "effects")
    page.goto(reverse("effects:practice", args=[settled.practice.pk]))
    assert_whole(page, "effects-practice")


@pytest.mark.browser
def test_a_client_tells_a_year_without_scripts(
    settled: Cast, new_page: Callable[..., Page], enter: Callable[..., None], assert_whole: Callable[..., None]
) -> None:
    plain = new_page("phone", scripts=False)
    enter(plain, settled.contact)
    plain.goto(reverse("client_home"))
    plain.get_by_role("link", name=re.compile("Päiväkoti Otso.*Totals of years")).click()
    plain.get_by_role("link", name="Tell a year").first.click()
    plain.get_by_label("Employees").fill("8")
    plain.get_by_label("Days of absence").fill("412,5")
    plain.get_by_role("button", name="Save").click()
    expect(plain.get_by_text("would point at persons").first).to_be_visible()
    assert plain.get_by_label("Days of absence").input_value() == "412,5"
    plain.get_by_label("Employees").fill("80")
    plain.get_by_role("button", name="Save").click()
    expect(plain.get_by_text("412.5")).to_have_count(1)
    page = new_page()
    enter(page, settled.contact)
    page.goto(reverse("effects:totals", kwargs={"organisation": settled.organisation.pk}))
    assert_whole(page, "totals")
    page.get_by_role("link", name="Correct").click()
    assert_whole(page, "totals-correct")
