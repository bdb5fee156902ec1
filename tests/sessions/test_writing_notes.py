"""A note is written with nothing unlocked; whatever else is open, no text of it is overwritten or lost."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from audit import asking
from audit.models import Entry
from sessions.models import Note, NoteTemplate, NoteVersion
from sessions.notes import actions
from sessions.notes.written import Written, unseal
from vault.keys import Opened
from vault.models import TextKey

Cast = Any
Enter = Callable[[User], Client]
Unlock = Callable[[Client, User, Opened], None]


class Page:
    """The page of an editor: it saves as static/js/notes.js does."""

    def __init__(self, client: Client, cast: Cast, note: Note | None = None) -> None:
        self.client, self.cast = client, cast
        self.note, self.rev = (note.pk, note.rev) if note else (uuid4(), 0)
        self.writer, self.turn, self.spare = uuid4(), 0, uuid4()

    def save(self, text: str, **sent: Any) -> Any:
        self.turn += 1
        body = {
            "title": "", "text": text, "rev": self.rev, "writer": self.writer, "turn": self.turn, "spare": self.spare,
            "author": self.cast.lead.pk, "engagement": self.cast.engagement.pk, "session": self.cast.session.pk, **sent,
        }  # fmt: skip
        return self.client.post(reverse("notes:autosave", args=[self.note]), body)

    def hears(self, answer: Any) -> dict[str, Any]:
        told: dict[str, Any] = answer.json()
        if "rev" in told:
            self.rev = told["rev"]
        return told


@pytest.fixture
def browser(cast: Cast, enter: Enter, lead_vault: Opened) -> Client:
    return enter(cast.lead)


@pytest.fixture
def note(cast: Cast, lead_vault: Opened) -> Note:
    asking.become(cast.lead)
    return actions.write(cast.engagement, cast.session, "Ensin", by=cast.lead, now=timezone.now(), done=False)


def read(cast: Cast, vault: Opened, pk: UUID | None = None) -> list[str]:
    """Return what stands in the lead's notes, or in one of them."""
    asking.become(cast.lead)
    notes = Note.objects.filter(pk=pk) if pk else Note.objects.order_by("created_at")
    return [unseal(bytes(one.sealed), one.pk, vault).text for one in notes]


# --- writing without unlocking --------------------------------------------------------------------------------------


def test_a_note_is_written_while_the_vault_is_locked(cast: Cast, browser: Client, lead_vault: Opened) -> None:
    page = browser.get(reverse("notes:write", args=[cast.session.pk])).content.decode()
    assert "autofocus" in page
    sent = {"note": uuid4(), "rev": 0, "title": "Alku", "text": "Hiljaisuus\r\nja sen jälkeen"}
    answer = browser.post(reverse("notes:write", args=[cast.session.pk]), sent)
    assert answer.headers["Location"] == reverse("sessions:detail", args=[cast.session.pk])
    assert read(cast, lead_vault) == ["Hiljaisuus\nja sen jälkeen"]
    note = Note.objects.get()
    assert b"Hiljaisuus" not in bytes(note.sealed)
    assert (note.session, note.author, note.engagement) == (cast.session, cast.lead, cast.engagement)


def test_before_the_first_note_the_key_is_asked_for(cast: Cast, enter: Enter) -> None:
    page = enter(cast.lead).get(reverse("notes:write", args=[cast.session.pk])).content.decode()
    assert "Before the first note" in page
    assert "<textarea" not in page


def test_from_the_day_it_is_two_clicks(cast: Cast, browser: Client) -> None:
    asking.become(cast.lead)
    cast.session.__class__.objects.filter(pk=cast.session.pk).update(
        state="held", starts_at=timezone.now(), ends_at=timezone.now() + timedelta(minutes=60)
    )
    assert reverse("notes:write", args=[cast.session.pk]) in browser.get(reverse("today")).content.decode()


def test_nothing_is_written_of_an_empty_editor(cast: Cast, browser: Client) -> None:
    page = Page(browser, cast)
    assert page.save("  ").json()["rev"] == 0
    browser.post(reverse("notes:write", args=[cast.session.pk]), {"note": uuid4(), "rev": 0, "text": "\n"})
    asking.become(cast.lead)
    assert not Note.objects.exists()


def test_a_text_of_sixty_thousand_letters_fits_and_one_more_is_refused_in_words(
    cast: Cast, browser: Client, lead_vault: Opened
) -> None:
    page = Page(browser, cast)
    page.hears(page.save("ä" * 60_000))
    answer = page.save("ä" * 60_001)
    assert answer.status_code == 422
    assert "60001 characters; 60000 fit" in answer.json()["said"]
    assert read(cast, lead_vault) == ["ä" * 60_000]
    sent = {"note": uuid4(), "rev": 0, "text": "ä" * 60_001}
    kept = browser.post(reverse("notes:write", args=[cast.session.pk]), sent).content.decode()
    assert "ä" * 60_001 in kept
    assert "60001 characters; 60000 fit" in kept


@pytest.mark.parametrize("field", ["rev", "turn", "writer", "spare", "session", "engagement"])
@pytest.mark.parametrize("value", ["-1", "x", "9" * 40, "\0", ""])
def test_what_no_page_sends_is_refused(cast: Cast, browser: Client, field: str, value: str) -> None:
    assert Page(browser, cast).save("Teksti", **{field: value}).status_code in (200, 404, 422)


def test_a_session_of_another_process_is_not_found(cast: Cast, browser: Client) -> None:
    assert Page(browser, cast).save("Teksti", session=cast.foreign_session.pk).status_code == 404
    assert Page(browser, cast).save("Teksti", engagement=cast.foreign_engagement.pk).status_code == 404


def test_the_database_keeps_a_note_with_the_sessions_of_its_process(cast: Cast, note: Note) -> None:
    with pytest.raises(Exception, match="of its own process"):
        actions.write(cast.engagement, cast.foreign_session, "Väärin", by=cast.lead, now=timezone.now())


# --- the page saves by itself ---------------------------------------------------------------------------------------


def test_a_page_goes_on_from_saving_to_saving(cast: Cast, browser: Client, lead_vault: Opened) -> None:
    page = Page(browser, cast)
    for text in ("H", "Hyvä", "Hyvä alku"):
        told = page.hears(page.save(text))
    assert told["said"].startswith("Saved at")
    assert page.rev == 3
    assert read(cast, lead_vault) == ["Hyvä alku"]
    assert TextKey.objects.count() == 1  # the keys of what was overwritten are destroyed


def test_two_pages_never_overwrite_each_other_while_the_vault_is_open(
    cast: Cast, browser: Client, note: Note, lead_vault: Opened, unlock: Unlock
) -> None:
    unlock(browser, cast.lead, lead_vault)
    one, other = Page(browser, cast, note), Page(browser, cast, note)
    one.hears(one.save("Ensin ja lisää"))
    answer = other.save("Ensin ja muuta")
    told = answer.json()
    assert (answer.status_code, told["state"], told["text"], told["rev"]) == (409, "differs", "Ensin ja lisää", 2)
    assert read(cast, lead_vault) == ["Ensin ja lisää"]
    other.rev = told["rev"]  # “keep both”
    other.hears(other.save(told["text"] + "\n\n---\n\nEnsin ja muuta"))
    assert read(cast, lead_vault) == ["Ensin ja lisää\n\n---\n\nEnsin ja muuta"]
    other.note, other.rev = other.spare, 0  # “mine as a note of its own”
    assert other.save("Ensin ja muuta").status_code == 200
    assert sorted(read(cast, lead_vault)) == ["Ensin ja lisää\n\n---\n\nEnsin ja muuta", "Ensin ja muuta"]


def test_while_the_vault_is_locked_the_second_page_gets_a_note_of_its_own(
    cast: Cast, browser: Client, note: Note, lead_vault: Opened
) -> None:
    one, other = Page(browser, cast, note), Page(browser, cast, note)
    one.hears(one.save("Ensin ja lisää"))
    answer = other.save("Ensin ja muuta")
    told = answer.json()
    assert (answer.status_code, told["state"], told["rev"]) == (409, "apart", 1)
    assert "text" not in told
    again = other.save("Ensin ja muuta vielä").json()  # the answer got lost: the same page asks again
    assert (again["state"], again["note"]) == ("apart", told["note"])
    assert read(cast, lead_vault) == ["Ensin ja lisää", "Ensin ja muuta vielä"]
    other.note, other.rev = UUID(again["note"]), again["rev"]
    assert other.save("Ensin ja muuta vielä kerran").status_code == 200
    assert read(cast, lead_vault) == ["Ensin ja lisää", "Ensin ja muuta vielä kerran"]


def test_a_page_whose_answer_got_lost_is_not_taken_for_another(cast: Cast, browser: Client, lead_vault: Opened) -> None:
    page = Page(browser, cast)
    page.save("Yksi")  # never heard
    assert page.save("Yksi kaksi").status_code == 200
    page.save("Yksi kaksi kolme")
    page.hears(page.save("Yksi kaksi kolme neljä"))
    assert read(cast, lead_vault) == ["Yksi kaksi kolme neljä"]


def test_a_saving_that_comes_late_overwrites_nothing_newer(cast: Cast, browser: Client, lead_vault: Opened) -> None:
    page = Page(browser, cast)
    page.hears(page.save("Yksi"))
    page.hears(page.save("Yksi kaksi"))
    page.save("Yksi", rev=1, turn=1)
    assert "Yksi kaksi" in read(cast, lead_vault)


def test_the_same_text_twice_is_no_conflict(
    cast: Cast, browser: Client, note: Note, lead_vault: Opened, unlock: Unlock
) -> None:
    unlock(browser, cast.lead, lead_vault)
    one, other = Page(browser, cast, note), Page(browser, cast, note)
    one.save("Sama")
    assert other.hears(other.save("Sama"))["rev"] == 2


def test_without_javascript_a_conflict_shows_both_and_asks(
    cast: Cast, browser: Client, note: Note, lead_vault: Opened, unlock: Unlock
) -> None:
    unlock(browser, cast.lead, lead_vault)
    Page(browser, cast, note).save("Toinen sivu")
    sent = {"note": note.pk, "rev": 1, "text": "Oma teksti"}
    page = browser.post(reverse("notes:edit", args=[note.pk]), sent).content.decode()
    assert "Toinen sivu" in page
    assert "Oma teksti" in page
    assert 'name="rev" value="1"' in page
    assert 'name="seen" value="2"' in page
    again = browser.post(reverse("notes:edit", args=[note.pk]), {**sent, "seen": 2})  # saved without a choice
    assert "Toinen sivu" in again.content.decode()
    assert read(cast, lead_vault) == ["Toinen sivu"]
    browser.post(reverse("notes:edit", args=[note.pk]), {**sent, "seen": 2, "choice": "both"})
    assert read(cast, lead_vault) == ["Toinen sivu\n\n---\n\nOma teksti"]
    browser.post(reverse("notes:edit", args=[note.pk]), {**sent, "rev": 1, "choice": "apart", "spare": uuid4()})
    assert read(cast, lead_vault) == ["Toinen sivu\n\n---\n\nOma teksti", "Oma teksti"]


@pytest.mark.parametrize("seen", [1, 2], ids=["of an older text", "after the vault has locked itself"])
def test_a_choice_that_comes_too_late_overwrites_nothing(
    cast: Cast, browser: Client, note: Note, lead_vault: Opened, unlock: Unlock, seen: int
) -> None:
    Page(browser, cast, note).save("Toinen sivu")
    if seen == 1:
        unlock(browser, cast.lead, lead_vault)
    sent = {"note": note.pk, "rev": 1, "text": "Oma teksti", "seen": seen, "choice": "both"}
    browser.post(reverse("notes:write", args=[cast.session.pk]), sent)
    assert read(cast, lead_vault) == (["Toinen sivu"] if seen == 1 else ["Toinen sivu", "Oma teksti"])


def test_without_javascript_and_locked_nothing_is_lost_either(
    cast: Cast, browser: Client, note: Note, lead_vault: Opened
) -> None:
    Page(browser, cast, note).save("Toinen sivu")
    sent = {"note": note.pk, "rev": 1, "text": "Oma teksti"}
    answer = browser.post(reverse("notes:edit", args=[note.pk]), sent, follow=True)
    assert "kept as a note of its own" in answer.content.decode()
    assert read(cast, lead_vault) == ["Toinen sivu", "Oma teksti"]


def test_a_note_that_is_locked_meanwhile_takes_no_more_and_the_text_goes_apart(
    cast: Cast, browser: Client, note: Note, lead_vault: Opened
) -> None:
    page = Page(browser, cast, note)
    browser.post(reverse("notes:lock", args=[note.pk]))
    assert page.save("Vielä jotain").json()["state"] == "apart"
    assert read(cast, lead_vault) == ["Ensin", "Vielä jotain"]


def test_somebody_else_who_signs_in_meanwhile_is_given_nothing(
    cast: Cast, browser: Client, note: Note, lead_vault: Opened, vault_of: Callable[[User], Opened]
) -> None:
    vault_of(cast.co_supervisor)
    page = Page(browser, cast)
    browser.force_login(cast.co_supervisor)
    answer = page.save("Liisan omaa")
    assert (answer.status_code, answer.json()) == (409, {"state": "other"})
    asking.become(cast.co_supervisor)
    assert not Note.objects.exists()


def test_another_authors_note_is_not_written_over_by_its_id(
    cast: Cast, browser: Client, note: Note, lead_vault: Opened, vault_of: Callable[[User], Opened]
) -> None:
    vault_of(cast.co_supervisor)
    browser.force_login(cast.co_supervisor)
    page = Page(browser, cast, note)
    assert page.save("Vieras", author=cast.co_supervisor.pk).status_code == 404
    assert read(cast, lead_vault) == ["Ensin"]


def test_a_page_that_was_signed_out_gets_a_new_token(cast: Cast, enter: Enter, lead_vault: Opened) -> None:
    strict = Client(enforce_csrf_checks=True)
    page = Page(strict, cast)
    assert page.save("Teksti").status_code in (302, 403)
    strict.force_login(cast.lead)
    assert page.save("Teksti").status_code == 403
    told = strict.get(reverse("accounts:token")).json()
    assert told["author"] == str(cast.lead.pk)
    assert page.save("Teksti", csrfmiddlewaretoken=told["token"]).status_code == 200
    assert read(cast, lead_vault) == ["Teksti"]


def test_of_each_sitting_one_entry_stands_in_the_evidence(
    cast: Cast, browser: Client, time_machine: Any, lead_vault: Opened
) -> None:
    page = Page(browser, cast)
    for number in range(5):
        page.hears(page.save(f"Teksti {number}"))
    assert events(cast) == ["note.written"]
    for minutes in range(31, 300, 31):
        asking.become(cast.lead)
        Note.objects.update(updated_at=timezone.now() - timedelta(minutes=31))
        page.hears(page.save(f"Teksti {minutes}"))
        page.hears(page.save(f"Teksti {minutes}."))
    assert events(cast) == ["note.written"] + ["note.changed"] * 9
    data = Entry.objects.filter(event__startswith="note.").values_list("data", flat=True)
    assert all(each == {} for each in data)


def events(cast: Cast) -> list[str]:
    asking.become(cast.lead)
    stream = Entry.objects.filter(stream=str(cast.engagement.pk), event__startswith="note.")
    return list(stream.order_by("number").values_list("event", flat=True))


def test_a_saving_asks_the_database_as_often_whatever_there_is(
    cast: Cast, browser: Client, note: Note, lead_vault: Opened
) -> None:
    page = Page(browser, cast, note)

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            page.hears(page.save("Teksti"))
        return len(asked)

    queries()
    few = queries()
    asking.become(cast.lead)
    for number in range(30):
        actions.write(cast.engagement, cast.session, f"{number}", by=cast.lead, now=timezone.now())
    assert queries() == few


# --- earlier texts --------------------------------------------------------------------------------------------------


def test_what_stood_before_a_pause_and_what_was_saved_by_hand_is_kept(
    cast: Cast, browser: Client, note: Note, lead_vault: Opened
) -> None:
    page = Page(browser, cast, note)
    page.hears(page.save("Toinen"))
    asking.become(cast.lead)
    Note.objects.update(updated_at=timezone.now() - timedelta(minutes=31))
    page.hears(page.save("Kolmas"))
    page.hears(page.save("Neljäs", done="1"))
    page.hears(page.save("Viides"))
    asking.become(cast.lead)
    versions = NoteVersion.objects.order_by("number")
    assert [unseal(bytes(one.sealed), note.pk, lead_vault).text for one in versions] == ["Toinen", "Neljäs"]


def test_a_text_that_was_wiped_away_can_be_put_back(cast: Cast, browser: Client, lead_vault: Opened) -> None:
    page = Page(browser, cast)
    page.hears(page.save("Pitkä " * 400))
    page.hears(page.save("x"))
    page.hears(page.save(""))
    asking.become(cast.lead)
    kept = NoteVersion.objects.order_by("number")
    assert [unseal(bytes(one.sealed), page.note, lead_vault).text for one in kept] == ["Pitkä " * 400, "x"]


def test_of_milestones_fifty_are_kept(cast: Cast, note: Note, lead_vault: Opened) -> None:
    for number in range(55):
        actions.save(note, Written("", str(number)), rev=number + 1, by=cast.lead, now=timezone.now(), done=True)
    versions = list(NoteVersion.objects.order_by("number"))
    assert len(versions) == 50
    assert unseal(bytes(versions[-1].sealed), note.pk, lead_vault).text == "53"
    assert TextKey.objects.count() == 51


def test_an_earlier_text_is_looked_at_and_put_back(
    cast: Cast, browser: Client, note: Note, lead_vault: Opened, unlock: Unlock
) -> None:
    actions.save(note, Written("", "Toinen"), rev=1, by=cast.lead, now=timezone.now(), done=True)
    actions.save(note, Written("", "Kolmas"), rev=2, by=cast.lead, now=timezone.now())
    address = reverse("notes:version", args=[note.pk, 1])
    assert "Toinen" not in browser.get(address).content.decode()
    browser.post(address)
    assert read(cast, lead_vault) == ["Kolmas"]  # locked: nothing is put back unseen
    unlock(browser, cast.lead, lead_vault)
    assert "Toinen" in browser.get(address).content.decode()
    browser.post(address)
    assert read(cast, lead_vault) == ["Toinen"]
    asking.become(cast.lead)
    last = NoteVersion.objects.latest("number")
    assert unseal(bytes(last.sealed), note.pk, lead_vault).text == "Kolmas"


# --- prompts --------------------------------------------------------------------------------------------------------


def test_prompts_stand_in_the_empty_editor(cast: Cast, browser: Client) -> None:
    asking.become(cast.lead)
    mine = NoteTemplate.objects.create(practice=cast.practice, author=cast.lead, title="Omat", text="Mitä jäi auki?")
    address = reverse("notes:write", args=[cast.session.pk])
    page = browser.get(address).content.decode()
    assert "The course of the session" in page
    assert f"?template={mine.pk}" in page
    assert "## What happened" in browser.get(address, {"template": "course"}).content.decode()
    assert "Mitä jäi auki?" in browser.get(address, {"template": str(mine.pk)}).content.decode()
    assert browser.get(address, {"template": "../x"}).status_code == 200


def test_a_template_is_its_authors_or_everybodys_in_the_practice(cast: Cast, browser: Client, enter: Enter) -> None:
    sent = {"title": "Tunteet", "text": "Mikä liikutti?"}
    browser.post(reverse("notes:template_new"), sent)
    asking.become(cast.lead)
    template = NoteTemplate.objects.get()
    assert (template.author, template.practice) == (cast.lead, cast.practice)
    edit = reverse("notes:template_edit", args=[template.pk])
    assert enter(cast.co_supervisor).get(edit).status_code == 404
    enter(cast.lead).post(edit, {**sent, "for_all": "on"})
    assert "Tunteet" in enter(cast.co_supervisor).get(reverse("notes:templates")).content.decode()
    assert enter(cast.stranger).get(edit).status_code == 404
    enter(cast.lead).post(reverse("notes:template_archive", args=[template.pk]))
    page = enter(cast.lead).get(reverse("notes:write", args=[cast.session.pk])).content.decode()
    assert "Tunteet" not in page


def test_prompts_that_are_too_long_are_refused_beside_the_field(cast: Cast, browser: Client) -> None:
    page = browser.post(reverse("notes:template_new"), {"title": "Pitkä", "text": "x" * 4001}).content.decode()
    assert "at most 4000 characters" in page
    assert "x" * 4001 in page


# --- preview --------------------------------------------------------------------------------------------------------


def test_a_preview_shows_clean_markdown_and_keeps_nothing(cast: Cast, browser: Client) -> None:
    sent = {"text": "**Tärkeää** <script>alert(1)</script>"}
    page = browser.post(reverse("notes:preview"), sent).content.decode()
    assert "<strong>Tärkeää</strong>" in page
    assert "<script>" not in page
    whole = {"note": uuid4(), "rev": 0, **sent, "preview": "1"}
    page = browser.post(reverse("notes:write", args=[cast.session.pk]), whole).content.decode()
    assert "<strong>Tärkeää</strong>" in page
    assert "**Tärkeää**" in page
    asking.become(cast.lead)
    assert not Note.objects.exists()


def test_a_first_line_stands_for_the_title_without_its_marks() -> None:
    assert Written("", "\n## Ryhmä oli **väsynyt**, mutta `puhui`\n- rajat").heading == "Ryhmä oli väsynyt, mutta puhui"
    assert Written("Rajat", "Jotain").heading == "Rajat"


def test_no_note_is_longer_than_may_be_whoever_asks(cast: Cast, lead_vault: Opened) -> None:
    with pytest.raises(ValidationError, match="at most 60000"):
        actions.write(cast.engagement, None, "x" * 60_001, by=cast.lead, now=timezone.now())
