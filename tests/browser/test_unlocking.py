"""The key of one's notes in a real browser, on a telephone and a laptop: made, printed, opened, locked, in a dialog."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.urls import reverse
from playwright.sync_api import Page, expect

from audit import asking
from tests.conftest import NOW
from vault import opening
from vault.models import Opening, VaultKey

Cast = Any
NewPage = Callable[..., Page]
Look = Callable[..., None]
PASSPHRASE = "kettu lampi siilo varis honka"
pytestmark = pytest.mark.browser


def of_lead(cast: Cast, model: Any) -> Any:
    with asking.acting_as(cast.lead):
        return model.objects.first()


@pytest.mark.parametrize("device", ["laptop", "phone", "narrow", "dark"])
def test_from_first_use_to_the_sheet_to_open_and_locked(
    settled: Cast, new_page: NewPage, enter: Callable[..., None], assert_accessible: Look, device: str
) -> None:
    page = new_page(device)
    enter(page, settled.lead)
    page.goto(reverse("vault:key"))
    page.get_by_role("link", name="Make the key").click()
    assert_accessible(page, f"vault-create-{device}")
    words = page.locator("#offered").inner_text()
    page.get_by_role("button", name="Make the key").click()
    expect(page.locator(".error-summary")).to_be_focused()
    assert_accessible(page, f"vault-create-refused-{device}")
    assert page.locator("#offered").inner_text() == words

    page.get_by_label("Your passphrase").fill(words)
    page.get_by_role("button", name="Show").first.click()
    assert page.locator("#id_passphrase").get_attribute("type") == "text"
    page.get_by_label("The same again").fill(words)
    page.get_by_label("I understand").check()
    page.get_by_role("button", name="Make the key").click()
    expect(page.get_by_role("heading", name="Recovery sheet")).to_be_visible()
    assert_accessible(page, f"vault-sheet-{device}")
    groups = page.locator("#recovery-code li").all_inner_texts()
    assert len(groups) == 8
    with page.expect_download() as printed:
        page.get_by_role("button", name="The sheet to print").click()
    assert printed.value.suggested_filename.endswith(".pdf")

    page.get_by_role("button", name="I have it on paper").click()
    assert_accessible(page, f"vault-prove-{device}")
    expect(page.get_by_text(groups[1])).to_have_count(0)
    page.get_by_label("Group 2").fill(groups[1].lower())
    page.get_by_label("Group 7").fill(groups[6])
    page.get_by_role("button", name="Take the sheet into use").click()
    expect(page.get_by_text("The recovery sheet is in use.")).to_be_visible()
    assert_accessible(page, f"vault-key-{device}")
    assert of_lead(settled, VaultKey).ready_at
    stored = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    assert not [mark for mark in (*words.split(), *groups) if mark in stored]
    assert "vault" not in page.evaluate("document.cookie")

    page.get_by_role("button", name="Lock your notes").click()
    expect(page.get_by_role("link", name="Open your notes")).to_be_visible()
    assert of_lead(settled, Opening) is None
    page.get_by_role("link", name="Open your notes").click()
    page.get_by_label("Passphrase").fill("something else entirely")
    page.get_by_role("button", name="Open", exact=True).click()
    expect(page.get_by_text("This passphrase does not open your notes.").first).to_be_visible()
    assert_accessible(page, f"vault-unlock-{device}")
    page.get_by_label("Passphrase").fill(words)
    page.get_by_role("button", name="Open", exact=True).click()
    expect(page.get_by_role("button", name="Lock your notes")).to_be_visible()
    expect(page).to_have_url(re.compile("/today/$"))


def test_without_javascript_it_is_the_same(settled: Cast, new_page: NewPage, enter: Callable[..., None]) -> None:
    page = new_page(scripts=False)
    enter(page, settled.lead)
    page.goto(reverse("vault:key"))
    page.get_by_role("link", name="Make the key").click()
    page.get_by_label("Your passphrase").fill(PASSPHRASE)
    page.get_by_label("The same again").fill(PASSPHRASE)
    page.get_by_label("I understand").check()
    page.get_by_role("button", name="Make the key").click()
    groups = page.locator("#recovery-code li").all_inner_texts()
    page.get_by_role("button", name="I have it on paper").click()
    page.get_by_label("Group 2").fill(groups[1])
    page.get_by_label("Group 7").fill(groups[6])
    page.get_by_role("button", name="Take the sheet into use").click()
    assert of_lead(settled, VaultKey).ready_at


#: What a page of notes will hold: a text, what is being written, and the parts that look after the lock.
NOTES = """
<div data-vault-text id="text">Luettua</div><p data-vault-locked hidden id="locked">Lukittu</p>
<textarea id="writing" aria-label="Note"></textarea><button type="button" data-vault-ask>Open here</button>
"""


@pytest.fixture
def notes(settled: Cast, new_page: NewPage, enter: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> Page:
    """A page that shows a note, put together of the parts that the pages of notes use."""
    from django.template import engines

    with transaction.atomic():
        asking.become(settled.lead)
        opening.create(settled.lead.pk, PASSPHRASE, now=NOW)
    django: Any = engines["django"]
    library = django.engine
    templates: Any = library.template_loaders[0]
    source = (
        '{% extends "base.html" %}{% block title %}Notes{% endblock %}{% block main %}<h1>Notes</h1>'
        + NOTES
        + '{% endblock %}{% block dialogs %}{% include "vault/_watch.html" %}{% endblock %}'
    )
    found = templates.get_template

    def get_template(name: str, skip: Any = None) -> Any:
        if name == "accounts/profile.html":
            return library.from_string(source)
        return found(name, skip)

    monkeypatch.setattr(templates, "get_template", get_template)
    page = new_page()
    enter(page, settled.lead)
    page.goto(reverse("vault:unlock") + "?next=" + reverse("accounts:profile"))
    page.get_by_label("Passphrase").fill(PASSPHRASE)
    page.get_by_role("button", name="Open", exact=True).click()
    expect(page.locator("#text")).to_be_visible()
    return page


def test_a_page_asks_before_it_locks_and_keeps_what_is_being_written(
    settled: Cast, notes: Page, assert_accessible: Look
) -> None:
    page = notes
    page.clock.install()
    page.reload()
    page.locator("#writing").fill("Kesken oleva ajatus")
    shift(settled, 14)
    page.clock.fast_forward("14:00")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    soon = page.locator("#vault-soon")
    expect(soon).to_be_visible()
    assert_accessible(page, "vault-soon")
    soon.get_by_role("button", name="Keep them open").click()
    expect(soon).to_be_hidden()

    shift(settled, 16)
    page.clock.fast_forward("16:00")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    dialog = page.locator("#vault-dialog")
    expect(dialog.get_by_label("Passphrase")).to_be_visible()
    expect(page.locator("#text")).to_be_hidden()
    expect(page.locator("#locked")).to_be_visible()
    assert_accessible(page, "vault-dialog")
    dialog.get_by_label("Passphrase").fill("something else entirely")
    dialog.get_by_role("button", name="Open", exact=True).click()
    expect(dialog.get_by_text("This passphrase does not open your notes.").first).to_be_visible()
    dialog.get_by_label("Passphrase").fill(PASSPHRASE)
    dialog.get_by_role("button", name="Open", exact=True).click()
    expect(dialog).to_be_hidden()
    expect(page.locator("#text")).to_be_visible()
    assert page.locator("#writing").input_value() == "Kesken oleva ajatus"
    expect(page.get_by_role("button", name="Lock your notes")).to_be_visible()


def shift(cast: Cast, minutes: int) -> None:
    """Let the vault have been used last so long ago: what passing time does."""
    from datetime import timedelta

    with asking.acting_as(cast.lead):
        for each in Opening.objects.all():
            Opening.objects.filter(pk=each.pk).update(seen_at=each.seen_at - timedelta(minutes=minutes))
