"""A note is its author's: read with their vault open, locked, shared one by one, searched, taken out and destroyed."""

import json
import logging
import zipfile
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any

import pikepdf
import psycopg
import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from audit import asking
from audit.models import Entry
from audit.roles import Role
from documents.pdf import warm
from sessions.models import Note, NoteVersion
from sessions.notes import actions, export
from sessions.notes.sharing import share
from sessions.notes.written import Written, unseal
from tests.audit.test_row_level_security import connect
from tests.conftest import make_engagement
from vault import keys, opening
from vault.keys import Opened
from vault.models import TextKey, TextKeyWrap, VaultKey
from vault.texts import NoVault

Cast = Any
Enter = Callable[[User], Client]
Unlock = Callable[[Client, User, Opened], None]
VaultOf = Callable[[User], Opened]
PASSPHRASE = "kettu lampi siilo varis honka"
SECRET = "Siilinkallio"


@pytest.fixture
def note(cast: Cast, lead_vault: Opened) -> Note:
    asking.become(cast.lead)
    return actions.write(
        cast.engagement, cast.session, f"{SECRET} puhui ensin.\n\nMuut vaikenivat.", title="Avaus", by=cast.lead,
        now=timezone.now(),
    )  # fmt: skip


@pytest.fixture
def reader(cast: Cast, enter: Enter, lead_vault: Opened, unlock: Unlock) -> Client:
    """The lead's browser with the vault open in it."""
    client = enter(cast.lead)
    unlock(client, cast.lead, lead_vault)
    return client


def text_of(note: Note, vault: Opened, owner: User) -> str:
    asking.become(owner)
    return unseal(bytes(Note.objects.get(pk=note.pk).sealed), note.pk, vault).text


def events(cast: Cast) -> list[str]:
    asking.become(cast.lead)
    stream = Entry.objects.filter(stream=str(cast.engagement.pk), event__startswith="note.")
    return list(stream.order_by("number").values_list("event", flat=True))


# --- reading --------------------------------------------------------------------------------------------------------


def test_locked_a_note_shows_its_day_and_nothing_of_its_text(cast: Cast, enter: Enter, note: Note) -> None:
    client = enter(cast.lead)
    for address in (
        reverse("notes:note", args=[note.pk]),
        reverse("notes:list"),
        reverse("notes:of_engagement", args=[cast.engagement.pk]),
        reverse("sessions:detail", args=[cast.session.pk]),
    ):
        page = client.get(address).content.decode()
        assert SECRET not in page
        assert "Avaus" not in page
        assert reverse("notes:note", args=[note.pk]) in page or "Your notes are locked" in page
    assert client.get(reverse("notes:edit", args=[note.pk])).status_code == 302


def test_open_it_is_read_and_listed_by_its_title(cast: Cast, reader: Client, note: Note) -> None:
    assert f"<p>{SECRET} puhui ensin.</p>" in reader.get(reverse("notes:note", args=[note.pk])).content.decode()
    for address in (reverse("notes:list"), reverse("sessions:detail", args=[cast.session.pk])):
        assert "Avaus" in reader.get(address).content.decode()
    assert SECRET in reader.get(reverse("notes:edit", args=[note.pk])).content.decode()
    assert "note.read" not in events(cast)


@pytest.mark.parametrize(
    "name", ["co_supervisor", "supervisee", "contact", "practice_admin", "administrator", "stranger"]
)
def test_nobody_else_comes_by_a_text_or_a_sign_of_it(cast: Cast, enter: Enter, note: Note, name: str) -> None:
    client = enter(cast.members[name])
    for address in (reverse("sessions:detail", args=[cast.session.pk]), reverse("notes:list")):
        page = client.get(address).content.decode()
        assert str(note.pk) not in page
        assert SECRET not in page
    asking.become(cast.members[name])
    assert not Note.objects.exists()
    assert not NoteVersion.objects.exists()
    assert not TextKeyWrap.objects.exists()


@pytest.mark.parametrize("role", [Role.WORKER, Role.ADMIN])
@pytest.mark.parametrize("column", ["sealed", "id", "author_id"])
def test_neither_worker_nor_admin_asks_the_table_anything(
    settled: Cast, own_database: str, role: Role, column: str
) -> None:
    with connect(role, own_database) as other, pytest.raises(psycopg.errors.InsufficientPrivilege):
        other.execute(f"SELECT {column} FROM supervision_note")  # noqa: S608


def test_a_row_that_does_not_open_is_said_to_be_one(cast: Cast, reader: Client, note: Note) -> None:
    asking.become(cast.lead)
    other = actions.write(cast.engagement, None, "Toinen", by=cast.lead, now=timezone.now())
    broken = bytearray(other.sealed)
    broken[-1] ^= 1
    Note.objects.filter(pk=other.pk).update(sealed=bytes(broken), rev=2)
    for address in (reverse("notes:list"), reverse("notes:note", args=[other.pk])):
        answer = reader.get(address)
        assert answer.status_code == 200
        assert "annot be opened" in answer.content.decode()
    found = reader.post(reverse("notes:search"), {"q": "puhui"}).content.decode()
    assert "1 note cannot be opened" in found
    assert "Avaus" in found
    assert reader.get(reverse("notes:pdf", args=[other.pk])).status_code == 302


def test_a_list_costs_the_same_at_one_and_at_thirty(cast: Cast, reader: Client, note: Note) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            reader.get(reverse("notes:list"))
        return len(asked)

    queries()
    few = queries()
    asking.become(cast.lead)
    for number in range(30):
        actions.write(cast.engagement, cast.session, f"{number}", by=cast.lead, now=timezone.now())
    assert queries() == few
    page = reader.get(reverse("notes:list")).content.decode()
    assert page.count('class="row-title"') == 25
    assert "?after=" in page


def test_who_leads_the_process_no_more_keeps_their_notes_and_writes_no_others(
    cast: Cast, enter: Enter, unlock: Unlock, vault_of: VaultOf
) -> None:
    vault = vault_of(cast.co_supervisor)
    asking.become(cast.co_supervisor)
    mine = actions.write(cast.engagement, cast.session, "Kallen omaa", by=cast.co_supervisor, now=timezone.now())
    asking.become(cast.lead)
    cast.engagement.co_supervisors.update(until=timezone.now())
    client = enter(cast.co_supervisor)
    unlock(client, cast.co_supervisor, vault)
    assert "Kallen omaa" in client.get(reverse("notes:list")).content.decode()
    assert "Kallen omaa" in client.get(reverse("notes:note", args=[mine.pk])).content.decode()
    assert client.get(reverse("notes:pdf", args=[mine.pk])).status_code == 200
    assert client.get(reverse("notes:edit", args=[mine.pk])).status_code == 404
    assert client.get(reverse("notes:write", args=[cast.session.pk])).status_code == 404
    client.post(reverse("notes:delete", args=[mine.pk]))
    asking.become(cast.co_supervisor)
    assert not Note.objects.exists()


# --- searching ------------------------------------------------------------------------------------------------------


def test_a_search_finds_every_word_whatever_its_case_and_leaves_no_trace(
    cast: Cast, reader: Client, note: Note, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    answer = reader.post(reverse("notes:search"), {"q": "VAIKENIVAT siilin"})
    page = answer.content.decode()
    assert "<mark>vaikenivat</mark>" in page
    assert "<mark>Siilin</mark>kallio" in page
    assert "No note has all" in reader.post(reverse("notes:search"), {"q": "vaikenivat puuttuu"}).content.decode()
    assert "vaikenivat" not in caplog.text.casefold()
    assert "no-store" in answer.headers["Cache-Control"]
    assert "vaikenivat" not in json.dumps(dict(reader.session)).casefold()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM django_session WHERE session_data LIKE %s", ["%vaikenivat%"])
        assert cursor.fetchone() == (0,)


def test_a_search_needs_the_vault_open_and_is_never_an_address(cast: Cast, enter: Enter, note: Note) -> None:
    client = enter(cast.lead)
    assert client.post(reverse("notes:search"), {"q": "puhui"}).headers["Location"] == reverse("notes:list")
    assert client.get(reverse("notes:search"), {"q": "puhui"}).headers["Location"] == reverse("notes:list")


def test_of_many_that_are_found_fifty_are_shown_and_that_is_said(
    cast: Cast, reader: Client, lead_vault: Opened
) -> None:
    asking.become(cast.lead)
    for _each in range(52):
        actions.write(cast.engagement, None, "Toistuu (a+)+$ <b>", by=cast.lead, now=timezone.now())
    page = reader.post(reverse("notes:search"), {"q": "(a+)+$ <b>" + " x" * 0}).content.decode()
    assert page.count('class="excerpt"') == 50
    assert "The newest 50 are shown" in page
    assert "<b>" not in page.split('class="excerpt"')[1].split("</p>")[0].replace("<mark>", "")


# --- locking and amending -------------------------------------------------------------------------------------------


def test_a_locked_note_changes_by_amending_alone_and_keeps_its_text(
    cast: Cast, reader: Client, note: Note, lead_vault: Opened
) -> None:
    reader.post(reverse("notes:lock", args=[note.pk]))
    assert reader.get(reverse("notes:edit", args=[note.pk])).status_code == 302
    page = reader.get(reverse("notes:amend", args=[note.pk])).content.decode()
    assert SECRET in page
    for number, text in enumerate(("Tarkennus", "Toinen tarkennus"), start=1):
        reader.post(reverse("notes:amend", args=[note.pk]), {"note": note.pk, "rev": number, "text": text})
    assert text_of(note, lead_vault, cast.lead) == "Toinen tarkennus"
    kept = list(NoteVersion.objects.order_by("number"))
    assert [one.why for one in kept] == ["locked", "amended"]
    assert SECRET in unseal(bytes(kept[0].sealed), note.pk, lead_vault).text
    page = reader.get(reverse("notes:note", args=[note.pk])).content.decode()
    assert "The text that was locked" in page
    assert SECRET in reader.get(reverse("notes:version", args=[note.pk, 1])).content.decode()
    assert events(cast) == ["note.written", "note.locked", "note.amended", "note.amended"]


def test_an_amendment_upon_an_older_text_overwrites_nothing(
    cast: Cast, reader: Client, note: Note, lead_vault: Opened
) -> None:
    reader.post(reverse("notes:lock", args=[note.pk]))
    reader.post(reverse("notes:amend", args=[note.pk]), {"note": note.pk, "rev": 1, "text": "Ensimmäinen"})
    page = reader.post(reverse("notes:amend", args=[note.pk]), {"note": note.pk, "rev": 1, "text": "Toinen"})
    assert "Ensimmäinen" in page.content.decode()
    assert "Toinen" in page.content.decode()
    assert text_of(note, lead_vault, cast.lead) == "Ensimmäinen"


def test_after_the_days_of_the_practice_a_note_locks_by_itself(
    cast: Cast, reader: Client, lead_vault: Opened, time_machine: Any
) -> None:
    answer = reader.post(
        reverse("accounts:practice_edit", args=[cast.practice.pk]),
        {
            "name": "Kaari", "business_id": "9900011-4", "vat_standing": "registered", "street": "Kaarikatu 1",
            "postcode": "00100", "city": "Helsinki", "reminder_hours": 24, "notes_lock_days": 3,
                "smallest_group": 5,
        },
    )  # fmt: skip
    assert answer.status_code == 302
    asking.become(cast.lead)
    cast.engagement.practice.refresh_from_db()
    note = actions.write(cast.engagement, None, "Kolme päivää", by=cast.lead, now=timezone.now())
    assert note.locks_at == note.created_at + timedelta(days=3)
    actions.save(note, Written("", "Vielä"), rev=1, by=cast.lead, now=note.created_at + timedelta(days=2))
    with pytest.raises(actions.Locked):
        actions.save(note, Written("", "Enää ei"), rev=2, by=cast.lead, now=note.created_at + timedelta(days=3))


@pytest.mark.parametrize("days", ["0", "61", "x"])
def test_the_practice_locks_notes_within_two_months(cast: Cast, enter: Enter, days: str) -> None:
    page = enter(cast.lead).post(reverse("accounts:practice_edit", args=[cast.practice.pk]), {"notes_lock_days": days})
    assert page.status_code == 200
    asking.become(cast.lead)
    cast.practice.refresh_from_db()
    assert cast.practice.notes_lock_days is None


def test_the_database_keeps_what_a_locked_note_said(cast: Cast, note: Note) -> None:
    asking.become(cast.lead)
    rows = Note.objects.filter(pk=note.pk)

    def refused(**values: Any) -> bool:
        try:
            with transaction.atomic():
                rows.update(**values)
        except DatabaseError:
            return True
        return False

    other = actions.write(cast.engagement, None, "Toinen", by=cast.lead, now=timezone.now())
    assert refused(sealed=other.sealed)  # another text under the same number
    assert refused(sealed=other.sealed, rev=7)
    assert refused(author=cast.co_supervisor)
    assert refused(engagement=cast.foreign_engagement)
    actions.lock(note, by=cast.lead, now=timezone.now() - timedelta(days=1))
    assert refused(sealed=other.sealed, rev=2)
    assert refused(locks_at=None)
    assert refused(locks_at=timezone.now() + timedelta(days=1))
    actions.amend(note, Written("", "Tarkennus"), rev=1, by=cast.lead, now=timezone.now())
    assert NoteVersion.objects.filter(note=note).update(sealed=other.sealed) == 0
    with (
        pytest.raises(DatabaseError, match="keeps its earlier text"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("DELETE FROM supervision_noteversion; SET CONSTRAINTS ALL IMMEDIATE")


# --- sharing --------------------------------------------------------------------------------------------------------


def share_with(client: Client, note: Note, user: User) -> str:
    asking.become(user)
    key = keys.key_in_use(user.pk)
    sent = {"reader": user.pk, "key": key.pk if key else ""}
    return client.post(reverse("notes:share", args=[note.pk]), sent, follow=True).content.decode()


@pytest.fixture
def other_vault(cast: Cast, vault_of: VaultOf) -> Opened:
    return vault_of(cast.co_supervisor)


def test_a_shared_note_is_read_by_the_other_and_that_is_written_down(
    cast: Cast, reader: Client, note: Note, other_vault: Opened, unlock: Unlock
) -> None:
    page = reader.get(reverse("notes:share", args=[note.pk])).content.decode()
    assert "Kalle Kivi" in page
    assert "Four words of their key" in page
    assert "can read this note now" in share_with(reader, note, cast.co_supervisor)
    other = Client()
    other.force_login(cast.co_supervisor)
    listed = other.get(reverse("notes:list")).content.decode()
    assert "Note of Liisa Lahti" in listed
    unlock(other, cast.co_supervisor, other_vault)
    assert "Avaus" not in other.get(reverse("notes:list")).content.decode()  # only what is opened is read
    assert SECRET in other.get(reverse("notes:note", args=[note.pk])).content.decode()
    assert events(cast) == ["note.written", "note.shared", "note.read"]
    for name in ("edit", "amend", "share", "delete", "lock", "pdf"):
        answer = other.post(reverse(f"notes:{name}", args=[note.pk]), {"text": "Muutettu", "rev": 1, "note": note.pk})
        assert answer.status_code == 404, name
    assert "Avaus" not in other.post(reverse("notes:search"), {"q": SECRET}).content.decode()


def test_what_is_written_after_sharing_is_shared_and_what_was_before_is_not(
    cast: Cast, reader: Client, note: Note, other_vault: Opened
) -> None:
    share_with(reader, note, cast.co_supervisor)
    asking.become(cast.lead)
    actions.save(note, Written("", "Uutta"), rev=1, by=cast.lead, now=timezone.now())
    assert text_of(note, other_vault, cast.co_supervisor) == "Uutta"
    asking.become(cast.co_supervisor)
    assert not NoteVersion.objects.exists()
    assert TextKeyWrap.objects.count() == 1


def test_ending_the_sharing_takes_the_key_and_seals_anew(
    cast: Cast, reader: Client, note: Note, other_vault: Opened, lead_vault: Opened
) -> None:
    share_with(reader, note, cast.co_supervisor)
    asking.become(cast.lead)
    before = Note.objects.get()
    reader.post(reverse("notes:share", args=[note.pk]), {"reader": cast.co_supervisor.pk, "end": "1"})
    asking.become(cast.co_supervisor)
    assert not Note.objects.exists()
    asking.become(cast.lead)
    after = Note.objects.get()
    assert (after.rev, after.text_key == before.text_key) == (before.rev, False)
    assert not TextKey.objects.filter(pk=before.text_key).exists()
    assert SECRET in text_of(note, lead_vault, cast.lead)
    assert events(cast)[-1] == "note.unshared"


def test_sharing_ends_while_the_vault_is_locked_and_a_locked_note_is_sealed_anew_later(
    cast: Cast, reader: Client, note: Note, other_vault: Opened, lead_vault: Opened, unlock: Unlock
) -> None:
    share_with(reader, note, cast.co_supervisor)
    reader.post(reverse("notes:lock", args=[note.pk]))
    asking.become(cast.lead)
    before = Note.objects.get()
    locked = Client()
    locked.force_login(cast.lead)
    locked.post(reverse("notes:share", args=[note.pk]), {"reader": cast.co_supervisor.pk, "end": "1"})
    asking.become(cast.co_supervisor)
    assert not Note.objects.exists()
    asking.become(cast.lead)
    assert Note.objects.get().text_key == before.text_key
    reader.get(reverse("notes:list"))
    asking.become(cast.lead)
    assert Note.objects.get().text_key != before.text_key
    assert SECRET in text_of(note, lead_vault, cast.lead)


def test_who_leaves_reads_no_more_and_the_author_seals_anew(
    cast: Cast, reader: Client, note: Note, other_vault: Opened, lead_vault: Opened
) -> None:
    share_with(reader, note, cast.co_supervisor)
    asking.become(cast.lead)
    before = Note.objects.get()
    cast.engagement.co_supervisors.update(until=timezone.now())
    asking.become(cast.co_supervisor)
    assert not Note.objects.exists()
    reader.get(reverse("notes:note", args=[note.pk]))
    asking.become(cast.lead)
    assert Note.objects.get().text_key != before.text_key
    assert SECRET in text_of(note, lead_vault, cast.lead)


def test_without_a_key_of_their_own_it_is_said_that_nothing_can_be_sealed(
    cast: Cast, reader: Client, note: Note
) -> None:
    assert "Has no key for notes yet" in reader.get(reverse("notes:share", args=[note.pk])).content.decode()
    assert "has no key for notes yet" in share_with(reader, note, cast.co_supervisor)


def test_a_key_that_changed_after_the_words_were_compared_gets_nothing(
    cast: Cast, reader: Client, note: Note, other_vault: Opened
) -> None:
    sent = {"reader": cast.co_supervisor.pk, "key": note.pk}
    answer = reader.post(reverse("notes:share", args=[note.pk]), sent, follow=True).content.decode()
    assert "has changed just now" in answer
    asking.become(cast.co_supervisor)
    assert not Note.objects.exists()


def test_a_key_that_was_not_made_here_stops_nobody_from_writing(
    cast: Cast, reader: Client, note: Note, other_vault: Opened, lead_vault: Opened
) -> None:
    share_with(reader, note, cast.co_supervisor)
    asking.become(cast.co_supervisor)
    VaultKey.objects.filter(owner=cast.co_supervisor.pk).update(mark=b"x" * 32)
    asking.become(cast.lead)
    actions.save(note, Written("", "Vain omaa"), rev=1, by=cast.lead, now=timezone.now())
    assert text_of(note, lead_vault, cast.lead) == "Vain omaa"
    asking.become(cast.co_supervisor)
    assert not Note.objects.exists()


def test_nobody_but_who_leads_the_process_is_shared_with(
    cast: Cast, reader: Client, note: Note, lead_vault: Opened, vault_of: VaultOf
) -> None:
    vault_of(cast.stranger)
    share_with(reader, note, cast.stranger)
    asking.become(cast.lead)
    with pytest.raises(NoVault):  # who leads it sees no key but those of who leads it too
        share(note, cast.stranger, note.pk, lead_vault, by=cast.lead)
    asking.become(cast.stranger)
    assert not Note.objects.exists()


# --- destroying -----------------------------------------------------------------------------------------------------


def test_destroying_takes_the_keys_the_note_and_every_earlier_text(
    cast: Cast, reader: Client, note: Note, lead_vault: Opened
) -> None:
    reader.post(reverse("notes:lock", args=[note.pk]))
    reader.post(reverse("notes:amend", args=[note.pk]), {"note": note.pk, "rev": 1, "text": "Tarkennus"})
    asking.become(cast.lead)
    assert "Nobody can bring it back" in reader.get(reverse("notes:delete", args=[note.pk])).content.decode()
    reader.post(reverse("notes:delete", args=[note.pk]))
    asking.become(cast.lead)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert not Note.objects.exists()
    assert not NoteVersion.objects.exists()
    assert not TextKey.objects.exists()
    assert events(cast)[-1] == "note.deleted"


def test_a_draft_that_is_discarded_goes_with_the_notes_of_all_who_lead_it(
    cast: Cast, enter: Enter, lead_vault: Opened, other_vault: Opened
) -> None:
    asking.become(cast.lead)
    draft = make_engagement(cast.practice, cast.lead, None, [], title="Luonnos", state="draft")
    draft.co_supervisors.create(user=cast.co_supervisor)
    actions.write(draft, None, "Liisan", by=cast.lead, now=timezone.now())
    asking.become(cast.co_supervisor)
    actions.write(draft, None, "Kallen", by=cast.co_supervisor, now=timezone.now())
    answer = enter(cast.lead).post(reverse("engagements:discard", args=[draft.pk]))
    assert answer.status_code == 302
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    for user in (cast.lead, cast.co_supervisor):
        asking.become(user)
        assert not Note.objects.exists()


# --- as files -------------------------------------------------------------------------------------------------------


def take_out(client: Client, query: str = "", **sent: str) -> Any:
    return client.post(reverse("notes:export") + query, {"passphrase": PASSPHRASE, **sent})


def test_the_pdf_opens_with_the_password_only_and_holds_the_notes(cast: Cast, reader: Client, note: Note) -> None:
    warm()
    answer = take_out(reader, how="pdf", password="pitkä salasana", again="pitkä salasana")
    body = answer.content
    assert answer.headers["Content-Type"] == "application/pdf"
    assert SECRET.encode() not in body
    with pytest.raises(pikepdf.PasswordError):
        pikepdf.open(BytesIO(body))
    with pytest.raises(pikepdf.PasswordError):
        pikepdf.open(BytesIO(body), password="pitkä salasan")
    with pikepdf.open(BytesIO(body), password="pitkä salasana") as opened:
        assert (opened.encryption.R, opened.encryption.bits) == (6, 256)
        files = {name: spec.get_file().read_bytes() for name, spec in opened.attachments.items()}
    assert SECRET in files["notes.md"].decode()
    assert json.loads(files["notes.json"])[0]["title"] == "Avaus"
    assert events(cast)[-1] == "note.exported" or Entry.objects.filter(event="note.exported").exists()


def test_plain_text_leaves_after_a_warning_and_a_tick(cast: Cast, reader: Client, note: Note) -> None:
    page = take_out(reader, how="plain").content.decode()
    assert "Say that you understand it." in page
    assert "whoever gets the file reads it" in page
    answer = take_out(reader, f"?process={cast.engagement.pk}", how="plain", sure="on")
    with zipfile.ZipFile(BytesIO(answer.content)) as packed:
        names = packed.namelist()
        assert names[-1] == "notes.json"
        assert SECRET in packed.read(names[0]).decode()
    assert events(cast)[-1] == "note.exported"


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"how": "pdf", "password": "lyhyt", "again": "lyhyt"}, "at least 12 characters"),
        ({"how": "pdf", "password": "pitkä salasana", "again": "pitkä salasan"}, "The two passwords differ."),
        ({"how": "pdf"}, "Choose a password for the PDF."),
        ({"how": "plain", "sure": "on", "passphrase": "väärä tunnuslause"}, "That is not the passphrase"),
        ({"how": "exe"}, "not one of the available choices"),
    ],
)
def test_what_stands_in_the_way_of_taking_out_is_said(
    cast: Cast, reader: Client, note: Note, sent: dict[str, str], said: str
) -> None:
    answer = take_out(reader, **sent)
    assert answer.headers["Content-Type"].startswith("text/html")
    assert said in answer.content.decode()
    assert "note.exported" not in events(cast)


def test_the_passphrase_is_tried_five_times_at_most(cast: Cast, reader: Client, note: Note) -> None:
    for _each in range(5):
        take_out(reader, how="plain", sure="on", passphrase="väärä tunnuslause")
    assert "Too many tries" in take_out(reader, how="plain", sure="on").content.decode()


def test_more_than_a_file_holds_is_said_before_anybody_waits(
    cast: Cast, reader: Client, note: Note, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "MOST", 10)
    page = take_out(reader, how="pdf", password="pitkä salasana", again="pitkä salasana").content.decode()
    assert "one file holds 10" in page


def test_what_is_too_long_for_pages_is_inside_the_pdf(
    cast: Cast, reader: Client, note: Note, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "MOST_ON_PAGES", 10)
    body = take_out(reader, how="pdf", password="pitkä salasana", again="pitkä salasana").content
    with pikepdf.open(BytesIO(body), password="pitkä salasana") as opened:
        assert SECRET in opened.attachments["notes.md"].get_file().read_bytes().decode()
        assert len(opened.pages) == 1
    answer = reader.get(reverse("notes:pdf", args=[note.pk]), follow=True)
    assert "one file holds 10" in answer.content.decode()


def test_one_note_is_a_pdf_while_the_vault_is_open(cast: Cast, reader: Client, note: Note, enter: Enter) -> None:
    answer = reader.get(reverse("notes:pdf", args=[note.pk]))
    assert answer.content.startswith(b"%PDF-")
    assert "no-store" in answer.headers["Cache-Control"]
    locked = Client()
    locked.force_login(cast.lead)
    assert locked.get(reverse("notes:pdf", args=[note.pk])).status_code == 302


# --- rest -----------------------------------------------------------------------------------------------------------


def test_nothing_of_a_note_stands_readable_in_any_table(
    settled: Cast, own_database: str, superuser_address: str
) -> None:
    """Every column of every table is read as text and as bytes, for title and text."""
    with asking.acting_as(settled.lead):
        opening.create(settled.lead.pk, PASSPHRASE, now=timezone.now())
        one = actions.write(
            settled.engagement, settled.session, SECRET, title=f"{SECRET} itse", by=settled.lead, now=timezone.now()
        )
        actions.save(one, Written(SECRET, f"{SECRET} taas"), rev=1, by=settled.lead, now=timezone.now())
    with psycopg.connect(superuser_address, autocommit=True) as everything:
        tables = [name for (name,) in everything.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
        for table in tables:
            rows = everything.execute(f'SELECT t::text FROM "{table}" t').fetchall()  # noqa: S608
            for (row,) in rows:
                assert SECRET not in row, table
                assert SECRET.encode().hex() not in row, table


def test_the_setting_of_the_test_is_the_one_of_a_deployment() -> None:
    assert not settings.DEBUG  # else the cookie of the vault has another name
