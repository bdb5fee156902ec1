"""The diary: its author's eyes alone, by page and by database; two windows never overwrite each other."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID, uuid4

import psycopg
import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import User
from audit import asking
from audit.roles import Role, role_url
from sessions.diary.actions import text_of, write
from sessions.models import DiaryEntry
from tests.conftest import NOW, Cast
from vault import content

Enter = Callable[[User], Client]
MARK = "Mietin omaa jaksamistani 4410"
OTHERS = ["lead", "co_supervisor", "practice_admin", "administrator", "contact", "stranger", "stranger_supervisee"]


def url(pk: UUID) -> str:
    return reverse("diary:entry", args=[pk])


def save(pk: UUID) -> str:
    return reverse("diary:save", args=[pk])


@pytest.fixture
def entry(cast: Cast) -> DiaryEntry:
    asking.become(cast.supervisee)
    return write(uuid4(), MARK, 0, engagement=cast.engagement.pk, by=cast.supervisee, now=NOW)


def test_an_entry_is_written_read_and_listed(cast: Cast, enter: Enter) -> None:
    browser = enter(cast.supervisee)
    pk = browser.get(reverse("diary:new")).context["pk"]
    answer = browser.post(url(pk), {"rev": "0", "text": MARK, "engagement": str(cast.engagement.pk), "done": "1"})
    assert answer.status_code == 302
    listed = browser.get(reverse("diary:list")).content.decode()
    assert MARK in listed
    assert "Only you" in listed
    assert "not against a stolen server" in listed
    assert MARK in browser.get(url(pk)).content.decode()


@pytest.mark.parametrize("who", OTHERS)
def test_nobody_else_opens_it_by_page_or_by_database(cast: Cast, entry: DiaryEntry, enter: Enter, who: str) -> None:
    user = cast.members[who]
    browser = enter(user)
    for method in (browser.get, browser.post):
        assert method(url(entry.pk), {"rev": "1", "text": "Minun"}).status_code == 404
        assert browser.post(save(entry.pk), {"rev": "1", "text": "Minun"}).status_code == 404
        assert method(reverse("diary:delete", args=[entry.pk])).status_code == 404
    for address in (url(entry.pk), save(entry.pk)):
        assert browser.post(address, {"rev": "0", "text": "Minun"}).status_code == 404
    for address in (reverse("diary:list"), reverse("diary:download", args=["json"])):
        assert MARK not in browser.get(address).content.decode()
    asking.become(user)
    assert not DiaryEntry.objects.exists()
    assert not DiaryEntry.objects.update(rev=9)
    assert not DiaryEntry.objects.all().delete()[0]
    assert content.Content([cast.supervisee.pk]).keys == {}
    asking.become(cast.supervisee)
    assert text_of(DiaryEntry.objects.get()) == MARK


def test_no_page_of_a_supervisor_tells_that_there_is_one(cast: Cast, entry: DiaryEntry, enter: Enter) -> None:
    browser = enter(cast.lead)
    for name in ("engagements:detail", "engagements:people", "board:board", "reads:reads", "progress:goals"):
        assert "diary" not in browser.get(reverse(name, args=[cast.engagement.pk])).content.decode().lower()


def test_nobody_writes_in_anothers_name(cast: Cast) -> None:
    asking.become(cast.lead)
    with pytest.raises(DatabaseError), transaction.atomic():
        DiaryEntry.objects.create(author=cast.supervisee, text=b"x", created_at=NOW, updated_at=NOW)


@pytest.mark.parametrize("role", [Role.WORKER, Role.ADMIN])
def test_worker_and_admin_have_nothing_of_it(settled: Cast, own_database: str, role: Role) -> None:
    address = role_url(settings.DATABASE_URL, role, settings.DATABASE_ROLE_NAMES.prefix)
    with psycopg.connect(urlunsplit(urlsplit(address)._replace(path=f"/{own_database}")), autocommit=True) as other:
        for table in ("supervision_diaryentry", "supervision_boardentry", "supervision_progress"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                other.execute(f"SELECT count(*) FROM {table}")  # noqa: S608


def test_the_words_rest_sealed(cast: Cast, entry: DiaryEntry) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT e::text FROM supervision_diaryentry e")
        row = str(cursor.fetchone())
    assert MARK.encode().hex() not in row
    assert MARK not in row


def test_saving_while_one_writes_gives_the_next_number(cast: Cast, entry: DiaryEntry, enter: Enter) -> None:
    browser = enter(cast.supervisee)
    answer = browser.post(save(entry.pk), {"rev": "1", "text": "Toinen"}).json()
    assert (answer["rev"], answer["said"][:8]) == (2, "Saved at")
    assert browser.post(save(entry.pk), {"rev": "2", "text": " "}).status_code == 422
    assert browser.post(url(entry.pk), {"rev": "2", "text": "Kolmas"})["Location"] == reverse("diary:list")


@pytest.mark.parametrize("by_itself", [False, True], ids=["by hand", "by itself"])
def test_two_windows_never_overwrite_each_other(cast: Cast, entry: DiaryEntry, enter: Enter, by_itself: bool) -> None:
    browser = enter(cast.supervisee)
    address = save(entry.pk) if by_itself else url(entry.pk)
    browser.post(address, {"rev": "1", "text": "Ensimmäinen ikkuna"})
    answer = browser.post(address, {"rev": "1", "text": "Toinen ikkuna"})
    asking.become(cast.supervisee)
    assert text_of(DiaryEntry.objects.get()) == "Ensimmäinen ikkuna"
    if by_itself:
        assert (answer.status_code, answer.json()["rev"], answer.json()["text"]) == (409, 2, "Ensimmäinen ikkuna")
    else:
        assert "Ensimmäinen ikkuna" in answer.text
        assert "Nothing was overwritten" in answer.text
        assert "Toinen ikkuna</textarea>" in answer.text
        assert 'name="rev" value="2"' in answer.text
    browser.post(address, {"rev": "2", "text": "Toinen ikkuna"})
    asking.become(cast.supervisee)
    assert text_of(DiaryEntry.objects.get()) == "Toinen ikkuna"


def test_a_new_entry_that_is_sent_twice_is_one(cast: Cast, enter: Enter) -> None:
    browser, pk = enter(cast.supervisee), uuid4()
    for _ in range(2):
        browser.post(url(pk), {"rev": "0", "text": MARK})
    answer = browser.post(url(pk), {"rev": "0", "text": "Muuta"}).content.decode()
    assert MARK in answer
    asking.become(cast.supervisee)
    assert [text_of(each) for each in DiaryEntry.objects.all()] == [MARK]


@pytest.mark.parametrize("sent", [{"text": ""}, {"text": "x" * 20_001}, {"text": "a", "engagement": "x"}])
def test_what_cannot_be_saved_is_said_and_kept_in_the_field(
    cast: Cast, entry: DiaryEntry, enter: Enter, sent: dict[str, str]
) -> None:
    answer = enter(cast.supervisee).post(url(entry.pk), {"rev": "1"} | sent)
    assert answer.status_code == 200
    assert answer.context["form"].errors
    asking.become(cast.supervisee)
    assert text_of(DiaryEntry.objects.get()) == MARK


def test_an_end_of_line_counts_as_one_character(cast: Cast, entry: DiaryEntry, enter: Enter) -> None:
    sent = {"rev": "1", "text": "\r\n".join(["rivi"] * 4000)}
    assert enter(cast.supervisee).post(url(entry.pk), sent).status_code == 302


def test_no_process_but_ones_own_stands_on_an_entry(cast: Cast, entry: DiaryEntry, enter: Enter) -> None:
    sent = {"rev": "1", "text": "a", "engagement": str(cast.foreign_engagement.pk)}
    assert "engagement" in enter(cast.supervisee).post(url(entry.pk), sent).context["form"].errors


def test_it_stays_theirs_when_they_have_left_the_process(cast: Cast, entry: DiaryEntry, enter: Enter) -> None:
    asking.become(cast.lead)
    cast.engagement.participations.filter(person=cast.people[0]).update(left_on=NOW.date())
    browser = enter(cast.supervisee)
    assert browser.get(reverse("progress:goals", args=[cast.engagement.pk])).status_code == 404
    assert MARK in browser.get(url(entry.pk)).content.decode()
    assert browser.post(url(entry.pk), {"rev": "1", "text": "Jälkeenpäin"}).status_code == 302
    asking.become(cast.supervisee)
    assert DiaryEntry.objects.get().engagement == cast.engagement.pk


def test_it_is_downloaded_whole_and_deleted_for_good(cast: Cast, entry: DiaryEntry, enter: Enter) -> None:
    browser = enter(cast.supervisee)
    text = browser.get(reverse("diary:download", args=["text"]))
    assert MARK in text.content.decode()
    assert text["Content-Disposition"].startswith("attachment")
    assert "no-store" in text["Cache-Control"]
    whole = json.loads(browser.get(reverse("diary:download", args=["json"])).content)
    assert [each["text"] for each in whole["diary"]] == [MARK]
    assert browser.get(reverse("diary:download", args=["pdf"])).status_code == 404
    browser.post(reverse("diary:delete", args=[entry.pk]))
    asking.become(cast.supervisee)
    assert not DiaryEntry.objects.exists()
    assert browser.post(url(entry.pk), {"rev": "1", "text": "Takaisin"}).status_code == 404


def test_an_entry_whose_key_is_gone_is_shown_as_one_that_cannot_be_opened(
    cast: Cast, entry: DiaryEntry, enter: Enter
) -> None:
    content.destroy(cast.supervisee.pk)
    browser = enter(cast.supervisee)
    assert "Cannot be opened" in browser.get(reverse("diary:list")).content.decode()
    assert "cannot be opened" in browser.get(url(entry.pk)).content.decode()
    assert browser.get(reverse("diary:download", args=["text"])).status_code == 200


def test_a_supervisor_who_is_supervised_has_one_too(cast: Cast, enter: Enter) -> None:
    assert enter(cast.co_supervisor).get(reverse("diary:list")).status_code == 404
    asking.become(cast.stranger)
    cast.foreign_engagement.participations.filter(person__given_name="Salla").update(left_on=None)
    person = cast.foreign_engagement.participations.get(person__given_name="Salla").person
    type(person).objects.filter(pk=person.pk).update(email=cast.co_supervisor.email)
    from accounts.adapters import claim_persons

    asking.become(None)
    claim_persons(cast.co_supervisor)
    assert enter(cast.co_supervisor).get(reverse("diary:list")).status_code == 200


def test_the_list_asks_as_often_for_thirty_entries_as_for_one(
    cast: Cast, enter: Enter, django_assert_max_num_queries: Any
) -> None:
    asking.become(cast.supervisee)
    for number in range(30):
        write(uuid4(), f"Merkintä {number}", 0, by=cast.supervisee, now=NOW)
    browser = enter(cast.supervisee)
    with django_assert_max_num_queries(22):
        browser.get(reverse("diary:list"))


def test_the_portal_leads_to_it(cast: Cast, enter: Enter) -> None:
    page = enter(cast.supervisee).get(reverse("portal")).content.decode()
    assert reverse("diary:new") in page
    assert reverse("board:board", args=[cast.engagement.pk]) in page
    assert reverse("reads:reads", args=[cast.engagement.pk]) in page


def test_no_entry_is_longer_than_may_be_whoever_asks(cast: Cast) -> None:
    asking.become(cast.supervisee)
    with pytest.raises(ValidationError, match="at most 20000"):
        write(uuid4(), "x" * 20_001, 0, by=cast.supervisee, now=NOW)
