"""The board: for those in the process, never for the client; own words change, a supervisor takes any away."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import User
from audit import asking
from audit.models import Entry
from engagements.models import State
from sessions.board.actions import put_up
from sessions.models import BoardEntry
from tests.conftest import NOW, Cast

Enter = Callable[[User], Client]
MARK = "Opimme kuuntelemaan 9034"
MEMBERS = {"lead", "co_supervisor", "supervisee"}


@pytest.fixture
def entry(cast: Cast) -> BoardEntry:
    asking.become(cast.supervisee)
    return put_up(cast.engagement, MARK, theme="dialogue", by=cast.supervisee, now=NOW)


def url(cast: Cast) -> str:
    return reverse("board:board", args=[cast.engagement.pk])


def test_members_read_and_write_and_nobody_else_finds_it(cast: Cast, entry: BoardEntry, enter: Enter) -> None:
    for name, user in cast.members.items():
        browser = enter(user)
        inside = name in MEMBERS
        answer = browser.get(url(cast))
        assert (answer.status_code == 200) is inside, name
        assert (MARK in answer.content.decode()) is inside, name
        sent = browser.post(url(cast), {"text": f"Kirjoitti {name}", "theme": ""})
        assert sent.status_code == (302 if inside else 404), name
        asking.become(user)
        assert BoardEntry.objects.exists() is inside, name
        if not inside:
            with pytest.raises(DatabaseError), transaction.atomic():
                BoardEntry.objects.create(engagement=cast.engagement, author=user, text=b"x", created_at=NOW)


def test_the_words_rest_sealed(cast: Cast, entry: BoardEntry) -> None:
    assert MARK.encode() not in bytes(BoardEntry.objects.get().text)


def test_the_author_changes_their_words_and_nobody_else_does(cast: Cast, entry: BoardEntry, enter: Enter) -> None:
    address = reverse("board:entry", args=[entry.pk])
    for name in ("lead", "co_supervisor", "contact", "stranger"):
        assert enter(cast.members[name]).post(address, {"text": "Väärin"}).status_code == 404
    assert enter(cast.supervisee).post(address, {"text": "Toisin sanoin", "theme": ""}).status_code == 302
    assert "Toisin sanoin" in enter(cast.lead).get(url(cast)).content.decode()
    asking.become(cast.lead)
    with pytest.raises(DatabaseError), transaction.atomic():
        BoardEntry.objects.update(text=b"another's words")


def test_a_supervisor_takes_any_away_a_supervisee_only_their_own(cast: Cast, entry: BoardEntry, enter: Enter) -> None:
    asking.become(cast.lead)
    of_lead = put_up(cast.engagement, "Ohjaajan", by=cast.lead, now=NOW)
    assert enter(cast.supervisee).post(reverse("board:remove", args=[of_lead.pk])).status_code == 404
    asking.become(cast.supervisee)
    assert not BoardEntry.objects.filter(pk=of_lead.pk).update(text=b"", removed_at=NOW, removed_by=cast.supervisee)
    assert MARK in enter(cast.co_supervisor).get(reverse("board:remove", args=[entry.pk])).content.decode()
    enter(cast.co_supervisor).post(reverse("board:remove", args=[entry.pk]))
    assert MARK not in enter(cast.supervisee).get(url(cast)).content.decode()
    asking.become(cast.co_supervisor)
    gone = BoardEntry.objects.get(pk=entry.pk)
    assert (bytes(gone.text), gone.removed_by) == (b"", cast.co_supervisor)
    trace = Entry.objects.get(event="board.removed")
    assert (trace.actor, trace.obj) == (cast.co_supervisor.pk, entry.pk)


def test_what_was_taken_away_does_not_come_back(cast: Cast, entry: BoardEntry, enter: Enter) -> None:
    enter(cast.supervisee).post(reverse("board:remove", args=[entry.pk]))
    assert enter(cast.supervisee).post(reverse("board:entry", args=[entry.pk]), {"text": "Taas"}).status_code == 404
    asking.become(cast.supervisee)
    with pytest.raises(DatabaseError), transaction.atomic():
        BoardEntry.objects.update(text=b"x", removed_at=None, removed_by=None)


@pytest.mark.parametrize("sent", [{"text": ""}, {"text": "x" * 1001}, {"text": "a", "theme": "muu"}])
def test_what_cannot_stand_there_is_refused_in_words(cast: Cast, enter: Enter, sent: dict[str, str]) -> None:
    assert enter(cast.supervisee).post(url(cast), sent).context["form"].errors
    asking.become(cast.supervisee)
    assert not BoardEntry.objects.exists()


def test_what_somebody_wrote_is_shown_as_they_wrote_it(cast: Cast, enter: Enter) -> None:
    browser = enter(cast.supervisee)
    browser.post(url(cast), {"text": "<b>lihava</b>\ntoinen rivi"})
    text = browser.get(url(cast)).content.decode()
    assert "&lt;b&gt;lihava&lt;/b&gt;<br>toinen rivi" in text


def test_after_the_end_it_is_read_and_not_written_on(cast: Cast, entry: BoardEntry, enter: Enter) -> None:
    asking.become(cast.lead)
    cast.engagement.move_to(State.CLOSED, ending="completed", closed_at=NOW)
    browser = enter(cast.supervisee)
    page = browser.get(url(cast))
    assert MARK in page.content.decode()
    assert page.context["form"] is None
    browser.post(url(cast), {"text": "Vielä"})
    asking.become(cast.supervisee)
    assert BoardEntry.objects.count() == 1


def test_who_has_left_reads_it_no_more(cast: Cast, entry: BoardEntry, enter: Enter) -> None:
    asking.become(cast.lead)
    cast.engagement.participations.filter(person=cast.people[0]).update(left_on=NOW.date())
    assert enter(cast.supervisee).get(url(cast)).status_code == 404
    asking.become(cast.supervisee)
    assert not BoardEntry.objects.exists()


def test_the_board_asks_as_often_for_thirty_entries_as_for_one(
    cast: Cast, enter: Enter, django_assert_max_num_queries: Any
) -> None:
    asking.become(cast.supervisee)
    for number in range(30):
        put_up(cast.engagement, f"Opimme {number}", by=cast.supervisee, now=NOW)
    browser = enter(cast.supervisee)
    with django_assert_max_num_queries(22):
        browser.get(url(cast))
