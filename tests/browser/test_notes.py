"""A note is written in a real browser while the net, the log-in, the vault and another tab get in the way."""

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session as Visit
from django.utils import timezone
from playwright.sync_api import Error, Page, Route, expect

from audit import asking
from sessions.models import Note, Session
from sessions.notes.written import unseal
from vault import opening
from vault.keys import Opened
from vault.models import Opening

Cast = Any
Enter = Callable[[Page, Any], None]
NewPage = Callable[..., Page]
Look = Callable[..., None]
PASSPHRASE = "kettu lampi siilo varis honka"
#: Everything that a browser keeps for a site.
KEPT = """async () => JSON.stringify([
  {...localStorage}, {...sessionStorage}, await caches.keys(), await indexedDB.databases(),
  document.cookie, history.state,
])"""


@pytest.fixture
def vault(settled: Cast) -> Opened:
    with asking.acting_as(settled.lead):
        return opening.create(settled.lead.pk, PASSPHRASE, now=timezone.now())[0]


@pytest.fixture
def page(new_page: NewPage, enter: Enter, settled: Cast, vault: Opened) -> Page:
    """The lead's page; its vault is locked."""
    page = new_page()
    enter(page, settled.lead)
    return page


def unlock(page: Page, cast: Cast, vault: Opened) -> None:
    with asking.acting_as(cast.lead):
        cookie = opening.keep_open(vault, now=timezone.now())
    page.context.add_cookies(
        [{"name": "__Host-vault", "value": cookie, "url": "https://127.0.0.1/", "secure": True, "httpOnly": True}]
    )


def texts(cast: Cast, vault: Opened) -> list[str]:
    with asking.acting_as(cast.lead):
        return [unseal(bytes(note.sealed), note.pk, vault).text for note in Note.objects.order_by("created_at")]


def editor(page: Page) -> Any:
    return page.locator("#id_text")


def state(page: Page) -> Any:
    return page.locator(".note-state")


def begin(page: Page, cast: Cast) -> None:
    page.goto(f"/sessions/{cast.session.pk}/note/")
    expect(editor(page)).to_be_focused()


@pytest.mark.browser
def test_from_the_day_to_a_saved_note_with_nothing_unlocked(
    settled: Cast, page: Page, vault: Opened, assert_accessible: Look
) -> None:
    now = timezone.now()
    with asking.acting_as(settled.lead):
        Session.objects.filter(pk=settled.session.pk).update(
            starts_at=now, ends_at=now + timedelta(hours=1), state="held"
        )
    page.goto("/today/")
    page.get_by_role("link", name="Write a note").click()
    expect(editor(page)).to_be_focused()
    assert_accessible(page, "notes-editor")
    page.keyboard.type("Hiljaisuus kesti kauan.")
    expect(state(page)).to_have_text("Not saved yet")
    expect(state(page)).to_contain_text("Saved at")
    assert texts(settled, vault) == ["Hiljaisuus kesti kauan."]
    page.keyboard.press("ControlOrMeta+a")
    page.get_by_role("button", name="Bold").click()
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#preview strong")).to_have_text("Hiljaisuus kesti kauan.")
    assert_accessible(page)
    page.get_by_role("button", name="Save and close").click()
    expect(page.get_by_role("status").first).to_contain_text("The note is saved.")
    assert texts(settled, vault) == ["**Hiljaisuus kesti kauan.**"]


@pytest.mark.browser
@pytest.mark.parametrize("device", ["phone", "narrow", "dark"])
def test_the_editor_and_the_lists_look_right_everywhere(
    settled: Cast, new_page: NewPage, enter: Enter, vault: Opened, device: str, assert_accessible: Look
) -> None:
    page = new_page(device, language="fi")
    enter(page, settled.lead)
    begin(page, settled)
    page.keyboard.type("Hiljaisuus")
    expect(state(page)).to_contain_text("Saved at")
    assert_accessible(page, f"notes-editor-{device}")
    for name, address in (
        ("list", "/notes/"),
        ("process", f"/engagements/{settled.engagement.pk}/notes/"),
        ("session", f"/sessions/{settled.session.pk}/"),
        ("export", "/notes/export/"),
        ("templates", "/notes/templates/"),
    ):
        page.goto(address)
        assert_accessible(page, f"notes-{name}-{device}")
    unlock(page, settled, vault)
    page.goto("/notes/")
    assert_accessible(page, f"notes-list-open-{device}")
    page.locator("a.row-title").first.click()
    assert_accessible(page, f"notes-note-{device}")


@pytest.mark.browser
def test_two_tabs_write_at_once_and_each_keeps_every_letter(
    settled: Cast, page: Page, vault: Opened, assert_accessible: Look
) -> None:
    unlock(page, settled, vault)
    begin(page, settled)
    page.keyboard.type("Alku.")
    expect(state(page)).to_contain_text("Saved at")
    other = page.context.new_page()
    other.goto(page.url)
    editor(other).press("ControlOrMeta+End")
    other.keyboard.type(" Toisesta välilehdestä.")
    expect(state(other)).to_contain_text("Saved at")
    editor(page).press("ControlOrMeta+End")
    page.keyboard.type(" Ensimmäisestä.")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Another text stands there now")
    expect(dialog.get_by_label("The text that stands")).to_have_value("Alku. Toisesta välilehdestä.")
    expect(dialog.get_by_label("Yours")).to_have_value("Alku. Ensimmäisestä.")
    assert_accessible(page, "notes-conflict")
    dialog.get_by_role("button", name="Keep both in this note").click()
    expect(state(page)).to_contain_text("Saved at")
    both = "Alku. Toisesta välilehdestä.\n\n---\n\nAlku. Ensimmäisestä."
    assert texts(settled, vault) == [both]
    editor(other).press("ControlOrMeta+End")
    other.keyboard.type(" Ja vielä.")
    other.get_by_role("dialog").get_by_role("button", name="Keep mine as a note of its own").click()
    expect(state(other)).to_contain_text("Saved at")
    assert texts(settled, vault) == [both, "Alku. Toisesta välilehdestä. Ja vielä."]


@pytest.mark.browser
def test_a_cut_of_the_net_loses_nothing(settled: Cast, page: Page, vault: Opened) -> None:
    begin(page, settled)
    page.keyboard.type("Ennen katkosta.")
    expect(state(page)).to_contain_text("Saved at")
    page.context.set_offline(True)
    page.keyboard.type(" Katkon aikana.")
    expect(state(page)).to_contain_text("Not saved: no connection.")
    page.keyboard.type(" Yhä kirjoitan.")
    page.context.set_offline(False)
    expect(state(page)).to_contain_text("Saved at")
    expect(editor(page)).to_have_value("Ennen katkosta. Katkon aikana. Yhä kirjoitan.")
    assert texts(settled, vault) == ["Ennen katkosta. Katkon aikana. Yhä kirjoitan."]


@pytest.mark.browser
def test_a_lost_answer_is_no_conflict_with_oneself(settled: Cast, page: Page, vault: Opened) -> None:
    lost: list[str] = []

    def lose_one(route: Route) -> None:
        if lost:
            return route.continue_()
        lost.append(route.request.url)
        route.fetch()  # the server saves it
        return route.abort("connectionreset")

    begin(page, settled)
    page.route("**/autosave/", lose_one)
    page.keyboard.type("Vastaus katosi.")
    expect(state(page)).to_contain_text("Not saved: no connection.")
    page.keyboard.type(" Jatkan.")
    expect(state(page)).to_contain_text("Saved at")
    assert texts(settled, vault) == ["Vastaus katosi. Jatkan."]


@pytest.mark.browser
def test_a_vault_that_locks_itself_in_the_middle_stops_no_writing(settled: Cast, page: Page, vault: Opened) -> None:
    unlock(page, settled, vault)
    begin(page, settled)
    page.keyboard.type("Auki.")
    expect(state(page)).to_contain_text("Saved at")
    address = page.url
    page.reload()
    expect(editor(page)).to_have_value("Auki.")
    with asking.acting_as(settled.lead):
        Opening.objects.all().delete()
    editor(page).press("ControlOrMeta+End")
    page.keyboard.type(" Lukossa.")
    expect(state(page)).to_contain_text("Saved at")
    assert texts(settled, vault) == ["Auki. Lukossa."]
    other = page.context.new_page()
    other.goto(address)
    expect(other.get_by_text("Your notes are locked")).to_be_visible()
    expect(other.get_by_text("Auki.")).to_have_count(0)
    with asking.acting_as(settled.lead):  # on another device
        note = Note.objects.get()
        Note.objects.filter(pk=note.pk).update(rev=note.rev + 1, writer=None)
    page.keyboard.type(" Jatkan.")
    expect(state(page)).to_contain_text("kept as a note of its own")
    page.keyboard.type(" Vielä.")
    expect(state(page)).to_contain_text("Saved at")
    assert texts(settled, vault) == ["Auki. Lukossa.", "Auki. Lukossa. Jatkan. Vielä."]


@pytest.mark.browser
def test_a_log_in_that_ends_in_the_middle_goes_on_after_signing_in_again(
    settled: Cast, page: Page, vault: Opened, enter: Enter, assert_accessible: Look
) -> None:
    begin(page, settled)
    page.keyboard.type("Sisällä.")
    expect(state(page)).to_contain_text("Saved at")
    Visit.objects.all().delete()
    page.keyboard.type(" Ulkona.")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("You are signed out")
    assert_accessible(page, "notes-signed-out")
    expect(dialog.get_by_role("link", name="Sign in in another window")).to_have_attribute("target", "_blank")
    enter(page, settled.lead)
    dialog.get_by_role("button", name="I am signed in again").click()
    expect(state(page)).to_contain_text("Saved at")
    assert texts(settled, vault) == ["Sisällä. Ulkona."]


@pytest.mark.browser
def test_nothing_of_a_note_is_kept_by_the_browser(settled: Cast, page: Page, vault: Opened) -> None:
    unlock(page, settled, vault)
    begin(page, settled)
    page.keyboard.type("Siilinkallio")
    expect(state(page)).to_contain_text("Saved at")
    page.goto("/notes/")
    page.get_by_label("Words in your notes").fill("siilinkallio")
    page.get_by_role("main").get_by_role("button", name="Search").click()
    expect(page.locator("mark")).to_have_text("Siilinkallio")
    assert "iilinkallio" not in page.url
    kept = page.evaluate(KEPT)
    assert "iilinkallio" not in kept
    local, visit, caches, databases, *_rest = json.loads(kept)
    assert (local, caches, databases) == ({}, [], [])
    assert set(visit) <= {"htmx-current-path-for-history"}  # htmx notes down where it is
    page.goto("about:blank")
    with suppress(Error):  # what was found is kept nowhere: there is no page to go back to
        page.go_back()
    expect(page.locator("body")).not_to_contain_text("iilinkallio")


@pytest.mark.browser
def test_leaving_waits_for_what_is_not_saved_yet(settled: Cast, page: Page, vault: Opened) -> None:
    begin(page, settled)
    page.keyboard.type("Ehdin juuri ja juuri")
    page.get_by_role("link", name="Close").click()
    page.wait_for_url(f"**/sessions/{settled.session.pk}/")
    assert texts(settled, vault) == ["Ehdin juuri ja juuri"]


@pytest.mark.browser
def test_prompts_come_into_the_empty_editor_and_go_when_one_writes(settled: Cast, page: Page, vault: Opened) -> None:
    begin(page, settled)
    page.get_by_role("link", name="The course of the session").click()
    expect(editor(page)).to_have_value(
        "## What was brought in\n\n\n## What happened\n\n\n## What was left open\n\n\n## For the next time\n\n"
    )
    expect(page.get_by_text("Begin from questions:")).to_be_hidden()
    editor(page).press("ControlOrMeta+End")
    page.keyboard.type("Sovittiin.")
    expect(state(page)).to_contain_text("Saved at")
    assert texts(settled, vault)[0].endswith("## For the next time\n\nSovittiin.")


@pytest.mark.browser
def test_without_javascript_a_note_is_written_previewed_and_saved(
    settled: Cast, new_page: NewPage, enter: Enter, vault: Opened
) -> None:
    page = new_page(scripts=False)
    enter(page, settled.lead)
    page.goto(f"/sessions/{settled.session.pk}/note/")
    editor(page).fill("Ilman *skriptejä*")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#preview em")).to_have_text("skriptejä")
    page.get_by_role("button", name="Save and close").click()
    expect(page.get_by_text("The note is saved.")).to_be_visible()
    assert texts(settled, vault) == ["Ilman *skriptejä*"]
